#include "tests/inspectors/tool_output.h"

#include <array>
#include <cstdio>

namespace bootproof::testing {
namespace {

std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

}  // namespace

bool has_tool(const std::string& name) {
  return output_of({"sh", "-c", "command -v " + quoted(name)}).has_value();
}

std::optional<std::string> output_of(const std::vector<std::string>& words,
                                     const std::string& input) {
  std::string command =
      "export LC_ALL=C PATH=\"$PATH:/usr/sbin:/sbin\"; printf %s " + quoted(input) + " |";
  for (const std::string& word : words) {
    command += " " + quoted(word);
  }
  command += " 2>/dev/null";
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) {
    return std::nullopt;
  }
  std::string output;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.append(buffer.data(), got);
  }
  return pclose(pipe) == 0 ? std::optional(output) : std::nullopt;
}

}  // namespace bootproof::testing
