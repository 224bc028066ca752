#include "harness/cli/run_reading.h"

#include <fmt/format.h>

#include <string>
#include <system_error>

#include "harness/core/error.h"
#include "harness/core/files.h"
#include "reports/read_run.h"

namespace bootproof {

RunResult read_run(const std::filesystem::path& folder) {
  constexpr std::uint64_t kLargestRun = 256U << 20U;
  std::error_code code;
  const std::filesystem::path file =
      std::filesystem::is_directory(folder, code) ? folder / "run.json" : folder;
  const Result<std::string> text = read_file(file, kLargestRun);
  if (!text) {
    throw Error(ErrorKind::kUsage, text.error().message(),
                "name the folder of a run that has ended (--out of `bootproof run`)");
  }
  try {
    return read_run_json(*text);
  } catch (const NotARun& problem) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is no run: {}", file.string(), problem.what()),
                "name the folder of a run, or its run.json");
  }
}

}  // namespace bootproof
