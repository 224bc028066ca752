#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/core/file_source.h"
#include "harness/core/words.h"
#include "harness/core/yaml_reader.h"
#include "scenarios/axes.h"
#include "scenarios/own_cause.h"

namespace bootproof {

/// A kernel started by QEMU itself: `-kernel`, `-initrd`, `-append`.
struct DirectKernel {
  FileSource kernel;
  std::optional<FileSource> initrd;
  std::string append;
  Architecture architecture = Architecture::kX86_64;
};

/// One change that makes a broken medium of a healthy one.
struct MediumChange {
  std::string file;      ///< A path on one of the medium's volumes; empty: the image itself.
  std::uint64_t at = 0;  ///< Offset in the file, or in the image.
  std::string bytes;     ///< Written there; or
  std::uint8_t bits =
      0;  ///< the bits of the one byte there that are turned over; 0: `bytes` count.
  SourceMark mark;
};

/// Another medium of the file with a few bytes changed: `alter: signed`, `changes: [...]`.
struct AlteredMedium {
  std::string original;  ///< The name of the medium, an image that stands before this one.
  FileSource source;     ///< Where that one comes from.
  std::vector<MediumChange> changes;
};

/// One entry of `media`: an image (`path`, `package`+`file` or `build`), an image with changes
/// (`alter`, `changes`), or a kernel to be started directly (`kernel`, `initrd`, `append`,
/// `architecture`).
struct Medium {
  std::string name;
  std::variant<FileSource, DirectKernel, AlteredMedium> source;
  SourceMark mark;
};

/// The files that a medium is made of: its image or the one that it alters, or kernel and initrd.
std::vector<const FileSource*> sources_of(const Medium& medium);

/// One entry of `firmware`: a build of one's own. `like` says which machine it needs and what it is
/// expected to do.
struct FirmwareBuild {
  std::string name;
  Firmware like = Firmware::kOvmf;
  std::optional<FileSource> code;  ///< Nothing: the installed code of `like`.
  std::optional<FileSource> vars;  ///< The varstore's template; nothing only with kSeabios.
  SourceMark mark;
};

/// One entry of `disks`: a further medium of the machine, or an empty disk of a size.
struct DiskEntry {
  std::string medium;          ///< The name of an image; empty: an empty disk.
  std::uint64_t size_mib = 0;  ///< Of an empty disk.
  Device device = Device::kVirtioBlk;
  Controller controller = Controller::kDefault;
  SourceMark mark;
};

/// Where a pattern is looked for.
enum class MatchOn {
  kAny,     ///< In either of the two.
  kSerial,  ///< In the serial stream, escape sequences removed.
  kScreen,  ///< On the serial terminal's screen as a terminal of 100 x 50 characters shows it.
  kVga,     ///< On the machine's own screen, VGA text mode (x86 only).
};

/// `expect: 'RE2'` or `expect: {any: [...]}` or `expect: {all: [...]}`.
struct ExpectStep {
  std::vector<std::string> patterns;  ///< RE2, checked when the file is loaded.
  bool all = false;                   ///< All have to be seen (in any order), not just one.
  MatchOn on = MatchOn::kAny;
};

/// `send: 'text\n'`: characters for the serial line. A line feed is sent as carriage return, which
/// is what a terminal's Enter key sends.
struct SendStep {
  std::string text;
};

/// `key: enter`: one named key. `via: serial` (default) sends what a VT100 sends, `via: keyboard`
/// presses it on the machine's keyboard.
struct KeyStep {
  std::string key;
  bool keyboard = false;
};

/// `wait_quiet: 2s`: until nothing has come on the serial line for so long.
struct WaitQuietStep {
  std::chrono::milliseconds quiet{};
};

/// How far a boot is to come by itself.
enum class Goal {
  kLoader,     ///< A loader, or a program in its place, runs and has come to rest.
  kKernel,     ///< A kernel has started.
  kUserspace,  ///< The system's own init has started.
  kPrompt,     ///< A login, a shell or an installer's question waits for a person.
};

/// `reach: prompt`: the medium has to get so far on its own. Where a loader waits at a menu its
/// default is taken, unless the scenario keeps countdowns.
struct ReachStep {
  Goal goal = Goal::kPrompt;
};

/// `eject`: takes the disc out of the drive.
struct EjectStep {};
/// `insert: MEDIUM`: puts a disc into the drive.
struct InsertStep {
  std::string medium;
};
/// `plug: MEDIUM`: plugs in a USB stick while the machine runs.
struct PlugStep {
  std::string medium;
};
/// `unplug: MEDIUM`: pulls out what `plug` has plugged in.
struct UnplugStep {
  std::string medium;
};
/// `reset`: the reset button.
struct ResetStep {};
/// `power_down: button`: presses the power button and waits until the guest has powered the machine
/// off; `power_down: guest` waits for it without the button.
struct PowerDownStep {
  bool presses_button = true;
};
/// `cold_boot`: takes the power away, where that has not happened, and gives it back. Varstore,
/// disks and TPM keep what was written.
struct ColdBootStep {};

/// What one step does, or waits for.
using StepAction =
    std::variant<ExpectStep, SendStep, KeyStep, WaitQuietStep, EjectStep, InsertStep, PlugStep,
                 UnplugStep, ResetStep, PowerDownStep, ColdBootStep, ReachStep>;

/// One entry of `steps`: what to do or wait for, and how long that may take.
struct Step {
  StepAction action;
  /// `within`: how long the step may take on the reference machine; scaled by the host's speed.
  std::optional<std::chrono::milliseconds> within;
  SourceMark mark;
};

/// `expect_failure: {cause: firmware.no-bootable-device}`: the case passes only when it fails for
/// this, or for one of several.
struct ExpectedFailure {
  std::vector<std::string> causes;  ///< Ids, or globs of ids: `loader.*`.
  SourceMark mark;

