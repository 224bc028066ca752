#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof::testing {

/// A boot of tests/boot/broken that is to fail, and for what. The run itself does not know it.
struct ExpectedLoss {
  std::string family;  ///< The scenario file without its suffix: `entries`.
  std::string id;      ///< `broken/no-boot-record.seabios.ide-cd`.
  std::string change;  ///< What was done to the healthy medium.
  std::string stage;
  std::string cause;
};

/// What a run says of one case.
struct NamedLoss {
  std::string family;
  std::string id;
  std::string outcome;
  std::string stage;
  std::string cause;
  std::string text;         ///< Message, evidence and hint, for people.
  long verdict_delay = -1;  ///< In milliseconds, from the bytes that decided; -1: not told.
};

/// The scenario files of tests/boot/broken, without suffix.
std::span<const std::string_view> broken_families();

/// Reads tests/boot/broken/expected.yaml. Throws Error (kScenario).
std::vector<ExpectedLoss> read_expected_losses();

/// Runs the program on a family, or on the cases `only` of it, into `folder` and reads what it
/// says. Throws Error where the run could not be made, with what the program said.
std::vector<NamedLoss> run_broken_family(const std::filesystem::path& program,
                                         std::string_view family,
                                         const std::filesystem::path& folder,
                                         std::span<const std::string> only = {});

/// True for a case that is made of whole media and has to pass.
bool is_healthy(const NamedLoss& named);

/// The confusion table as Markdown: how often which cause was named for which, and each case.
std::string confusion_page(std::span<const ExpectedLoss> expected,
                           std::span<const NamedLoss> named);

}  // namespace bootproof::testing
