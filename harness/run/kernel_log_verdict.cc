#include "harness/run/kernel_log_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/core/text.h"
#include "harness/diagnosis/log_diagnosis.h"
#include "harness/run/case_texts.h"
#include "harness/run/expected_failure.h"
#include "harness/run/verdict_basis.h"

namespace bootproof {
namespace {

std::string marked(std::string_view line) {
  return fmt::format("{}{}", kGuestMemoryMark, shortened(escape_for_terminal(line)));
}

/// The kernel's command line as its log has it; empty where it does not.
std::string_view command_line_of(const KernelLog& log) {
  constexpr std::string_view kPrefix = "Kernel command line: ";
  for (const KernelLogRecord& record : log.records) {
    if (record.text.starts_with(kPrefix)) {
      return std::string_view(record.text).substr(kPrefix.size());
    }
  }
  return {};
}

struct ConsoleWords {
  std::vector<std::string_view> all;  ///< `console=tty1`, in their order.
  bool names_port = false;
  bool names_terminal = false;  ///< A virtual terminal, tty0 and on, which a PC always has.
  bool ends_with_port = false;
  bool quiet = false;
};

ConsoleWords console_words(std::string_view command_line, std::string_view port) {
  constexpr std::string_view kConsole = "console=";
  ConsoleWords found;
  for (const std::string_view word : words_of(command_line)) {
    if (word.starts_with(kConsole)) {
      const std::string_view value = word.substr(kConsole.size());
      found.all.push_back(word);
      found.ends_with_port = value.substr(0, value.find(',')) == port;
      found.names_port = found.names_port || found.ends_with_port;
      constexpr std::string_view kTerminal = "tty";
      found.names_terminal = found.names_terminal ||
                             (value.starts_with(kTerminal) && value.size() > kTerminal.size() &&
                              value[kTerminal.size()] >= '0' && value[kTerminal.size()] <= '9');
    }
    found.quiet = found.quiet || word == "quiet";
  }
  return found;
}

/// The lines that show best how far the kernel came: its command line, what it ran, the last one.
std::vector<std::string> milestones(const KernelLog& log) {
  std::vector<std::string> lines;
  KernelLog shown;
  const auto add = [&](const KernelLogRecord& record) {
    shown.records.assign(1, record);
    const std::string text = console_text(shown);
    std::string line = marked(std::string_view(text).substr(0, text.find('\n')));
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) {
      lines.push_back(std::move(line));
    }
  };
  for (const KernelLogRecord& record : log.records) {
    if (record.text.starts_with("Kernel command line: ") ||
        (record.text.starts_with("Run ") && record.text.ends_with(" as init process"))) {
      add(record);
    }
  }
  // Not what only goes with the message above it, as the arguments of /init.
  const auto last = std::find_if(log.records.rbegin(), log.records.rend(), [](const auto& record) {
    return !record.text.empty() && record.text.front() != ' ';
  });
  if (last != log.records.rend()) {
    add(*last);
  }
  return lines;
}

std::string reached_text(const KernelLog& log, Stage stage) {
  for (auto record = log.records.rbegin(); record != log.records.rend(); ++record) {
    constexpr std::string_view kRun = "Run ";
    constexpr std::string_view kAsInit = " as init process";
    const std::string_view text = record->text;
    if (text.starts_with(kRun) && text.ends_with(kAsInit)) {
      return fmt::format("started {}",
                         escape_for_terminal(
                             text.substr(kRun.size(), text.size() - kRun.size() - kAsInit.size())));
    }
  }
  return fmt::format("reached the stage {}", name_of(std::max(stage, Stage::kKernel)));
}

}  // namespace

std::string_view circumstance_of(const Verdict& verdict) {
  const std::string sentence = fmt::format("{}; ", sentence_of(verdict.cause));
  const std::string_view message = verdict.message;
  const std::size_t at = message.find(sentence);
  return at == std::string_view::npos ? message : message.substr(at + sentence.size());
}

bool wants_kernel_log(const Verdict& verdict) {
  return verdict.outcome == Outcome::kFailed &&
         (stage_named(verdict.stage) >= Stage::kKernelLoad || is_unproved(verdict.cause));
}

std::string_view serial_console(MachineType machine) {
  return architecture_of(machine) == Architecture::kAarch64 ? "ttyAMA0" : "ttyS0";
}

