#include "tests/boot/forecast.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/words.h"
#include "harness/vm/firmware.h"
#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "inspectors/programs/varstore.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::testing {
namespace {

namespace json = boost::json;

/// The keys of the varstore that the case's firmware began with.
std::optional<inspectors::Varstore> keys_of(const json::object& properties, Firmware firmware) {
  std::filesystem::path file;
  if (const json::value* own = properties.if_contains("firmware-vars")) {
    file = std::string(own->as_string());
  } else {
    const std::vector<FirmwareDescriptor> descriptors =
        read_firmware_descriptors(firmware_descriptor_folders());
    const bool is_arm = architecture_of(firmware) == Architecture::kAarch64;
    file = value_or_throw(find_firmware(descriptors, firmware,
                                        is_arm ? MachineType::kVirt : MachineType::kQ35))
               .varstore_template;
  }
  auto varstore = inspectors::FileImage::open(file);
  inspectors::Findings ignored;
  return varstore ? inspectors::read_varstore(inspectors::ImageView(**varstore), ignored)
                  : std::nullopt;
}

/// What is foretold of a case: "boots", "doubtful", "cannot boot".
std::string_view forecast_for(const json::object& properties) {
  using inspectors::Attachment;
  using inspectors::FirmwareClass;
  const json::value* like = properties.if_contains("firmware-like");
  const std::string firmware((like == nullptr ? properties.at("firmware") : *like).as_string());
  const FirmwareClass wanted = firmware == "seabios"          ? FirmwareClass::kBios
                               : firmware.starts_with("ovmf") ? FirmwareClass::kUefiX64
                                                              : FirmwareClass::kUefiAarch64;
  const Firmware word = parse_word<Firmware>(firmware).value();
  const bool is_secure = bootproof::is_secure(word);
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
  inspectors::InspectOptions options;
  std::optional<inspectors::Varstore> keys;
  if (is_secure) {
    keys = keys_of(properties, word);
    options.keys = [&keys] { return keys ? &*keys : nullptr; };
  }
  const inspectors::Inspection inspection = inspect(inspectors::ImageView(**image), options);
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
