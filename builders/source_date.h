#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/core/yaml_reader.h"

namespace bootproof {

/// The time that made files and file systems bear where neither the recipe nor the environment says
/// another: 2024-01-01 00:00:00 UTC, as Unix time.
inline constexpr std::int64_t kSourceDate = 1704067200;

/// What every file system of a recipe can hold: FAT begins with 1980, ext2 ends in 2038.
inline constexpr std::int64_t kFirstSourceDate = 315532800;
inline constexpr std::int64_t kLastSourceDate = 2145916799;

/// Reads `date:` of a recipe, `2025-06-01` or `2025-06-01T12:30:00Z`, as Unix time. Throws Error
/// (kScenario) for anything else, and for a year outside 1980 to 2037.
std::int64_t read_source_date(const YamlNode& node);

/// `$SOURCE_DATE_EPOCH` (reproducible-builds.org/specs/source-date-epoch), raised to
/// kFirstSourceDate; nothing where it is not set or empty. Throws Error (kUsage) where it is no
/// number or beyond kLastSourceDate.
std::optional<std::int64_t> environment_source_date();

/// "20250601123000", as programs take a UTC time.
std::string date_digits(std::int64_t date);

}  // namespace bootproof
