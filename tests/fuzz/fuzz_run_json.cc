#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "reports/explanation.h"
#include "reports/matrix.h"
#include "reports/merge.h"
#include "reports/read_run.h"
#include "reports/run_json.h"
#include "tests/fuzz/fuzz_support.h"

// Any text at all is a run or gives NotARun: nothing else is thrown, nothing crashes. What is
// accepted can be written, read again and joined, and what a terminal is shown of it holds no
// control character.

using bootproof::fuzz::require;

namespace {

/// Whether a terminal may be shown this.
bool is_fine(std::string_view text) {
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) < ' ' && c != '\n') || c == '\x7f') {
      return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  bootproof::RunResult run;
  try {
    run = bootproof::read_run_json(text);
  } catch (const bootproof::NotARun& problem) {
    require(problem.what() != nullptr);
    return 0;
  }
  const std::string written = bootproof::run_json(run);
  require(bootproof::read_run_json(written).cases.size() == run.cases.size());
  require(is_fine(bootproof::matrix_table(run, {})));
  for (const bootproof::CaseResult& result : run.cases) {
    require(is_fine(bootproof::explanation_of(result, "out", {})));
  }
  const std::size_t count = run.cases.size();
  const bootproof::MergedRun merged = bootproof::merge_runs({{run, "a"}, {run, "b"}});
  require(merged.run.cases.size() == 2 * count);
  return 0;
}
