#pragma once

#include <string>
#include <string_view>

namespace bootproof::testing {

/// What a tool made of a file: its exit code (127: the shell has not found it) and all it said.
struct ToolOutput {
  int exit_code = 0;
  std::string text;
};

/// Writes `content` to a temporary file and runs `tool` (a shell command) with the file's path as
/// last argument.
ToolOutput run_on_file(const std::string& tool, std::string_view content);

}  // namespace bootproof::testing
