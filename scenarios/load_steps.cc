#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <variant>

#include "harness/core/text.h"
#include "scenarios/reader.h"

namespace bootproof {
namespace {

constexpr std::size_t kMaximumPatterns = 100;
constexpr std::array<std::string_view, 12> kActions{"expect", "send",  "key",        "wait_quiet",
                                                    "reach",  "eject", "insert",     "plug",
                                                    "unplug", "reset", "power_down", "cold_boot"};

/// RE2's reason, which ends in the part of the pattern that it is about, unless that is all of it.
std::string reason_of(const RE2& bad) {
  std::string reason = bad.error();
  const std::string tail = ": " + bad.pattern();
  if (reason.size() > tail.size() &&
      std::string_view(reason).substr(reason.size() - tail.size()) == tail) {
    reason.resize(reason.size() - tail.size());
  }
  return reason;
}

/// A pattern that RE2 takes with the options of the expect engine, and that does not match the
/// empty text: such a step would be passed at once and prove nothing.
std::string read_pattern(const YamlNode& node) {
  constexpr std::int64_t kMemory = std::int64_t{8} << 20U;
  std::string pattern = node.text();
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemory);
  const RE2 compiled(pattern, options);
  if (!compiled.ok()) {
    throw node.error(fmt::format("bad pattern '{}': {}", pattern, reason_of(compiled)),
                     "the syntax is RE2's; put \\ before characters such as ( ) [ ] { } * + ? . | "
                     "that are meant as they are");
  }
  if (RE2::PartialMatch("", compiled)) {
    throw node.error(fmt::format("pattern '{}' matches the empty text", pattern),
                     "such a step proves nothing: write what has to be there");
  }
  return pattern;
}

ExpectStep read_expect(const YamlNode& node) {
  ExpectStep step;
  if (node.is_scalar()) {
    step.patterns.push_back(read_pattern(node));
    return step;
  }
  if (!node.is_map()) {
    throw node.error("'expect' must be a pattern, or a map with 'any' or 'all'",
                     "write for example `expect: {any: ['login:', 'grub>']}`");
  }
  check_section(node, Section::kExpect);
  const YamlNode any = node.find("any");
  const YamlNode all = node.find("all");
  if (any.is_absent() == all.is_absent()) {
    throw node.error("'expect' needs exactly one of 'any' and 'all'", "for both, write two steps");
  }
  step.all = any.is_absent();
  const YamlNode& list = step.all ? all : any;
  const std::vector<YamlNode> entries = list.list_or_single();
  if (entries.empty() || entries.size() > kMaximumPatterns) {
    throw list.error(fmt::format("from 1 to {} patterns can stand here, found {}", kMaximumPatterns,
                                 entries.size()));
  }
  for (const YamlNode& entry : entries) {
    step.patterns.push_back(read_pattern(entry));
  }
  return step;
}

/// The key of the step's one action.
std::string_view action_of(const YamlNode& node) {
  std::string_view action;
  for (const auto& [key, value] : node.entries()) {
    const auto* const found = std::find(kActions.begin(), kActions.end(), key);
    if (found == kActions.end()) {
      continue;
    }
    if (!action.empty()) {
      throw node.error_at_key(
          key, fmt::format("a step has one action, found '{}' and '{}'", action, key),
          fmt::format("make two steps: begin a line with `- {}:`", key));
    }
    action = *found;
  }
  if (action.empty()) {
    throw node.error(fmt::format("a step needs one of {}", join_or(kActions)),
                     "write for example `- expect: 'login:'`");
  }
  return action;
}

/// Refuses `key` unless the step's action is one of `actions`.
void check_belongs(const YamlNode& node, std::string_view key, std::string_view action,
                   std::initializer_list<std::string_view> actions) {
  if (node.find(key).is_absent() ||
      std::find(actions.begin(), actions.end(), action) != actions.end()) {
    return;
  }
  throw node.error_at_key(key,
                          fmt::format("'{}' belongs to {}, not to '{}'", key,
                                      fmt::format("'{}'", fmt::join(actions, "' and '")), action),
                          "remove it here");
}

/// What needs no value: `eject`, `reset`, `power_down`, `cold_boot`.
StepAction bare_action(std::string_view word) {
  if (word == "eject") {
    return EjectStep{};
  }
  if (word == "reset") {
    return ResetStep{};
  }
  if (word == "power_down") {
    return PowerDownStep{};
  }
  return ColdBootStep{};
}

/// A step of one word.
Step read_bare_step(const YamlNode& node) {
  Step step;
  step.mark = node.mark();
  step.action = bare_action(kBareSteps.at(node.one_of(kBareSteps, "step without a value")));
  return step;
}

/// The image that a step puts into the machine.
std::string read_step_medium(const YamlNode& node, const MediaNames& media) {
  const Medium& medium = media.find(node);
  if (std::holds_alternative<DirectKernel>(medium.source)) {
    throw node.error(fmt::format("'{}' is a kernel and no disk", medium.name), "name an image");
  }
  return medium.name;
}

/// What is done to the machine rather than to its console.
void read_machine_step(const YamlNode& value, std::string_view action, const MediaNames& media,
                       Step& step) {
  if (action == "insert") {
    step.action = InsertStep{read_step_medium(value, media)};
  } else if (action == "plug") {
    step.action = PlugStep{read_step_medium(value, media)};
  } else if (action == "unplug") {
    step.action = UnplugStep{read_step_medium(value, media)};
  } else if (action == "power_down") {
    step.action = PowerDownStep{value.one_of(kPowerDownWords, "way") == 0};
  } else {
    if (!value.boolean()) {
      throw value.error(fmt::format("'{}' is done or not there", action),
                        fmt::format("write `- {}`, or remove the step", action));
    }
    step.action = bare_action(action);
  }
}

Step read_step(const YamlNode& node, const Vocabulary& vocabulary, const MediaNames& media,
               std::chrono::milliseconds cell_limit) {
  if (node.is_scalar()) {
    return read_bare_step(node);
  }
  check_section(node, Section::kStep);
  Step step;
  step.mark = node.mark();
  const std::string_view action = action_of(node);
  check_belongs(node, "on", action, {"expect"});
  check_belongs(node, "via", action, {"key"});
  check_belongs(node, "within", action, {"expect", "reach", "wait_quiet", "power_down"});
  const YamlNode value = node.require(action);
  const YamlNode within = node.find("within");
  if (!within.is_absent()) {
    step.within = within.duration();
    if (*step.within > cell_limit) {
      throw within.error(fmt::format("'{}' is longer than the whole case may take", within.text()),
                         "shorten it, or give the scenario a longer 'cell_limit'");
    }
  }
  if (action == "expect") {
    ExpectStep expect = read_expect(value);
    const YamlNode on = node.find("on");
    if (!on.is_absent()) {
      expect.on = static_cast<MatchOn>(on.one_of(kMatchOnWords, "place"));
    }
    step.action = std::move(expect);
  } else if (action == "send") {
    step.action = SendStep{value.text_with_escapes()};
  } else if (action == "key") {
    const YamlNode via = node.find("via");
    step.action = KeyStep{read_known(value, vocabulary.keys, "key"),
                          !via.is_absent() && via.one_of(kViaWords, "way") == 1};
  } else if (action == "reach") {
    step.action = ReachStep{static_cast<Goal>(value.one_of(kGoalWords, "goal"))};
  } else if (action != "wait_quiet") {
    read_machine_step(value, action, media, step);
  } else {
    const WaitQuietStep wait{value.duration()};
    if (wait.quiet >= step.within.value_or(cell_limit)) {
      throw value.error(fmt::format("'{}' is not shorter than the limit of the step", value.text()),
                        "shorten it, or give the step a longer 'within'");
    }
    step.action = wait;
  }
  return step;
}

/// What the steps so far have made of the machine: refuses what can't be done after them.
class StepOrder {
 public:
  void check(const YamlNode& node, const StepAction& action) {
    if (is_off_ && !std::holds_alternative<ColdBootStep>(action)) {
      throw node.error("the machine is off after 'power_down'",
                       "put `- cold_boot` before this step");
    }
    if (const auto* plug = std::get_if<PlugStep>(&action)) {
      if (!plugged_.insert(plug->medium).second) {
        throw node.error_at_key("plug", fmt::format("'{}' is plugged in already", plug->medium),
                                "unplug it first, or name another medium");
      }
    } else if (const auto* unplug = std::get_if<UnplugStep>(&action)) {
      if (plugged_.erase(unplug->medium) == 0) {
        throw node.error_at_key("unplug", fmt::format("'{}' is not plugged in", unplug->medium),
                                "a step `plug` has to come before it");
      }
    } else if (std::holds_alternative<ColdBootStep>(action)) {
      plugged_.clear();
      is_off_ = false;
    } else if (std::holds_alternative<PowerDownStep>(action)) {
      is_off_ = true;
    }
  }

 private:
  std::set<std::string> plugged_;
  bool is_off_ = false;
};

}  // namespace

std::vector<Step> read_steps(const YamlNode& node, const Vocabulary& vocabulary,
                             const MediaNames& media, std::chrono::milliseconds cell_limit) {
  std::vector<Step> steps;
  StepOrder order;
  for (const YamlNode& entry : node.list()) {
    steps.push_back(read_step(entry, vocabulary, media, cell_limit));
    order.check(entry, steps.back().action);
  }
  return steps;
}

}  // namespace bootproof
