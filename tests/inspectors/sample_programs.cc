#include "tests/inspectors/sample_programs.h"

#include <algorithm>

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kFileAlignment = 512;
constexpr std::uint64_t kSectionAlignment = 4096;

std::uint64_t rounded(std::uint64_t value, std::uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

void put_headers(Patch& patch, std::uint16_t machine, std::uint64_t sections) {
  constexpr std::uint64_t kPe = ProgramPlaces::kPe;
  constexpr std::uint64_t kOptional = ProgramPlaces::kOptionalHeader;
  patch.text(0, "MZ").le32(60, kPe).text(kPe, "PE").le16(kPe + 4, machine);
  patch.le16(kPe + 6, sections).le16(kPe + 20, 240).le16(kPe + 22, 0x0206);
  patch.le16(kOptional, 0x20B).le32(kOptional + 16, kSectionAlignment);
  patch.le32(kOptional + 32, kSectionAlignment).le32(kOptional + 36, kFileAlignment);
  patch.le32(kOptional + 60, ProgramPlaces::kHeadersSize).le16(kOptional + 68, 10);
  patch.le16(kOptional + 70, 0x100).le32(kOptional + 108, 16);
}

}  // namespace

Bytes program_of(const std::vector<SampleSection>& sections, std::uint16_t machine) {
  Bytes file(ProgramPlaces::kHeadersSize);
  std::string names(4, '\0');  // The string table begins with its size.
  std::uint64_t address = kSectionAlignment;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const SampleSection& section = sections[i];
    const std::uint64_t offset = file.size();
    const std::uint64_t raw_size = rounded(section.content.size(), kFileAlignment);
    file.resize(offset + raw_size);
    std::copy(section.content.begin(), section.content.end(),
              file.begin() + static_cast<std::ptrdiff_t>(offset));
    std::string name = section.name;
    if (name.size() > 8) {
      name = "/" + std::to_string(names.size());
      names += section.name + '\0';
    }
    const std::uint64_t row = ProgramPlaces::row(i);
    Patch(file)
        .text(row, name)
        .le32(row + 8, section.content.size())
        .le32(row + 12, address)
        .le32(row + 16, raw_size)
        .le32(row + 20, offset)
        .le32(row + 36, section.flags);
    if (section.name == ".reloc") {
      Patch(file)
          .le32(ProgramPlaces::kRelocationEntry, address)
          .le32(ProgramPlaces::kRelocationEntry + 4, section.content.size());
    }
    address += std::max(rounded(section.content.size(), kSectionAlignment), kSectionAlignment);
  }
  Patch patch(file);
  put_headers(patch, machine, sections.size());
  patch.le32(ProgramPlaces::kOptionalHeader + 56, address);
  if (names.size() > 4) {
    const std::uint64_t table = file.size();
    file.resize(rounded(table + names.size(), 8));
    Patch(file).text(table, names).le32(table, names.size()).le32(ProgramPlaces::kPe + 12, table);
  }
  return file;
}

std::vector<SampleSection> efi_sections() {
  // One block for the page of .data: a 64-bit address at its begin, and padding.
  Bytes relocations(12);
  Patch(relocations).le32(0, 0x2000).le32(4, 12).le16(8, 0xA000);
  return {{".text", {0x31, 0xC0, 0xC3}, kCodeFlags},
          {".data", Bytes(16, 0x22), kDataFlags},
          {".reloc", relocations, kReadOnlyFlags},
          {".sbat", bytes_of(kSampleSbat), kReadOnlyFlags}};
}

Bytes efi_program() { return program_of(efi_sections()); }

std::vector<SampleSection> uki_sections() {
  std::vector<SampleSection> sections = efi_sections();
  sections.push_back({".sdmagic", bytes_of("#### LoaderInfo: systemd-stub 252.39 ####")});
  sections.push_back({".osrel", bytes_of("ID=sample\nPRETTY_NAME=\"Sample Linux 1\"\n")});
  sections.push_back({".cmdline", bytes_of("console=ttyS0 root=/dev/vda2\n")});
  sections.push_back({".uname", bytes_of("6.1.0-sample")});
  sections.push_back({".linux", efi_program()});
  sections.push_back({".initrd", bytes_of("070701")});
  sections.push_back({".dtb", {0xD0, 0x0D, 0xFE, 0xED, 0, 0, 0, 40}});
  sections.push_back({".splash", bytes_of("BM picture")});
  return sections;
}

Bytes uki_program() { return program_of(uki_sections()); }

std::vector<SampleSection> shim_sections(const Bytes& vendor_certificate) {
  constexpr std::uint64_t kTableBytes = 16;
  constexpr std::uint64_t kListBytes = 28 + 16 + 32;
  Bytes vendor(kTableBytes);
  vendor.insert(vendor.end(), vendor_certificate.begin(), vendor_certificate.end());
  const std::uint64_t list = vendor.size();
  vendor.resize(list + kListBytes);
  Patch(vendor)
      .le32(0, vendor_certificate.size())
      .le32(4, kListBytes)
      .le32(8, kTableBytes)
      .le32(12, list)
      // EFI_CERT_SHA256_GUID.
      .le32(list, 0xC1C41626)
      .le16(list + 4, 0x504C)
      .le16(list + 6, 0x4092)
      .text(list + 8, "\xAC\xA9\x41\xF9\x36\x93\x43\x28")
      .le32(list + 16, kListBytes)
      .le32(list + 24, 48)
      .fill(list + 44, 32, 0xEE);
  Bytes level(12);
  Patch(level).le32(4, 8).le32(8, 41);
  const std::string_view texts("sbat,1,2024010900\nsample,2\n\0sbat,1,2024040900\nsample,3\n", 56);
  level.insert(level.end(), texts.begin(), texts.end());
  std::vector<SampleSection> sections = efi_sections();
  sections.push_back({".vendor_cert", vendor});
  sections.push_back({".sbatlevel", level});
  return sections;
}

}  // namespace bootproof::testing
