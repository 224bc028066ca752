#include "tests/boot/forecast.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>

#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::testing {
namespace {

namespace json = boost::json;

/// What is foretold of a case: "boots", "doubtful", "cannot boot".
std::string_view forecast_for(const json::object& properties) {
  using inspectors::Attachment;
  using inspectors::FirmwareClass;
  const std::string firmware(properties.at("firmware").as_string());
  const FirmwareClass wanted = firmware == "seabios"          ? FirmwareClass::kBios
                               : firmware.starts_with("ovmf") ? FirmwareClass::kUefiX64
                                                              : FirmwareClass::kUefiAarch64;
  const bool is_secure = firmware.ends_with("-secure");
  const bool has_large_sectors =
      properties.contains("sector-size") && properties.at("sector-size") == "4096";
  const Attachment attachment = properties.at("device").as_string().ends_with("-cd")
                                    ? Attachment::kOptical
                                : has_large_sectors ? Attachment::kDisk4096
                                                    : Attachment::kDisk;
  auto image = inspectors::FileImage::open(std::string(properties.at("image").as_string()));
  if (!image) {
    return "no image";
  }
  const inspectors::Inspection inspection = inspect(inspectors::ImageView(**image));
  for (const inspectors::BootPath& path : inspection.paths) {
    if (path.firmware == wanted && path.attachment == attachment && path.is_secure == is_secure) {
      return name_of(path.forecast);
    }
  }
  return "no path";
}

}  // namespace

std::size_t compare_forecasts(const std::filesystem::path& run_json, std::string_view by_hand) {
  const json::value run = json::parse(content_of(run_json));
  std::size_t compared = 0;
  for (const json::value& one : run.at("cases").as_array()) {
    const json::object& properties = one.at("properties").as_object();
    if (properties.at("firmware") == "kernel") {
      continue;
    }
    const bool is_to_fail = properties.contains("expected-failure") ||
                            (!by_hand.empty() && one.at("id").as_string() == by_hand);
    EXPECT_EQ(forecast_for(properties) == "cannot boot", is_to_fail) << one.at("id");
    ++compared;
  }
  return compared;
}

}  // namespace bootproof::testing
