#include "inspectors/loaders/grub_script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "inspectors/loaders/grub_lexer.h"

namespace bootproof::inspectors {
namespace {

constexpr std::size_t kMostErrors = 16;
constexpr std::size_t kMostFailures = 256;  // Then the file is no script, and the rest is left.

/// Words with a meaning where a command could begin.
constexpr std::array kReserved{"case",     "do", "done", "elif",   "else", "esac",  "fi",   "for",
                               "function", "if", "in",   "select", "then", "until", "while"};

bool is_reserved(std::string_view word) {
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

/// Thrown inside of this file alone, from where a statement is given up to where it began.
struct SyntaxFailure {
  GrubSyntaxError error;
};

/// A recursive descent that takes what GRUB's grammar takes (grub-script-check says which).
class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { advance(); }

  GrubScript parse() {
    GrubScript script;
    std::size_t failures = 0;
    while (token_.kind != GrubTokenKind::kEnd && failures < kMostFailures) {
      if (token_.kind == GrubTokenKind::kNewline) {
        advance();
        continue;
      }
      try {
        GrubCommand command = parse_statement();
        if (token_.kind != GrubTokenKind::kEnd && !is_delimiter()) {
          fail("the end of the command");
        }
        script.commands.push_back(std::move(command));
        if (token_.kind != GrubTokenKind::kEnd) {
          advance();
        }
      } catch (const SyntaxFailure& failure) {
        ++failures;
        if (script.errors.size() < kMostErrors) {
          script.errors.push_back(failure.error);
        }
        if (token_.kind != GrubTokenKind::kNewline) {
          lexer_.skip_line();
        }
        depth_ = 0;
        advance();
      }
    }
    return script;
  }

 private:
  void advance() { token_ = lexer_.next(); }

  [[noreturn]] void fail(std::string_view expected) const {
    const bool is_unclosed = token_.kind == GrubTokenKind::kUnclosed;
    throw SyntaxFailure{
        {token_.line, token_.text,
         is_unclosed ? "closed quotes and names of variables after $" : std::string(expected)}};
  }

  [[nodiscard]] bool is_delimiter() const {
    return token_.kind == GrubTokenKind::kNewline || token_.kind == GrubTokenKind::kSemicolon;
  }
  [[nodiscard]] bool is_keyword(std::string_view keyword) const {
    return token_.kind == GrubTokenKind::kWord && token_.plain == keyword;
  }

  void skip_newlines() {
    while (token_.kind == GrubTokenKind::kNewline) {
      advance();
    }
  }

  void take_keyword(std::string_view keyword) {
    if (!is_keyword(keyword)) {
      fail(fmt::format("'{}'", keyword));
    }
    advance();
  }

  std::string take_name() {
    if (token_.kind != GrubTokenKind::kWord || token_.plain.empty()) {
      fail("a name");
    }
    std::string name = token_.plain;
    advance();
    return name;
  }

  /// A statement of the outermost level, where alone functions stand.
  GrubCommand parse_statement() {
    if (!is_keyword("function")) {
      return parse_command();
    }
    GrubCommand function;
    function.kind = GrubCommandKind::kFunction;
    function.line = token_.line;
    advance();
    function.name = take_name();
    skip_newlines();
    function.blocks.push_back(parse_braces(true));
    return function;
  }

  GrubCommand parse_command() {
    if (++depth_ > 2 * kMostGrubNesting) {
      fail(fmt::format("blocks at most {} deep (a limit of this check)", kMostGrubNesting));
    }
    GrubCommand command;
    command.line = token_.line;
    if (token_.kind != GrubTokenKind::kWord) {
      fail("a command");
    }
    if (is_keyword("if")) {
      parse_if(command);
    } else if (is_keyword("for")) {
      parse_for(command);
    } else if (is_keyword("while") || is_keyword("until")) {
      command.kind = is_keyword("while") ? GrubCommandKind::kWhile : GrubCommandKind::kUntil;
      advance();
      command.blocks.push_back(parse_commands());
      take_keyword("do");
      command.blocks.push_back(parse_commands());
      take_keyword("done");
    } else if (is_reserved(token_.plain)) {
      fail("a command");
    } else {
      parse_words(command.words);
      if (token_.kind == GrubTokenKind::kOpenBrace) {
        command.blocks.push_back(parse_braces(false));
      }
    }
    --depth_;
    return command;
  }

  void parse_words(std::vector<GrubWord>& words) {
    while (token_.kind == GrubTokenKind::kWord) {
      words.push_back(std::move(token_.word));
      advance();
    }
  }

  void parse_if(GrubCommand& command) {
    command.kind = GrubCommandKind::kIf;
    do {
      advance();
      command.blocks.push_back(parse_commands());
      take_keyword("then");
      command.blocks.push_back(parse_commands());
    } while (is_keyword("elif"));
    if (is_keyword("else")) {
      advance();
      command.blocks.push_back(parse_commands());
    }
    take_keyword("fi");
  }

  void parse_for(GrubCommand& command) {
    command.kind = GrubCommandKind::kFor;
    advance();
    command.name = take_name();
    take_keyword("in");
    parse_words(command.words);
    if (!is_delimiter()) {
      fail("'do' after ';' or in the next line");
    }
    advance();
    skip_newlines();
    take_keyword("do");
    command.blocks.push_back(parse_commands());
    take_keyword("done");
  }

  /// Commands up to a keyword, each with a delimiter behind it; at least one.
  GrubBlock parse_commands() { return parse_list(true); }

  GrubBlock parse_list(bool needs_delimiter) {
    GrubBlock block;
    skip_newlines();
    for (;;) {
      block.push_back(parse_command());
      if (!is_delimiter()) {
        if (needs_delimiter || token_.kind != GrubTokenKind::kCloseBrace) {
          fail("';' or the end of the line");
        }
        return block;
      }
      advance();
      skip_newlines();
      const bool is_end = token_.kind == GrubTokenKind::kCloseBrace ||
                          token_.kind == GrubTokenKind::kEnd || is_end_keyword();
      if (is_end) {
        return block;
      }
    }
  }

  [[nodiscard]] bool is_end_keyword() const {
    return token_.kind == GrubTokenKind::kWord && is_reserved(token_.plain) && !is_keyword("if") &&
           !is_keyword("for") && !is_keyword("while") && !is_keyword("until");
  }

  GrubBlock parse_braces(bool needs_delimiter) {
    if (token_.kind != GrubTokenKind::kOpenBrace) {
      fail("'{'");
    }
    const std::size_t opened = token_.line;
    advance();
    GrubBlock block = parse_list(needs_delimiter);
    if (token_.kind != GrubTokenKind::kCloseBrace) {
      fail(fmt::format("'}}' for the '{{' of line {}", opened));
    }
    advance();
    return block;
  }

  GrubLexer lexer_;
  GrubToken token_;
  std::size_t depth_ = 0;
};

}  // namespace

GrubScript parse_grub_script(std::string_view text) { return Parser(text).parse(); }

}  // namespace bootproof::inspectors
