#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "inspectors/loaders/grub_evaluator.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::size_t kMostEntries = 4096;
constexpr std::size_t kMostNestedMenus = 16;

bool starts_something(const LoaderEntry& entry) {
  return entry.kernel.has_value() || entry.chain_target.has_value();
}

/// Whether a default names this item, with ">>" for ">".
bool is_named(const GrubMenuItem& item, std::string_view name) {
  std::string plain;
  for (std::size_t i = 0; i < name.size(); ++i) {
    plain.push_back(name[i]);
    i += name.substr(i).starts_with(">>") ? 1U : 0U;
  }
  return item.title == plain || (!item.id.empty() && item.id == plain);
}

/// The place of the ">" between an entry and one of its submenu.
std::size_t separator_of(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '>') {
      if (i + 1 >= path.size() || path[i + 1] != '>') {
        return i;
      }
      ++i;
    }
  }
  return path.size();
}

}  // namespace

const GrubSource* GrubEvaluator::load(ConfigText text) {
  GrubSource& source = sources_.emplace_back(GrubSource{std::move(text), {}});
  source.script = parse_grub_script(source.text.text);
  config_.files.push_back(source.text.name);
  if (!source.script.errors.empty()) {
    const GrubSyntaxError& error = source.script.errors.front();
    findings_.add(rule("grub.syntax"), source.text.offset_of(error.line),
                  fmt::format("{}, line {}", source.text.name, error.line), error.found,
                  error.expected);
  }
  return &source;
}

const GrubSource* GrubEvaluator::load(const LoaderFile& file) {
  if (!file.volume) {
    return nullptr;
  }
  const std::string name = files_.name_of(*file.volume, file.path);
  const auto known = loaded_.find(name);
  if (known != loaded_.end()) {
    return known->second;
  }
  std::optional<ConfigText> text = files_.read(file);
  const GrubSource* const source = text ? load(std::move(*text)) : nullptr;
  loaded_.emplace(name, source);
  return source;
}

void GrubEvaluator::run() {
  // Where nothing was embedded, this is the begin, and findings need some place.
  static const GrubSource kNowhere{{"GRUB's image", "", {}}, {}};
  source_ = &kNowhere;
  const bool goes_on = run_embedded();
  if (goes_on && !has_menu_ && !is_booted_ && load_normal()) {
    const GrubArgument prefix = value_of("prefix");
    const GrubArgument name{prefix.text + "/grub.cfg", prefix.is_uncertain, prefix.failed_search};
    const LoaderFile file = file_of(name);
    const GrubSource* const source = load(file);
    if (source != nullptr && !menus_read_.contains(source->text.name)) {
      run_menu(*source, prefix.text, name.text);
    } else if (file.is_missing && !file.is_explained && !missing_include_) {
      missing_include_ = {files_.name_of(*file.volume, file.path), files_.offset_of(*file.volume)};
    }
  }
  finish_top();
}

void GrubEvaluator::finish_top() {
  for (const FailedSearch& search : searches_) {
    if (!search.is_reported && !search.is_question) {
      findings_.add(rule("grub.search-without-effect"), search.offset, search.path,
                    fmt::format("no volume with {}", search.what), "a volume of this medium");
    }
  }
  const bool is_explained = !top_.problems.empty();
  const bool has_syntax_errors =
      std::any_of(sources_.begin(), sources_.end(),
                  [](const GrubSource& source) { return !source.script.errors.empty(); });
  if (is_booted_ && !has_menu_ && starts_something(top_)) {
    top_.title = "without a menu";
    top_.is_default = true;
    config_.entries.push_back(std::move(top_));
  } else if (!has_menu_) {
    config_.ends_at_prompt = true;
  }
  if (missing_include_) {
    const auto& [name, where] = *missing_include_;
    findings_.add(
        config_.ends_at_prompt ? rule("grub.config-missing") : rule("loader.include-missing"),
        where, name, "no such file", "a configuration of GRUB's");
  } else if (config_.ends_at_prompt && config_.not_followed.empty() && !is_explained &&
             last_menu_ != nullptr && !has_syntax_errors) {
    findings_.add(rule("grub.no-entries"), last_menu_->text.offset_of(1), last_menu_->text.name,
                  "no menuentry, and nothing that is booted", "at least one menuentry");
  }
}

