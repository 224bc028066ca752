#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "builders/module_set.h"
#include "builders/packages.h"
#include "harness/core/files.h"
#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// Nothing that was built and booted has a defect that would keep it from booting.
void expect_no_errors(const fs::path& run_json) {
  const json::value run = json::parse(content_of(run_json));
  for (const json::value& one : run.at("cases").as_array()) {
    const json::object& properties = one.at("properties").as_object();
    if (properties.at("firmware") == "kernel") {
      continue;
    }
    auto image = inspectors::FileImage::open(std::string(properties.at("image").as_string()));
    ASSERT_TRUE(image) << one.at("id");
    const inspectors::Inspection inspection = inspect(inspectors::ImageView(**image));
    for (const inspectors::Finding& finding : inspection.findings) {
      EXPECT_NE(finding.severity, inspectors::Severity::kError)
          << one.at("id") << ": " << finding.rule << ": " << finding.path << ": " << finding.found;
    }
  }
}

/// The shipped inits reach their prompts on Debian's kernels. The packages come from the user's
/// cache, which `quickstart test` has filled.
TEST(Payload, AllCellsPass) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  if (const std::string why = why_no_packages(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const TemporaryFolder folder;
  expect_shipped_run({"payload-media.yaml", 7, 4}, folder.path());
  expect_no_errors(folder.path() / "out/run.json");
}

/// Lines "module: what it needs" as a map; the order of what is needed has more than one right
/// form.
std::map<std::string, std::set<std::string>> dependencies(const std::string& text) {
  std::map<std::string, std::set<std::string>> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (line.starts_with('#') || colon == std::string::npos) {
      continue;
    }
    std::istringstream words(line.substr(colon + 1));
    std::set<std::string>& needs = all[line.substr(0, colon)];
    for (std::string word; words >> word;) {
      needs.insert(word);
    }
  }
  return all;
}

/// What is written about Debian's modules is what depmod finds by their symbols.
TEST(Payload, ModulesNeedWhatDepmodSays) {
  if (const std::string why = why_no_packages(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const PackageFile wanted{"linux-image-amd64", "amd64", "/lib/modules/*"};
  const fs::path folder = find_package_subfolder(cache_folder(), wanted).value_or("");
  ModulesRecipe recipe;
  for (const char* const name : {"ext4", "usb_storage", "nvme", "btrfs", "virtio_net", "i915"}) {
    recipe.names.push_back({name, {}});
  }
  const AliasSearch search = [&](std::string_view alias) { return all_with_alias(folder, alias); };
  const ModuleSet set = find_modules(recipe, folder, Architecture::kX86_64, search);
  ProgramCall call;
  call.arguments = {"/sbin/depmod", "--dry-run", "--basedir",
                    folder.parent_path().parent_path().parent_path().string(), set.release};
  const Result<ProgramResult> depmod = run_program(call);
  if (!depmod) {
    GTEST_SKIP() << "depmod is missing: install kmod";
  }
  const auto theirs = dependencies(depmod->output);
  const auto ours = dependencies(set.lists.at("modules.dep"));
  EXPECT_GT(ours.size(), 30U);
  for (const auto& [module, needs] : ours) {
    ASSERT_EQ(theirs.count(module), 1U) << module;
    EXPECT_EQ(theirs.at(module), needs) << module;
  }
}

}  // namespace
}  // namespace bootproof::testing
