#include "tests/reports/tool_output.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace bootproof::testing {

ToolOutput run_on_file(const std::string& tool, std::string_view content) {
  std::string path = (std::filesystem::temp_directory_path() / "bootproof-XXXXXX").string();
  const int descriptor = ::mkstemp(path.data());
  if (descriptor < 0) {
    return {.exit_code = -1, .text = "no temporary file"};
  }
  ::close(descriptor);
  std::ofstream out(path, std::ios::binary);
  out << content;
  out.close();
  ToolOutput result;
  const std::string command = tool + " '" + path + "' 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    std::filesystem::remove(path);
    return {.exit_code = -1, .text = "no shell"};
  }
  std::array<char, 4096> buffer{};
  for (std::size_t got = 1; got > 0;) {
    got = std::fread(buffer.data(), 1, buffer.size(), pipe);
    result.text.append(buffer.data(), got);
  }
  const int status = ::pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::filesystem::remove(path);
  return result;
}

}  // namespace bootproof::testing
