#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/words.h"
#include "inspectors/inspect.h"
#include "reports/result.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// The class of firmware that the inspectors foretell for; nothing for a direct kernel.
std::optional<inspectors::FirmwareClass> firmware_class_of(Firmware firmware);

/// How a device shows a medium. `sector_size`: of a scenario, 0 for the device's own.
inspectors::Attachment attachment_of(Device device, std::uint32_t sector_size);

/// Whether this firmware verifies what it starts.
bool is_secure(Firmware firmware);

/// How far a medium gets by itself when all goes well on this path: to a prompt where an initramfs
/// is on it, to a loader at rest otherwise.
Goal goal_of(const inspectors::BootPath& path);

/// The causes, as globs, for which a boot fails when it fails at the link that was foretold. Empty
/// for a path that boots.
std::vector<std::string> foretold_causes(const inspectors::BootPath& path);

/// How long a boot that is to fail may be silent: nothing is awaited of it.
inline constexpr std::chrono::milliseconds kProofSilence{12'000};

/// What reports say of a path, and of how a boot that ended with `verdict` agrees with it.
Foretold foretold_by(const inspectors::BootPath& path, const Scenario& scenario,
                     const Verdict& verdict);

/// The inspections of media, each read once for each set of keys. May be asked from several
/// threads; what it gives stays as long as it does.
class Predictions {
 public:
  /// What the image says of itself; `firmware` and `machine` choose the keys by which Secure Boot
  /// is judged. Null where the file can't be read. Blocking: milliseconds, and the decompression
  /// of an initramfs.
  const inspectors::Inspection* inspection(const std::filesystem::path& image, Firmware firmware,
                                           MachineType machine);

  /// The path that the cell's firmware takes on its device; null where nothing is foretold.
  const inspectors::BootPath* path_of(const Cell& cell, const std::filesystem::path& image);

 private:
  /// An image, and the varstore's template whose keys were used; empty without Secure Boot.
  using Key = std::pair<std::filesystem::path, std::filesystem::path>;

  std::mutex mutex_;  ///< Sessions ask from the pool for blocking work.
  std::map<Key, std::unique_ptr<inspectors::Inspection>> inspections_;
};

}  // namespace bootproof
