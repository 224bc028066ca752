#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/core/error.h"
#include "scenarios/scenario.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::testing {

/// A few words such as harness/console and harness/diagnosis own.
inline Vocabulary vocabulary() {
  return {{"enter", "esc", "down", "f12", "ctrl-c"},
          {"firmware.no-bootable-device", "firmware.secure-boot-denied", "kernel.panic",
           "loader.waits-for-input"}};
}

/// Calls `body` and returns the whole text of the scenario Error that it throws.
template <typename Body>
std::string scenario_error(Body body) {
  try {
    body();
  } catch (const Error& e) {
    EXPECT_EQ(name_of(e.kind()), "scenario");
    return e.what();
  }
  return "no error";
}

/// What is wrong with this text, as if it stood in boot.yaml, reading and expanding it.
inline std::string error_of(std::string_view text) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.write("boot.yaml", text);
  std::string error =
      scenario_error([&] { static_cast<void>(load_scenarios(file, vocabulary())); });
  const std::string prefix = folder.path().string() + "/";
  for (std::size_t at = error.find(prefix); at != std::string::npos; at = error.find(prefix)) {
    error.erase(at, prefix.size());
  }
  return error;
}

/// Reads text as if it stood in /srv/boot.yaml.
inline ScenarioFile parsed(std::string_view text) {
  return parse_scenarios(YamlNode::load_text(text, "/srv/boot.yaml"), vocabulary());
}

}  // namespace bootproof::testing
