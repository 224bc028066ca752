#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace bootproof::testing {

/// Holds what was booted against what is foretold, case by case of a run's `run.json`: no path of a
/// medium that boots may be said to be broken, and every one that firmware does not start has to
/// be. `by_hand` is the id of a case that a person's commands boot: alone it does not. Adds a
/// failure to the test for each case that differs. Gives the number of cases compared; those of the
/// firmware `kernel` have no path and are passed over.
std::size_t compare_forecasts(const std::filesystem::path& run_json, std::string_view by_hand = {});

}  // namespace bootproof::testing
