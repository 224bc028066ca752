#include "inspectors/boot_code.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "inspectors/cursor.h"
#include "inspectors/fat_boot_sector.h"

namespace bootproof::inspectors {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kCodeBytes = 440;
constexpr std::size_t kAnywhere = ~std::size_t{0};

/// Bytes by which something is recognised.
template <typename Kind>
struct Pattern {
  Kind kind;
  std::size_t offset;
  std::string_view bytes;
};

constexpr std::string_view kSyslinuxBegin =
    "\x33\xC0\xFA\x8E\xD8\x8E\xD0\xBC\x00\x7C\x89\xE6\x06\x57\x8E\xC0"sv;

/// The first that matches counts.
constexpr std::array kBootCodes{
    Pattern<BootCode>{BootCode::kGrubHybrid, 0x1A, "\xEB\x49\x24\x12\x0F\x09\x00\x52"sv},
    Pattern<BootCode>{BootCode::kGrub, 0x180, "GRUB \0Geom\0Hard Disk\0Read\0 Error"sv},
    Pattern<BootCode>{BootCode::kIsohybrid, 0x20, "\x33\xED\xFA\x8E\xD5\xBC\x00\x7C"sv},
    Pattern<BootCode>{BootCode::kMemtest, kAnywhere, "Loading Memtest86+"sv},
    Pattern<BootCode>{BootCode::kDos, kAnywhere, "Invalid partition table"sv},
    Pattern<BootCode>{BootCode::kDos, kAnywhere, "Missing operating system"sv},
};

constexpr std::array kBootImages{
    // isolinux.bin, by the mark that isohybrid code looks for.
    Pattern<BootImage>{BootImage::kIsolinux, 0x40, "\xFB\xC0\x78\x70"sv},
    Pattern<BootImage>{BootImage::kIsolinux, kAnywhere, "ISOLINUX "sv},
    // cdboot.img: a call over the boot info table, then "pop bx; xor ax, ax; mov ss, ax".
    Pattern<BootImage>{BootImage::kGrubCdboot, 0x40, "\x5B\x31\xC0\x8E\xD0\xBC\x00\x60"sv},
};

bool stands_at(ByteSpan bytes, std::size_t offset, std::string_view pattern) {
  return offset <= bytes.size() && pattern.size() <= bytes.size() - offset &&
         std::equal(pattern.begin(), pattern.end(), bytes.subspan(offset).begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

bool stands_in(ByteSpan bytes, std::string_view pattern) {
  return std::search(bytes.begin(), bytes.end(), pattern.begin(), pattern.end(),
                     [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }) !=
         bytes.end();
}

template <typename Kind, std::size_t kCount>
Kind first_match(const std::array<Pattern<Kind>, kCount>& patterns, ByteSpan bytes, Kind none) {
  for (const Pattern<Kind>& pattern : patterns) {
    if (pattern.offset == kAnywhere ? stands_in(bytes, pattern.bytes)
                                    : stands_at(bytes, pattern.offset, pattern.bytes)) {
      return pattern.kind;
    }
  }
  return none;
}

}  // namespace

std::string_view name_of(BootCode code) {
  switch (code) {
    case BootCode::kNone:
      return "none";
    case BootCode::kGrub:
      return "GRUB";
    case BootCode::kGrubHybrid:
      return "GRUB (hybrid)";
    case BootCode::kSyslinuxMbr:
      return "syslinux mbr";
    case BootCode::kSyslinuxGpt:
      return "syslinux gptmbr";
    case BootCode::kIsohybrid:
      return "isohybrid";
    case BootCode::kMemtest:
      return "memtest86+";
    case BootCode::kDos:
      return "DOS";
    case BootCode::kUnknown:
      break;
  }
  return "unknown";
}

BootCode recognise_boot_code(ByteSpan sector) {
  const ByteSpan code = sector.first(std::min(sector.size(), kCodeBytes));
  if (is_blank(code)) {
    return BootCode::kNone;
  }
  if (stands_at(code, 0, kSyslinuxBegin)) {
    // "!GPT" is what gptmbr.bin hands over to the boot sector that it starts.
    return stands_in(code, "!GPT"sv) ? BootCode::kSyslinuxGpt : BootCode::kSyslinuxMbr;
  }
  return first_match(kBootCodes, code, BootCode::kUnknown);
}

GrubCorePointer read_grub_core_pointer(const ImageView& medium, const ImageView& boot_sector) {
  constexpr std::uint64_t kField = 0x5C;
  constexpr std::uint64_t kSectorBytes = 512;
  GrubCorePointer pointer;
  pointer.offset = boot_sector.image_offset(kField);
  const auto sector = read_struct<Le64>(boot_sector, kField);
  pointer.sector = sector ? sector->value() : 0;
  pointer.is_inside = sector && pointer.sector < medium.size() / kSectorBytes;
  pointer.is_blank = pointer.is_inside && bootproof::inspectors::is_blank(medium.subview(
                                              pointer.sector * kSectorBytes, kSectorBytes));
  return pointer;
}

std::string_view name_of(BootImage image) {
  switch (image) {
    case BootImage::kUnreadable:
      return "nothing";
    case BootImage::kBlank:
      return "zeros";
    case BootImage::kFat:
      return "FAT volume";
    case BootImage::kIsolinux:
      return "isolinux";
    case BootImage::kGrubCdboot:
      return "GRUB";
    case BootImage::kBootSector:
      return "boot sector";
    case BootImage::kUnknown:
      break;
  }
  return "unknown";
}

bool is_cd_loader(BootImage image) {
  return image == BootImage::kIsolinux || image == BootImage::kGrubCdboot;
}

BootImage recognise_boot_image(const ImageView& view) {
  constexpr std::size_t kLoadedAtOnce = 2048;
  const Bytes bytes = view.read(0, kLoadedAtOnce);
  if (bytes.size() < 512) {
    return BootImage::kUnreadable;
  }
  if (is_blank(bytes)) {
    return BootImage::kBlank;
  }
  if (recognise_fat(view)) {
    return BootImage::kFat;
  }
  const bool has_signature = bytes[510] == 0x55 && bytes[511] == 0xAA;
  return first_match(kBootImages, ByteSpan(bytes),
                     has_signature ? BootImage::kBootSector : BootImage::kUnknown);
}

}  // namespace bootproof::inspectors
