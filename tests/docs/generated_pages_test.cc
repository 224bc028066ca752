#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "harness/core/program.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

/// A page under docs/ that the program prints.
struct GeneratedPage {
  const char* topic;
  const char* file;
};

class GeneratedPages : public ::testing::TestWithParam<GeneratedPage> {};

TEST_P(GeneratedPages, AreWhatTheProgramPrints) {
  const auto& [topic, file] = GetParam();
  ProgramCall call;
  call.arguments = {BOOTPROOF_BINARY_DIR "/bootproof", "reference", topic};
  const ProgramResult printed = run_program_or_throw(call, ErrorKind::kBug);
  const std::filesystem::path page = std::filesystem::path(BOOTPROOF_SOURCE_DIR) / "docs" / file;
  EXPECT_EQ(testing::content_of(page), printed.output)
      << "docs/" << file << " is old. Run: build/bootproof reference " << topic << " > docs/"
      << file;
}

INSTANTIATE_TEST_SUITE_P(Docs, GeneratedPages,
                         ::testing::Values(GeneratedPage{"scenario", "scenario-reference.md"},
                                           GeneratedPage{"causes", "causes.md"},
                                           GeneratedPage{"rules", "rules.md"},
                                           GeneratedPage{"schema", "scenario.schema.json"}),
                         [](const auto& page) { return std::string(page.param.topic); });

}  // namespace
}  // namespace bootproof
