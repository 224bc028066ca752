#include "reports/explanation.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <vector>

#include "reports/escape.h"
#include "reports/time_text.h"

namespace bootproof {
namespace {

/// The stages that prove a part of a boot, the first that was reached counts.
struct Proof {
  std::string_view part;
  std::array<std::string_view, 4> stages;
};

constexpr std::array kProofs{
    Proof{"entry", {"boot-device", "loader", "kernel-load", "kernel"}},
    Proof{"loader", {"loader", "kernel-load", "kernel", "initramfs"}},
    Proof{"kernel", {"kernel", "initramfs", "userspace", "prompt"}},
    Proof{"initramfs", {"initramfs", "userspace", "prompt", "prompt"}},
};

/// "loader after 2.10 s", or that the part was not seen.
std::string seen_of(const CaseResult& result, std::string_view part) {
  for (const Proof& proof : kProofs) {
    if (proof.part != part) {
      continue;
    }
    for (const std::string_view stage : proof.stages) {
      const std::string_view when = value_of(result.properties, fmt::format("reached.{}", stage));
      if (!when.empty()) {
        return fmt::format("stage {} after {}", stage, one_line(when));
      }
      // A kernel's log out of memory shows how far a silent one came, not when.
      const bool is_of_kernel = part == "kernel" || part == "initramfs";
      if (is_of_kernel && stage == result.verdict().stage) {
        return fmt::format("stage {}, by the evidence below", stage);
      }
    }
  }
  return "not seen";
}

std::string links_of(const CaseResult& result, bool was_booted) {
  std::string out;
  std::size_t number = 0;
  for (const ForetoldLink& link : result.foretold.links) {
    out += fmt::format("  {:2}. {:9}  {}\n", ++number, one_line(link.part), one_line(link.text));
    if (!link.problem.empty()) {
      out += fmt::format("      foretold:  {}: {}\n", one_line(link.state), one_line(link.problem));
    }
    const bool is_last_of_part =
        number == result.foretold.links.size() || result.foretold.links[number].part != link.part;
    if (was_booted && is_last_of_part) {
      out += fmt::format("      the boot:  {}\n", seen_of(result, link.part));
    }
  }
  return out;
}

}  // namespace

std::string explanation_of(const CaseResult& result, const std::string& run_folder,
                           const TextStyle& style) {
  const Verdict& verdict = result.verdict();
  const bool was_booted = verdict.outcome != Outcome::kSkipped;
  std::string out = one_line(result.full_id()) + "\n";
  if (result.foretold.forecast.empty()) {
    out += "foretold: nothing; the medium was not inspected for this case\n";
  } else {
    out += fmt::format("foretold for {}: {}\n", one_line(result.foretold.path),
                       one_line(result.foretold.forecast));
    out += links_of(result, was_booted);
  }
  if (!was_booted) {
    return out + fmt::format("not booted: {}\n", one_line(summary_of(verdict)));
  }
  out += fmt::format("came to: {} after {}\n",
                     verdict.stage.empty() ? "no stage" : one_line(verdict.stage),
                     duration_text(result.duration()));
  if (!result.foretold.forecast.empty()) {
    out += fmt::format("the forecast: {}\n", name_of(result.foretold.agreement));
  }
  if (verdict.outcome == Outcome::kPassed) {
    return out + fmt::format("passed: {}\n", one_line(summary_of(verdict)));
  }
  return out + failure_text(result, run_folder, style);
}

}  // namespace bootproof
