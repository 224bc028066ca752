#include "builders/efi_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/core/files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

// Offsets of the Microsoft PE and COFF Specification.
constexpr std::size_t kPeOffset = 0x3C;
constexpr std::size_t kCoffSize = 20;
constexpr std::size_t kSectionHeaderSize = 40;
// In the COFF file header.
constexpr std::size_t kSectionCount = 2;
constexpr std::size_t kSymbolTable = 8;  // Its offset, then how many there are.
constexpr std::size_t kOptionalSize = 16;
// In the optional header.
constexpr std::size_t kInitializedData = 8;
constexpr std::size_t kSectionAlignment = 32;
constexpr std::size_t kFileAlignment = 36;
constexpr std::size_t kImageSize = 56;
constexpr std::size_t kHeadersSize = 60;
constexpr std::size_t kChecksum = 64;
constexpr std::size_t kDirectoryCount = 108;
constexpr std::size_t kDirectories = 112;
constexpr std::size_t kCertificateDirectory = 4;
// In a section header.
constexpr std::size_t kVirtualSize = 8;
constexpr std::size_t kVirtualAddress = 12;
constexpr std::size_t kRawSize = 16;
constexpr std::size_t kRawOffset = 20;
constexpr std::size_t kCharacteristics = 36;
/// IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ.
constexpr std::uint64_t kReadOnlyData = 0x40000040;

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kLargest = 1ULL << 31U;

std::uint64_t rounded_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

EfiProgram::EfiProgram(std::string bytes, std::string name)
    : bytes_(std::move(bytes)), name_(std::move(name)) {
  constexpr std::uint64_t kMostSections = 96;  // What Windows's loader takes.
  constexpr std::uint64_t kPe32Plus = 0x20B;
  const auto refuse_unless = [&](bool holds, std::string_view why) {
    if (!holds) {
      throw refusal(why,
                    "an EFI program is expected, such as linuxx64.efi.stub of systemd-boot-efi");
    }
  };
  refuse_unless(bytes_.size() > kPeOffset + 4 && bytes_.starts_with("MZ"), "is no EFI program");
  const std::size_t pe = number(kPeOffset, 4);
  refuse_unless(pe < bytes_.size() && bytes_.size() - pe > 4 + kCoffSize + kDirectories &&
                    std::string_view(bytes_).substr(pe, 4) == std::string_view("PE\0\0", 4),
                "is no EFI program");
  coff_ = pe + 4;
  optional_ = coff_ + kCoffSize;
  section_table_ = optional_ + number(coff_ + kOptionalSize, 2);
  refuse_unless(number(optional_, 2) == kPe32Plus, "is no 64-bit EFI program");
  refuse_unless(section_count() <= kMostSections, "has more than 96 sections");
  refuse_unless(section_table_ + section_count() * kSectionHeaderSize <= bytes_.size(),
                "is cut off in its section table");
  refuse_unless(number(optional_ + kDirectoryCount, 4) > kCertificateDirectory &&
                    section_table_ >= certificate_entry() + 8,
                "has no place for a signature in its data directory");
  const std::uint64_t certificates = number(certificate_entry(), 4);
  refuse_unless(
      certificates == 0 || (certificates <= bytes_.size() &&
                            certificates + number(certificate_entry() + 4, 4) == bytes_.size()),
      "has a signature that is not at its end");
  const std::uint64_t headers = number(optional_ + kHeadersSize, 4);
  refuse_unless(headers >= section_table_ && headers <= bytes_.size(),
                "has headers of a size that can't be");
  std::uint64_t last_end = 0;
  for (const RawData& raw : raw_data()) {
    refuse_unless(raw.offset >= last_end, "has sections that overlap in the file");
    refuse_unless(raw.offset + raw.size <= bytes_.size(), "has a section beyond its end");
    last_end = raw.offset + raw.size;
  }
}

