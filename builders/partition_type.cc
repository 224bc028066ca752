#include "builders/partition_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "harness/core/files.h"

namespace bootproof {
namespace {

struct TypeRow {
  std::string_view word;
  std::string_view guid;
  int byte;  ///< Below 0: an MBR has none.
};

constexpr int kNone = -1;
constexpr int kHexadecimal = 16;

constexpr std::array<TypeRow, 12> kTypes{{
    {"esp", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", 0xef},
    {"bios-boot", "21686148-6449-6E6F-744E-656564454649", kNone},
    {"xbootldr", "BC13C2FF-59E6-4262-A352-B275FD6F7172", 0xea},
    {"linux", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", 0x83},
    {"swap", "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", 0x82},
    {"root-x86_64", "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", kNone},
    {"root-aarch64", "B921B045-1DF0-41C3-AF44-4C6F280D3FAE", kNone},
    {"home", "933AC7E1-2EB4-4F13-B844-0E14E2AEF915", kNone},
    {"fat12", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", 0x01},
    {"fat16", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", 0x0e},  // LBA: reached by INT 13h, AH=42h.
    {"fat32", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", 0x0c},
    {"lvm", "E6D6D379-F507-44C2-A23C-238F2A3DF928", 0x8e},
}};

}  // namespace

bool is_guid(std::string_view text) {
  constexpr std::size_t kLength = 36;
  if (text.size() != kLength) {
    return false;
  }
  for (std::size_t i = 0; i < kLength; ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) {
      return false;
    }
  }
  return true;
}

std::optional<PartitionType> partition_type(std::string_view text) {
  for (const TypeRow& row : kTypes) {
    if (row.word == text) {
      PartitionType type{std::string(row.guid), {}};
      if (row.byte != kNone) {
        type.byte = static_cast<std::uint8_t>(row.byte);
      }
      return type;
    }
  }
  if (is_guid(text)) {
    return PartitionType{std::string(text), {}};
  }
  std::uint8_t byte = 0;
  const char* const end = text.data() + text.size();
  if (text.starts_with("0x") && text.size() > 2) {
    const auto parsed = std::from_chars(text.data() + 2, end, byte, kHexadecimal);
    if (parsed.ec == std::errc() && parsed.ptr == end && byte != 0) {
      return PartitionType{{}, byte};
    }
  }
  return std::nullopt;
}

std::vector<std::string_view> partition_type_words() {
  std::vector<std::string_view> words;
  words.reserve(kTypes.size());
  for (const TypeRow& row : kTypes) {
    words.push_back(row.word);
  }
  return words;
}

std::string derived_guid(const std::string& identity, std::string_view role) {
  std::string digits = sha256_of(fmt::format("{}\n{}", identity, role)).substr(0, 32);
  digits[12] = '4';
  digits[16] = '8';
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                     digits.substr(12, 4), digits.substr(16, 4), digits.substr(20, 12));
}

std::uint32_t derived_number(const std::string& identity, std::string_view role) {
  const std::string digits = sha256_of(fmt::format("{}\n{}", identity, role)).substr(0, 8);
  std::uint32_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, kHexadecimal);
  return std::max(number, 1U);
}

}  // namespace bootproof
