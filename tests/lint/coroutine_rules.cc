#include <cctype>
#include <string_view>

#include "tests/lint/rules.h"

namespace bootproof::lint {
namespace {

constexpr std::string_view kAwait = "co_await";
constexpr std::string_view kAwaitOperators = "awaitable_operators";

/// What an awaited expression holds that g++ 12 or Asio makes a trap of.
enum class Trap { kBraces, kAggregate, kLambda };

/// The end of the expression that begins at `from`: a semicolon, a comma or an unmatched closing
/// bracket.
std::size_t end_of_expression(std::string_view code, std::size_t from) {
  constexpr std::string_view kOpening = "([{";
  constexpr std::string_view kClosing = ")]};,";
  for (std::size_t i = from; i < code.size(); ++i) {
    if (kOpening.find(code[i]) != std::string_view::npos) {
      i = closing_bracket(code, i);
    } else if (kClosing.find(code[i]) != std::string_view::npos) {
      return i;
    }
  }
  return code.size();
}

/// The last character before `at` that is no white space, or a line feed where there is none.
char before(std::string_view code, std::size_t at) {
  while (at > 0) {
    --at;
    if (std::isspace(static_cast<unsigned char>(code[at])) == 0) {
      return code[at];
    }
  }
  return '\n';
}

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Looks for traps in one awaited expression.
class Expression {
 public:
  Expression(std::string_view code, std::size_t begin)
      : code_(code), at_(begin), end_(end_of_expression(code, begin)) {}

  /// The place of the next trap of that kind, or npos.
  std::size_t next(Trap trap) {
    while (at_ < end_) {
      const std::size_t here = at_;
      if (step() && found_ == trap) {
        return here;
      }
    }
    return std::string_view::npos;
  }

 private:
  /// Goes one character on, or past a lambda; true where a trap was found.
  bool step() {
    const char c = code_[at_];
    const char left = before(code_, at_);
    if (c == '[' && (left == '(' || left == ',' || left == '{')) {
      return lambda();
    }
    ++at_;
    depth_ += c == '(' ? 1 : 0;
    depth_ -= c == ')' ? 1 : 0;
    if (c != '{' || depth_ == 0) {
      return false;
    }
    const bool bare = left == '(' || left == ',' || left == '{';
    found_ = bare ? Trap::kBraces : Trap::kAggregate;
    return bare || is_word_character(left) || left == '>';
  }

  /// A lambda's body has expressions of its own, so it is passed over.
  bool lambda() {
    const std::size_t close = closing_bracket(code_, at_);
    const bool captures = skip_blanks(code_, at_ + 1) < close;
    const std::size_t body = code_.find('{', close);
    at_ = body < end_ ? closing_bracket(code_, body) + 1 : end_;
    found_ = Trap::kLambda;
    return captures;
  }

  std::string_view code_;
  std::size_t at_;
  std::size_t end_;
  int depth_ = 0;
  Trap found_ = Trap::kBraces;
};

std::vector<Complaint> find_traps(const SourceFile& file, Trap trap, const char* what) {
  std::vector<Complaint> complaints;
  const std::string_view code = file.source.code;
  for (std::size_t await = find_word(code, kAwait); await != std::string_view::npos;
       await = find_word(code, kAwait, await + 1)) {
    Expression expression(code, await + kAwait.size());
    for (std::size_t at = expression.next(trap); at != std::string_view::npos;
         at = expression.next(trap)) {
      complaints.push_back({line_at(code, at), what});
    }
  }
  return complaints;
}

}  // namespace

std::vector<Complaint> check_await_braces(const SourceFile& file) {
  return find_traps(file, Trap::kBraces,
                    "a braced list is an argument in a co_await expression, which g++ 12 may "
                    "free twice");
}

std::vector<Complaint> check_await_aggregates(const SourceFile& file) {
  return find_traps(file, Trap::kAggregate,
                    "a temporary made with braces is an argument in a co_await expression, which "
                    "g++ 12 may free twice");
}

std::vector<Complaint> check_await_lambdas(const SourceFile& file) {
  return find_traps(file, Trap::kLambda,
                    "a lambda with captures is an argument in a co_await expression, which g++ "
                    "12 may free twice");
}

std::vector<Complaint> check_await_operators(const SourceFile& file) {
  std::vector<Complaint> complaints;
  const std::string_view code = file.source.code;
  for (const Directive& directive : file.source.directives) {
    if (included_path(directive).find(kAwaitOperators) != std::string_view::npos) {
      complaints.push_back({directive.line,
                            "awaitable_operators hide an error until the other "
                            "side is done"});
    }
  }
  for (std::size_t await = find_word(code, kAwait); await != std::string_view::npos;
       await = find_word(code, kAwait, await + 1)) {
    const std::size_t open = skip_blanks(code, await + kAwait.size());
    if (open >= code.size() || code[open] != '(') {
      continue;
    }
    const std::string_view group = code.substr(open, closing_bracket(code, open) - open);
    if (group.find("||") != std::string_view::npos || group.find("&&") != std::string_view::npos) {
      complaints.push_back({line_at(code, await), "`co_await (a || b)` is not a timeout"});
    }
  }
  return complaints;
}

std::vector<Complaint> check_await_switch(const SourceFile& file) {
  std::vector<Complaint> complaints;
  const std::string_view code = file.source.code;
  constexpr std::string_view kSwitch = "switch";
  for (std::size_t at = find_word(code, kSwitch); at != std::string_view::npos;
       at = find_word(code, kSwitch, at + 1)) {
    const std::size_t open = skip_blanks(code, at + kSwitch.size());
    const std::string_view condition = code.substr(open, closing_bracket(code, open) - open);
    if (find_word(condition, kAwait) != std::string_view::npos) {
      complaints.push_back({line_at(code, at), "`switch (co_await ...)` crashes g++ 12"});
    }
  }
  return complaints;
}

}  // namespace bootproof::lint
