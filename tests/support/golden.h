#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace bootproof::testing {

/// True with UPDATE_GOLDEN=1 in the environment: expectations that stand in files are written anew.
bool updates_golden();

/// Compares `actual` with `tests/golden/NAME`. With UPDATE_GOLDEN=1 in the environment the file is
/// written instead.
::testing::AssertionResult matches_golden(std::string_view actual, const std::string& name);

}  // namespace bootproof::testing
