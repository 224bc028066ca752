#include "tests/inspectors/grub_core_sample.h"

#include <lzma.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "tests/inspectors/loader_sample.h"

namespace bootproof::testing {
namespace {

std::string number(std::uint32_t value) {
  std::string bytes;
  for (unsigned i = 0; i < 4; ++i) {
    bytes.push_back(static_cast<char>((value >> (8 * i)) & 0xFFU));
  }
  return bytes;
}

/// A record of the module area: its length is a multiple of 4.
std::string record(std::uint32_t type, std::string content) {
  content.resize((content.size() + 3) / 4 * 4);
  return number(type) + number(static_cast<std::uint32_t>(content.size() + 8)) + content;
}

/// A raw LZMA stream without an end mark.
Bytes packed(const std::string& plain) {
  lzma_options_lzma options{};
  if (lzma_lzma_preset(&options, 6) != 0) {
    std::abort();
  }
  options.dict_size = 1U << 16U;
  options.lc = 3;
  options.lp = 0;
  options.pb = 2;
  options.ext_size_low = static_cast<std::uint32_t>(plain.size());
  const std::array<lzma_filter, 2> filters{
      {{LZMA_FILTER_LZMA1EXT, &options}, {LZMA_VLI_UNKNOWN, nullptr}}};
  const Bytes in(plain.begin(), plain.end());
  Bytes out(plain.size() + 4096);
  std::size_t size = 0;
  if (lzma_raw_buffer_encode(filters.data(), nullptr, in.data(), in.size(), out.data(), &size,
                             out.size()) != LZMA_OK) {
    std::abort();
  }
  out.resize(size);
  return out;
}

}  // namespace

Bytes grub_core_disk(const GrubCoreParts& parts) {
  using P = GrubCorePlaces;
  std::string kernel(4096, '\x90');
  for (std::size_t i = 0; i < kernel.size(); i += 7) {
    kernel[i] = static_cast<char>(i * 31);  // Not all alike, so that a stream of some length comes.
  }
  kernel.replace(100, 4, "mimg");
  std::string records = record(0, grub_module("biosdisk", {})) +
                        record(0, grub_module("fshelp", {})) +
                        record(0, grub_module("ext2", {"fshelp"}));
  if (!parts.memdisk.empty()) {
    records += record(1, parts.memdisk);
  }
  if (!parts.config.empty()) {
    records += record(2, parts.config + '\0');
  }
  records += record(3, parts.prefix + '\0');
  const auto area_bytes = static_cast<std::uint32_t>(records.size() + 12) + parts.area_bytes_off;
  const std::string unpacked = kernel + "mimg" + number(12) + number(area_bytes) + records;
  const Bytes stream = packed(unpacked);

  Bytes disk(P::kSectors * 512);
  Patch patch(disk);
  patch.text(0x180, std::string_view("GRUB \0Geom\0Hard Disk\0Read\0 Error", 32)).le64(0x5C, 1);
  patch.u8(510, 0x55).u8(511, 0xAA);
  patch.text(P::kDiskboot, "RV")
      .text(P::kDiskboot + 0x120, std::string_view("loading\0.\0\r\n\0Geom\0Read\0 Error\0", 30));
  patch.le64(P::kBlock, 2).le16(P::kBlock + 8, P::kSectors - 2).le16(P::kBlock + 10, 0x820);
  patch.text(P::kCore, std::string_view("\xEA\x1C\x82\0\0", 5));
  patch.le32(P::kCompressedBytes, stream.size()).le32(P::kUnpackedBytes, unpacked.size());
  patch.le16(P::kCore + 0x14, 0x100).le32(P::kCore + 0x18, 0x00FFFFFF);
  patch.text(P::kCore + 0x80, std::string_view("\xBF\x00\x00\x10\x00\xBE\x00\x84\x00\x00", 10));
  patch.text(P::kPacked, std::string_view(std::string(stream.begin(), stream.end())));
  return disk;
}

}  // namespace bootproof::testing
