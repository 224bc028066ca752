#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof {

/// What a partition is for, as each of the two tables says it.
struct PartitionType {
  /// Partition type GUID in text form (UEFI 2.10, table 5.7; Discoverable Partitions
  /// Specification). Empty where a GPT has none.
  std::string guid;
  /// OS type of an MBR entry (UEFI 2.10, table 5.2). Nothing where an MBR has none.
  std::optional<std::uint8_t> byte;
};

/// The type for a word of the table (`esp`, `linux` ...), a GUID or a byte such as `0x83`. Nothing
/// where it is none of these.
std::optional<PartitionType> partition_type(std::string_view text);

/// The words of the table, in its order.
std::vector<std::string_view> partition_type_words();

/// True for "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" in letters of either case.
bool is_guid(std::string_view text);

/// A GUID in version 4 form (RFC 4122) that only this `role` of a build has; `identity` is
/// BuildPlace::identity.
std::string derived_guid(const std::string& identity, std::string_view role);

/// A number of 32 bits that only this `role` of a build has, never 0.
std::uint32_t derived_number(const std::string& identity, std::string_view role);

}  // namespace bootproof
