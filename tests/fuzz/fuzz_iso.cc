// Any ISO at all: damage to a healthy sample, or the input itself behind a sample's descriptors.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "inspectors/rules.h"
#include "inspectors/volumes/iso_file_system.h"
#include "tests/fuzz/fuzz_support.h"
#include "tests/inspectors/iso_inspection.h"
#include "tests/inspectors/iso_sample.h"

namespace {

namespace inspectors = bootproof::inspectors;
using bootproof::fuzz::apply_records;
using bootproof::fuzz::is_printable;
using bootproof::fuzz::require;
using bootproof::fuzz::require_printable;
using inspectors::Bytes;
using inspectors::ByteSpan;

/// First byte: which sample; 7 puts the rest over its directories. Then records of damage
/// with offsets of three bytes.
Bytes image_of(std::span<const std::uint8_t> input) {
  static const std::array<Bytes, 5> kSamples{
      bootproof::testing::hybrid_iso(), bootproof::testing::grub_iso(),
      bootproof::testing::hybrid_iso_with_gpt(), bootproof::testing::hybrid_iso_with_apm(),
      bootproof::testing::iso_image()};
  const std::uint8_t choice = input[0] % 8;
  Bytes image = kSamples.at(choice % kSamples.size());
  input = input.subspan(1);
  if (choice == 7) {
    constexpr std::size_t kRoot = bootproof::testing::HybridPlaces::kRoot * 2048;
    std::copy_n(input.begin(), std::min(input.size(), image.size() - kRoot), image.begin() + kRoot);
    return image;
  }
  apply_records(input, 3, image);
  return image;
}

/// Goes over the names and reads the files, as far as the work is bounded by this.
void read_all(inspectors::Volume& volume, const inspectors::Node& directory, int depth,
              int& budget) {
  for (const inspectors::Node& node : volume.list(directory)) {
    if (--budget < 0) {
      return;
    }
    if (node.kind == inspectors::NodeKind::kDirectory && depth < 12) {
      read_all(volume, node, depth + 1, budget);
    }
    inspectors::FileContent content(volume, node);
    require(content.size() <= node.size);
    static_cast<void>(inspectors::ImageView(content).read(0, 4096));
    find(volume, node.target);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const Bytes image = image_of({data, size});
  inspectors::MemoryImage source{ByteSpan(image)};
  const inspectors::ImageView view(source);
  const auto found = bootproof::testing::inspect_iso(view);
  require_printable(found.findings);
  for (const inspectors::IsoTreeFile& file : found.tree.files) {
    require(is_printable(file.path));
  }
  for (const inspectors::MediumRange& range : found.system_area.ranges) {
    require(is_printable(range.name));
  }
  if (found.iso && found.iso->primary) {
    if (const auto volume = inspectors::open_iso_file_system(view, *found.iso->primary)) {
      int budget = 2000;
      read_all(*volume, volume->root(), 0, budget);
      require(is_printable(volume->uuid()) && is_printable(volume->label()));
      find(*volume, "/boot/deep/../grub/grub.cfg");
    }
  }
  return 0;
}
