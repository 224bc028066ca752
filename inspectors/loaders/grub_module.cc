#include "inspectors/loaders/grub_module.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "inspectors/cursor.h"

namespace bootproof::inspectors {
namespace {

/// System V ABI, "ELF Header" and "Section Header", for 32 and 64 bits. All machines that GRUB is
/// built for and whose images are read here are little-endian.
struct ElfIdent {
  std::array<std::uint8_t, 4> magic;
  std::uint8_t bits;
  std::uint8_t byte_order;
  std::array<std::uint8_t, 10> unused;
};
static_assert(sizeof(ElfIdent) == 16);

struct Header32 {
  ElfIdent ident;
  Le16 type;
  Le16 machine;
  Le32 version;
  Le32 entry;
  Le32 program_headers;
  Le32 section_headers;
  Le32 flags;
  Le16 header_bytes;
  Le16 program_header_bytes;
  Le16 program_header_count;
  Le16 section_header_bytes;
  Le16 section_count;
  Le16 names_section;
};
static_assert(sizeof(Header32) == 52);

struct Header64 {
  ElfIdent ident;
  Le16 type;
  Le16 machine;
  Le32 version;
  Le64 entry;
  Le64 program_headers;
  Le64 section_headers;
  Le32 flags;
  Le16 header_bytes;
  Le16 program_header_bytes;
  Le16 program_header_count;
  Le16 section_header_bytes;
  Le16 section_count;
  Le16 names_section;
};
static_assert(sizeof(Header64) == 64);

struct Section32 {
  Le32 name;
  Le32 type;
  Le32 flags;
  Le32 address;
  Le32 offset;
  Le32 size;
  std::array<Le32, 4> unused;
};
static_assert(sizeof(Section32) == 40);

struct Section64 {
  Le32 name;
  Le32 type;
  Le64 flags;
  Le64 address;
  Le64 offset;
  Le64 size;
  std::array<Le32, 2> link_and_info;
  std::array<Le64, 2> unused;
};
static_assert(sizeof(Section64) == 64);

constexpr std::uint64_t kLongestText = 4096;  ///< Of the sections that are read.

/// A section's content, or nothing where its header lies outside.
template <typename Section>
std::optional<ImageView> content_of(const ImageView& file, std::uint64_t header) {
  const auto section = read_struct<Section>(file, header);
  return section ? std::optional<ImageView>(
                       file.subview(section->offset.value(), section->size.value()))
                 : std::nullopt;
}

/// The texts of a section, each ended by a zero byte.
std::vector<std::string> texts_of(const ImageView& section) {
  constexpr std::size_t kMostTexts = 64;
  const Bytes bytes = section.read(0, kLongestText);
  std::vector<std::string> texts;
  auto begin = bytes.begin();
  while (begin != bytes.end() && texts.size() < kMostTexts) {
    const auto end = std::find(begin, bytes.end(), 0);
    if (end != begin) {
      texts.emplace_back(begin, end);
    }
    begin = end == bytes.end() ? end : end + 1;
  }
  return texts;
}

template <typename Header, typename Section>
std::optional<GrubModule> read_module(const ImageView& file) {
  constexpr std::uint16_t kRelocatable = 1;
  constexpr std::uint16_t kMostSections = 128;
  constexpr std::size_t kLongestName = 16;
  const auto header = read_struct<Header>(file, 0);
  if (!header || header->type.value() != kRelocatable ||
      header->section_header_bytes.value() != sizeof(Section)) {
    return std::nullopt;
  }
  const std::uint64_t sections = header->section_headers.value();
  const std::uint64_t names_header = header->names_section.value() * sizeof(Section);
  const auto names =
      sections < file.size() ? content_of<Section>(file, sections + names_header) : std::nullopt;
  if (!names) {
    return std::nullopt;
  }
  GrubModule module;
  const std::uint16_t count = std::min(header->section_count.value(), kMostSections);
  for (std::uint16_t i = 0; i < count; ++i) {
    const std::uint64_t at = sections + i * sizeof(Section);
    const auto section = read_struct<Section>(file, at);
    if (!section) {
      break;
    }
    const Bytes name = names->read(section->name.value(), kLongestName);
    const std::string text(name.begin(), std::find(name.begin(), name.end(), 0));
    if (text == ".modname") {
      const std::vector<std::string> texts = texts_of(*content_of<Section>(file, at));
      module.name = texts.empty() ? std::string() : texts.front();
    } else if (text == ".moddeps") {
      module.dependencies = texts_of(*content_of<Section>(file, at));
    }
  }
  return module.name.empty() ? std::nullopt : std::optional<GrubModule>(std::move(module));
}

}  // namespace

std::optional<GrubModule> read_grub_module(const ImageView& file) {
  constexpr std::array<std::uint8_t, 4> kMagic{0x7F, 'E', 'L', 'F'};
  constexpr std::uint8_t k32Bits = 1;
  constexpr std::uint8_t k64Bits = 2;
  constexpr std::uint8_t kLittleEndian = 1;
  const auto ident = read_struct<ElfIdent>(file, 0);
  if (!ident || ident->magic != kMagic || ident->byte_order != kLittleEndian) {
    return std::nullopt;
  }
  if (ident->bits == k32Bits) {
    return read_module<Header32, Section32>(file);
  }
  return ident->bits == k64Bits ? read_module<Header64, Section64>(file) : std::nullopt;
}

}  // namespace bootproof::inspectors