void GrubEvaluator::run_menu(const GrubSource& source, std::string_view folder,
                             std::string_view file) {
  if (reading_.size() >= kMostNestedMenus) {
    return;
  }
  const GrubSource* const source_before = std::exchange(source_, &source);
  const std::size_t line_before = line_;
  GrubVariables before = std::exchange(variables_, exported());
  set_exported("config_directory", std::string(folder));
  set_exported("config_file", std::string(file));
  reading_.push_back(source.text.name);
  menus_read_.insert(source.text.name);
  last_menu_ = &source;
  GrubMenu menu;
  GrubMenu* const menu_before = std::exchange(menu_, &menu);
  run(source.script.commands);
  menu_ = menu_before;
  if (!menu.empty() && !has_menu_) {
    const bool is_top = entry_ == &top_;
    show(menu);
    has_menu_ = is_top && conditions_ == 0;
    has_nested_menu_ = !is_top;
  }
  reading_.pop_back();
  variables_ = std::move(before);
  source_ = source_before;
  line_ = line_before;
}

void GrubEvaluator::take_timeout() {
  const GrubArgument timeout = value_of("timeout");
  double seconds = -1;
  std::from_chars(timeout.text.data(), timeout.text.data() + timeout.text.size(), seconds);
  if (seconds >= 0) {
    config_.timeout_seconds = seconds;
    config_.waits_for_input = false;
  } else {
    config_.timeout_seconds.reset();
    config_.waits_for_input = !timeout.is_uncertain;
  }
}

std::size_t GrubEvaluator::default_of(const GrubMenu& menu, std::string& rest) {
  const GrubArgument value = value_of("default");
  const std::size_t separator = separator_of(value.text);
  const std::string_view name = std::string_view(value.text).substr(0, separator);
  rest = value.text.substr(std::min(separator + 1, value.text.size()));
  std::size_t number = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_number =
      !name.empty() && parsed.ec == std::errc() && parsed.ptr == name.data() + name.size();
  if (is_number && number < menu.size()) {
    return number;
  }
  const auto named = std::find_if(menu.begin(), menu.end(),
                                  [&](const GrubMenuItem& item) { return is_named(item, name); });
  if (named != menu.end()) {
    return static_cast<std::size_t>(named - menu.begin());
  }
  const bool is_judged = !value.is_uncertain && !value.text.empty() && is_on_default_path_ &&
                         config_.not_followed.empty();
  if (is_judged) {
    findings_.add(rule("grub.default-unknown"), source_->text.offset_of(1), source_->text.name,
                  fmt::format("default={}", printable_text(value.text)),
                  fmt::format("one of the {} entries", menu.size()));
  }
  rest.clear();
  return 0;
}

void GrubEvaluator::show(const GrubMenu& menu) {
  if (is_on_default_path_) {
    take_timeout();
  }
  std::string rest;
  const std::size_t chosen = default_of(menu, rest);
  const bool was_on_default_path = is_on_default_path_;
  for (std::size_t i = 0; i < menu.size(); ++i) {
    if (!spend(1 + variables_.size() / 8) || config_.entries.size() >= kMostEntries) {
      break;
    }
    is_on_default_path_ = was_on_default_path && i == chosen;
    run_item(menu[i], is_on_default_path_, rest);
  }
  is_on_default_path_ = was_on_default_path;
}

