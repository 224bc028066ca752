#include "inspectors/loaders/grub_image.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "inspectors/cursor.h"

namespace bootproof::inspectors {
namespace {

/// Of the COFF header behind "PE\0\0" (PE/COFF, 3.3).
struct CoffHeader {
  std::array<std::uint8_t, 4> signature;
  Le16 machine;
  Le16 section_count;
  std::array<std::uint8_t, 12> unused;
  Le16 optional_header_bytes;
  Le16 characteristics;
};
static_assert(sizeof(CoffHeader) == 24);

/// PE/COFF, 4.
struct SectionHeader {
  std::array<std::uint8_t, 8> name;
  Le32 virtual_size;
  Le32 virtual_address;
  Le32 raw_size;
  Le32 raw_offset;
  std::array<std::uint8_t, 16> unused;
};
static_assert(sizeof(SectionHeader) == 40);

/// grub_module_info32 and grub_module_info64 of GRUB's include/grub/kernel.h.
struct ModuleInfo32 {
  Le32 magic;
  Le32 offset;
  Le32 size;
};
static_assert(sizeof(ModuleInfo32) == 12);
struct ModuleInfo64 {
  Le32 magic;
  Le32 padding;
  Le64 offset;
  Le64 size;
};
static_assert(sizeof(ModuleInfo64) == 24);

/// grub_module_header; its size counts from its begin.
struct ModuleHeader {
  Le32 type;
  Le32 size;
};
static_assert(sizeof(ModuleHeader) == 8);

constexpr std::uint32_t kMagic = 0x676D696D;  ///< "mimg".
enum ModuleType : std::uint32_t { kElf = 0, kMemdisk = 1, kConfig = 2, kPrefix = 3 };

/// The section "mods"; nothing where this is no PE with one.
std::optional<ImageView> module_section(const ImageView& program, bool& is_64_bit) {
  constexpr std::uint64_t kPeOffsetField = 0x3C;
  constexpr std::uint64_t kMostSections = 96;  // What Windows takes.
  constexpr std::uint16_t kI386 = 0x014C;
  constexpr std::uint16_t kArmThumb = 0x01C2;
  constexpr std::uint16_t kArm = 0x01C0;
  const auto pe_offset = read_struct<Le32>(program, kPeOffsetField);
  const auto coff = pe_offset ? read_struct<CoffHeader>(program, pe_offset->value()) : std::nullopt;
  if (!coff || coff->signature != std::array<std::uint8_t, 4>{'P', 'E', 0, 0}) {
    return std::nullopt;
  }
  const std::uint16_t machine = coff->machine.value();
  is_64_bit = machine != kI386 && machine != kArmThumb && machine != kArm;
  const std::uint64_t sections =
      std::uint64_t{pe_offset->value()} + sizeof(CoffHeader) + coff->optional_header_bytes.value();
  const std::uint64_t count = std::min<std::uint64_t>(coff->section_count.value(), kMostSections);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto section = read_struct<SectionHeader>(program, sections + i * sizeof(SectionHeader));
    if (section && section->name == std::array<std::uint8_t, 8>{'m', 'o', 'd', 's'}) {
      return program.subview(section->raw_offset.value(), section->raw_size.value());
    }
  }
  return std::nullopt;
}

/// Up to the first zero byte.
std::string text_of(const ImageView& view) {
  constexpr std::uint64_t kLongest = 4096;
  const Bytes bytes = view.read(0, kLongest);
  return {bytes.begin(), std::find(bytes.begin(), bytes.end(), 0)};
}

}  // namespace

std::optional<GrubImage> read_grub_image(const ImageView& program) {
  bool is_64_bit = false;
  const auto section = module_section(program, is_64_bit);
  return section ? read_grub_module_area(*section, is_64_bit) : std::nullopt;
}

std::optional<GrubImage> read_grub_module_area(const ImageView& area, bool is_64_bit) {
  constexpr int kMostModules = 4096;
  const auto magic = read_struct<Le32>(area, 0);
  if (!magic || magic->value() != kMagic) {
    return std::nullopt;
  }
  std::uint64_t at = 0;
  std::uint64_t end = 0;
  if (is_64_bit) {
    const auto info = read_struct<ModuleInfo64>(area, 0);
    at = info ? info->offset.value() : 0;
    end = info ? info->size.value() : 0;
  } else {
    const auto info = read_struct<ModuleInfo32>(area, 0);
    at = info ? info->offset.value() : 0;
    end = info ? info->size.value() : 0;
  }
  end = std::min(end, area.size());
  GrubImage image;
  for (int i = 0; i < kMostModules && at < end; ++i) {
    const auto header = read_struct<ModuleHeader>(area, at);
    if (!header || header->size.value() < sizeof(ModuleHeader)) {
      break;
    }
    const ImageView content =
        area.subview(at + sizeof(ModuleHeader), header->size.value() - sizeof(ModuleHeader));
    switch (header->type.value()) {
      case kElf:
        if (auto module = read_grub_module(content)) {
          image.modules.push_back(std::move(*module));
        }
        break;
      case kMemdisk:
        image.memdisk = content;
        break;
      case kConfig:
        image.embedded_config = content;
        break;
      case kPrefix:
        image.prefix = text_of(content);
        break;
      default:
        break;
    }
    at += header->size.value();
  }
  return image;
}

}  // namespace bootproof::inspectors
