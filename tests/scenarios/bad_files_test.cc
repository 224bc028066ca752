#include <gtest/gtest.h>

#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/scenarios/support.h"
#include "tests/support/golden.h"

// The files of `bad/` hold named bad inputs with the whole text of the error that each has to give:
//
//   === a name
//   the scenario file
//   --- error
//   the error
//
// With UPDATE_GOLDEN=1 in the environment the errors are written anew.

namespace bootproof::testing {
namespace {

constexpr std::string_view kNameMark = "=== ";
constexpr std::string_view kErrorMark = "--- error";

struct BadInput {
  std::string group;
  std::string name;
  std::string text;
  std::string error;
};

void PrintTo(const BadInput& input, std::ostream* out) { *out << input.name; }

std::string file_of(std::string_view group) {
  return std::string(BOOTPROOF_SOURCE_DIR "/tests/scenarios/bad/") + std::string(group) + ".txt";
}

std::vector<BadInput> read_group(std::string_view group) {
  std::vector<BadInput> inputs;
  std::ifstream in(file_of(group));
  std::string line;
  bool in_error = false;
  while (std::getline(in, line)) {
    if (line.substr(0, kNameMark.size()) == kNameMark) {
      inputs.push_back({std::string(group), line.substr(kNameMark.size()), "", ""});
      in_error = false;
    } else if (line == kErrorMark) {
      in_error = true;
    } else if (in_error) {
      inputs.back().error += line + "\n";
    } else {
      inputs.back().text += line + "\n";
    }
  }
  return inputs;
}

std::vector<BadInput> all_inputs() {
  std::vector<BadInput> all;
  for (const std::string_view group :
       {"yaml", "file", "media", "scenario", "axes", "steps", "machine", "causes"}) {
    const std::vector<BadInput> inputs = read_group(group);
    all.insert(all.end(), inputs.begin(), inputs.end());
  }
  return all;
}

class BadFile : public ::testing::TestWithParam<BadInput> {
 public:
  static void SetUpTestSuite() {
    if (!updates_golden()) {
      return;
    }
    for (const std::string_view group :
         {"yaml", "file", "media", "scenario", "axes", "steps", "machine", "causes"}) {
      std::ostringstream out;
      for (const BadInput& input : read_group(group)) {
        out << kNameMark << input.name << "\n"
            << input.text << kErrorMark << "\n"
            << error_of(input.text) << "\n";
      }
      std::ofstream(file_of(group)) << out.str();
    }
  }
};

TEST_P(BadFile, IsRefusedWithThisError) {
  if (updates_golden()) {
    GTEST_SKIP() << "the errors were written anew";
  }
  EXPECT_EQ(error_of(GetParam().text) + "\n", GetParam().error);
}

std::string test_name(const ::testing::TestParamInfo<BadInput>& info) {
  std::string name = info.param.group + "_";
  for (const char c : info.param.name) {
    name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Scenarios, BadFile, ::testing::ValuesIn(all_inputs()), test_name);

TEST(BadFiles, AreReadFromAllGroups) {
  std::vector<std::string> groups;
  for (const BadInput& input : all_inputs()) {
    if (groups.empty() || groups.back() != input.group) {
      groups.push_back(input.group);
    }
    EXPECT_NE(input.error, "") << input.name;
    EXPECT_NE(input.error, "no error\n") << input.name;
  }
  EXPECT_EQ(groups, (std::vector<std::string>{"yaml", "file", "media", "scenario", "axes", "steps",
                                              "machine", "causes"}));
}

}  // namespace
}  // namespace bootproof::testing
