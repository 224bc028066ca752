#include "inspectors/programs/elf.h"

#include <algorithm>
#include <array>

#include "inspectors/cursor.h"

namespace bootproof::inspectors {
namespace {

/// An integer in the byte order that e_ident names.
template <typename Integer>
struct Ordered {
  LittleEndian<Integer> field;

  [[nodiscard]] Integer value(bool is_big_endian) const {
    return is_big_endian ? BigEndian<Integer>{field.bytes}.value() : field.value();
  }
};

/// Elf32_Ehdr and Elf64_Ehdr (System V ABI, figure 4-3).
template <typename Address>
struct HeaderRecord {
  std::array<std::uint8_t, 16> ident;
  Ordered<std::uint16_t> type;
  Ordered<std::uint16_t> machine;
  Ordered<std::uint32_t> version;
  Ordered<Address> entry;
  Ordered<Address> phoff;
  Ordered<Address> shoff;
  Ordered<std::uint32_t> flags;
  Ordered<std::uint16_t> ehsize;
  Ordered<std::uint16_t> phentsize;
  Ordered<std::uint16_t> phnum;
  Ordered<std::uint16_t> shentsize;
  Ordered<std::uint16_t> shnum;
  Ordered<std::uint16_t> shstrndx;
};
static_assert(sizeof(HeaderRecord<std::uint32_t>) == 52);
static_assert(sizeof(HeaderRecord<std::uint64_t>) == 64);

/// Elf32_Phdr (System V ABI, figure 5-1).
struct Segment32 {
  Ordered<std::uint32_t> type;
  Ordered<std::uint32_t> offset;
  Ordered<std::uint32_t> vaddr;
  Ordered<std::uint32_t> paddr;
  Ordered<std::uint32_t> filesz;
  Ordered<std::uint32_t> memsz;
  Ordered<std::uint32_t> flags;
  Ordered<std::uint32_t> align;
};
static_assert(sizeof(Segment32) == 32);

/// Elf64_Phdr.
struct Segment64 {
  Ordered<std::uint32_t> type;
  Ordered<std::uint32_t> flags;
  Ordered<std::uint64_t> offset;
  Ordered<std::uint64_t> vaddr;
  Ordered<std::uint64_t> paddr;
  Ordered<std::uint64_t> filesz;
  Ordered<std::uint64_t> memsz;
  Ordered<std::uint64_t> align;
};
static_assert(sizeof(Segment64) == 56);

Architecture architecture_of_elf(std::uint16_t machine, bool is_64_bit) {
  switch (machine) {
    case 3:
      return Architecture::kX86;
    case 21:
      return Architecture::kPpc64;
    case 22:
      return Architecture::kS390;
    case 40:
      return Architecture::kArm;
    case 62:
      return Architecture::kX86_64;
    case 183:
      return Architecture::kArm64;
    case 243:
      return is_64_bit ? Architecture::kRiscv64 : Architecture::kRiscv32;
    case 258:
      return is_64_bit ? Architecture::kLoongArch64 : Architecture::kUnknown;
    default:
      return Architecture::kUnknown;
  }
}

/// The text at `offset` up to a zero byte or `length`.
std::optional<std::string> text_at(const ImageView& file, std::uint64_t offset,
                                   std::uint64_t length) {
  constexpr std::uint64_t kLongestPath = 4096;
  const std::uint64_t wanted = std::min(length, kLongestPath);
  const Bytes bytes = file.read(offset, wanted);
  if (bytes.empty() || bytes.size() < wanted) {
    return std::nullopt;
  }
  return std::string(bytes.begin(), std::find(bytes.begin(), bytes.end(), 0));
}

template <typename Address, typename Segment>
std::optional<Elf> read(const ImageView& file, Elf elf) {
  const auto header = read_struct<HeaderRecord<Address>>(file, 0);
  if (!header || header->version.value(elf.is_big_endian) != 1) {
    return std::nullopt;
  }
  const auto value = [&](const auto& field) { return field.value(elf.is_big_endian); };
  elf.type = value(header->type);
  elf.machine = value(header->machine);
  elf.architecture = architecture_of_elf(elf.machine, elf.is_64_bit);
  elf.entry = value(header->entry);
  if (value(header->phentsize) != sizeof(Segment)) {
    return elf;
  }
  constexpr std::uint32_t kLoad = 1;
  constexpr std::uint32_t kDynamic = 2;
  constexpr std::uint32_t kInterpreter = 3;
  constexpr std::size_t kMostLoads = 16;
  for (std::uint64_t i = 0; i < value(header->phnum); ++i) {
    const std::uint64_t begin = value(header->phoff);
    if (begin > file.size()) {
      break;
    }
    const auto segment = read_struct<Segment>(file, begin + i * sizeof(Segment));
    if (!segment) {
      break;
    }
    const std::uint64_t offset = value(segment->offset);
    const std::uint64_t size = value(segment->filesz);
    if (value(segment->type) == kLoad && elf.loads.size() < kMostLoads) {
      elf.loads.push_back({offset, size, value(segment->vaddr)});
    } else if (value(segment->type) == kDynamic) {
      elf.dynamic_offset = offset;
      elf.dynamic_size = size;
    } else if (value(segment->type) == kInterpreter && !elf.has_interpreter) {
      elf.has_interpreter = true;
      elf.interpreter = text_at(file, offset, size);
    }
  }
  return elf;
}

/// Elf32_Dyn and Elf64_Dyn (System V ABI, figure 5-9).
template <typename Address>
struct DynamicRecord {
  Ordered<Address> tag;
  Ordered<Address> value;
};
static_assert(sizeof(DynamicRecord<std::uint32_t>) == 8);
static_assert(sizeof(DynamicRecord<std::uint64_t>) == 16);

/// What the dynamic section says about the libraries' names.
struct Dynamic {
  std::vector<std::uint64_t> needed;  ///< Offsets in the string table.
  std::uint64_t strings = 0;          ///< Its virtual address.
};

template <typename Address>
Dynamic read_dynamic(const Elf& elf, ByteSpan bytes) {
  constexpr std::size_t kMostNeeded = 64;
  constexpr std::uint64_t kEnd = 0;
  constexpr std::uint64_t kNeeded = 1;
  constexpr std::uint64_t kStringTable = 5;
  MemoryImage source(bytes);
  const ImageView view(source);
  Dynamic dynamic;
  for (std::uint64_t at = 0;; at += sizeof(DynamicRecord<Address>)) {
    const auto record = read_struct<DynamicRecord<Address>>(view, at);
    const std::uint64_t tag = record ? record->tag.value(elf.is_big_endian) : kEnd;
    if (tag == kEnd) {
      return dynamic;
    }
    if (tag == kNeeded && dynamic.needed.size() < kMostNeeded) {
      dynamic.needed.push_back(record->value.value(elf.is_big_endian));
    } else if (tag == kStringTable) {
      dynamic.strings = record->value.value(elf.is_big_endian);
    }
  }
}

}  // namespace

std::string_view name_of(Architecture architecture) {
  switch (architecture) {
    case Architecture::kUnknown:
      break;
    case Architecture::kX86:
      return "x86";
    case Architecture::kX86_64:
      return "x86-64";
    case Architecture::kArm:
      return "arm";
    case Architecture::kArm64:
      return "arm64";
    case Architecture::kRiscv32:
      return "riscv32";
    case Architecture::kRiscv64:
      return "riscv64";
    case Architecture::kLoongArch64:
      return "loongarch64";
    case Architecture::kPpc64:
      return "ppc64";
    case Architecture::kS390:
      return "s390";
  }
  return "unknown";
}

Architecture architecture_of_pe(std::uint16_t machine) {
  switch (machine) {
    case 0x014C:
      return Architecture::kX86;
    case 0x8664:
      return Architecture::kX86_64;
    case 0x01C0:
    case 0x01C2:
    case 0x01C4:
      return Architecture::kArm;
    case 0xAA64:
      return Architecture::kArm64;
    case 0x5032:
      return Architecture::kRiscv32;
    case 0x5064:
      return Architecture::kRiscv64;
    case 0x6264:
      return Architecture::kLoongArch64;
    default:
      return Architecture::kUnknown;
  }
}

std::optional<Elf> read_elf(const ImageView& file) {
  const Bytes ident = file.read(0, 16);
  constexpr std::array<std::uint8_t, 4> kMagic{0x7F, 'E', 'L', 'F'};
  if (ident.size() < 16 || !std::equal(kMagic.begin(), kMagic.end(), ident.begin())) {
    return std::nullopt;
  }
  constexpr std::uint8_t k32Bit = 1;
  constexpr std::uint8_t k64Bit = 2;
  constexpr std::uint8_t kBigEndian = 2;
  Elf elf;
  elf.is_big_endian = ident[5] == kBigEndian;
  if (ident[4] == k64Bit) {
    elf.is_64_bit = true;
    return read<std::uint64_t, Segment64>(file, elf);
  }
  return ident[4] == k32Bit ? read<std::uint32_t, Segment32>(file, elf) : std::nullopt;
}

std::vector<std::string> needed_libraries(const Elf& elf, ByteSpan dynamic, ByteSpan first_bytes) {
  const Dynamic said = elf.is_64_bit ? read_dynamic<std::uint64_t>(elf, dynamic)
                                     : read_dynamic<std::uint32_t>(elf, dynamic);
  const auto load = std::find_if(elf.loads.begin(), elf.loads.end(), [&](const ElfLoad& one) {
    return said.strings >= one.address && said.strings - one.address < one.size;
  });
  if (load == elf.loads.end()) {
    return {};
  }
  const std::uint64_t table = said.strings - load->address + load->offset;
  std::vector<std::string> names;
  for (const std::uint64_t name : said.needed) {
    constexpr std::size_t kLongestName = 255;
    const std::uint64_t at = table + name;
    if (table > first_bytes.size() || name > first_bytes.size() || at >= first_bytes.size()) {
      return {};
    }
    const ByteSpan rest = first_bytes.subspan(static_cast<std::size_t>(at));
    const auto end = std::find(rest.begin(), rest.end(), 0);
    if (end == rest.end() || end - rest.begin() > static_cast<std::ptrdiff_t>(kLongestName)) {
      return {};
    }
    names.emplace_back(rest.begin(), end);
  }
  return names;
}

}  // namespace bootproof::inspectors
