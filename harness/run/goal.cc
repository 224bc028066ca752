#include "harness/run/goal.h"

#include <algorithm>

namespace bootproof {
namespace {

using std::chrono::milliseconds;

/// A prompt is printed in pieces, and a kernel message may follow at once.
constexpr milliseconds kPromptRest{500};
/// Behind this a loader that talks has said what it had to say.
constexpr milliseconds kLoaderRest{1'500};
/// A program that draws and prints nothing, as memtest86+ under UEFI, has not given up until then.
constexpr milliseconds kSilentLoaderRest{12'000};
constexpr milliseconds kMenuRest{3'000};

constexpr std::string_view kMenuWaits = "loader.waits-for-input";
constexpr std::string_view kPromptWaits = "loader.command-prompt";
/// iPXE on a medium has run, and it is the machine that has no network.
constexpr std::string_view kNoNetwork = "loader.no-network";

/// The firmware's own line on what it starts is no word of the loader.
bool has_spoken(const GoalView& view) {
  return !view.last_line.empty() && !view.last_line.starts_with("BdsDxe: ");
}

std::optional<GoalDue> reached_after(milliseconds quiet) {
  return GoalDue{quiet, GoalDue::Answer::kReached};
}

std::optional<GoalDue> loader_due(const GoalView& view) {
  if (view.stage >= Stage::kKernel || (view.stage >= Stage::kLoader && view.is_counting_down)) {
    return reached_after(milliseconds::zero());
  }
  if (view.stage < Stage::kLoader) {
    return std::nullopt;
  }
  if (view.lost_cause == kNoNetwork) {
    return reached_after(milliseconds::zero());
  }
  if (view.settled_cause == kMenuWaits || view.settled_cause == kPromptWaits) {
    return reached_after(view.settle);
  }
  return reached_after(has_spoken(view) ? kLoaderRest : kSilentLoaderRest);
}

Stage stage_of(Goal goal) {
  switch (goal) {
    case Goal::kLoader:
      return Stage::kLoader;
    case Goal::kKernel:
      return Stage::kKernel;
    case Goal::kUserspace:
      return Stage::kUserspace;
    case Goal::kPrompt:
      break;
  }
  return Stage::kPrompt;
}

}  // namespace

std::optional<GoalDue> next_on_the_way(Goal goal, const GoalView& view) {
  if (goal == Goal::kLoader) {
    return loader_due(view);
  }
  if (view.stage >= stage_of(goal)) {
    return reached_after(goal == Goal::kPrompt ? kPromptRest : milliseconds::zero());
  }
  if (view.moves_menus && view.settled_cause == kMenuWaits) {
    return GoalDue{std::min(view.settle, kMenuRest), GoalDue::Answer::kMoveOn};
  }
  return std::nullopt;
}

}  // namespace bootproof
