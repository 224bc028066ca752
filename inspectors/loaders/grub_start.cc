#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "inspectors/loaders/grub_evaluator.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {

/// The configuration in the image. False where what follows from it is not known.
bool GrubEvaluator::run_embedded() {
  std::optional<ConfigText> text;
  if (start_.embedded_config) {
    text = files_.read(*start_.embedded_config, "the configuration in GRUB's image");
  }
  if (!text) {
    return true;
  }
  source_ = load(std::move(*text));
  const GrubBlock& commands = source_->script.commands;
  const bool is_plain = std::all_of(commands.begin(), commands.end(), [](const auto& command) {
    return command.kind == GrubCommandKind::kSimple;
  });
  if (modules_ && !is_plain) {
    // Before normal is there, a parser reads it that knows no "if" (kern/rescue_parser.c).
    not_followed("more than plain commands in the configuration of its image");
    return false;
  }
  run(commands);
  return true;
}

/// grub_load_normal_mode() (grub-core/kern/main.c). False where it ends at the rescue prompt, or
/// may.
bool GrubEvaluator::load_normal() {
  if (!modules_ || modules_->has("normal")) {
    has_normal_ = true;
    return true;
  }
  const GrubArgument prefix = value_of("prefix");
  const GrubFileName split = split_grub_file_name(prefix.text);
  bool is_uncertain = false;
  const GrubDevice device = device_of(prefix, split, is_uncertain);
  const std::string name = printable_text(prefix.text);
  if (is_uncertain || device.state == GrubDeviceState::kForeign) {
    not_followed(fmt::format("its prefix {}", name));
    return false;
  }
  const bool is_there = device.state == GrubDeviceState::kKnown;
  const Truth truth = is_there ? load_module("normal") : Truth::kNo;
  if (truth == Truth::kUnknown) {
    not_followed(fmt::format("whether it can load normal from {}", name));
  } else if (truth == Truth::kNo && prefix.failed_search >= 0) {
    report_search(prefix.failed_search, printable_text(split.path));
  } else if (truth == Truth::kNo && is_there && can_read(device.volume) == Truth::kYes) {
    findings_.add(rule("grub.normal-missing"), start_.offset,
                  fmt::format("GRUB's image, prefix {}", name), modules_->missing(),
                  "normal and what it needs, in the image or there");
  } else if (truth == Truth::kNo) {
    findings_.add(
        rule("grub.volume-unreadable"), start_.offset, fmt::format("GRUB's image, prefix {}", name),
        is_there ? fmt::format("({}) without {}", files_.world().volumes[device.volume].grub_name,
                               modules_->missing_for(device.volume))
                 : std::string("there is no such partition"),
        "a volume that GRUB can read, with its modules");
  }
  has_normal_ = truth == Truth::kYes;
  return has_normal_;
}

/// Where modules are loaded from now; nothing where that is not on this medium, or not certain.
std::optional<GrubModuleFolder> GrubEvaluator::module_folder() const {
  const GrubArgument prefix = value_of("prefix");
  const GrubFileName split = split_grub_file_name(prefix.text);
  bool is_uncertain = false;
  const GrubDevice device = device_of(prefix, split, is_uncertain);
  if (is_uncertain || device.state != GrubDeviceState::kKnown) {
    return std::nullopt;
  }
  return GrubModuleFolder{device.volume, split.path};
}

/// Without judging.
Truth GrubEvaluator::load_module(std::string_view name) {
  if (modules_->has(name)) {
    return Truth::kYes;
  }
  const std::optional<GrubModuleFolder> folder = module_folder();
  return folder ? modules_->load(name, *folder) : Truth::kUnknown;
}

/// Whether GRUB has a command: its module is built in or, once normal runs, loaded from the prefix,
/// where command.lst says which one brings it.
Truth GrubEvaluator::find_module_of(const std::string& command) {
  bool loads_kernel = false;
  const std::string_view module = grub_module_of(command, loads_kernel);
  if (!modules_ || module.empty() || modules_->has(module)) {
    return Truth::kYes;
  }
  Truth truth = Truth::kNo;
  if (has_normal_) {
    const std::optional<GrubModuleFolder> folder = module_folder();
    const Truth is_listed =
        folder ? ask_file(GrubFileTest::kIsFile,
                          {fmt::format("{}/{}/command.lst", value_of("prefix").text,
                                       inspectors::name_of(files_.world().platform)),
                           false, -1})
               : Truth::kUnknown;
    truth = is_listed == Truth::kYes ? load_module(module) : is_listed;
  }
  if (truth == Truth::kUnknown) {
    not_followed(fmt::format("whether it can load {} for {}", module, printable_text(command)));
    has_unknown_effect_ = true;
  } else if (truth == Truth::kNo && loads_kernel && !is_in_condition_) {
    // linux and initrd of one entry lack the same one.
    if (judged_modules_.insert(fmt::format("{} {}", module, entry_->title)).second) {
      judge_entry(rule("grub.loader-module-missing"),
                  fmt::format("'{}' without the module {}", printable_text(command), module),
                  "the module in GRUB's image or in its prefix");
    }
  } else if (truth == Truth::kNo && !loads_kernel && judged_modules_.insert(command).second) {
    findings_.add(rule("grub.command-missing"), offset(), place(),
                  fmt::format("'{}' without the module {}", printable_text(command), module),
                  "the module in GRUB's image or in its prefix");
  }
  return truth;
}

/// Whether GRUB can read a volume. Once normal runs, file systems are loaded as they are needed
/// (normal/autofs.c), partition tables never.
Truth GrubEvaluator::can_read(std::size_t volume) {
  if (!modules_) {
    return Truth::kYes;
  }
  const std::string_view file_system = modules_->file_system_of(volume);
  if (has_normal_ && !file_system.empty() && !modules_->has(file_system)) {
    load_module(file_system);
  }
  return modules_->reads(volume);
}

Truth GrubEvaluator::command_insmod(Arguments arguments) {
  const bool is_name = arguments.size() > 1 && !arguments[1].is_uncertain &&
                       arguments[1].text.find('/') == std::string::npos;
  return modules_ && is_name ? load_module(arguments[1].text) : Truth::kUnknown;
}

}  // namespace bootproof::inspectors
