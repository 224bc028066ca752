#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bootproof::testing {

/// Whether a program is on PATH or in one of the administrator's folders.
bool has_tool(const std::string& name);

/// What a program writes to stdout, run by a shell with the C locale; nothing where it fails.
/// `words` are quoted, `input` becomes its stdin.
std::optional<std::string> output_of(const std::vector<std::string>& words,
                                     const std::string& input = {});

}  // namespace bootproof::testing
