#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "builders/digest_memory.h"
#include "builders/source_date.h"
#include "harness/core/program.h"

namespace bootproof {

/// The path of one of the programs that builders run: in PATH, else in /usr/sbin and /sbin, which
/// are not in every user's PATH. Throws Error (kHost) that names the package which brings it.
std::string tool_path(std::string_view name);

/// A line that changes when the program does: its digest and, where it says so, the versions of the
/// libraries that do its work. Remembered until the program or the set of installed packages
/// changes.
std::string tool_identity(std::string_view name, const DigestMemory& memory);

/// Runs a tool to its end with the environment that reproducible output needs: time zone, locale,
/// SOURCE_DATE_EPOCH (`date`), no configuration of the user. The first argument is its name.
/// Throws Error (kBuild) that quotes it when it fails.
ProgramResult run_tool(std::vector<std::string> arguments, std::int64_t date = kSourceDate);

}  // namespace bootproof
