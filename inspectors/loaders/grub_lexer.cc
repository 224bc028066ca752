#include "inspectors/loaders/grub_lexer.h"

#include <algorithm>

#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_special_name(char c) { return c == '?' || c == '#' || c == '*' || c == '@'; }
bool ends_word(char c) {
  return std::string_view("{}|&;<> \t\n").find(c) != std::string_view::npos;
}

/// Text joins the text before it; a variable stands alone.
void append(GrubWord& word, std::string_view text, bool is_quoted) {
  if (!word.parts.empty() && !word.parts.back().is_variable &&
      word.parts.back().is_quoted == is_quoted) {
    word.parts.back().text += text;
  } else {
    word.parts.push_back({std::string(text), false, is_quoted});
  }
}

/// Without carriage returns, and each line up to its first zero byte.
std::string cleaned(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool is_cut = false;
  for (const char c : text) {
    is_cut = c == '\0' || (is_cut && c != '\n');
    if (!is_cut && c != '\r') {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

GrubLexer::GrubLexer(std::string_view text) : text_(cleaned(text)) {}

char GrubLexer::take() {
  const char c = text_[position_++];
  if (c == '\n') {
    ++line_;
  }
  return c;
}

void GrubLexer::skip_line() {
  while (!at_end() && take() != '\n') {
  }
}

void GrubLexer::skip_blanks() {
  while (!at_end()) {
    if (current() == ' ' || current() == '\t') {
      take();
    } else if (current() == '\\' && following() == '\n') {
      take();
      take();
    } else if (current() == '#') {
      while (!at_end() && current() != '\n') {
        take();
      }
    } else {
      return;
    }
  }
}

GrubToken GrubLexer::next() {
  skip_blanks();
  GrubToken token;
  token.line = line_;
  if (at_end()) {
    token.text = "the end of the file";
    return token;
  }
  const char c = current();
  token.text = std::string(1, c);
  switch (c) {
    case '\n':
      token.kind = GrubTokenKind::kNewline;
      token.text = "the end of the line";
      break;
    case ';':
      token.kind = following() == ';' ? GrubTokenKind::kOther : GrubTokenKind::kSemicolon;
      break;
    case '{':
      token.kind = GrubTokenKind::kOpenBrace;
      break;
    case '}':
      token.kind = GrubTokenKind::kCloseBrace;
      break;
    case '|':
    case '&':
    case '<':
    case '>':
      token.kind = GrubTokenKind::kOther;
      break;
    default:
      token.kind = read_word(token) ? GrubTokenKind::kWord : GrubTokenKind::kUnclosed;
      if (token.plain == "[[" || token.plain == "]]") {
        token.kind = GrubTokenKind::kOther;
      }
      return token;
  }
  take();
  return token;
}

bool GrubLexer::read_word(GrubToken& token) {
  const std::size_t begin = position_;
  bool is_plain = true;
  bool is_closed = true;
  while (is_closed && !at_end() && !ends_word(current())) {
    const char c = current();
    if (c == '\'' || c == '"') {
      is_plain = false;
      is_closed = read_quoted(token.word);
    } else if (c == '$' && (following() == '"' || following() == '\'')) {
      is_plain = false;  // A text to be translated.
      take();
      is_closed = read_quoted(token.word);
    } else if (c == '$') {
      is_plain = false;
      is_closed = read_variable(token.word, false);
    } else if (c == '\\') {
      is_plain = false;
      take();
      if (at_end()) {
        break;
      }
      const char escaped = take();
      if (escaped != '\n') {
        append(token.word, std::string_view(&escaped, 1), true);
      }
    } else {
      append(token.word, std::string_view(&c, 1), false);
      take();
    }
  }
  constexpr std::size_t kLongest = 40;
  token.text =
      printable_text(std::string_view(text_).substr(begin, std::min(position_ - begin, kLongest)));
  if (is_plain && !token.word.parts.empty()) {
    token.plain = token.word.parts.front().text;
  }
  return is_closed;
}

bool GrubLexer::read_quoted(GrubWord& word) {
  if (current() == '"') {
    return read_double_quoted(word);
  }
  take();
  append(word, "", true);
  while (!at_end()) {
    const char c = take();
    if (c == '\'') {
      return true;
    }
    append(word, std::string_view(&c, 1), true);
  }
  return false;
}

bool GrubLexer::read_double_quoted(GrubWord& word) {
  take();
  append(word, "", true);
  while (!at_end()) {
    if (current() == '$') {
      if (!read_variable(word, true)) {
        return false;
      }
      continue;
    }
    const char c = take();
    if (c == '"') {
      return true;
    }
    if (c == '\\' && !at_end()) {
      const char escaped = take();
      if (escaped != '\n' && escaped != '$' && escaped != '"' && escaped != '\\') {
        append(word, "\\", true);
      }
      if (escaped != '\n') {
        append(word, std::string_view(&escaped, 1), true);
      }
    } else {
      append(word, std::string_view(&c, 1), true);
    }
  }
  return false;
}

bool GrubLexer::read_variable(GrubWord& word, bool is_quoted) {
  take();
  const bool has_brace = !at_end() && current() == '{';
  if (has_brace) {
    take();
  }
  const std::size_t begin = position_;
  if (!at_end() && is_special_name(current())) {
    take();
  } else if (!at_end() && is_digit(current())) {
    while (!at_end() && is_digit(current())) {
      take();
    }
  } else {
    while (!at_end() && (is_letter(current()) || (is_digit(current()) && position_ > begin))) {
      take();
    }
  }
  std::string name = text_.substr(begin, position_ - begin);
  if (name.empty() || (has_brace && (at_end() || take() != '}'))) {
    return false;
  }
  word.parts.push_back({std::move(name), true, is_quoted});
  return true;
}

}  // namespace bootproof::inspectors
