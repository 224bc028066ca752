// Kernels and initramfs: damage to a healthy sample, or the input itself.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "inspectors/programs/initramfs.h"
#include "inspectors/programs/kernel.h"
#include "inspectors/programs/kernel_payload.h"
#include "tests/fuzz/fuzz_support.h"
#include "tests/inspectors/program_samples.h"

namespace {

using bootproof::fuzz::apply_records;
using bootproof::fuzz::is_printable;
using bootproof::fuzz::require;
using bootproof::fuzz::require_printable;
using bootproof::inspectors::Bytes;
using bootproof::inspectors::ByteSpan;
using bootproof::inspectors::Finding;
using bootproof::inspectors::Findings;
using bootproof::inspectors::ImageView;
using bootproof::inspectors::MemoryImage;

const Bytes& sample(std::uint8_t choice) {
  using namespace bootproof::testing;
  static const std::vector<Bytes> kSamples{
      x86_kernel(),
      arm64_kernel(),
      zboot_kernel(),
      elf_program(kMachineX86_64, "/lib/ld.so"),
      healthy_initramfs(),
      gzip_stored(ByteSpan(healthy_initramfs())),
      joined({cpio_archive({directory("kernel")}), gzip_stored(ByteSpan(healthy_initramfs()))}),
  };
  return kSamples[choice % kSamples.size()];
}

/// First byte: which sample, or the rest as it is; or the rest within a gzip member. Then records
/// of damage with offsets of two bytes.
Bytes file_of(std::span<const std::uint8_t> input) {
  const std::uint8_t choice = input[0] % 9;
  input = input.subspan(1);
  constexpr std::uint8_t kRaw = 7;
  constexpr std::uint8_t kInGzip = 8;
  if (choice == kRaw) {
    return {input.begin(), input.end()};
  }
  if (choice == kInGzip) {
    return bootproof::testing::gzip_stored(input);
  }
  Bytes file = sample(choice);
  apply_records(input, 2, file);
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const Bytes bytes = file_of({data, size});
  MemoryImage source{ByteSpan(bytes)};
  const ImageView view(source);
  Findings findings;
  const auto kernel = read_kernel(view, "/file", findings);
  if (kernel) {
    require(is_printable(describe(*kernel)));
    require(is_printable(read_kernel_payload(view, *kernel, "/file", findings).version_text));
  }
  bootproof::inspectors::InitramfsContext context;
  context.limits.free_bytes = std::uint64_t{1} << 20U;
  const std::vector<bootproof::inspectors::InitramfsFile> files{{view, "/file"}, {view, "/again"}};
  const auto initramfs = read_initramfs(files, context, findings);
  require(is_printable(describe(initramfs)));
  for (const auto& link : initramfs.init) {
    require(is_printable(link.path) && is_printable(link.target) && is_printable(link.interpreter));
  }
  for (const auto& part : initramfs.parts) {
    require(part.offset + part.size <= view.size() || !part.is_complete);
  }
  const std::vector<Finding> found = findings.take();
  require_printable(found, is_printable);
  for (const Finding& finding : found) {
    require(finding.offset <= view.size() + 0x100000000ULL);
  }
  return 0;
}
