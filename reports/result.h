#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bootproof {

/// Whose fault is part of the type (DESIGN, section 2.5).
enum class Outcome {
  kPassed,
  kFailed,   ///< The medium.
  kError,    ///< The host or the harness.
  kSkipped,  ///< With a reason and a remedy.
};

/// "passed", "failed", "error", "skipped".
const char* name_of(Outcome outcome);

/// How sure the cause of a verdict is.
enum class Certainty : std::uint8_t {
  kNone,     ///< There is no cause: the case passed, or nothing was booted.
  kOpen,     ///< The loss alone is known: a limit was reached, and no evidence says why.
  kLikely,   ///< Evidence speaks for the cause, and does not prove it.
  kCertain,  ///< It is proved.
};

/// "", "open", "likely", "certain".
const char* name_of(Certainty certainty);

/// A cause that the same evidence would fit.
struct Candidate {
  std::string cause;
  std::string sentence;
};

/// How one boot ended. Texts may hold any bytes a guest printed: writers escape them.
struct Verdict {
  Outcome outcome = Outcome::kError;
  std::string stage;    ///< Furthest stage reached: `firmware`, ..., `prompt`. Empty if none.
  std::string cause;    ///< Stable dotted id; empty when passed.
  std::string message;  ///< One line: what happened, found and expected.
  std::vector<std::string> evidence;  ///< Lines that prove it, in order.
  std::string hint;                   ///< What to do; may be empty.
  Certainty certainty = Certainty::kNone;
  std::string basis{};  ///< What the certainty rests on: "no line proves the loss; ...".
  std::vector<Candidate> candidates{};  ///< Other causes, the likelier first.
  std::string link{};                   ///< Where a cause of the user's own is tracked; or empty.

  /// Sets certainty and what it rests on.
  void rest_on(Certainty how, std::string_view what) {
    certainty = how;
    basis = what;
  }
};

/// The candidates that reports show: the first eight.
std::span<const Candidate> shown_candidates(const Verdict& verdict);

/// "stage: cause: message" on one line, parts that are empty left out. Not escaped: raw as the
/// guest's bytes are, except that each run of blanks, carriage returns and line feeds is one space.
std::string summary_of(const Verdict& verdict);

/// One try at a case.
struct Attempt {
  Verdict verdict;
  std::chrono::system_clock::time_point started;
  std::chrono::milliseconds duration{};
  std::string folder;  ///< Relative to the run folder; empty when nothing was started.
  int number = 1;      ///< 1 for the first try.
};

/// Names and values, in the order they are reported in.
using Properties = std::vector<std::pair<std::string, std::string>>;

/// The value of the first property with this name; empty where there is none.
std::string_view value_of(const Properties& properties, std::string_view name);

/// How a boot agrees with what was foretold of it.
enum class Agreement {
  kUnproved,      ///< It was not booted, or says nothing for or against it.
  kHeld,          ///< It came as it was foretold.
  kContradicted,  ///< It did not.
  kDoubtful,      ///< Nothing certain was foretold.
};

/// "unproved", "held", "contradicted", "doubtful".
const char* name_of(Agreement agreement);

/// One link of a boot path that was foretold.
struct ForetoldLink {
  std::string part;   ///< "entry", "loader", "kernel", "initramfs".
  std::string text;   ///< "GPT, GPT partition 1 (ESP)".
  std::string state;  ///< "boots", "doubtful", "cannot boot".
  std::string problem;
  std::uint64_t offset = 0;  ///< Of what it stands for, in the image.
};

/// What the inspection of a medium foretold of a case.
struct Foretold {
  std::string forecast;  ///< "boots", "doubtful", "cannot boot"; empty: nothing was foretold.
  std::string path;      ///< Firmware and attachment: "UEFI x64, optical".
  std::string reason;    ///< The weakest link and its problem; empty for "boots".
  std::vector<ForetoldLink> links;  ///< In order, up to where it ends or breaks.
  Agreement agreement = Agreement::kUnproved;
};

/// The links as one line: "A -> B -> C", and behind it what is wrong.
std::string chain_of(const Foretold& foretold);

/// One case with all its tries, oldest first; the last one counts. A pass after a failure is flaky.
struct CaseResult {
  std::string suite;      ///< The scenario's name.
  std::string id;         ///< `rescue.ovmf.usb-storage`.
  Properties properties;  ///< firmware, device, machine, accelerator, medium, digest, ...
  Foretold foretold;
  std::vector<Attempt> attempts;
  std::string console_tail;  ///< Last lines of the serial console, raw.

  /// The last attempt's verdict. A case without any attempt is an Error that says so.
  [[nodiscard]] const Verdict& verdict() const;
  /// Passed, but not at the first try.
  [[nodiscard]] bool flaky() const {
    return attempts.size() > 1 && verdict().outcome == Outcome::kPassed;
  }
  /// `scenario/id`, as filters and folders name it.
  [[nodiscard]] std::string full_id() const { return suite + "/" + id; }
  /// All attempts together.
  [[nodiscard]] std::chrono::milliseconds duration() const;
};

/// A whole run.
struct RunResult {
  std::string name;  ///< The scenario file's name without its ending.
  std::chrono::system_clock::time_point started;
  std::chrono::milliseconds duration{};
  Properties properties;  ///< bootproof version, QEMU version, accelerator and why, host CPUs, ...
  std::vector<CaseResult> cases;
  bool interrupted = false;  ///< Ended early by a signal; cases that never ran are Skipped.
};

/// How many cases ended how. `flaky` ones are among the passed.
struct Totals {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
  std::size_t flaky = 0;

  /// All cases.
  [[nodiscard]] std::size_t cases() const { return passed + failed + errors + skipped; }
  /// Counts one case.
  void add(const CaseResult& result);
};

/// The totals of a run.
Totals totals_of(const RunResult& run);

}  // namespace bootproof
