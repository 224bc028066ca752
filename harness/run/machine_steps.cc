#include "harness/run/machine_steps.h"

namespace bootproof {
namespace {

using What = OperateMachine::What;

template <typename Action>
const Action* action_in(const Step& step) {
  return std::get_if<Action>(&step.action);
}

}  // namespace

std::optional<OperateMachine> operation_of(const Step& step) {
  if (action_in<EjectStep>(step) != nullptr) {
    return OperateMachine{What::kEject, {}};
  }
  if (const auto* insert = action_in<InsertStep>(step)) {
    return OperateMachine{What::kInsert, insert->medium};
  }
  if (const auto* plug = action_in<PlugStep>(step)) {
    return OperateMachine{What::kPlug, plug->medium};
  }
  if (const auto* unplug = action_in<UnplugStep>(step)) {
    return OperateMachine{What::kUnplug, unplug->medium};
  }
  if (action_in<ResetStep>(step) != nullptr) {
    return OperateMachine{What::kReset, {}};
  }
  if (const auto* down = action_in<PowerDownStep>(step); down != nullptr && down->presses_button) {
    return OperateMachine{What::kPressPower, {}};
  }
  if (action_in<ColdBootStep>(step) != nullptr) {
    return OperateMachine{What::kColdBoot, {}};
  }
  return std::nullopt;
}

bool takes_effect_later(const Step& step) {
  return action_in<ResetStep>(step) != nullptr || action_in<PowerDownStep>(step) != nullptr ||
         action_in<ColdBootStep>(step) != nullptr;
}

std::string effect_of(const Step& step) {
  if (action_in<ResetStep>(step) != nullptr) {
    return "the reset";
  }
  if (action_in<PowerDownStep>(step) != nullptr) {
    return "the guest to switch the machine off";
  }
  if (action_in<ColdBootStep>(step) != nullptr) {
    return "the machine to start again";
  }
  return "quiet";
}

std::string text_of_machine_step(const Step& step) {
  const std::optional<OperateMachine> operation = operation_of(step);
  if (!operation) {
    return "power_down guest";
  }
  switch (operation->what) {
    case What::kEject:
      return "eject";
    case What::kInsert:
      return "insert " + operation->medium;
    case What::kPlug:
      return "plug " + operation->medium;
    case What::kUnplug:
      return "unplug " + operation->medium;
    case What::kReset:
      return "reset";
    case What::kPressPower:
      return "power_down button";
    case What::kColdBoot:
      break;
  }
  return "cold_boot";
}

}  // namespace bootproof
