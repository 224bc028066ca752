#include "builders/tools.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

struct Tool {
  std::string_view name;
  std::string_view package;
  /// Argument that makes it print the versions of the libraries it uses; empty where its own bytes
  /// say all.
  std::string_view version_argument;
};

constexpr std::array<Tool, 11> kTools{{
    {"xorriso", "xorriso", "-version"},
    {"grub-mkimage", "grub-common", ""},
    {"mkfs.vfat", "dosfstools", ""},
    {"mcopy", "mtools", ""},
    {"mmd", "mtools", ""},
    {"mke2fs", "e2fsprogs", "-V"},
    {"syslinux", "syslinux", ""},
    {"qemu-img", "qemu-utils", ""},
    {"supermin", "supermin", ""},
    {"depmod", "kmod", ""},
    {"loadkeys", "kbd", ""},
}};

const Tool& row_of(std::string_view name) {
  for (const Tool& tool : kTools) {
    if (tool.name == name) {
      return tool;
    }
  }
  throw Error(ErrorKind::kBug, fmt::format("{} is not in the table of tools", name));
}

std::map<std::string, std::string> tool_environment(std::int64_t date) {
  return {
      {"LC_ALL", "C.UTF-8"},
      {"TZ", "UTC0"},
      {"SOURCE_DATE_EPOCH", std::to_string(date)},
      {"MTOOLSRC", "/dev/null"},
      {"MTOOLS_SKIP_CHECK", "0"},
      {"E2FSPROGS_FAKE_TIME", std::to_string(date)},
      {"MKE2FS_CONFIG", "/nonexistent"},  // Its built-in defaults instead of this host's.
  };
}

}  // namespace

std::string tool_path(std::string_view name) {
  const Tool& tool = row_of(name);
  const char* const variable =
      std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): never set here.
  std::string path = fmt::format("{}:/usr/sbin:/sbin", variable == nullptr ? "/usr/bin" : variable);
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find(':', start), path.size());
    const fs::path file = fs::path(path.substr(start, end - start)) / tool.name;
    std::error_code code;
    if (file.is_absolute() && fs::is_regular_file(file, code) &&
        ::access(file.c_str(), X_OK) == 0) {
      return file.string();
    }
    start = end + 1;
  }
  throw Error(
      ErrorKind::kHost, fmt::format("{}: not found in PATH", tool.name),
      fmt::format("install the package {}: apt-get install {}", tool.package, tool.package));
}

std::string tool_identity(std::string_view name, const DigestMemory& memory) {
  const Tool& tool = row_of(name);
  const std::string path = tool_path(name);
  std::string identity = fmt::format("{} {}", tool.name, memory.file(path));
  if (tool.version_argument.empty()) {
    return identity;
  }
  const Result<FileStamp> packages = stamp_of("/var/lib/dpkg/status");
  const std::string state =
      fmt::format("{} {}", identity, packages ? packages->text() : std::string("no dpkg"));
  const auto ask = [&] {
    ProgramCall call;
    call.arguments = {path, std::string(tool.version_argument)};
    call.environment = tool_environment(kSourceDate);
    const ProgramResult result = run_program_or_throw(call, ErrorKind::kBuild);
    return sha256_of(result.output + result.error_output);
  };
  const std::string version =
      memory.recall(fmt::format("version of {}", path), state, packages.has_value(), ask);
  return fmt::format("{} {}", identity, version);
}

ProgramResult run_tool(std::vector<std::string> arguments, std::int64_t date) {
  constexpr std::chrono::minutes kLimit{10};
  ProgramCall call;
  call.arguments = std::move(arguments);
  call.arguments.at(0) = tool_path(call.arguments.at(0));
  call.environment = tool_environment(date);
  call.limit = kLimit;
  return run_program_or_throw(call, ErrorKind::kBuild);
}

}  // namespace bootproof
