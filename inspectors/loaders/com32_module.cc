#include "inspectors/loaders/com32_module.h"

#include <algorithm>
#include <array>
#include <optional>

#include "inspectors/cursor.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kMostHeaders = 64;
constexpr std::uint64_t kMostTags = 256;
constexpr std::uint32_t kLoad = 1;
constexpr std::uint32_t kDynamic = 2;
constexpr std::uint64_t kNeededTag = 1;
constexpr std::uint64_t kStringTableTag = 5;

/// ELF, figure 1-3, for words of 32 and 64 bits.
template <typename Word>
struct ElfHeader {
  std::array<std::uint8_t, 16> ident;
  Le16 type;
  Le16 machine;
  Le32 version;
  Word entry;
  Word program_headers;
  Word section_headers;
  Le32 flags;
  Le16 header_bytes;
  Le16 program_header_bytes;
  Le16 program_header_count;
  std::array<std::uint8_t, 6> sections;
};
static_assert(sizeof(ElfHeader<Le32>) == 52 && sizeof(ElfHeader<Le64>) == 64);

/// ELF, figure 2-1; in the one of 64 bits the flags stand second.
struct ProgramHeader32 {
  Le32 type;
  Le32 offset;
  Le32 virtual_address;
  Le32 physical_address;
  Le32 file_bytes;
  Le32 memory_bytes;
  Le32 flags;
  Le32 alignment;
};
static_assert(sizeof(ProgramHeader32) == 32);
struct ProgramHeader64 {
  Le32 type;
  Le32 flags;
  Le64 offset;
  Le64 virtual_address;
  Le64 physical_address;
  Le64 file_bytes;
  Le64 memory_bytes;
  Le64 alignment;
};
static_assert(sizeof(ProgramHeader64) == 56);

template <typename Word>
struct DynamicTag {
  Word tag;
  Word value;
};

struct Segment {
  std::uint32_t type = 0;
  std::uint64_t offset = 0;
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
};

std::string string_at(const ImageView& file, std::uint64_t offset) {
  constexpr std::uint64_t kLongest = 256;
  const Bytes bytes = file.read(offset, kLongest);
  return {bytes.begin(), std::find(bytes.begin(), bytes.end(), 0)};
}

template <typename Word, typename ProgramHeader>
std::vector<std::string> read_needed(const ImageView& file) {
  std::vector<Segment> segments;
  const auto header = read_struct<ElfHeader<Word>>(file, 0);
  const std::uint64_t count =
      header ? std::min<std::uint64_t>(header->program_header_count.value(), kMostHeaders) : 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto row = read_struct<ProgramHeader>(
        file, header->program_headers.value() + i * sizeof(ProgramHeader));
    if (row) {
      segments.push_back({row->type.value(), row->offset.value(), row->virtual_address.value(),
                          row->file_bytes.value()});
    }
  }
  std::vector<std::uint64_t> names;
  std::optional<std::uint64_t> table;
  for (const Segment& segment : segments) {
    const ImageView tags = file.subview(segment.offset, segment.bytes);
    for (std::uint64_t i = 0; segment.type == kDynamic && i < kMostTags; ++i) {
      const auto tag = read_struct<DynamicTag<Word>>(tags, i * sizeof(DynamicTag<Word>));
      if (!tag || tag->tag.value() == 0) {
        break;
      }
      if (tag->tag.value() == kNeededTag) {
        names.push_back(tag->value.value());
      } else if (tag->tag.value() == kStringTableTag) {
        table = tag->value.value();
      }
    }
  }
  const auto loaded = std::find_if(segments.begin(), segments.end(), [&](const Segment& segment) {
    return segment.type == kLoad && table && *table >= segment.address &&
           *table - segment.address < segment.bytes;
  });
  std::vector<std::string> needed;
  if (loaded != segments.end()) {
    const ImageView strings =
        file.subview(loaded->offset, loaded->bytes).subview(*table - loaded->address, file.size());
    for (const std::uint64_t name : names) {
      needed.push_back(string_at(strings, name));
    }
  }
  return needed;
}

}  // namespace

Com32Module read_com32_module(const ImageView& file) {
  constexpr std::array<std::uint8_t, 5> kOldMagic{0xB8, 0xFF, 0x4C, 0xCD, 0x21};
  constexpr std::size_t kClass = 4;
  Com32Module module;
  const Bytes begin = file.read(0, kOldMagic.size());
  if (begin.size() < kOldMagic.size()) {
    return module;
  }
  const bool is_elf = begin[0] == 0x7F && begin[1] == 'E' && begin[2] == 'L' && begin[3] == 'F';
  if (is_elf && begin[kClass] == 1) {
    module.kind = Com32Kind::kElf32;
    module.needed = read_needed<Le32, ProgramHeader32>(file);
  } else if (is_elf && begin[kClass] == 2) {
    module.kind = Com32Kind::kElf64;
    module.needed = read_needed<Le64, ProgramHeader64>(file);
  } else if (std::equal(kOldMagic.begin(), kOldMagic.end(), begin.begin())) {
    module.kind = Com32Kind::kOld;
  }
  return module;
}

}  // namespace bootproof::inspectors
