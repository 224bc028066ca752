#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "inspectors/loaders/grub_evaluator.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {

Truth GrubEvaluator::search(std::string_view by, const GrubArgument& what,
                            std::string_view variable, const std::vector<std::string>& hints) {
  constexpr std::size_t kMostSearches = 4096;
  const LoaderWorld& world = files_.world();
  std::vector<std::size_t> matches;
  bool is_uncertain = what.is_uncertain;
  for (std::size_t i = 0; i < world.volumes.size() && !is_uncertain; ++i) {
    Volume* const volume = world.volumes[i].volume;
    bool is_match = false;
    if (volume == nullptr || can_read(i) == Truth::kNo) {
      continue;
    }
    if (by == "file") {
      is_match = files_.has_file(i, what.text);
    } else if (by == "label") {
      is_match = volume->label() == printable_text(what.text) && !what.text.empty();
    } else {
      is_match = same_ignoring_case(volume->uuid(), what.text) && !what.text.empty();
    }
    if (is_match) {
      matches.push_back(i);
    }
  }
  if (!matches.empty()) {
    std::size_t found = matches.front();
    for (const std::string& hint : hints) {
      const GrubDevice device = find_grub_device(world, hint);
      const bool is_hinted =
          device.state == GrubDeviceState::kKnown &&
          std::find(matches.begin(), matches.end(), device.volume) != matches.end();
      if (is_hinted) {
        found = device.volume;
        break;
      }
    }
    set(variable, {world.volumes[found].grub_name, false, -1});
    return Truth::kYes;
  }
  is_uncertain |= world.has_more;
  GrubArgument value = value_of(variable);
  for (std::size_t i = 0; i < world.volumes.size(); ++i) {
    is_uncertain |= world.volumes[i].volume == nullptr && !world.volumes[i].is_unformatted &&
                    can_read(i) != Truth::kNo;
  }
  if (is_uncertain) {
    value.is_uncertain = true;
  } else if (searches_.size() < kMostSearches) {
    const std::string name = fmt::format("{} {}", by, printable_text(what.text));
    const auto known = std::find_if(searches_.begin(), searches_.end(),
                                    [&](const auto& search) { return search.what == name; });
    if (known == searches_.end()) {
      // A search that is a question, or one of several ways, is reported where it matters.
      searches_.push_back({name, place(), offset(), false, is_in_condition_ || conditions_ > 0});
      value.failed_search = static_cast<std::ptrdiff_t>(searches_.size()) - 1;
    } else {
      value.failed_search = known - searches_.begin();
    }
  }
  const bool is_exported =
      variables_.contains(variable) && variables_.find(variable)->second.is_exported;
  set(variable, std::move(value));
  if (is_exported) {
    export_variable(variable);
  }
  return is_uncertain ? Truth::kUnknown : Truth::kNo;
}

Truth GrubEvaluator::command_search(Arguments arguments) {
  std::string_view by = "file";
  std::string variable = "root";
  std::vector<std::string> hints;
  std::vector<const GrubArgument*> names;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i].text;
    const bool has_next = i + 1 < arguments.size();
    if (word == "--file") {
      by = "file";
    } else if (word == "--label" || word == "--fs-label") {
      by = "label";
    } else if (word == "--fs-uuid") {
      by = "fs-uuid";
    } else if (word.starts_with("--set=")) {
      variable = word.substr(6);
    } else if (word.starts_with("--hint")) {
      // "--hint=X" and "--hint X", "--hint-efi=X" and the like for other platforms as well.
      const std::size_t equals = word.find('=');
      if (equals != std::string_view::npos) {
        hints.emplace_back(word.substr(equals + 1));
      } else if (has_next) {
        hints.emplace_back(arguments[++i].text);
      }
    } else if (word.size() > 1 && word[0] == '-' && word[1] != '-') {
      for (const char option : word.substr(1)) {
        by = option == 'f' ? "file" : option == 'l' ? "label" : option == 'u' ? "fs-uuid" : by;
      }
      const bool takes_next = word.back() == 's' || word.back() == 'h';
      if (takes_next && has_next && !arguments[i + 1].text.starts_with("-")) {
        const std::string& value = arguments[++i].text;
        if (word.back() == 's') {
          variable = value;
        } else {
          hints.push_back(value);
        }
      }
    } else if (!word.starts_with("--")) {
      names.push_back(&arguments[i]);
    }
  }
  if (names.empty()) {
    return Truth::kUnknown;
  }
  for (std::size_t i = 1; i < names.size(); ++i) {
    hints.push_back(names[i]->text);
  }
  for (std::string& hint : hints) {
    if (hint.ends_with(',')) {
      hint.pop_back();  // It asks for any partition of the disk.
    }
  }
  return search(by, *names.front(), variable, hints);
}

