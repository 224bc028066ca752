#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof {

/// Puts a little-endian number into bytes.
inline void put(std::string& bytes, std::size_t offset, unsigned size, std::uint64_t value) {
  for (unsigned i = 0; i < size; ++i) {
    bytes.at(offset + i) = static_cast<char>(value >> (8 * i) & 0xFFU);
  }
}

/// The least kernel module: an ELF header, `.modinfo` with these fields ("depends=a,b", one after
/// the other), the names of sections, and three section headers.
inline std::string module_file(std::uint8_t machine, const std::vector<std::string>& fields) {
  constexpr std::size_t kHeaderSize = 64;
  const std::string names("\0.modinfo\0.shstrtab\0", 20);
  std::string modinfo;
  for (const std::string& field : fields) {
    modinfo += field + '\0';
  }
  std::string elf(kHeaderSize, '\0');
  elf.replace(0, 6,
              std::string_view("\x7f"
                               "ELF\2\1",
                               6));
  elf += modinfo + names;
  const std::size_t table = elf.size();
  elf.resize(table + 3 * kHeaderSize);
  put(elf, 0x12, 1, machine);
  put(elf, 0x28, 8, table);
  put(elf, 0x3A, 2, kHeaderSize);
  put(elf, 0x3C, 2, 3);
  put(elf, 0x3E, 2, 2);
  put(elf, table + kHeaderSize, 4, 1);
  put(elf, table + kHeaderSize + 0x18, 8, kHeaderSize);
  put(elf, table + kHeaderSize + 0x20, 8, modinfo.size());
  put(elf, table + 2 * kHeaderSize, 4, 10);
  put(elf, table + 2 * kHeaderSize + 0x18, 8, kHeaderSize + modinfo.size());
  put(elf, table + 2 * kHeaderSize + 0x20, 8, names.size());
  return elf;
}

inline constexpr std::uint16_t kPeX86_64 = 0x8664;
inline constexpr std::uint16_t kPeAarch64 = 0xAA64;

/// The least EFI program: headers of 1024 bytes with one section `.text` of 512 bytes at address
/// 4096, and 16 entries in the data directory.
inline std::string efi_program(std::uint16_t machine) {
  constexpr std::size_t kPe = 0x80;
  constexpr std::size_t kOptional = kPe + 24;
  constexpr std::size_t kSection = kOptional + 240;
  std::string pe(1024 + 512, '\0');
  pe.replace(0, 2, "MZ");
  put(pe, 0x3C, 4, kPe);
  pe.replace(kPe, 2, "PE");
  put(pe, kPe + 4, 2, machine);
  put(pe, kPe + 6, 2, 1);
  put(pe, kPe + 20, 2, 240);
  put(pe, kPe + 22, 2, 0x206);
  put(pe, kOptional, 2, 0x20B);
  put(pe, kOptional + 16, 4, 4096);
  put(pe, kOptional + 32, 4, 4096);
  put(pe, kOptional + 36, 4, 512);
  put(pe, kOptional + 56, 4, 8192);
  put(pe, kOptional + 60, 4, 1024);
  put(pe, kOptional + 68, 2, 10);
  put(pe, kOptional + 108, 4, 16);
  pe.replace(kSection, 5, ".text");
  put(pe, kSection + 8, 4, 512);
  put(pe, kSection + 12, 4, 4096);
  put(pe, kSection + 16, 4, 512);
  put(pe, kSection + 20, 4, 1024);
  put(pe, kSection + 36, 4, 0x60000020);
  return pe;
}

}  // namespace bootproof