Error EfiProgram::refusal(std::string_view why, std::string_view hint) const {
  return {ErrorKind::kScenario, fmt::format("{} {}", escape_for_terminal(name_), why),
          std::string(hint)};
}

std::uint64_t EfiProgram::number(std::size_t offset, unsigned size) const {
  std::uint64_t value = 0;
  for (unsigned i = size; i > 0; --i) {
    value = value << 8U | static_cast<std::uint8_t>(bytes_.at(offset + i - 1));
  }
  return value;
}

void EfiProgram::set_number(std::size_t offset, unsigned size, std::uint64_t value) {
  for (unsigned i = 0; i < size; ++i) {
    bytes_.at(offset + i) = static_cast<char>(value >> (8 * i) & 0xFFU);
  }
}

std::uint16_t EfiProgram::machine() const { return static_cast<std::uint16_t>(number(coff_, 2)); }

std::size_t EfiProgram::section_count() const { return number(coff_ + kSectionCount, 2); }

std::size_t EfiProgram::certificate_entry() const {
  return optional_ + kDirectories + kCertificateDirectory * 8;
}

bool EfiProgram::is_signed() const { return number(certificate_entry(), 4) != 0; }

std::vector<std::string> EfiProgram::section_names() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < section_count(); ++i) {
    const std::string name = bytes_.substr(section_table_ + i * kSectionHeaderSize, 8);
    names.push_back(name.substr(0, name.find('\0')));
  }
  return names;
}

std::vector<EfiProgram::RawData> EfiProgram::raw_data() const {
  std::vector<RawData> all;
  for (std::size_t i = 0; i < section_count(); ++i) {
    const std::size_t header = section_table_ + i * kSectionHeaderSize;
    const RawData raw{number(header + kRawOffset, 4), number(header + kRawSize, 4)};
    if (raw.size != 0) {
      all.push_back(raw);
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const RawData& a, const RawData& b) { return a.offset < b.offset; });
  return all;
}

void EfiProgram::add_sections(const std::vector<EfiSection>& sections) {
  if (is_signed()) {
    throw refusal("is signed: sections that are added would make the signature void",
                  "take the unsigned stub and sign the result");
  }
  // Where the first section's bytes begin there is no more room for the table.
  std::uint64_t room_end = number(optional_ + kHeadersSize, 4);
  std::uint64_t memory_end = 0;
  for (std::size_t i = 0; i < section_count(); ++i) {
    const std::size_t header = section_table_ + i * kSectionHeaderSize;
    if (const std::uint64_t raw = number(header + kRawOffset, 4); raw != 0) {
      room_end = std::min(room_end, raw);
    }
    const std::uint64_t size =
        std::max(number(header + kVirtualSize, 4), number(header + kRawSize, 4));
    memory_end = std::max(memory_end, number(header + kVirtualAddress, 4) + size);
  }
  const std::uint64_t file_unit = number(optional_ + kFileAlignment, 4);
  const std::uint64_t memory_unit = number(optional_ + kSectionAlignment, 4);
  if (file_unit == 0 || file_unit > kPage * 16 || memory_unit == 0 || memory_unit > kLargest) {
    throw refusal("has no usable alignment of its sections");
  }
  std::uint64_t file_end = number(optional_ + kHeadersSize, 4);
  for (const RawData& raw : raw_data()) {
    file_end = std::max(file_end, raw.offset + raw.size);
  }
  bytes_.resize(file_end);
  set_number(coff_ + kSymbolTable, 8, 0);
  std::size_t header = section_table_ + section_count() * kSectionHeaderSize;
  if (header + sections.size() * kSectionHeaderSize >
      std::min<std::uint64_t>(room_end, bytes_.size())) {
    throw refusal(
        fmt::format("has no room for {} more sections in its section table", sections.size()));
  }
  std::uint64_t data_size = number(optional_ + kInitializedData, 4);
  for (const EfiSection& section : sections) {
    const std::uint64_t address = rounded_up(memory_end, std::max(kPage, memory_unit));
    bytes_.resize(rounded_up(bytes_.size(), file_unit));
    const std::uint64_t raw_size = rounded_up(section.content.size(), file_unit);
    if (address + raw_size > kLargest || bytes_.size() + raw_size > kLargest) {
      throw refusal("would become larger than 2 GiB");
    }
    bytes_.replace(header, kSectionHeaderSize, kSectionHeaderSize, '\0');
    bytes_.replace(header, std::min<std::size_t>(section.name.size(), 8), section.name, 0, 8);
    set_number(header + kVirtualSize, 4, section.content.size());
    set_number(header + kVirtualAddress, 4, address);
    set_number(header + kRawSize, 4, raw_size);
    set_number(header + kRawOffset, 4, bytes_.size());
    set_number(header + kCharacteristics, 4, kReadOnlyData);
    bytes_ += section.content;
    bytes_.resize(rounded_up(bytes_.size(), file_unit));
    memory_end = address + section.content.size();
    data_size += raw_size;
    header += kSectionHeaderSize;
  }
  set_number(coff_ + kSectionCount, 2, section_count() + sections.size());
  set_number(optional_ + kInitializedData, 4, data_size);
  set_number(optional_ + kImageSize, 4, rounded_up(memory_end, memory_unit));
}

