#include "harness/vm/presentation.h"

#include <fmt/format.h>

#include <bit>
#include <fstream>
#include <string_view>
#include <system_error>

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSector = 2048;
constexpr std::uint64_t kFirstDescriptor = 16;  // ECMA-119, 6.2.1: after the system area.
constexpr std::uint64_t kMostDescriptors = 64;
constexpr std::uint64_t kSystemOffset = 7;  // Boot record, BP 8 to 39: the boot system identifier.
constexpr std::uint64_t kSystemLength = 32;
constexpr std::uint64_t kCatalogOffset = 0x47;  // El Torito 1.0, figure 7.
constexpr std::uint64_t kCatalogLength = 4;

}  // namespace

Result<std::vector<Patch>> hide_el_torito(const fs::path& image) {
  std::ifstream file(image, std::ios::binary);
  std::vector<Patch> patches;
  std::string sector(kSector, '\0');
  for (std::uint64_t i = 0; i < kMostDescriptors; ++i) {
    const std::uint64_t offset = (kFirstDescriptor + i) * kSector;
    file.seekg(static_cast<std::streamoff>(offset));
    if (!file.read(sector.data(), static_cast<std::streamsize>(kSector))) {
      break;
    }
    const std::string_view descriptor = sector;
    constexpr char kTerminator = '\xff';
    if (descriptor.substr(1, 5) != "CD001" || descriptor[0] == kTerminator) {
      break;
    }
    if (descriptor[0] == '\0' &&
        descriptor.substr(kSystemOffset).starts_with("EL TORITO SPECIFICATION")) {
      patches.push_back({offset + kSystemOffset, std::string(kSystemLength, ' ')});
      patches.push_back({offset + kCatalogOffset, std::string(kCatalogLength, '\0')});
    }
  }
  if (patches.empty()) {
    return tl::unexpected(Error(
        ErrorKind::kHost, fmt::format("{} has no El Torito boot record to hide", image.string()),
        "remove `hide: el-torito` for this medium: it is seen without one anyway"));
  }
  return patches;
}

std::uint64_t overlay_size(const MachineSpec& spec) {
  std::error_code code;
  const std::uint64_t size = fs::file_size(spec.image, code);
  if (code) {
    return 0;  // qemu-img says what is wrong with the image.
  }
  constexpr std::uint64_t kLargestSector = 4096;
  std::uint64_t wanted = size;
  if (spec.larger_mib > 0) {
    wanted += std::uint64_t{spec.larger_mib} << 20U;
    wanted = (wanted + kLargestSector - 1) / kLargestSector * kLargestSector;
  }
  if (spec.device == Device::kSdCard) {
    wanted = std::bit_ceil(wanted);
  }
  return wanted == size ? 0 : wanted;
}

}  // namespace bootproof
