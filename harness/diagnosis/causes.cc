#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "harness/diagnosis/medium_causes.h"
#include "harness/diagnosis/signature.h"

namespace bootproof {
namespace {

/// What the watchdogs, the runner and the host give rise to. No line of the guest proves these.
constexpr auto kOwnCauses = std::to_array<Cause>({
    {"case.did-not-fail", "the medium was expected to fail, and booted",
     "correct `expect_failure` in the scenario, or the medium"},
    {"case.foretold-not-to-boot", "the inspection of the medium says that it can't boot here",
     "look at the link that breaks; `boot --prove-impossible` boots it all the same and demands "
     "that it fails"},
    {"case.impossible", "firmware, device and machine can't go together",
     "exclude the combination"},
    {"case.limit", "the case took longer than its limit",
     "look at the stage that was reached; raise `cell_limit` if the guest was still getting on"},
    {"case.not-run", "the run ended before this case was started", "run it again"},
    {"host.build-failed", "the medium could not be built from its recipe",
     "look at the build's own message"},
    {"host.evidence-lost", "the evidence could not be written",
     "see that the run folder can be written and has space left"},
    {"host.failed", "the host or bootproof itself failed", "run `bootproof doctor`"},
    {"host.image-changed", "the image under test changed during the run",
     "let nothing else write to the image while it is tested"},
    {"host.image-unreadable", "the image under test can't be read",
     "check the path and the permissions"},
    {"host.interrupted", "the run was interrupted", "run it again"},
    {"host.kvm-broken", "KVM is there and does not work", "choose `--accel tcg`"},
    {"host.not-installed", "this host lacks a part of the machine",
     "install the package that is named; `--strict` makes it an error"},
    {"host.qemu-did-not-start", "QEMU did not start",
     "look at what QEMU said; run `bootproof doctor`"},
    {"kernel.hangs", "the kernel runs in one place and says nothing: it hangs",
     "the evidence names the function; cpu.txt has each sample, kernel-log.txt what came before; "
     "try the kernel with `nosmp`, `acpi=off` or `initcall_debug`"},
    {"kernel.silent-console",
     "nothing more came on the serial line after the loader or EFI stub handed over to the kernel",
     "name the serial line on the kernel's command line, last: console=ttyS0 (x86_64) or "
     "console=ttyAMA0 (aarch64)"},
    {"machine.halted", "the processors are halted for good: no interrupt can wake them",
     "the evidence says where they stand: code that gives up halts so; look at what was printed "
     "last"},
    {"machine.qemu-exited", "QEMU ended by itself", "look at qemu.log in the case's folder"},
    {"machine.reset-loop", "the machine was reset again and again",
     "look at what stands before each restart; a triple fault leaves no text"},
    {"machine.shutdown", "the guest powered itself off before its steps were done",
     "look at its last lines"},
    {"machine.silent", "nothing came on any console for as long as the silence limit",
     "see whether the medium prints on the serial line at all; look at screen.png"},
    {"machine.spins", "the processor goes round in one place and nothing comes of it",
     "the evidence says where: a loop there waits for what never happens, or gives up"},
    {"machine.triple-fault",
     "an exception that nobody handles resets the machine again and again (triple fault)",
     "the evidence says where the code stood: it jumped to a wrong place, or has no interrupt "
     "table"},
    {"step.no-match", "what a step expected did not come within its limit",
     "compare the pattern with the last lines of the console"},
});

std::string escaped_for_table(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '|' ? "\\|" : std::string(1, c);
  }
  return out;
}

}  // namespace

std::span<const Cause> causes() {
  static const std::vector<Cause> kAll = [] {
    std::vector<Cause> all(std::begin(kOwnCauses), std::end(kOwnCauses));
    const auto add = [&all](const Cause& one) {
      const bool known = std::any_of(all.begin(), all.end(),
                                     [&](const Cause& cause) { return cause.id == one.id; });
      if (!one.id.empty() && !known) {
        all.push_back(one);
      }
    };
    for (const Signature& row : failure_signatures()) {
      add({row.cause, row.sentence, row.hint});
    }
    for (const MediumCause& row : medium_causes()) {
      add({row.cause, row.sentence, row.hint});
    }
    std::sort(all.begin(), all.end(), [](const Cause& a, const Cause& b) { return a.id < b.id; });
    return all;
  }();
  return kAll;
}

const Cause* find_cause(std::string_view id) {
  const std::span<const Cause> all = causes();
  const auto found = std::lower_bound(
      all.begin(), all.end(), id,
      [](const Cause& cause, std::string_view wanted) { return cause.id < wanted; });
  return found != all.end() && found->id == id ? &*found : nullptr;
}

bool is_cause(std::string_view id) { return find_cause(id) != nullptr; }

std::string causes_reference() {
  std::string page =
      "# Causes\n\n"
      "A verdict names one of these causes. `expect_failure` and `tolerate` in scenario files take "
      "them.\n";
  std::string_view group;
  for (const Cause& cause : causes()) {
    const std::string_view own_group = cause.id.substr(0, cause.id.find('.'));
    if (own_group != group) {
      group = own_group;
      page +=
          fmt::format("\n## {}\n\n| cause | what happened | what to do |\n|---|---|---|\n", group);
    }
    page += fmt::format("| `{}` | {} | {} |\n", cause.id, escaped_for_table(cause.sentence),
                        escaped_for_table(cause.hint));
  }
  page +=
      "\n## What proves them\n\n"
      "Patterns are matched on single lines without escape sequences and outer blanks. *certain* "
      "ends the boot at once; *settled* when it stays at the end of what was printed; *explains* "
      "gives its cause to a loss of the named kinds that is proved later. *after N times*: the "
      "same line, but for its numbers, and nothing else between.\n\n"
      "| cause | stage | proof | pattern |\n|---|---|---|---|\n";
  for (const Signature& row : failure_signatures()) {
    std::string proof = "certain";
    if (row.proof == Proof::kSettled) {
      proof = fmt::format("settled, {} ms", row.settle.count());
    } else if (row.proof == Proof::kRemembered) {
      proof = fmt::format("explains `{}`", row.explains);
    }
    if (row.repeats != 0) {
      proof += fmt::format(", after {} times", row.repeats);
    }
    page += fmt::format("| {} | {} | {} | `{}` |\n",
                        row.cause.empty() ? "(evidence)" : fmt::format("`{}`", row.cause),
                        name_of(row.stage), proof, escaped_for_table(row.pattern));
  }
  page +=
      "\n## What the inspection of the medium proves\n\n"
      "Where a boot is lost for one of the causes in the last column and the medium's inspection "
      "foretold that it can't boot here, the link of the boot path that breaks gives the cause.\n\n"
      "| cause | link and problem | takes the place of |\n|---|---|---|\n";
  for (const MediumCause& row : medium_causes()) {
    page += fmt::format("| `{}` | `{}` | `{}` |\n", row.cause, escaped_for_table(row.pattern),
                        row.explains);
  }
  return page;
}

}  // namespace bootproof