std::string EfiProgram::authenticode_digest() {
  constexpr std::size_t kUnit = 8;
  if (!is_signed()) {
    bytes_.resize(rounded_up(bytes_.size(), kUnit));
  }
  const std::size_t checksum = optional_ + kChecksum;
  const std::size_t entry = certificate_entry();
  const std::size_t headers = number(optional_ + kHeadersSize, 4);
  const std::size_t end = is_signed() ? number(entry, 4) : bytes_.size();
  std::string hashed = bytes_.substr(0, checksum);
  hashed += bytes_.substr(checksum + 4, entry - checksum - 4);
  hashed += bytes_.substr(entry + 8, headers - entry - 8);
  std::size_t sum = headers;
  for (const RawData& raw : raw_data()) {
    hashed += bytes_.substr(raw.offset, raw.size);
    sum += raw.size;
  }
  if (sum < end) {  // From the sum on, not from the last section's end, as firmware does it.
    hashed += bytes_.substr(sum, end - sum);
  }
  std::string digest;
  const std::string digits = sha256_of(hashed);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    digest.push_back(static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return digest;
}

void EfiProgram::attach_signature(std::string_view der) {
  constexpr std::size_t kHeaderSize = 8;  // WIN_CERTIFICATE, UEFI 2.10, 32.2.4.
  constexpr std::uint64_t kRevision = 0x0200;
  constexpr std::uint64_t kPkcs7 = 0x0002;
  const std::size_t start = bytes_.size();
  if (!is_signed()) {
    set_number(certificate_entry(), 4, start);
  }
  const std::size_t length = kHeaderSize + der.size();
  bytes_.resize(start + kHeaderSize);
  set_number(start, 4, length);
  set_number(start + 4, 2, kRevision);
  set_number(start + 6, 2, kPkcs7);
  bytes_ += der;
  bytes_.resize(rounded_up(bytes_.size(), kHeaderSize));
  set_number(certificate_entry() + 4, 4, bytes_.size() - number(certificate_entry(), 4));
}

const std::string& EfiProgram::finish() {
  // The sum of all 16-bit words with the carry added back, the checksum itself taken as 0, and the
  // file's length (ImageHlp's CheckSumMappedFile).
  constexpr std::uint64_t kWord = 0xFFFF;
  set_number(optional_ + kChecksum, 4, 0);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    sum += static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes_[i])) << (i % 2 * 8);
  }
  while (sum > kWord) {
    sum = (sum & kWord) + (sum >> 16U);
  }
  set_number(optional_ + kChecksum, 4, sum + bytes_.size());
  return bytes_;
}

}  // namespace bootproof
