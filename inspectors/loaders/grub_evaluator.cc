#include "inspectors/loaders/grub_evaluator.h"

#include <fmt/format.h>

#include <utility>

#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::size_t kMostSteps = 20000;
constexpr std::size_t kMostBytes = std::size_t{16} << 20U;  ///< Of words after expansion.
constexpr std::size_t kMostDepth = 200;                     ///< Of blocks in blocks and calls.
constexpr std::size_t kMostAlternatives = 8;

bool starts_something(const LoaderEntry& entry) {
  return entry.kernel.has_value() || entry.chain_target.has_value() || !entry.action.empty();
}

bool starts_the_same(const LoaderEntry& a, const LoaderEntry& b) {
  const auto name = [](const std::optional<LoaderFile>& file) {
    return file ? file->name : std::string();
  };
  return name(a.kernel) == name(b.kernel) && name(a.chain_target) == name(b.chain_target) &&
         a.action == b.action && a.arguments == b.arguments;
}

}  // namespace

GrubEvaluator::GrubEvaluator(LoaderFiles& files, const GrubStart& start, LoaderConfig& config,
                             Findings& findings)
    : files_(files),
      start_(start),
      config_(config),
      findings_(findings),
      steps_left_(kMostSteps),
      bytes_left_(kMostBytes) {
  const LoaderWorld& world = files.world();
  const std::string own =
      world.own < world.volumes.size() ? world.volumes[world.own].grub_name : std::string();
  const bool is_bios = world.platform == LoaderPlatform::kBios;
  const std::string platform(name_of(world.platform));
  const std::string cmdpath = fmt::format("({}){}", own, is_bios ? "" : start.program_folder);
  if (start.modules) {
    modules_.emplace(files, *start.modules);
  }
  const std::string prefix =
      start.prefix.empty() ? cmdpath : whole_grub_prefix(world, start.prefix);
  set_exported("prefix", prefix);
  // grub_set_prefix_and_root() (kern/main.c): the device of the prefix, whatever it was started
  // from.
  set_exported("root", split_grub_file_name(prefix).device.value_or(own));
  set_exported("cmdpath", cmdpath);
  set_exported("grub_platform", is_bios ? "pc" : "efi");
  set_exported("grub_cpu", platform.substr(0, platform.find('-')));
  for (const std::string_view feature :
       {"chainloader_bpb", "ntldr", "platform_search_hint", "default_font_path", "all_video_module",
        "menuentry_id", "menuentry_options", "200_final", "nativedisk_cmd", "timeout_style"}) {
    set_exported(fmt::format("feature_{}", feature), "y");
  }
}

bool GrubEvaluator::spend(std::size_t steps) {
  if (steps_left_ >= steps && bytes_left_ > 0) {
    steps_left_ -= steps;
    return true;
  }
  if (!is_stopped_) {
    is_stopped_ = true;
    findings_.add(rule("grub.too-much"), offset(), place(), "more than 20000 commands",
                  "a menu after a few hundred");
    not_followed("more than 20000 commands");
  }
  steps_left_ = 0;
  return false;
}

GrubEvaluator::Flow GrubEvaluator::run(const GrubBlock& block) {
  if (depth_ >= kMostDepth) {
    return spend(steps_left_ + 1) ? Flow::kNext : Flow::kExit;
  }
  ++depth_;
  Flow flow = Flow::kNext;
  for (const GrubCommand& command : block) {
    flow = spend(1) ? run(command) : Flow::kExit;
    if (flow != Flow::kNext) {
      break;
    }
  }
  --depth_;
  return flow;
}

GrubEvaluator::Flow GrubEvaluator::run(const GrubCommand& command) {
  line_ = command.line;
  switch (command.kind) {
    case GrubCommandKind::kIf:
      return run_if(command, 0);
    case GrubCommandKind::kFor:
      return run_for(command);
    case GrubCommandKind::kWhile:
    case GrubCommandKind::kUntil:
      return run_loop(command);
    case GrubCommandKind::kFunction:
      functions_[command.name] = {&command.blocks.front(), source_};
      last_ = Truth::kYes;
      return Flow::kNext;
    case GrubCommandKind::kSimple:
      break;
  }
  return run_simple(command);
}

Truth GrubEvaluator::condition(const GrubBlock& block) {
  const bool was_in_condition = std::exchange(is_in_condition_, true);
  last_ = Truth::kYes;
  const Flow flow = run(block);
  is_in_condition_ = was_in_condition;
  return flow == Flow::kNext ? last_ : Truth::kUnknown;
}

void GrubEvaluator::run_branch(const GrubBlock& block) {
  ++conditions_;
  run(block);  // How it leaves is as unknown as whether it is run.
  --conditions_;
}

void GrubEvaluator::keep_alternative(LoaderEntry first) {
  if (!starts_something(first)) {
    entry_->is_conditional = true;
    return;
  }
  std::swap(*entry_, first);
  entry_->is_conditional = true;
  if (starts_something(first) && !starts_the_same(first, *entry_) &&
      alternatives_.size() < kMostAlternatives) {
    first.is_conditional = true;
    alternatives_.push_back(std::move(first));
  }
}

