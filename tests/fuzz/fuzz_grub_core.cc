// Any core image of GRUB's for a BIOS at all: a disk, what is loaded, what it unpacks to, a module.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "inspectors/inspect.h"
#include "inspectors/loaders/grub_core.h"
#include "tests/fuzz/fuzz_support.h"
#include "tests/inspectors/grub_core_sample.h"

namespace {

using bootproof::fuzz::is_printable;
using bootproof::fuzz::require;
using bootproof::inspectors::Bytes;
using bootproof::inspectors::ByteSpan;
using bootproof::inspectors::Finding;
using bootproof::inspectors::Findings;
using bootproof::inspectors::GrubCore;
using bootproof::inspectors::GrubCoreState;
using bootproof::inspectors::ImageView;
using bootproof::inspectors::MemoryImage;

void check(const GrubCore& core, Findings& findings) {
  require(core.image.has_value() == (core.state == GrubCoreState::kRead));
  require(core.problem.empty() == (core.state == GrubCoreState::kRead));
  for (const Finding& finding : findings.take()) {
    require(is_printable(finding.path) && is_printable(finding.found) &&
            is_printable(finding.expected));
  }
}

}  // namespace

/// First byte: 0 the rest is a disk whose boot.img leads to sector 1; 1 it is what cdboot.img
/// loads; 2 and 3 a module area of 32 and 64 bits; 4 a module; 5 the configuration in a core image
/// of a whole disk that is inspected; otherwise its prefix.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::size_t choice = data[0] % 7;
  const Bytes rest(data + 1, data + size);
  MemoryImage source{ByteSpan(rest)};
  const ImageView view(source);
  Findings findings;
  switch (choice) {
    case 0:
      check(read_grub_core(view, 1, findings), findings);
      return 0;
    case 1:
      check(read_loaded_grub_core(view, findings), findings);
      return 0;
    case 2:
    case 3:
      (void)bootproof::inspectors::read_grub_module_area(view, choice == 3);
      return 0;
    case 4:
      (void)bootproof::inspectors::read_grub_module(view);
      return 0;
    default:
      break;
  }
  constexpr std::size_t kLongest = 2000;  // So that it fits on the sample's disk, however it packs.
  bootproof::testing::GrubCoreParts parts;
  (choice == 5 ? parts.config : parts.prefix)
      .assign(rest.begin(),
              rest.begin() + static_cast<std::ptrdiff_t>(std::min(rest.size(), kLongest)));
  const Bytes disk = grub_core_disk(parts);
  MemoryImage image{ByteSpan(disk)};
  (void)inspect(ImageView(image));
  return 0;
}
