#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/cli/program.h"

namespace bootproof::testing {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

/// The exit code that belongs to the checks of a doctor's JSON.
int exit_code_for(const json::object& doctor) {
  const json::array& checks = doctor.at("checks").as_array();
  return std::all_of(checks.begin(), checks.end(),
                     [](const json::value& check) { return check.at("ok").as_bool(); })
             ? 0
             : 3;
}

TEST(Doctor, GivesJsonOfItsShape) {
  const ProgramResult result = BootproofProgram().run({"doctor", "--json"});
  const json::object doctor = json::parse(result.output).as_object();
  EXPECT_EQ(doctor.at("format"), "bootproof-doctor");
  EXPECT_EQ(doctor.at("version"), 1);
  std::vector<std::string> names;
  for (const json::value& check : doctor.at("checks").as_array()) {
    const json::object& one = check.as_object();
    EXPECT_EQ(one.size(), 5U);
    EXPECT_TRUE(one.at("ok").is_bool());
    EXPECT_TRUE(one.at("package").is_string());
    EXPECT_FALSE(one.at("found").as_string().empty());
    EXPECT_FALSE(one.at("needed_for").as_string().empty());
    names.emplace_back(one.at("what").as_string());
  }
  EXPECT_THAT(names, ::testing::IsSupersetOf({"qemu-system-x86_64", "qemu-system-aarch64",
                                              "xorriso", "firmware ovmf", "firmware aavmf",
                                              "accelerator", "cache folder"}));
  EXPECT_TRUE(doctor.at("remedy").is_string());
  EXPECT_EQ(text_of(result), "exit code " + std::to_string(exit_code_for(doctor)) + "\n");
}

TEST(Doctor, RecommendsOnlyPackagesOfTheOneList) {
  std::ifstream list(BOOTPROOF_SOURCE_DIR "/packages.txt");
  std::vector<std::string> listed;
  for (std::string line; std::getline(list, line);) {
    listed.push_back(line.substr(0, line.find_first_of(" #")));
  }
  const ProgramResult result = BootproofProgram().run({"doctor", "--json"});
  const json::value doctor = json::parse(result.output);
  for (const json::value& check : doctor.at("checks").as_array()) {
    const std::string package(check.at("package").as_string());
    if (!package.empty() && package != "dpkg") {  // Of the base system.
      EXPECT_THAT(listed, ::testing::Contains(package));
    }
  }
}

TEST(Doctor, GivesTheSameAsATable) {
  const BootproofProgram program;
  const ProgramResult table = program.run({"doctor"});
  const ProgramResult as_json = program.run({"doctor", "--json"});
  EXPECT_EQ(table.exit_code, as_json.exit_code);
  const json::value doctor = json::parse(as_json.output);
  for (const json::value& check : doctor.at("checks").as_array()) {
    const std::string what(check.at("what").as_string());
    const std::string word = check.at("ok").as_bool() ? "ok       " : "MISSING  ";
    EXPECT_THAT(table.output, HasSubstr(word + what)) << what;
  }
}

TEST(Doctor, NamesThePackagesOfWhatIsMissing) {
  BootproofProgram program;
  const std::filesystem::path empty = program.folder() / "empty";
  std::filesystem::create_directory(empty);
  program.set("PATH", empty);
  const ProgramResult result = program.run({"doctor", "--json"});
  EXPECT_EQ(text_of(result), "exit code 3\n");
  const json::object doctor = json::parse(result.output).as_object();
  const std::string remedy(doctor.at("remedy").as_string());
  EXPECT_THAT(remedy, ::testing::StartsWith("apt-get install "));
  for (const char* package : {"qemu-system-x86", "qemu-system-arm", "qemu-utils", "xorriso",
                              "mtools", "dosfstools", "grub-common"}) {
    EXPECT_THAT(remedy, HasSubstr(package));
  }
  EXPECT_THAT(program.run({"doctor"}).output, HasSubstr("to bring what is missing: " + remedy));
}

}  // namespace
}  // namespace bootproof::testing
