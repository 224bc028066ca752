#include <algorithm>
#include <charconv>
#include <utility>

#include "inspectors/loaders/grub_evaluator.h"

namespace bootproof::inspectors {
namespace {

constexpr std::size_t kMostVariables = 512;
constexpr std::size_t kLongestArgument = 8192;
constexpr std::size_t kMostArguments = 4096;

/// Variables that GRUB itself or the firmware sets, to what only the machine knows.
bool is_set_by_the_machine(std::string_view name) {
  return name.starts_with("net_") || name.starts_with("pxe_") || name == "lockdown" ||
         name == "shim_lock" || name == "boot_ok" || name == "secure_boot" || name == "locale_dir";
}

/// An argument that is built up from the parts of a word.
class ArgumentBuilder {
 public:
  ArgumentBuilder(std::vector<GrubArgument>& arguments, std::size_t& bytes_left)
      : arguments_(arguments), bytes_left_(bytes_left) {}

  void append(std::string_view text, const GrubArgument& origin) {
    const std::size_t length =
        std::min({text.size(), kLongestArgument - argument_.text.size(), bytes_left_});
    argument_.text += text.substr(0, length);
    bytes_left_ -= length;
    argument_.is_uncertain |= origin.is_uncertain;
    argument_.failed_search = std::max(argument_.failed_search, origin.failed_search);
    is_begun_ = true;
  }

  void finish() {
    if (is_begun_ && arguments_.size() < kMostArguments) {
      bytes_left_ -= std::min<std::size_t>(bytes_left_, 1);
      arguments_.push_back(std::exchange(argument_, {}));
    }
    is_begun_ = false;
  }

  /// A value outside of quotes: each blank ends an argument.
  void append_split(const GrubArgument& value) {
    const std::string_view text = value.text;
    std::size_t begin = 0;
    for (;;) {
      const std::size_t end = std::min(text.find_first_of(" \t\n", begin), text.size());
      if (end > begin) {
        append(text.substr(begin, end - begin), value);
      } else if (value.is_uncertain && text.empty()) {
        append("", value);
      }
      if (end == text.size()) {
        return;
      }
      finish();
      begin = end + 1;
    }
  }

 private:
  std::vector<GrubArgument>& arguments_;
  std::size_t& bytes_left_;
  GrubArgument argument_;
  bool is_begun_ = false;
};

}  // namespace

void GrubEvaluator::set(std::string_view name, GrubArgument value) {
  const auto found = variables_.find(name);
  if (found != variables_.end()) {
    found->second.value = std::move(value);
  } else if (variables_.size() < kMostVariables) {
    variables_.emplace(std::string(name), GrubValue{std::move(value), false});
  }
}

void GrubEvaluator::set_exported(std::string_view name, std::string value) {
  set(name, {std::move(value), false, -1});
  export_variable(name);
}

void GrubEvaluator::export_variable(std::string_view name) {
  auto found = variables_.find(name);
  if (found == variables_.end() && variables_.size() < kMostVariables) {
    found = variables_.emplace(std::string(name), GrubValue{}).first;
  }
  if (found != variables_.end()) {
    found->second.is_exported = true;
  }
}

GrubArgument GrubEvaluator::value_of(std::string_view name) const {
  if (name == "?") {
    return {last_ == Truth::kYes ? "0" : "1", last_ == Truth::kUnknown, -1};
  }
  if (name == "#") {
    return {std::to_string(parameters_.size()), false, -1};
  }
  if (name.front() >= '0' && name.front() <= '9') {
    std::size_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    return number > 0 && number <= parameters_.size() ? parameters_[number - 1] : GrubArgument{};
  }
  const auto found = variables_.find(name);
  if (found != variables_.end()) {
    return found->second.value;
  }
  return {"", is_set_by_the_machine(name), -1};
}

GrubVariables GrubEvaluator::exported() const {
  GrubVariables all;
  std::copy_if(variables_.begin(), variables_.end(), std::inserter(all, all.end()),
               [](const auto& variable) { return variable.second.is_exported; });
  return all;
}

void GrubEvaluator::merge(const GrubVariables& other) {
  const auto is_same = [](const GrubArgument& a, const GrubArgument& b) {
    return a.text == b.text && a.is_uncertain == b.is_uncertain;
  };
  for (auto& [name, variable] : variables_) {
    const auto found = other.find(name);
    if (found == other.end()) {
      variable.value.is_uncertain = true;
    } else if (!is_same(variable.value, found->second.value)) {
      variable.value = found->second.value;
      variable.value.is_uncertain = true;
    }
  }
  for (const auto& [name, variable] : other) {
    if (variables_.find(name) == variables_.end()) {
      const auto added = variables_.emplace(name, variable).first;
      added->second.value.is_uncertain = true;
    }
  }
}

void GrubEvaluator::expand(const GrubWord& word, std::vector<GrubArgument>& arguments) {
  ArgumentBuilder builder(arguments, bytes_left_);
  for (const GrubWordPart& part : word.parts) {
    if (!part.is_variable) {
      builder.append(part.text, {});
    } else if (part.text == "@" || part.text == "*") {
      for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (i > 0) {
          builder.finish();
        }
        builder.append(parameters_[i].text, parameters_[i]);
      }
    } else if (const GrubArgument value = value_of(part.text); part.is_quoted) {
      builder.append(value.text, value);
    } else {
      builder.append_split(value);
    }
  }
  builder.finish();
}

std::vector<GrubArgument> GrubEvaluator::expand(const std::vector<GrubWord>& words) {
  std::vector<GrubArgument> arguments;
  for (const GrubWord& word : words) {
    expand(word, arguments);
  }
  return arguments;
}

}  // namespace bootproof::inspectors
