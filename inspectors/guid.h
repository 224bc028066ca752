#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bootproof::inspectors {

/// A GUID as it stands on a medium: the first three groups little-endian (UEFI 2.10, appendix A).
struct Guid {
  std::array<std::uint8_t, 16> bytes;

  bool operator==(const Guid&) const = default;
  /// Whether all bits are zero: an unused partition entry has such a type.
  [[nodiscard]] bool is_zero() const { return *this == Guid{}; }
};

/// "C12A7328-F81F-11D2-BA4B-00A0C93EC93B".
std::string text_of(const Guid& guid);

/// A row of the table of partition types.
struct PartitionType {
  std::string_view guid;  ///< As text_of gives it.
  std::string_view name;  ///< "ESP", "BIOS boot", "Linux root (x86-64)".
};

/// The name of a GPT partition type (UEFI 2.10, table 5.7; the Discoverable Partitions
/// Specification; what vendors use); empty for one that is not known.
std::string_view partition_type_name(const Guid& type);

}  // namespace bootproof::inspectors
