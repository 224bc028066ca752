#include "tests/lint/source_text.h"

#include <algorithm>
#include <cctype>

namespace bootproof::lint {
namespace {

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

/// Walks over source once, copying code and blanking the rest.
class Scanner {
 public:
  explicit Scanner(std::string_view source) : source_(source) {
    result_.code.assign(source.size(), ' ');
    for (std::size_t i = 0; i < source.size(); ++i) {
      if (source[i] == '\n') {
        result_.code[i] = '\n';
      }
    }
  }

  SourceText run() {
    while (at_ < source_.size()) {
      step();
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool sees(std::string_view text) const {
    return source_.substr(at_).starts_with(text);
  }

  void step() {
    const char c = source_[at_];
    if (sees("//")) {
      at_ = std::min(source_.find('\n', at_), source_.size());
    } else if (sees("/*")) {
      skip_past(source_.find("*/", at_ + 2), 2);
    } else if (c == '#' && line_is_blank_before()) {
      directive();
    } else if (c == '"' && is_raw()) {
      raw_string();
    } else if (c == '"' || (c == '\'' && !is_digit_separator())) {
      literal(c);
    } else {
      result_.code[at_] = c;
      ++at_;
    }
  }

  void skip_past(std::size_t found, std::size_t length) {
    at_ = found == std::string_view::npos ? source_.size() : found + length;
  }

  [[nodiscard]] bool line_is_blank_before() const {
    std::size_t i = at_;
    while (i > 0 && source_[i - 1] != '\n') {
      --i;
      if (!is_blank(source_[i])) {
        return false;
      }
    }
    return true;
  }

  void directive() {
    Directive found{.line = line_at(source_, at_), .text = {}};
    while (at_ < source_.size() && source_[at_] != '\n') {
      if (sees("\\\n")) {
        at_ += 2;
      } else if (sees("//")) {
        at_ = std::min(source_.find('\n', at_), source_.size());
      } else {
        found.text.push_back(source_[at_]);
        ++at_;
      }
    }
    result_.directives.push_back(std::move(found));
  }

  /// The identifier or number that ends right before here.
  [[nodiscard]] std::string_view word_before() const {
    std::size_t begin = at_;
    while (begin > 0 && (is_word_character(source_[begin - 1]) || source_[begin - 1] == '\'')) {
      --begin;
    }
    return source_.substr(begin, at_ - begin);
  }

  [[nodiscard]] bool is_raw() const {
    const std::string_view word = word_before();
    return word == "R" || word == "LR" || word == "uR" || word == "UR" || word == "u8R";
  }

  [[nodiscard]] bool is_digit_separator() const {
    const std::string_view word = word_before();
    return !word.empty() && std::isdigit(static_cast<unsigned char>(word.front())) != 0;
  }

  void raw_string() {
    const std::size_t open = source_.find('(', at_);
    if (open == std::string_view::npos) {
      at_ = source_.size();
      return;
    }
    const std::string end = ")" + std::string(source_.substr(at_ + 1, open - at_ - 1)) + "\"";
    mark_quote();
    skip_past(source_.find(end, open), end.size());
    mark_quote_before();
  }

  void literal(char quote) {
    mark_quote();
    ++at_;
    while (at_ < source_.size() && source_[at_] != quote && source_[at_] != '\n') {
      at_ += source_[at_] == '\\' ? 2U : 1U;
    }
    at_ = std::min(at_ + 1, source_.size());
    mark_quote_before();
  }

  void mark_quote() { result_.code[at_] = source_[at_]; }

  void mark_quote_before() {
    if (source_[at_ - 1] != '\n') {
      result_.code[at_ - 1] = source_[at_ - 1];
    }
  }

  std::string_view source_;
  std::size_t at_ = 0;
  SourceText result_;
};

}  // namespace

SourceText take_apart(std::string_view source) { return Scanner(source).run(); }

std::size_t line_at(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, position);
  return static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
}

std::size_t find_word(std::string_view code, std::string_view word, std::size_t from) {
  for (std::size_t at = code.find(word, from); at != std::string_view::npos;
       at = code.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_word_character(code[at - 1]);
    const bool ends = end == code.size() || !is_word_character(code[end]);
    if (begins && ends) {
      return at;
    }
  }
  return std::string_view::npos;
}

std::size_t closing_bracket(std::string_view code, std::size_t open) {
  constexpr std::string_view kOpening = "([{";
  constexpr std::string_view kClosing = ")]}";
  std::size_t depth = 0;
  for (std::size_t i = open; i < code.size(); ++i) {
    if (kOpening.find(code[i]) != std::string_view::npos) {
      ++depth;
    } else if (kClosing.find(code[i]) != std::string_view::npos && --depth == 0) {
      return i;
    }
  }
  return code.size();
}

std::size_t skip_blanks(std::string_view code, std::size_t from) {
  while (from < code.size() && is_blank(code[from])) {
    ++from;
  }
  return from;
}

}  // namespace bootproof::lint
