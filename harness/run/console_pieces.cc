#include "harness/run/console_pieces.h"

#include <cstddef>

namespace bootproof {

std::string_view ConsolePieces::next(std::string_view& bytes) {
  const std::string_view all = bytes;
  const bool is_text = take(bytes);
  while (is_text && !bytes.empty() && (bytes.front() == '\r' || bytes.front() == '\n')) {
    take(bytes);
  }
  return all.substr(0, all.size() - bytes.size());
}

/// Takes what makes one token, or all that there is of one. True when it is text.
bool ConsolePieces::take(std::string_view& bytes) {
  constexpr std::size_t kLongestPiece = 4096;
  TerminalToken token;
  std::string_view rest = bytes.substr(0, kLongestPiece);
  const std::size_t before = rest.size();
  const bool complete = parser_.next(rest, token);
  bytes.remove_prefix(before - rest.size());
  return complete && token.kind == TerminalToken::Kind::kText;
}

}  // namespace bootproof
