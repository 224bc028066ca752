#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof {

/// The stages of a boot, in order (DESIGN, section 4).
enum class Stage {
  kNone,
  kFirmware,
  kBootDevice,
  kLoader,
  kKernelLoad,
  kKernel,
  kInitramfs,
  kUserspace,
  kPrompt,
};

/// "firmware", "boot-device", "loader", "kernel-load", "kernel", "initramfs", "userspace",
/// "prompt";
/// "" for kNone.
std::string_view name_of(Stage stage);
/// The stage of that name; kNone where there is none.
Stage stage_named(std::string_view name);

/// What a match proves.
enum class Proof {
  kCertain,  ///< The boot is lost: at once.
  kSettled,  ///< The boot is lost when the match stays at the end of what was printed for the row's
             ///< `settle` time and the case awaits output: a prompt or a menu that waits for a
             ///< person.
  kRemembered,  ///< Nothing by itself, but it explains a loss that is proved later.
};

/// One row: what a failed boot says. Adding a signature is adding a row and a test.
struct Signature {
  std::string_view cause;  ///< `kernel.panic.no-root`. kRemembered: empty for mere evidence.
  std::string_view
      pattern;  ///< RE2, matched on one line without escape sequences and outer blanks.
  std::string_view sentence;  ///< For people: what happened.
  std::string_view hint;      ///< What to do.
  /// For kRemembered: the causes that it explains, patterns of matches_glob with blanks between. A
  /// loss with such a cause takes this row's cause (where it has one) and its line as evidence.
  std::string_view explains{};
  std::chrono::milliseconds settle{};  ///< For kSettled, on the reference machine.
  Stage stage = Stage::kNone;          ///< Stage in which it fails.
  Proof proof = Proof::kCertain;
  /// The pattern also matches the beginnings of lines that a more specific row matches: it waits
  /// for the end of the line.
  bool whole_line = false;
  std::string_view link{};  ///< Of a user's own: where the cause is tracked. May be empty.
  /// A failure that is known and let pass: no line that this matches proves or explains a loss.
  bool is_ignored = false;
  /// The boot was lost in `stage`, although the kernel went on and tried something else.
  bool ends_there = false;
  /// Not 0: the row counts only while its line goes round at the end of the serial stream, that
  /// many times with nothing else between but kernel messages and lines of rows with its cause.
  /// With kSettled it proves the loss when that has gone on for `settle`.
  std::size_t repeats = 0;
};

/// The failure signatures, in the order of the stages and most specific first.
std::span<const Signature> failure_signatures();

/// A row of the table that tells how far a boot has come.
struct StageMarker {
  Stage stage;
  std::string_view pattern;  ///< RE2, matched as a Signature's.
};

/// The stage markers.
std::span<const StageMarker> stage_markers();

/// A line that counts down to an automatic boot; `key` (a name for find_key) ends the wait by
/// starting what would be started anyway.
struct Countdown {
  std::string_view loader;
  std::string_view pattern;  ///< RE2, matched on one line of the stream or the screen.
  std::string_view key;
};

/// The countdowns of loaders (GRUB's, ISOLINUX's, systemd-boot's) and of the EFI shell.
std::span<const Countdown> countdowns();

/// A cause id that a verdict can carry, with what happened and what to do.
struct Cause {
  std::string_view id;
  std::string_view sentence;
  std::string_view hint;
};

/// All cause ids, sorted: those of the signatures and those that the watchdogs and the runner give
/// (`machine.reset-loop`, `machine.silent`, `step.no-match`, `host.kvm-broken`, ...). Scenario
/// files are checked against it.
std::span<const Cause> causes();
/// The cause with this id; nothing where there is none.
const Cause* find_cause(std::string_view id);
bool is_cause(std::string_view id);
/// The reference page of all causes (Markdown).
std::string causes_reference();

