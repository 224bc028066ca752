#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <string>
#include <string_view>

#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

namespace json = boost::json;

/// What is foretold of a case: "boots", "doubtful", "cannot boot".
std::string_view forecast_for(const json::object& properties) {
  using inspectors::Attachment;
  using inspectors::FirmwareClass;
  const json::string& firmware = properties.at("firmware").as_string();
  const FirmwareClass wanted = firmware == "seabios" ? FirmwareClass::kBios
                               : firmware == "ovmf"  ? FirmwareClass::kUefiX64
                                                     : FirmwareClass::kUefiAarch64;
  const Attachment attachment = properties.at("device").as_string().ends_with("-cd")
                                    ? Attachment::kOptical
                                    : Attachment::kDisk;
  auto image = inspectors::FileImage::open(std::string(properties.at("image").as_string()));
  if (!image) {
    return "no image";
  }
  const inspectors::Inspection inspection = inspect(inspectors::ImageView(**image));
  for (const inspectors::BootPath& path : inspection.paths) {
    if (path.firmware == wanted && path.attachment == attachment && !path.is_secure) {
      return name_of(path.forecast);
    }
  }
  return "no path";
}

/// What was booted proves what is foretold: no path of a medium that boots is said to be broken,
/// and every one that firmware does not start is.
void expect_forecasts(const std::filesystem::path& run_json) {
  const json::value run = json::parse(content_of(run_json));
  std::size_t compared = 0;
  for (const json::value& one : run.at("cases").as_array()) {
    const json::object& properties = one.at("properties").as_object();
    if (properties.at("firmware") == "kernel") {
      continue;
    }
    const bool is_to_fail = properties.contains("expected-failure");
    EXPECT_EQ(forecast_for(properties) == "cannot boot", is_to_fail) << one.at("id");
    ++compared;
  }
  EXPECT_EQ(compared, 32U);
}

/// The shipped matrix on the real media of the packages. The packages of another architecture come
/// from the user's cache, which `quickstart` has filled.
TEST(Quickstart, AllCellsPass) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const TemporaryFolder folder;
  ProgramCall call;
  call.arguments = {BOOTPROOF_PROGRAM,
                    "run",
                    BOOTPROOF_SOURCE_DIR "/scenarios/quickstart.yaml",
                    "--out",
                    (folder.path() / "out").string(),
                    "--retries",
                    "1"};
  call.limit = std::chrono::minutes(9);
  const ProgramResult result = value_or_throw(run_program(call));
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_EQ(junit_counts(folder.path() / "out/junit.xml"),
            "tests=35 failures=0 errors=0 skipped=0");
  expect_forecasts(folder.path() / "out/run.json");
}

}  // namespace
}  // namespace bootproof::testing
