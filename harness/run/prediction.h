#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "harness/core/words.h"
#include "harness/run/read_verdict.h"
#include "harness/vm/firmware.h"
#include "harness/vm/machine_spec.h"
#include "inspectors/inspect.h"
#include "reports/result.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// The class of firmware that the inspectors foretell for; nothing for a direct kernel.
std::optional<inspectors::FirmwareClass> firmware_class_of(Firmware firmware);

/// How a device shows a medium. `sector_size`: of a scenario, 0 for the device's own.
inspectors::Attachment attachment_of(Device device, std::uint32_t sector_size);

/// The path of a firmware to a medium that is attached so; null where nothing is foretold.
const inspectors::BootPath* find_path(const inspectors::Inspection& inspection, Firmware firmware,
                                      inspectors::Attachment attachment);

/// How far a medium gets by itself when all goes well on this path: to a prompt where an initramfs
/// is on it, to a loader at rest otherwise.
Goal goal_of(const inspectors::BootPath& path);

/// The causes, as globs, for which a boot fails when it fails at the link that was foretold. Empty
/// for a path that boots.
std::vector<std::string> foretold_causes(const inspectors::BootPath& path);

/// How long a boot that is to fail may be silent: nothing is awaited of it.
inline constexpr std::chrono::milliseconds kProofSilence{12'000};

/// What the inspection found of an image that ends before what stands on it does: "a volume of
/// 10840064 bytes ..."; empty where it does not.
std::string cut_of(const inspectors::Inspection& inspection);

/// What reports say of a path, and of how a boot that ended with `verdict` agrees with it.
Foretold foretold_by(const inspectors::BootPath& path, const Scenario& scenario,
                     const Verdict& verdict);

/// The inspections of media, each read once for each set of keys. May be asked from several
/// threads; what it gives stays as long as it does.
class Predictions {
 public:
  /// What the medium says of itself as the machine sees it: with what is hidden, on a larger stick,
  /// and with the keys of its varstore where Secure Boot is on. Null where the file can't be read.
  /// Blocking: milliseconds, and the decompression of an initramfs.
  const inspectors::Inspection* inspection(const MachineSpec& spec);

  /// The path that the machine's firmware takes on its device; null where nothing is foretold.
  const inspectors::BootPath* path_of(const MachineSpec& spec);

  /// What is known for the reads of a medium: the inspection, the path, and the names of all its
  /// parts, which are read once for all cells. Blocking: it walks over all directories.
  MediumFacts facts_of(const MachineSpec& spec);

 private:
  /// An image, the varstore's template whose keys were used (empty without Secure Boot), and how
  /// the machine sees it: what is hidden, and the size where it is another than the image's.
  using Key = std::tuple<std::filesystem::path, std::filesystem::path, Hide, std::uint64_t>;

  /// The varstore's template whose keys count; empty where the firmware verifies nothing.
  std::filesystem::path keys_for(const MachineSpec& spec);
  Key key_of(const MachineSpec& spec);

  std::once_flag installed_read_;
  std::vector<FirmwareDescriptor> installed_;  ///< Firmware of this host, once it was asked for.
  std::mutex mutex_;                           ///< Sessions ask from the pool for blocking work.
  std::map<Key, std::unique_ptr<inspectors::Inspection>> inspections_;
  std::mutex maps_mutex_;  ///< Of its own: a map may take longer than an inspection.
  std::map<Key, std::shared_ptr<const MediumMap>> maps_;
};

}  // namespace bootproof
