#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/program.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::testing {

/// A scenario file of its own, run by the program in a folder of its own.
class BootRun {
 public:
  /// Adds an image to the folder; scenarios name it by `name`.
  void add_image(std::string_view name, std::string_view bytes);
  /// Runs `bootproof run` on a file with this text and further options.
  ProgramResult run(std::string_view scenario_text, std::vector<std::string> options = {});
  /// The command that run() executes, for tests that start it themselves.
  [[nodiscard]] std::vector<std::string> command(std::string_view scenario_text,
                                                 std::vector<std::string> options = {}) const;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] std::filesystem::path out() const { return folder_.path() / "run"; }
  /// A file of a case's folder.
  [[nodiscard]] std::string evidence(const std::string& full_id, const std::string& file) const;

 private:
  TemporaryFolder folder_;
};

/// The environment in which tests run the program: one cache for all of them.
std::map<std::string, std::string> test_environment();

/// What a run of a shipped scenario file has to give.
struct ShippedRun {
  std::string file;          ///< Below scenarios/.
  std::size_t cases = 0;     ///< All of which pass.
  std::size_t foretold = 0;  ///< Those that have a boot path to be compared with the forecast.
  std::string by_hand = {};  ///< The id of a case that a person's commands boot.
};

/// Runs a shipped scenario file in `folder` and demands that all of its cases pass, as foretold.
/// Packages of another architecture come from the user's cache, which `quickstart` has filled.
void expect_shipped_run(const ShippedRun& shipped, const std::filesystem::path& folder);

/// Counts of the JUnit report, "tests=3 failures=1 errors=0 skipped=0"; a text that says what is
/// wrong with a file that is no JUnit report.
std::string junit_counts(const std::filesystem::path& file);

/// Processes whose command line has `text` in it.
std::vector<int> processes_with(const std::string& text);

/// Why kernels and stubs of either architecture can't be used here; empty where they have been
/// fetched.
std::string why_no_packages();

/// Why QEMU can't be used here; empty where it can.
std::string why_no_qemu();

}  // namespace bootproof::testing