void GrubEvaluator::run_item(const GrubMenuItem& item, bool is_default, const std::string& rest) {
  const GrubVariables before = variables_;
  const GrubSource* const source = std::exchange(source_, item.source);
  std::vector<GrubArgument> parameters = std::exchange(parameters_, item.arguments);
  GrubMenu* const menu = std::exchange(menu_, nullptr);
  const std::size_t line = std::exchange(line_, item.line);
  const bool had_menu = std::exchange(has_menu_, false);
  const int conditions = std::exchange(conditions_, item.is_conditional ? 1 : 0);
  set_exported("chosen", item.title);
  if (item.is_submenu) {
    run_submenu(item, rest);
  } else {
    run_entry(item, is_default);
  }
  conditions_ = conditions;
  has_menu_ = had_menu;
  line_ = line;
  menu_ = menu;
  parameters_ = std::move(parameters);
  source_ = source;
  variables_ = before;
}

void GrubEvaluator::run_submenu(const GrubMenuItem& item, const std::string& rest) {
  if (titles_.size() >= kMostNestedMenus) {
    return;
  }
  variables_ = exported();
  if (!rest.empty()) {
    set("default", {rest, false, -1});
    set("timeout", {"0", false, -1});
  }
  LoaderEntry inside;
  inside.is_default = is_on_default_path_;
  LoaderEntry* const entry = std::exchange(entry_, &inside);
  GrubMenu menu;
  menu_ = &menu;
  titles_.push_back(printable_text(item.title));
  run(*item.body);
  menu_ = nullptr;
  show(menu);
  titles_.pop_back();
  entry_ = entry;
}

void GrubEvaluator::run_entry(const GrubMenuItem& item, bool is_default) {
  LoaderEntry entry;
  entry.title = printable_text(item.title);
  entry.id = printable_text(item.id);
  entry.menus = titles_;
  entry.is_default = is_default;
  entry.is_conditional = item.is_conditional;
  entry.file = source_->text.name;
  entry.line = item.line;
  entry.offset = source_->text.offset_of(item.line);
  LoaderEntry* const entry_before = std::exchange(entry_, &entry);
  std::vector<LoaderEntry> alternatives = std::exchange(alternatives_, {});
  const bool had_nested_menu = std::exchange(has_nested_menu_, false);
  const bool had_unknown_effect = std::exchange(has_unknown_effect_, false);
  titles_.push_back(entry.title);
  run(*item.body);
  titles_.pop_back();
  const bool starts_nothing =
      !starts_something(entry) && entry.action.empty() && entry.problems.empty();
  if (starts_nothing && !has_nested_menu_ && !has_unknown_effect_ && is_default) {
    line_ = item.line;
    judge_entry(rule("grub.entry-starts-nothing"), "neither a kernel nor a program",
                "linux or chainloader");
  }
  std::swap(alternatives, alternatives_);
  entry_ = entry_before;
  if (!has_nested_menu_) {
    config_.entries.push_back(std::move(entry));
    for (LoaderEntry& alternative : alternatives) {
      alternative.is_default = false;
      config_.entries.push_back(std::move(alternative));
    }
  }
  has_nested_menu_ = had_nested_menu;
  has_unknown_effect_ = had_unknown_effect;
}

void GrubEvaluator::add_item(Arguments arguments, const GrubCommand& command, bool is_submenu) {
  if (menu_ == nullptr || command.blocks.empty() || menu_->size() >= kMostEntries) {
    return;
  }
  GrubMenuItem item;
  item.body = &command.blocks.front();
  item.is_submenu = is_submenu;
  item.is_conditional = conditions_ > 0;
  item.source = source_;
  item.line = command.line;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string& word = arguments[i].text;
    const bool takes_value = word == "--class" || word == "--users" || word == "--hotkey" ||
                             word == "--source" || word == "--id";
    if (takes_value && i + 1 < arguments.size()) {
      item.id = word == "--id" ? arguments[i + 1].text : item.id;
      ++i;
    } else if (word.starts_with("--id=")) {
      item.id = word.substr(5);
    } else if (!word.starts_with("--")) {
      item.arguments.push_back(arguments[i]);
    }
  }
  item.title = item.arguments.empty() ? std::string() : item.arguments.front().text;
  menu_->push_back(std::move(item));
}

}  // namespace bootproof::inspectors
