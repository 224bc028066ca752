#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/words.h"
#include "harness/run/prediction.h"

namespace bootproof {

/// What `bootproof boot` was asked for.
struct BootRequest {
  std::vector<std::filesystem::path> images;
  std::vector<Firmware> firmware;  ///< Empty: those that the medium is meant for.
  std::vector<Device> device;      ///< Empty: the usual ones for a medium of its kind.
  std::string expect;              ///< A pattern that has to come; empty: how far it gets.
  bool is_quick = false;           ///< One cell for each boot path.
  bool presses_keys = true;        ///< Countdowns are skipped and menus that wait moved on.
  bool proves_impossible = false;  ///< Cells that are foretold to fail have to fail so.
  std::uint32_t memory_mib = 1024;
};

/// The scenario file (YAML) that boots the images everywhere where they should boot: a scenario for
/// each image and for each way to end, with its cells one by one. Paths are written relative to
/// `folder` where that is not empty. The firmware kinds are those of an architecture for which the
/// medium has at least one path that is not broken, or all where it has none; with the reasons as
/// its cells. Throws Error (kUsage) for what is no image file, or where the request leaves no cell.
std::string boot_scenario_text(const BootRequest& request, Predictions& predictions,
                               const std::filesystem::path& folder);

}  // namespace bootproof