Truth GrubEvaluator::command_search_by_name(Arguments arguments) {
  const std::string_view name = arguments.front().text;
  const std::string_view by = name == "search.file"       ? "file"
                              : name == "search.fs_label" ? "label"
                                                          : "fs-uuid";
  if (arguments.size() < 2) {
    return Truth::kUnknown;
  }
  std::vector<std::string> hints;
  for (std::size_t i = 3; i < arguments.size(); ++i) {
    hints.push_back(arguments[i].text);
  }
  const std::string variable = arguments.size() > 2 ? arguments[2].text : "root";
  return search(by, arguments[1], variable, hints);
}

Truth GrubEvaluator::include_missing(const LoaderFile& file, const GrubArgument& name) {
  if (!file.is_missing) {
    not_followed(printable_text(name.text));
    has_unknown_effect_ = true;
    return Truth::kUnknown;
  }
  if (is_in_condition_ || file.is_explained || conditions_ > 0) {
    return Truth::kNo;
  }
  const std::string path = files_.name_of(*file.volume, file.path);
  if (entry_ == &top_ && !missing_include_) {
    missing_include_ = {fmt::format("{}, for {}", place(), path), offset()};
  } else if (entry_ != &top_) {
    judge_entry(rule("loader.include-missing"), fmt::format("{} is not there", path),
                "the configuration that is to be read");
  }
  return Truth::kNo;
}

Truth GrubEvaluator::command_source(Arguments arguments) {
  const GrubArgument name = arguments.size() > 1 ? arguments[1] : GrubArgument{};
  const LoaderFile file = file_of(name);
  const GrubSource* const source = load(file);
  if (source == nullptr) {
    return include_missing(file, name);
  }
  constexpr std::size_t kMostSources = 16;
  if (std::count(reading_.begin(), reading_.end(), source->text.name) > 0) {
    findings_.add(rule("grub.config-loop"), offset(), place(), source->text.name,
                  "a file that does not read this one");
    return Truth::kUnknown;
  }
  if (reading_.size() >= kMostSources) {
    not_followed(source->text.name);
    return Truth::kUnknown;
  }
  const GrubSource* const source_before = std::exchange(source_, source);
  const std::size_t line = line_;
  reading_.push_back(source->text.name);
  run(source->script.commands);
  reading_.pop_back();
  source_ = source_before;
  line_ = line;
  return last_;
}

Truth GrubEvaluator::command_configfile(Arguments arguments) {
  const GrubArgument name = arguments.size() > 1 ? arguments[1] : GrubArgument{};
  const LoaderFile file = file_of(name);
  const GrubSource* const source = load(file);
  if (source == nullptr) {
    return include_missing(file, name);
  }
  if (menus_read_.contains(source->text.name)) {
    // Back to a menu that is known: usual in an entry, without end elsewhere.
    if (entry_ == &top_ && conditions_ == 0) {
      findings_.add(rule("grub.config-loop"), offset(), place(), source->text.name,
                    "a file that does not read this one");
    }
    entry_->action = "menu";
    return Truth::kYes;
  }
  const std::size_t slash = name.text.rfind('/');
  run_menu(*source, std::string_view(name.text).substr(0, slash), name.text);
  return Truth::kYes;
}

Truth GrubEvaluator::command_normal(Arguments arguments) {
  has_normal_ = true;
  if (arguments.size() > 1) {
    return command_configfile(arguments);
  }
  const GrubArgument prefix = value_of("prefix");
  const std::vector<GrubArgument> words{
      arguments.front(), {prefix.text + "/grub.cfg", prefix.is_uncertain, prefix.failed_search}};
  return command_configfile(words);
}

}  // namespace bootproof::inspectors
