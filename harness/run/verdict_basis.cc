#include "harness/run/verdict_basis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "harness/run/case_texts.h"

namespace bootproof {
namespace {

/// A cause that watchdogs, the runner or QEMU give, and what it rests on.
struct Row {
  std::string_view cause;
  Certainty certainty;
  std::string_view basis;
};

constexpr auto kRows = std::to_array<Row>({
    {"case.did-not-fail", Certainty::kCertain, "how far the boot came"},
    {"case.limit", Certainty::kOpen, "a limit alone; no line proves a cause"},
    {"kernel.hangs", Certainty::kLikely, "the processors, looked at several times"},
    {"kernel.silent-console", Certainty::kLikely,
     "the silence began where the kernel was started; nothing shows yet that it runs"},
    {"machine.halted", Certainty::kCertain, "the state of all processors"},
    {"machine.qemu-exited", Certainty::kCertain, "QEMU's own end"},
    {"machine.reset-loop", Certainty::kCertain,
     "the resets that QEMU reported; what causes them is open"},
    {"machine.shutdown", Certainty::kCertain,
     "QEMU reported that the guest switched the machine off; why is open"},
    {"machine.silent", Certainty::kOpen, "a silence alone; no line proves a cause"},
    {"machine.spins", Certainty::kLikely, "the processors, looked at several times"},
    {"machine.triple-fault", Certainty::kCertain, "what QEMU logged at each reset"},
    {"step.no-match", Certainty::kOpen, "a limit alone; no line proves a cause"},
});

constexpr std::array<std::string_view, 4> kUnproved{"machine.silent", "kernel.silent-console",
                                                    "step.no-match", "case.limit"};

const Row* row_of(std::string_view cause) {
  const auto row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& one) { return one.cause == cause; });
  return row == kRows.end() ? nullptr : &*row;
}

void add_candidate(Verdict& verdict, std::string_view cause, std::string_view sentence) {
  const bool is_known =
      cause == verdict.cause ||
      std::any_of(verdict.candidates.begin(), verdict.candidates.end(),
                  [&](const Candidate& candidate) { return candidate.cause == cause; });
  if (!is_known) {
    verdict.candidates.push_back({std::string(cause), std::string(sentence)});
  }
}

}  // namespace

std::span<const std::string_view> unproved_causes() { return kUnproved; }

bool is_unproved(std::string_view cause) {
  return std::find(kUnproved.begin(), kUnproved.end(), cause) != kUnproved.end();
}

bool is_standstill(std::string_view cause) {
  return cause == "machine.halted" || cause == "machine.spins";
}

bool rests_on_lines(std::string_view cause) { return row_of(cause) == nullptr; }

void set_basis(Verdict& verdict, const Finding& finding, Reading reading) {
  const bool is_proved = finding.signature == finding.proof;
  const Proof proof = finding.proof->proof;
  if (proof == Proof::kRemembered) {
    verdict.rest_on(Certainty::kLikely, "no line proves the loss; an earlier line explains it");
  } else if (!is_proved) {
    verdict.rest_on(Certainty::kLikely,
                    "the last of these lines proves the loss; an earlier one explains it");
  } else if (proof == Proof::kCertain) {
    verdict.rest_on(Certainty::kCertain, "a line that only a lost boot prints");
  } else if (finding.proof->repeats != 0) {
    verdict.rest_on(Certainty::kLikely, "the same line again and again, and nothing else");
  } else if (reading == Reading::kLive) {
    verdict.rest_on(Certainty::kCertain, "a prompt or menu that waits, and nothing came after it");
  } else {
    verdict.rest_on(Certainty::kLikely, "a prompt or menu at the end of what was printed");
  }
  verdict.link = finding.signature->link;
  verdict.candidates.clear();
  for (const Signature* row : finding.candidates) {
    add_candidate(verdict, row->cause, row->sentence);
  }
}

Stage stage_of(const Finding& finding, Stage reached) {
  const Signature& row = *finding.signature;
  if (row.ends_there) {
    return row.stage;
  }
  if (!is_cause(row.cause)) {
    return std::max(reached, row.stage);
  }
  // What a loader printed shows that it ran, what a kernel did even more: a screen may tell that
  // alone.
  if (row.stage == Stage::kLoader || row.stage == Stage::kKernelLoad) {
    return std::max(reached, Stage::kLoader);
  }
  return reached < Stage::kLoader && row.stage > Stage::kKernelLoad ? row.stage : reached;
}

Verdict verdict_of(const Finding& finding, std::string_view circumstance, Reading reading) {
  const Signature& row = *finding.signature;
  Verdict verdict;
  verdict.outcome = Outcome::kFailed;
  verdict.cause = row.cause;
  verdict.message = row.sentence;
  if (!circumstance.empty()) {
    verdict.message += fmt::format("; {}", circumstance);
  }
  verdict.evidence = finding.evidence;
  verdict.hint = row.hint;
  set_basis(verdict, finding, reading);
  return verdict;
}

void set_basis(Verdict& verdict, const Finding* standing) {
  if (const Row* row = row_of(verdict.cause)) {
    verdict.rest_on(row->certainty, row->basis);
  } else {
    verdict.rest_on(Certainty::kCertain, "what the host reported");
  }
  if (standing != nullptr) {
    add_candidate(verdict, standing->signature->cause, standing->signature->sentence);
  }
  if (verdict.cause == "kernel.silent-console") {
    add_candidate(verdict, "machine.silent", sentence_of("machine.silent"));
  }
}

}  // namespace bootproof
