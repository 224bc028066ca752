#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/console/expectation.h"
#include "harness/console/terminal_screen.h"
#include "harness/console/transcript.h"
#include "harness/diagnosis/medium_reads.h"
#include "harness/diagnosis/signature.h"
#include "harness/run/bios_typist.h"
#include "harness/run/console_pieces.h"
#include "harness/run/countdown_skipper.h"
#include "harness/run/goal.h"
#include "harness/run/watchdogs.h"
#include "reports/result.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// Bytes to be written to the serial line.
struct SendSerial {
  std::string bytes;
};
/// Keys to be pressed together on the machine's keyboard: QKeyCode names joined by '-'.
struct PressKeys {
  std::string qcodes;
};
/// Something to be done to the machine itself.
struct OperateMachine {
  enum class What { kEject, kInsert, kPlug, kUnplug, kReset, kPressPower, kColdBoot };
  What what = What::kReset;
  std::string medium;  ///< Of kInsert, kPlug and kUnplug.
};
/// What the logic wants done to the machine.
using CaseAction = std::variant<SendSerial, PressKeys, OperateMachine>;

/// Something worth a line in the event log: a step passed, a countdown was skipped, a reset was
/// seen.
struct CaseNote {
  std::chrono::steady_clock::time_point when;
  std::string kind;      ///< "step-passed", "countdown-skipped", "reset", "stage".
  std::string text;      ///< The step, the loader, the stage.
  std::size_t step = 0;  ///< For "step-passed": 1 for the first.
  std::string match;     ///< For "step-passed": what matched, if the step expects something.
  std::chrono::milliseconds duration{};  ///< For "step-passed".
};

/// Decides a case: takes what the machine says and the time, works through the steps, watches for
/// failures and silence, and says what to send and what the verdict is. Pure: no I/O, no clock of
/// its own.
///
/// Steps come first: what an `expect` step matches is no failure, even where a signature knows the
/// same text. Every limit is multiplied by the host's slowness. After the verdict further input is
/// ignored.
class CaseLogic {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `scenario` must outlive the logic. Throws Error (kScenario) for a pattern that does not
  /// compile.
  /// `bios_keyboard`: what is sent before the kernel starts goes through SeaBIOS's keyboard buffer.
  /// `own`: signatures of the user's own; null: none.
  CaseLogic(const Scenario& scenario, double slowness, bool bios_keyboard, Time start,
            std::shared_ptr<const OwnSignatures> own = nullptr);

  void on_console(std::string_view bytes, Time now);
  /// Bytes of the firmware's debug port.
  void on_debug_port(std::string_view bytes, Time now);
  /// The machine's own screen as text.
  void on_vga(std::string text, Time now);
  /// The guest has read something of its medium that it had not read before.
  void on_new_read(Time now) { watchdogs_.note_read(now); }
  /// Says what the guest has read, for the texts of limits; null: it is not known. Must outlive
  /// what comes after.
  void watch_reads(const MediumReads* reads) { reads_ = reads; }
  /// A guest reset (QMP RESET with `guest: true`).
  void on_reset(Time now);
  /// The reset button took effect (QMP RESET with `guest: false`).
  void on_reset_button(Time now);
  /// The machine that a step `cold_boot` asked for runs.
  void on_power_on(Time now);
  /// The guest powered itself off (QMP SHUTDOWN with `guest: true`); QEMU's end follows.
  void on_guest_shutdown(Time now);
  /// QEMU has ended.
  void on_exit(int exit_code, std::string_view error_output, Time now);
  /// The processors prove that the machine can't go on (prove_hang()): ends the case with that
  /// cause, where suspicion_at() has been reached. `screen`: what its own screen shows, where its
  /// last words may stand alone: they may pass a step, or prove another cause.
  void on_hang(std::string cause, std::string screen, Time now);
  /// Time has passed. Call at next_deadline() at the latest.
  void tick(Time now);

  /// What to do now; empties the list.
  std::vector<CaseAction> take_actions();
  /// What happened since the last call; empties the list.
  std::vector<CaseNote> take_notes();
  /// When tick() has something to do if nothing comes before.
  [[nodiscard]] Time next_deadline() const;
  /// From when on a silence is worth a look at the processors; nothing where nothing is awaited of
  /// the guest, where something else decides in its own time, or where a silence is expected.
  [[nodiscard]] std::optional<Time> suspicion_at() const;
  /// True while the step that waits looks at the machine's own screen whatever the serial line
  /// says.
  [[nodiscard]] bool wants_vga() const;
  /// From when on a look at the machine's own screen is wanted: at once for such a step; for others
  /// that wait for the guest, from when the serial line has been silent. Never: nothing.
  [[nodiscard]] std::optional<Time> vga_due() const;
  /// Set once the case is decided.
  [[nodiscard]] const std::optional<Verdict>& verdict() const { return verdict_; }
  /// When the bytes that decided it arrived.
  [[nodiscard]] Time decided_at() const { return decided_at_; }
  [[nodiscard]] Stage stage() const { return watch_.stage(); }
  /// The same without what the machine's own screen has shown.
  [[nodiscard]] Stage serial_stage() const { return watch_.serial_stage(); }
  [[nodiscard]] std::string screen_text() const { return screen_.text(); }
  [[nodiscard]] const std::string& vga_screen() const { return vga_; }
  [[nodiscard]] std::string last_lines(std::size_t count) const {
    return transcript_.last_lines(count);
  }
  [[nodiscard]] std::size_t steps_passed() const { return step_; }
  [[nodiscard]] bool has_passed_all_steps() const { return step_ >= scenario_.steps.size(); }
  /// Causes that are no failure of this case: the scenario's, and those of lines that steps
  /// matched.
  [[nodiscard]] const std::vector<std::string>& tolerated() const { return tolerated_; }
  /// Causes of the user's own that a line showed and that are ignored.
  [[nodiscard]] std::vector<std::string> ignored() const { return watch_.ignored(); }