  /// Whether this cause is one of them.
  [[nodiscard]] bool covers(std::string_view cause) const;
  /// "firmware.no-bootable-device or loader.*".
  [[nodiscard]] std::string text() const;
};

/// Limits of a case, on the reference machine; scaled by the host's measured speed.
struct Limits {
  std::chrono::milliseconds step{60'000};     ///< `step_limit`: for a step without `within`.
  std::chrono::milliseconds cell{300'000};    ///< `cell_limit`: for the whole case.
  std::chrono::milliseconds silence{30'000};  ///< `silence_limit`: no output at all for so long.
};

/// A filter on axes, for `exclude`: every key that is given has to match.
struct AxisFilter {
  std::vector<std::string> media;
  std::vector<FirmwareChoice> firmware;
  std::vector<Device> device;
  std::vector<MachineType> machine;
  OptionAxes options;
  SourceMark mark;
};

/// One entry of `scenarios`: the axes of its matrix, the machine, the steps and the limits, each
/// with its default.
struct Scenario {
  std::string name;
  SourceMark mark;
  std::vector<std::string> media;  ///< Empty, as the other axes, where `include` gives all cells.
  std::vector<FirmwareChoice> firmware;
  std::vector<Device> device;        ///< Empty where the media are direct kernels.
  std::vector<MachineType> machine;  ///< Empty: the default machine of each firmware and device.
  OptionAxes options;  ///< `controller`, `hide`, `removable`, `larger`, `read_only`, `tpm`.
  std::vector<AxisFilter> exclude;
  std::vector<AxisFilter>
      include;  ///< Cells added; each has one value of each axis (of machine: or none).
  std::uint32_t memory_mib = 512;
  std::uint32_t cpus = 1;
  std::string cpu_model;  ///< QEMU's `-cpu`; empty: the machine's default.
  /// Logical and physical sector size of the device, 512 or 4096 bytes. 0: as the device has it.
  std::uint32_t sector_size = 0;
  std::vector<DiskEntry> disks;
  bool network = false;
  bool skip_countdowns = true;  ///< `countdowns: skip|keep`.
  Limits limits;
  std::vector<Step> steps;
  std::optional<ExpectedFailure> expect_failure;
  std::vector<std::string> tolerate;  ///< Causes whose signatures do not end this case.

  /// True where the medium is to boot on its own, with nothing typed and nothing awaited before:
  /// what a forecast speaks of.
  [[nodiscard]] bool leaves_it_to_the_medium() const {
    return !steps.empty() && std::holds_alternative<ReachStep>(steps.front().action);
  }
};

/// A scenario file as loaded: names resolved, paths absolute, everything checked.
struct ScenarioFile {
  std::filesystem::path file;
  std::vector<std::filesystem::path> recipes;  ///< `recipes`: recipe files that `build` looks in.
  std::vector<FirmwareBuild> firmware;         ///< `firmware`: builds of one's own.
  std::vector<Medium> media;
  std::vector<OwnCause> causes;  ///< `causes`: the user's own; they count in each scenario.
  std::vector<Scenario> scenarios;
};

/// One cell of a scenario's matrix. Pointers refer to the ScenarioFile, which must outlive it.
struct Cell {
  const Scenario* scenario = nullptr;
  const Medium* medium = nullptr;
  Firmware firmware = Firmware::kSeabios;
  Device device = Device::kNone;
  MachineType machine = MachineType::kQ35;
  CellOptions options;
  const FirmwareBuild* firmware_build = nullptr;  ///< Where it is no installed one.
  /// The media of `disks`, in their order (null for an empty disk), then those that steps insert or
  /// plug in, each once.
  std::vector<const Medium*> disk_media;
  std::vector<const Medium*> shelf;
  /// Dotted: `rescue.ovmf.usb-storage`, with `.pc` at the end where the scenario (or the entry of
  /// `include`) names machines; `tiny.kernel` for a direct kernel.
  std::string id;
  /// Where firmware, device and machine can't go together: the reason (see combination_problem).
  std::string impossible;

  /// What reports call the firmware: the name of the build of one's own, or the word.
  [[nodiscard]] std::string_view firmware_name() const;
  /// `scenario/id`: unique in a run, used for filters and folders.
  [[nodiscard]] std::string full_id() const { return scenario->name + "/" + id; }
};

/// The most cells that one file may expand to.
inline constexpr std::size_t kMaximumCells = 10'000;

/// Words that other modules own and scenario files use: the names of keys (harness/console) and the
/// ids of causes (harness/diagnosis).
struct Vocabulary {
  std::vector<std::string_view> keys;
  std::vector<std::string_view> causes;
  /// Causes of the user's own that were read before (`--causes`): named like those, and not to be
  /// defined once more.
  std::vector<std::string_view> own_causes{};
};

/// Reads and checks a scenario file; every name, unit, key, pattern and reference is checked, and
/// the matrix expanded once. Relative paths become absolute, relative to the file. Throws Error
/// (kScenario) as YamlNode::error does.
ScenarioFile load_scenarios(const std::filesystem::path& file, const Vocabulary& vocabulary);

/// The same for a document that is loaded already, without the expansion; its mark names the file.
ScenarioFile parse_scenarios(const YamlNode& root, const Vocabulary& vocabulary);

/// "loader", "kernel", "userspace", "prompt".
std::string_view name_of(Goal goal);

/// Whether a scenario may have no cell that can work, to tell why of each.
enum class AllImpossible { kRefused, kAllowed };

/// The matrix of each scenario: media x firmware x device x machine, less `exclude`, plus
/// `include`, in the order of the file. Throws Error (kScenario) where a scenario expands to
/// nothing, where all its cells are impossible, where a filter of `exclude` matches no cell, where
/// `include` adds a cell that is there already, or where all products together (before `exclude`)
/// are more than kMaximumCells.
std::vector<Cell> expand(const ScenarioFile& file,
                         AllImpossible all_impossible = AllImpossible::kRefused);

/// The machine that is taken where a scenario names none: `virt` for aarch64; for x86_64 `pc` for
/// ide-cd and ide-hd and `q35` otherwise.
MachineType default_machine(Firmware firmware, Device device, Architecture architecture);

/// Why firmware, device and machine can't go together, with what to choose instead; empty where
/// they can. `controller`: what a USB or SCSI device hangs on.
std::string combination_problem(Firmware firmware, Device device, MachineType machine,
                                Controller controller = Controller::kDefault);

/// Why a device can't be presented like this, with what to choose instead; empty where it can. What
/// `controller` rules out is told by combination_problem.
std::string presentation_problem(const CellOptions& options, Device device);

/// The JSON Schema (draft 2020-12) of a scenario file for editors, from the same table that the
/// loader checks keys with.
std::string scenario_json_schema(const Vocabulary& vocabulary);

/// The reference page of all keys (Markdown), from the same table.
std::string scenario_reference();

}  // namespace bootproof
