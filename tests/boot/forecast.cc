#include "tests/boot/forecast.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>

#include "tests/support/temporary_folder.h"

namespace bootproof::testing {
namespace {

namespace json = boost::json;

/// A console that says nothing is no matter of the medium's boot path.
bool fails_on_its_path(const json::object& properties) {
  return properties.contains("expected-failure") &&
         properties.at("expected-failure") != "kernel.silent-console";
}

}  // namespace

std::size_t compare_forecasts(const std::filesystem::path& run_json, std::string_view by_hand) {
  const json::value run = json::parse(content_of(run_json));
  std::size_t compared = 0;
  for (const json::value& one : run.at("cases").as_array()) {
    const json::object& foretold = one.at("foretold").as_object();
    if (foretold.empty()) {
      continue;
    }
    const bool is_to_fail = fails_on_its_path(one.at("properties").as_object()) ||
                            (!by_hand.empty() && one.at("id").as_string() == by_hand);
    EXPECT_EQ(foretold.at("forecast") == "cannot boot", is_to_fail) << json::serialize(one);
    EXPECT_NE(foretold.at("agreement"), "contradicted") << json::serialize(one);
    ++compared;
  }
  return compared;
}

}  // namespace bootproof::testing