 private:
  void note(Time now, std::string kind, std::string text);
  /// Where a waiting step looks: a line that has just come, or the screens too.
  enum class Look { kSerial, kEverywhere };
  void advance(Time now, Look look);
  bool advance_one_step(Time now, Look look);
  bool type(const std::string& text, Time now);
  /// True where what waits for keys stands on the machine's own screen alone.
  [[nodiscard]] bool answers_by_keyboard(Time now) const;
  [[nodiscard]] bool is_serial_silent(Time now) const;
  void press_keys(std::string_view text, Time now);
  void show_vga(std::string text);
  void hide_vga();
  bool operate(const Step& step);
  void begin_boot(Time now, std::string_view how);
  bool try_expect(const ExpectStep& step, Look look);
  /// What the `reach` step that waits is to do next; nothing where none waits.
  [[nodiscard]] std::optional<GoalDue> goal_due() const;
  bool try_reach(Time now);
  void matched(const Match& match);
  void begin_step(Time now);
  void hear(std::string_view text, Time now);
  void end_line(Time now);
  void tolerate(std::string_view matched_text);
  void fail_if_lost(Time now);
  void check_certain(Time now);
  void check_signatures(Time now);
  /// When a line that goes round while output is awaited has done so for long enough, if one does.
  [[nodiscard]] std::optional<Time> loop_due() const;
  void check_loop(Time now);
  void check_countdown(Time now);
  void check_limits(Time now);
  [[nodiscard]] bool awaits_output() const;
  [[nodiscard]] Watchdogs::Limit nearest_limit() const;
  void note_stage(Time now);
  void fail(const Finding& finding, Time now);
  void fail_unproved(std::string cause, std::string_view circumstance, std::string hint, Time now);
  /// Fails a negative control whose medium boots.
  void fail_for_booting(std::string_view how, Time now);
  void fail(std::string cause, std::string message, std::vector<std::string> evidence,
            std::string hint, Time now);
  /// Fails with this cause, message, evidence and basis; the rest is filled in.
  void fail(Verdict verdict, Time now);
  void decide(Verdict verdict, Time now);
  [[nodiscard]] std::string awaited() const;
  [[nodiscard]] std::vector<std::string> console_evidence() const;

  const Scenario& scenario_;
  bool bios_keyboard_;
  Watchdogs watchdogs_;
  ConsolePieces pieces_;
  Transcript transcript_;
  Transcript firmware_log_{16U << 10U};
  TerminalScreen screen_;
  std::string vga_;
  bool vga_hidden_ = true;       ///< The serial line has spoken since vga_ was seen.
  bool matched_on_vga_ = false;  ///< The last match stood on the machine's own screen alone.
  Time serial_heard_;            ///< When the serial line last said something, or the start.
  SignatureWatch watch_;
  std::vector<std::string> tolerated_;
  std::optional<Expectation> expectation_;
  std::size_t step_ = 0;
  std::uint64_t position_ = 0;
  bool matched_before_ = false;
  std::string last_match_;
  std::size_t line_bytes_ = 0;             ///< Of the serial line's open line.
  std::size_t unseen_bytes_ = 0;           ///< Of it, since a step looked.
  std::vector<std::string> line_matches_;  ///< What steps matched while it was open.
  std::optional<Time> lost_since_;         ///< When a certain loss showed outside a whole line.
  std::optional<Time> loop_since_;         ///< Since when a line was seen to go round.
  std::optional<BiosTypist> typist_;
  int menus_moved_ = 0;  ///< How often Enter was sent to a menu that waited.
  bool guest_shut_down_ = false;
  /// What a step waits for that was asked of the machine: a reset, its end, a new start.
  enum class Operation { kNone, kAsked, kDone };
  Operation operation_ = Operation::kNone;
  Stage noted_stage_ = Stage::kNone;
  Stage reached_ = Stage::kNone;  ///< The furthest of the boots that a reset ended.
  CountdownSkipper skipper_;
  std::vector<CaseAction> actions_;
  std::vector<CaseNote> notes_;
  const MediumReads* reads_ = nullptr;
  std::optional<Verdict> verdict_;
  Time decided_at_;
};

}  // namespace bootproof
