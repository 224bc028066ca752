#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof::inspectors {

/// A piece of a word of GRUB's script language (GNU GRUB 2.06, 6.2).
struct GrubWordPart {
  std::string text;          ///< As it is after quoting; of a variable, its name. Raw bytes.
  bool is_variable = false;  ///< `$name` or `${name}`: its value stands here.
  bool is_quoted = false;    ///< In quotes: the value is not split at blanks.

  bool operator==(const GrubWordPart&) const = default;
};

/// A word: its parts one after the other.
struct GrubWord {
  std::vector<GrubWordPart> parts;
};

/// What a command is.
enum class GrubCommandKind : std::uint8_t { kSimple, kIf, kFor, kWhile, kUntil, kFunction };

struct GrubCommand;
using GrubBlock = std::vector<GrubCommand>;

/// One command, with the commands that stand in it.
struct GrubCommand {
  GrubCommandKind kind = GrubCommandKind::kSimple;
  /// Of a simple command: its name and arguments, at least one. Of `for`: what it goes through.
  std::vector<GrubWord> words;
  std::string name;  ///< Of a function; the variable of `for`.
  /// Simple: the block in braces, if there is one. If: condition and body, again and again, then
  /// perhaps the body of `else`. For: the body. While and until: condition and body. Function: the
  /// body.
  std::vector<GrubBlock> blocks;
  std::size_t line = 0;  ///< Counted from 1.
};

/// What GRUB says "syntax error" to.
struct GrubSyntaxError {
  std::size_t line = 0;  ///< Where it is noticed, counted from 1.
  std::string found;     ///< Printable: "}", "the end of the file".
  std::string expected;
};

/// A script as far as it can be parsed: as GRUB does, a statement with an error is left out and
/// reading goes on in the line after it.
struct GrubScript {
  GrubBlock commands;
  std::vector<GrubSyntaxError> errors;  ///< At most 16.
};

/// The deepest nesting of blocks that is followed.
constexpr std::size_t kMostGrubNesting = 64;

/// Parses a script. Carriage returns are skipped, as GRUB does when it reads a file, and what
/// follows a zero byte in a line.
GrubScript parse_grub_script(std::string_view text);

}  // namespace bootproof::inspectors
