#include "harness/cli/run_reading.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <system_error>

#include "harness/core/error.h"
#include "harness/core/files.h"
#include "harness/core/text.h"
#include "reports/read_run.h"

namespace bootproof {

RunResult read_run(const std::filesystem::path& folder) {
  constexpr std::uint64_t kLargestRun = 256U << 20U;
  std::error_code code;
  const std::filesystem::path file =
      std::filesystem::is_directory(folder, code) ? folder / "run.json" : folder;
  const Result<std::string> text = read_file(file, kLargestRun);
  if (!text) {
    throw Error(ErrorKind::kUsage, escape_for_terminal(text.error().message()),
                "name the folder of a run that has ended (--out of `bootproof run`)");
  }
  try {
    return read_run_json(*text);
  } catch (const NotARun& problem) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} is no run: {}", escape_for_terminal(file.string()),
                            escape_for_terminal(problem.what())),
                "name the folder of a run, or its run.json");
  }
}

std::optional<std::filesystem::path> find_youngest_run() {
  namespace fs = std::filesystem;
  fs::path youngest;
  fs::file_time_type time;
  std::error_code code;
  for (fs::directory_iterator entry("out", code), end; !code && entry != end;
       entry.increment(code)) {
    std::error_code missing;
    const fs::file_time_type written = fs::last_write_time(entry->path() / "run.json", missing);
    if (!missing && (youngest.empty() || written > time)) {
      youngest = entry->path();
      time = written;
    }
  }
  return youngest.empty() ? std::nullopt : std::optional(youngest);
}

std::filesystem::path youngest_run() {
  const std::optional<std::filesystem::path> youngest = find_youngest_run();
  if (!youngest) {
    throw Error(ErrorKind::kUsage, "there is no run below out/",
                "name its folder with --run, or run `bootproof boot IMAGE` first");
  }
  return *youngest;
}

std::vector<const CaseResult*> find_cases(const RunResult& run, const std::string& name) {
  std::vector<const CaseResult*> partly;
  for (const CaseResult& result : run.cases) {
    if (result.full_id() == name || result.id == name) {
      return {&result};
    }
    if (result.full_id().find(name) != std::string::npos || matches_glob(name, result.full_id())) {
      partly.push_back(&result);
    }
  }
  return partly;
}

}  // namespace bootproof
