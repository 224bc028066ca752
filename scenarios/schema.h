#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bootproof {

// The one table of the keys of a scenario file. The loader's key checks, the JSON Schema and the
// reference page read it.

/// A map of the file in which keys stand.
enum class Section : std::uint8_t {
  kFile,
  kMedium,
  kChange,
  kFirmwareBuild,
  kSource,
  kScenario,
  kDisk,
  kFilter,
  kStep,
  kExpect,
  kExpectedFailure,
  kCause,
  kCausesFile,
};

/// What a value looks like.
enum class Shape : std::uint8_t {
  kVersion,
  kPath,
  kPaths,
  kText,
  kName,
  kMedia,
  kScenarios,
  kMediumNames,
  kMediumName,
  kFirmwares,
  kFirmwareBuilds,
  kLike,
  kDevices,
  kDevice,
  kControllers,
  kController,
  kHidden,
  kBooleans,
  kSizes,
  kDisks,
  kChanges,
  kOffset,
  kBits,
  kTrue,
  kPowerDown,
  kMachines,
  kFilters,
  kMemory,
  kCpus,
  kSectorSize,
  kBoolean,
  kCountdowns,
  kDuration,
  kSteps,
  kPatterns,
  kPatternList,
  kKeyName,
  kMatchOn,
  kVia,
  kGoal,
  kExpectedFailure,
  kExpectedCauses,
  kCauses,
  kOwnCauses,
  kCauseId,
  kStage,
  kProof,
  kCauseGlobs,
  kLink,
  kDate,
  kSource,
  kMediumArchitecture,
  kDebianArchitecture,
};

/// One key.
struct SchemaKey {
  Section section;
  std::string_view name;
  Shape shape;
  bool required;
  std::string_view
      fallback;  ///< What stands for a key that is absent, as it would be written; or empty.
  std::string_view sentence;  ///< For the reference and for editors.
  std::string_view example;   ///< YAML with the key in it.
};

/// All keys, section by section.
std::span<const SchemaKey> schema_keys();

/// The names of a section's keys, in the order of the table.
std::vector<std::string_view> key_names(Section section);

/// "a scenario", "a step": the section as messages call it.
std::string_view name_of(Section section);

/// Bounds of `cpus`: QEMU's `virt` machine has eight at most with its default interrupt controller.
inline constexpr int kMaximumCpus = 8;
/// Bounds of `memory`, in MiB.
inline constexpr std::uint32_t kMinimumMemoryMib = 16;
inline constexpr std::uint32_t kMaximumMemoryMib = 64U << 10U;

/// The steps that may stand alone, without a value.
inline constexpr std::array<std::string_view, 4> kBareSteps{"eject", "reset", "power_down",
                                                            "cold_boot"};

/// The words of `stage`, in the order of a boot, and of `proof`, in the order of OwnProof.
inline constexpr std::array<std::string_view, 8> kStageWords{
    "firmware", "boot-device", "loader",    "kernel-load",
    "kernel",   "initramfs",   "userspace", "prompt"};
inline constexpr std::array<std::string_view, 3> kProofWords{"certain", "settled", "explains"};

/// The words of `countdowns`, `power_down`, `via` and `on`; those of `on` in the order of MatchOn.
inline constexpr std::array<std::string_view, 2> kCountdownWords{"skip", "keep"};
/// Those of `reach` are in the order of Goal.
inline constexpr std::array<std::string_view, 4> kGoalWords{"loader", "kernel", "userspace",
                                                            "prompt"};
inline constexpr std::array<std::string_view, 2> kPowerDownWords{"button", "guest"};
inline constexpr std::array<std::string_view, 2> kViaWords{"serial", "keyboard"};
inline constexpr std::array<std::string_view, 4> kMatchOnWords{"any", "serial", "screen", "vga"};

}  // namespace bootproof
