// Any image at all: damage to a healthy sample, or the input itself.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "inspectors/inspect.h"
#include "inspectors/rules.h"
#include "tests/fuzz/fuzz_support.h"
#include "tests/inspectors/sample_images.h"

namespace {

using bootproof::fuzz::apply_records;
using bootproof::fuzz::is_printable;
using bootproof::fuzz::require;
using bootproof::fuzz::require_printable;
using bootproof::inspectors::Bytes;
using bootproof::inspectors::ByteSpan;
using bootproof::inspectors::Finding;
using bootproof::inspectors::Inspection;

/// Seeds in code, so that no image has to stand in the corpus.
const Bytes& sample(std::uint8_t choice) {
  static const Bytes kIso = bootproof::testing::iso_image();
  static const Bytes kMbr = bootproof::testing::mbr_disk();
  static const Bytes kGpt512 = bootproof::testing::gpt_disk(512);
  static const Bytes kGpt4096 = bootproof::testing::gpt_disk(4096);
  static const Bytes kFat = bootproof::testing::fat_volume();
  static const Bytes kHybrid = [] {
    Bytes hybrid = kIso;
    std::copy_n(kGpt512.begin(), 34 * 512, hybrid.begin());
    std::copy(kGpt512.end() - 33 * 512, kGpt512.end(), hybrid.end() - 33 * 512);
    return hybrid;
  }();
  switch (choice % 6) {
    case 0:
      return kIso;
    case 1:
      return kMbr;
    case 2:
      return kGpt512;
    case 3:
      return kGpt4096;
    case 4:
      return kFat;
    default:
      return kHybrid;
  }
}

/// The image that an input stands for. First byte: which sample, or the rest as it is. Second: bit
/// 0, whether checksums are made right again; the others cut the image. Then records of damage
/// with offsets of three bytes.
Bytes image_of(std::span<const std::uint8_t> input) {
  constexpr std::uint8_t kRaw = 6;
  const std::uint8_t choice = input[0] % 7;
  const unsigned options = input[1];
  input = input.subspan(2);
  if (choice == kRaw) {
    return {input.begin(), input.end()};
  }
  Bytes image = sample(choice);
  apply_records(input, 3, image);
  if ((options & 1U) != 0) {
    switch (choice) {
      case 0:
        bootproof::testing::seal_catalog(image);
        break;
      case 2:
        bootproof::testing::seal_gpt(image, 512);
        break;
      case 3:
        bootproof::testing::seal_gpt(image, 4096);
        break;
      default:
        break;
    }
  }
  image.resize(image.size() - image.size() * (options >> 1U) / 128);
  return image;
}

Inspection inspection_of(const Bytes& image) {
  bootproof::inspectors::MemoryImage source{ByteSpan(image)};
  return inspect(bootproof::inspectors::ImageView(source));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const Bytes image = image_of({data, size});
  const Inspection inspection = inspection_of(image);
  const std::string line = summary(inspection);
  require(is_printable(line) && line.size() < 1000);
  require(inspection.findings.size() <=
          bootproof::inspectors::kRules.size() * bootproof::inspectors::Findings::kMostOfOneRule);
  require_printable(inspection.findings);
  std::uint64_t before = 0;
  for (const Finding& finding : inspection.findings) {
    require(finding.offset >= before);
    before = finding.offset;
    require(std::any_of(bootproof::inspectors::kRules.begin(), bootproof::inspectors::kRules.end(),
                        [&](const auto& rule) { return rule.id == finding.rule; }));
  }
  const Inspection again = inspection_of(image);
  require(again.findings == inspection.findings && summary(again) == line);
  return 0;
}