std::string console_hint(std::string_view command_line, std::string_view port) {
  if (command_line.empty()) {
    return fmt::format(
        "this machine's serial port is {}: name it on the kernel's command line, "
        "last: console={}",
        port, port);
  }
  const ConsoleWords words = console_words(command_line, port);
  if (words.all.empty()) {
    return fmt::format(
        "the command line has no console=, this machine's serial port is {}: add "
        "console={}",
        port, port);
  }
  const std::string said = escape_for_terminal(fmt::format("{}", fmt::join(words.all, " ")));
  if (!words.names_port) {
    return fmt::format(
        "the command line says {}, this machine's serial port is {}: put "
        "console={} last",
        said, port, port);
  }
  if (!words.ends_with_port) {
    return fmt::format(
        "the command line says {}: what /init prints goes to the last one, this "
        "machine's serial port is {}: put console={} last",
        said, port, port);
  }
  if (words.quiet) {
    return fmt::format(
        "the command line says {}, which is this machine's serial port, and `quiet`, "
        "which holds the kernel's messages back: take `quiet` away to see them",
        said);
  }
  return fmt::format(
      "the command line says {}, which is this machine's serial port: the kernel may "
      "lack its driver",
      said);
}

Verdict judge_by_kernel_log(Verdict verdict, const KernelLog& log, const Scenario& scenario,
                            std::span<const std::string> tolerated, std::string_view port,
                            bool steps_passed, std::shared_ptr<const OwnSignatures> own,
                            std::optional<Stage> on_serial) {
  const auto& expected = scenario.expect_failure;
  const bool is_loop = verdict.cause == "machine.reset-loop";
  if (verdict.outcome != Outcome::kFailed || log.records.empty() ||
      !(is_unproved(verdict.cause) || is_standstill(verdict.cause) || is_loop) ||
      (expected && expected->covers(verdict.cause))) {
    return verdict;
  }
  // A silent console is what a silence is called once the kernel was loaded.
  const bool is_silence = verdict.cause == "kernel.silent-console" || is_standstill(verdict.cause);
  const std::string_view unproved = is_silence ? "machine.silent" : std::string_view(verdict.cause);
  const LogDiagnosis diagnosis = diagnose_kernel_log(log, unproved, tolerated, std::move(own));
  const std::string_view command_line = command_line_of(log);
  const std::string hint = console_hint(command_line, port);
  const bool was_silent = on_serial.value_or(stage_named(verdict.stage)) < Stage::kKernel;
  Verdict corrected = verdict;
  corrected.stage = name_of(std::max(diagnosis.stage, stage_named(verdict.stage)));
  // An init without a console ends: what it reads from is not there.
  const ConsoleWords consoles = console_words(command_line, port);
  const bool lacks_console = was_silent && !consoles.all.empty() && !consoles.names_port &&
                             !consoles.names_terminal && diagnosis.finding &&
                             diagnosis.finding->signature->cause == "kernel.panic.init-died";
  // What a log only remembers explains no reset.
  const bool is_told = diagnosis.finding && !lacks_console && (!is_loop || diagnosis.is_certain);
  if (is_told) {
    const Signature& row = *diagnosis.finding->signature;
    corrected.cause = row.cause;
    corrected.message = fmt::format("{}; {}", row.sentence, circumstance_of(verdict));
    corrected.evidence.clear();
    for (const std::string& line : diagnosis.finding->evidence) {
      corrected.evidence.push_back(marked(line));
    }
    set_basis(corrected, *diagnosis.finding, Reading::kLog);
    corrected.basis += "; it was read in the guest's memory";
    if (is_loop) {
      corrected.rest_on(Certainty::kLikely, corrected.basis + ", left from before a reset");
    }
    corrected.hint = was_silent ? fmt::format("{}; {}", row.hint, hint) : std::string(row.hint);
  } else if (was_silent && !is_loop) {
    const std::string reached = reached_text(log, diagnosis.stage);
    const bool holds_back = consoles.ends_with_port && consoles.quiet;
    if (!holds_back && !is_standstill(verdict.cause)) {
      corrected.rest_on(Certainty::kLikely, "the kernel's log, read in the guest's memory");
      corrected.candidates.clear();
      corrected.cause = "kernel.silent-console";
      corrected.message = fmt::format(
          "the kernel runs and printed nothing on the serial line: its log, read from "
          "the guest's memory, shows that it {}; {}",
          reached, circumstance_of(verdict));
    }
    corrected.hint =
        fmt::format("{}; the kernel's log (kernel-log.txt) shows that it {}", hint, reached);
    const std::vector<std::string> lines = milestones(log);
    corrected.evidence.insert(corrected.evidence.end(), lines.begin(), lines.end());
  } else {
    return verdict;
  }
  if (expected) {
    corrected = judge_expected_failure(std::move(corrected), *expected, steps_passed);
  }
  return corrected;
}

}  // namespace bootproof