GrubEvaluator::Flow GrubEvaluator::run_if(const GrubCommand& command, std::size_t branch) {
  for (; branch + 1 < command.blocks.size(); branch += 2) {
    const Truth truth = condition(command.blocks[branch]);
    if (truth == Truth::kYes) {
      const bool was_in_condition = std::exchange(is_in_condition_, false);
      const Flow flow = run(command.blocks[branch + 1]);
      is_in_condition_ = was_in_condition;
      return flow;
    }
    if (truth == Truth::kNo) {
      continue;
    }
    if (!spend(1 + variables_.size() / 8)) {
      return Flow::kExit;
    }
    const bool was_in_condition = std::exchange(is_in_condition_, false);
    const GrubVariables before = variables_;
    const LoaderEntry entry_before = *entry_;
    run_branch(command.blocks[branch + 1]);
    const GrubVariables after = std::exchange(variables_, before);
    LoaderEntry first = std::exchange(*entry_, entry_before);
    ++conditions_;
    run_if(command, branch + 2);
    --conditions_;
    is_in_condition_ = was_in_condition;
    merge(after);
    if (!starts_the_same(first, *entry_)) {
      keep_alternative(std::move(first));
    }
    last_ = Truth::kUnknown;
    return Flow::kNext;
  }
  if (branch < command.blocks.size()) {
    const bool was_in_condition = std::exchange(is_in_condition_, false);
    const Flow flow = run(command.blocks[branch]);
    is_in_condition_ = was_in_condition;
    return flow;
  }
  last_ = Truth::kYes;
  return Flow::kNext;
}

GrubEvaluator::Flow GrubEvaluator::run_loop(const GrubCommand& command) {
  const bool is_while = command.kind == GrubCommandKind::kWhile;
  while (spend(1)) {
    const Truth truth = condition(command.blocks[0]);
    const Truth goes_on = is_while ? truth : !truth;
    if (goes_on == Truth::kNo) {
      return Flow::kNext;
    }
    if (goes_on == Truth::kUnknown) {
      const GrubVariables before = variables_;
      run_branch(command.blocks[1]);
      merge(before);
      return spend(1 + before.size() / 8) ? Flow::kNext : Flow::kExit;
    }
    const Flow flow = run(command.blocks[1]);
    if (flow == Flow::kBreak) {
      return Flow::kNext;
    }
    if (flow == Flow::kReturn || flow == Flow::kExit) {
      return flow;
    }
  }
  return Flow::kExit;
}

GrubEvaluator::Flow GrubEvaluator::run_for(const GrubCommand& command) {
  for (GrubArgument& value : expand(command.words)) {
    if (!spend(1)) {
      return Flow::kExit;
    }
    const bool is_pattern = value.text.find_first_of("*?[") != std::string::npos;
    if (is_pattern) {
      // Names of files, which would have to be looked for.
      not_followed(fmt::format("for {} in {}", command.name, printable_text(value.text)));
      value.is_uncertain = true;
    }
    set(command.name, std::move(value));
    const Flow flow = run(command.blocks.front());
    if (flow == Flow::kBreak) {
      break;
    }
    if (flow == Flow::kReturn || flow == Flow::kExit) {
      return flow;
    }
  }
  return Flow::kNext;
}

GrubEvaluator::Flow GrubEvaluator::call(const Function& function, Arguments arguments) {
  std::vector<GrubArgument> parameters(arguments.begin() + 1, arguments.end());
  std::swap(parameters, parameters_);
  const GrubSource* const source = std::exchange(source_, function.source);
  const std::size_t line = line_;
  const Flow flow = run(*function.body);
  std::swap(parameters, parameters_);
  source_ = source;
  line_ = line;
  return flow == Flow::kExit ? flow : Flow::kNext;
}

GrubEvaluator::Flow GrubEvaluator::run_simple(const GrubCommand& command) {
  const std::vector<GrubArgument> words = expand(command.words);
  Arguments arguments(words);
  bool is_inverted = false;
  while (!arguments.empty() && arguments.front().text == "!") {
    is_inverted = !is_inverted;
    arguments = arguments.subspan(1);
  }
  if (arguments.empty()) {
    last_ = Truth::kYes;
    return Flow::kNext;
  }
  const std::string& name = arguments.front().text;
  Flow flow = Flow::kNext;
  const auto function = functions_.find(name);
  if (find_command(name) == nullptr && function != functions_.end()) {
    last_ = Truth::kUnknown;
    flow = call(function->second, arguments);
  } else if (name == "break") {
    return Flow::kBreak;
  } else if (name == "continue") {
    return Flow::kContinue;
  } else if (name == "return") {
    last_ = arguments.size() > 1 ? truth_of(arguments[1].text == "0") : last_;
    return Flow::kReturn;
  } else {
    last_ = run_command(arguments, command, flow);
  }
  if (is_inverted) {
    last_ = !last_;
  }
  return has_menu_ ? Flow::kExit : flow;
}

}  // namespace bootproof::inspectors
