#include "harness/diagnosis/symbols_elf.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace bootproof {
namespace {

/// No code of a kernel lies lower: what does is no address.
constexpr std::uint64_t kLowest = std::uint64_t{1} << 63U;
/// All of a kernel's code is nearer than this.
constexpr std::uint64_t kLargestKernel = std::uint64_t{1} << 31U;
constexpr std::uint64_t kLastSymbolSize = 16;

static_assert(sizeof(Elf64_Ehdr) == 64 && sizeof(Elf64_Shdr) == 64 && sizeof(Elf64_Sym) == 24);

/// Numbers of these structs are in the order of this host, which has to be that of the file.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

template <typename Struct>
void append(std::string& out, const Struct& value) {
  std::array<char, sizeof(Struct)> bytes{};
  std::memcpy(bytes.data(), &value, sizeof(Struct));
  out.append(bytes.data(), bytes.size());
}

/// The names of the sections, each at its place.
constexpr std::string_view kSectionNames{"\0.text\0.symtab\0.strtab\0.shstrtab\0", 33};
constexpr Elf64_Word kTextName = 1;
constexpr Elf64_Word kSymtabName = 7;
constexpr Elf64_Word kStrtabName = 15;
constexpr Elf64_Word kShstrtabName = 23;
constexpr Elf64_Half kSections = 5;
constexpr Elf64_Half kTextSection = 1;
constexpr Elf64_Half kStrtabSection = 3;

/// Those that can be code of one kernel, by address.
std::vector<KernelSymbol> usable(std::span<const KernelSymbol> symbols) {
  std::vector<KernelSymbol> out;
  std::uint64_t lowest = ~std::uint64_t{0};
  for (const KernelSymbol& symbol : symbols) {
    lowest = symbol.address >= kLowest ? std::min(lowest, symbol.address) : lowest;
  }
  for (const KernelSymbol& symbol : symbols) {
    const bool is_code = symbol.address >= lowest && symbol.address - lowest < kLargestKernel;
    if (is_code && !symbol.name.empty() && symbol.name.find('\0') == std::string::npos) {
      out.push_back(symbol);
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const KernelSymbol& a, const KernelSymbol& b) {
    return a.address < b.address;
  });
  return out;
}

}  // namespace

std::vector<KernelSymbol> read_system_map(std::string_view text) {
  constexpr std::size_t kDigits = 16;
  std::vector<KernelSymbol> symbols;
  std::size_t bytes = 0;
  while (!text.empty() && symbols.size() < kMostKernelSymbols && bytes < kMostKernelSymbolBytes) {
    const std::size_t feed = text.find('\n');
    std::string_view line = text.substr(0, feed);
    text.remove_prefix(feed == std::string_view::npos ? text.size() : feed + 1);
    line.remove_suffix(line.ends_with('\r') ? 1 : 0);
    // "ffffffff81000000 T _text"
    if (line.size() < kDigits + 4 || line[kDigits] != ' ' || line[kDigits + 2] != ' ' ||
        !is_text_symbol(line[kDigits + 1])) {
      continue;
    }
    KernelSymbol symbol;
    const auto [end, error] =
        std::from_chars(line.data(), line.data() + kDigits, symbol.address, 16);
    const std::string_view name = line.substr(kDigits + 3);
    const bool is_name =
        std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (error == std::errc{} && end == line.data() + kDigits && is_name) {
      symbol.type = line[kDigits + 1];
      symbol.name = name;
      bytes += name.size();
      symbols.push_back(std::move(symbol));
    }
  }
  return symbols;
}

std::string symbols_elf(Architecture architecture, std::span<const KernelSymbol> symbols) {
  const std::vector<KernelSymbol> all = usable(symbols);
  if (all.empty()) {
    return {};
  }
  std::string names(1, '\0');
  std::string locals;
  std::string globals;
  append(locals, Elf64_Sym{});
  Elf64_Word local_count = 1;
  std::size_t next = 0;  // The first that lies behind the place of the one that is written.
  for (std::size_t i = 0; i < all.size(); ++i) {
    const KernelSymbol& one = all[i];
    // Several names of one place have one size.
    while (next <= i || (next < all.size() && all[next].address == one.address)) {
      ++next;
    }
    const bool is_local = one.type == 't';
    Elf64_Sym symbol{};
    symbol.st_name = static_cast<Elf64_Word>(names.size());
    symbol.st_info =
        static_cast<unsigned char>(ELF64_ST_INFO(is_local ? STB_LOCAL : STB_GLOBAL, STT_FUNC));
    symbol.st_shndx = kTextSection;
    symbol.st_value = one.address;
    symbol.st_size = next < all.size() ? all[next].address - one.address : kLastSymbolSize;
    names += one.name;
    names += '\0';
    append(is_local ? locals : globals, symbol);
    local_count += is_local ? 1 : 0;
  }
  const std::string table = locals + globals;

  Elf64_Ehdr header{};
  std::memcpy(&header.e_ident[0], ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = architecture == Architecture::kAarch64 ? EM_AARCH64 : EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = kSections;
  header.e_shstrndx = kSections - 1;

  std::array<Elf64_Shdr, kSections> sections{};
  const auto place = [&](std::size_t index, Elf64_Word name, Elf64_Word type, Elf64_Off offset,
                         std::uint64_t size) {
    sections.at(index).sh_name = name;
    sections.at(index).sh_type = type;
    sections.at(index).sh_offset = offset;
    sections.at(index).sh_size = size;
    sections.at(index).sh_addralign = 8;
  };
  const Elf64_Off table_at = sizeof(Elf64_Ehdr);
  const Elf64_Off names_at = table_at + table.size();
  const Elf64_Off section_names_at = names_at + names.size();
  const Elf64_Off sections_at = (section_names_at + kSectionNames.size() + 7) / 8 * 8;
  const std::uint64_t span = all.back().address - all.front().address + kLastSymbolSize;
  place(1, kTextName, SHT_NOBITS, table_at, span);
  sections[1].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
  sections[1].sh_addr = all.front().address;
  place(2, kSymtabName, SHT_SYMTAB, table_at, table.size());
  sections[2].sh_link = kStrtabSection;
  sections[2].sh_info = local_count;
  sections[2].sh_entsize = sizeof(Elf64_Sym);
  place(3, kStrtabName, SHT_STRTAB, names_at, names.size());
  place(4, kShstrtabName, SHT_STRTAB, section_names_at, kSectionNames.size());
  header.e_shoff = sections_at;

  std::string file;
  file.reserve(sections_at + sizeof(sections));
  append(file, header);
  file += table;
  file += names;
  file += kSectionNames;
  file.resize(sections_at, '\0');
  for (const Elf64_Shdr& section : sections) {
    append(file, section);
  }
  return file;
}

}  // namespace bootproof