/// A loss that was recognised. Rows of a user's own are valid as long as their OwnSignatures.
struct Finding {
  /// Cause, sentence and hint: the row that explains the loss, or else the row that proves it.
  const Signature* signature = nullptr;
  const Signature* proof = nullptr;   ///< The row whose line proves the loss; its `settle` counts.
  std::string line;                   ///< The line that proves it.
  std::vector<std::string> evidence;  ///< The lines that explain it, oldest first, and `line`.
  /// Rows with other causes that the same lines fit, most likely first: further ones that explain
  /// the loss, and the one that proves it where another row is its reason.
  std::vector<const Signature*> candidates{};

  /// How long the console has to be quiet before this is a loss, on the reference machine: the
  /// proof's `settle`, but no long wait where an error before it is the reason.
  [[nodiscard]] std::chrono::milliseconds settle() const {
    constexpr std::chrono::milliseconds kBehindAnError{1500};
    return signature == proof ? proof->settle : std::min(proof->settle, kBehindAnError);
  }
};

/// Where text comes from.
enum class TextStream : std::uint8_t { kSerial, kFirmwareLog };
/// Which screen is shown: the rendered serial terminal, or the machine's own in VGA text memory.
enum class ScreenKind : std::uint8_t { kTerminal, kVga };

class OwnSignatures;

/// Reads lines from several streams as they come and says what they prove. Pure: bytes in, findings
/// out, the same however the bytes are cut. Memory and time are bounded: each finished line is
/// examined once, by its first 4 KiB; an unfinished line is examined again when it has grown.
class SignatureWatch {
 public:
  /// `own`: a user's own signatures, tried before the tables; null: none.
  explicit SignatureWatch(std::shared_ptr<const OwnSignatures> own = nullptr);
  ~SignatureWatch();
  SignatureWatch(SignatureWatch&&) noexcept;
  SignatureWatch& operator=(SignatureWatch&&) noexcept;

  /// Adds text of a stream, stripped of escape sequences (as Transcript gives it).
  void add_text(std::string_view text, TextStream stream = TextStream::kSerial);
  /// Shows a rendered screen; lines already seen there are not examined again.
  void show_screen(std::string_view screen, ScreenKind kind = ScreenKind::kTerminal);

  /// The first certain finding since the start, most specific signature first where one line
  /// matches several; causes in `tolerated` are passed over.
  [[nodiscard]] std::optional<Finding> certain(std::span<const std::string> tolerated) const;
  /// The settled-kind signature that matches the end of the serial stream or of a screen now, if
  /// any. Kernel messages after a prompt are passed over. None while a countdown runs, and no
  /// loader's prompt that is left on a screen while the kernel runs.
  [[nodiscard]] std::optional<Finding> settled(std::span<const std::string> tolerated) const;
  /// The row of kind kSettled with `repeats` whose line goes round at the end of the serial stream
  /// now, if any; none once a prompt was seen. How long it does, in `settle`, is for the caller to
  /// see.
  [[nodiscard]] std::optional<Finding> repeating(std::span<const std::string> tolerated) const;
  /// What explains a loss that is proved by no line, with a cause that a watchdog gives
  /// (`machine.silent`, `step.no-match`): the remembered row that explains it, as signature and
  /// proof. Nothing where none does.
  [[nodiscard]] std::optional<Finding> explanation(std::string_view cause,
                                                   std::span<const std::string> tolerated) const;
  /// The causes of ignored signatures that a whole line has matched, each once.
  [[nodiscard]] std::vector<std::string> ignored() const;
  /// The furthest stage any line has shown. Never goes back, except that a restart of the firmware
  /// is told by note_reset().
  [[nodiscard]] Stage stage() const;
  /// The same without what the machine's own screen has shown.
  [[nodiscard]] Stage serial_stage() const;
  /// The machine was reset: the stage starts again; findings stay.
  void note_reset();
  /// The countdown that stands at the end of the serial stream or of a screen now, if any.
  [[nodiscard]] const Countdown* countdown() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bootproof
