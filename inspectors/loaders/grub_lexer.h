#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "inspectors/loaders/grub_script.h"

namespace bootproof::inspectors {

/// What a token is.
enum class GrubTokenKind : std::uint8_t {
  kWord,
  kNewline,
  kSemicolon,
  kOpenBrace,
  kCloseBrace,
  kOther,     ///< "&&", "|", "[[" and what else has a meaning in no statement.
  kUnclosed,  ///< A quote that is not closed, or a "$" that begins no variable.
  kEnd,
};

/// A token of GRUB's script language.
struct GrubToken {
  GrubTokenKind kind = GrubTokenKind::kEnd;
  GrubWord word;
  /// The text of a word without quotes, escapes and variables: what a keyword can be.
  std::string plain;
  std::string text;  ///< For messages, printable.
  std::size_t line = 1;
};

/// Cuts a script into tokens.
class GrubLexer {
 public:
  explicit GrubLexer(std::string_view text);

  /// kEnd again and again at the end.
  GrubToken next();
  /// Goes to the begin of the next line.
  void skip_line();

 private:
  [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
  [[nodiscard]] char current() const { return text_[position_]; }
  [[nodiscard]] char following() const {
    return position_ + 1 < text_.size() ? text_[position_ + 1] : '\0';
  }
  char take();
  void skip_blanks();
  bool read_word(GrubToken& token);
  bool read_quoted(GrubWord& word);
  bool read_double_quoted(GrubWord& word);
  bool read_variable(GrubWord& word, bool is_quoted);

  std::string text_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
};

}  // namespace bootproof::inspectors
