#include "harness/run/inspection_verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/text.h"
#include "harness/diagnosis/medium_causes.h"
#include "harness/run/case_texts.h"

namespace bootproof {
namespace {

/// The link that breaks; null where none does.
const ForetoldLink* broken_link(const Foretold& foretold) {
  const auto found =
      std::find_if(foretold.links.begin(), foretold.links.end(), [&](const ForetoldLink& link) {
        return link.state == foretold.forecast && !link.problem.empty();
      });
  return found == foretold.links.end() ? nullptr : &*found;
}

}  // namespace

Verdict judge_by_inspection(Verdict verdict, const Foretold& foretold, std::string_view cut,
                            const Scenario& scenario) {
  constexpr std::string_view kCannotBoot = "cannot boot";
  if (verdict.outcome != Outcome::kFailed || scenario.expect_failure) {
    return verdict;
  }
  const auto add_evidence = [&](std::string_view link, std::string_view problem,
                                std::string_view place) {
    verdict.evidence.push_back(fmt::format("{}{}: {}{}", kInspectionMark, escape_for_terminal(link),
                                           escape_for_terminal(problem), place));
  };
  const auto complete = [&](std::string_view link, std::string_view problem,
                            std::string_view place) {
    const MediumCause* row = medium_cause_of(link, problem, verdict.cause);
    if (row == nullptr || std::find(scenario.tolerate.begin(), scenario.tolerate.end(),
                                    row->cause) != scenario.tolerate.end()) {
      return false;
    }
    verdict.stage = name_of(std::max(row->stage, stage_named(verdict.stage)));
    verdict.cause = row->cause;
    verdict.message = fmt::format("{}; {}", row->sentence, verdict.message);
    verdict.hint = row->hint;
    verdict.rest_on(Certainty::kLikely,
                    "the inspection of the medium: the machine shows no more than that it is lost");
    add_evidence(link, problem, place);
    return true;
  };
  if (!cut.empty() && complete("the image", fmt::format("it is cut: {}", cut), {})) {
    return verdict;
  }
  const ForetoldLink* link = foretold.forecast == kCannotBoot ? broken_link(foretold) : nullptr;
  if (link != nullptr) {
    const std::string place = fmt::format(", at offset {}", link->offset);
    if (!complete(link->text, link->problem, place) && foretold.agreement == Agreement::kHeld) {
      add_evidence(link->text, link->problem, place);
    }
  }
  return verdict;
}

}  // namespace bootproof
