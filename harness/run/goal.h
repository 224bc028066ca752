#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "harness/diagnosis/signature.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// What a boot shows at one moment, as far as a goal goes by it.
struct GoalView {
  Stage stage = Stage::kNone;
  bool is_counting_down = false;       ///< A loader's countdown stands on the console.
  std::string_view settled_cause;      ///< Of a prompt or menu that waits for a person; or empty.
  std::chrono::milliseconds settle{};  ///< How long that has to stand.
  std::string_view last_line;          ///< Of the serial line.
  std::string_view lost_cause;         ///< Of a loss that is certain; or empty.
  bool moves_menus = true;             ///< A menu that waits may be moved on with Enter.
};

/// What is to happen when the console has been quiet for `quiet` (on the reference machine).
struct GoalDue {
  enum class Answer { kReached, kMoveOn };
  std::chrono::milliseconds quiet{};
  Answer answer = Answer::kReached;
};

/// What comes next on the way to a goal; nothing while it is too early to tell. A loader is there
/// when it waits, counts down, has found no network, or has printed something and come to rest; one
/// that prints nothing when it has neither ended nor spoken for long. Pure.
std::optional<GoalDue> next_on_the_way(Goal goal, const GoalView& view);

}  // namespace bootproof
