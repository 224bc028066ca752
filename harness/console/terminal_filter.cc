#include "harness/console/terminal_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "harness/console/unicode.h"

namespace bootproof {
namespace {

/// CSI sequences without a prefix that place or erase text: ICH CUU CUD CUF CUB CNL CPL CHA CUP CHT
/// ED EL IL DL DCH SU SD ECH CBT HPA HPR VPA VPR HVP SCOSC SCORC (ECMA-48, 8.3).
constexpr std::string_view kCsiFinals = "@ABCDEFGHIJKLMPSTXZ`adefsu";

/// ESC sequences without a prefix: DECSC DECRC IND NEL RI.
constexpr std::string_view kEscapeFinals = "78DEM";

/// DEC special graphics (VT220 programmer reference, table 2-4): what `_` to `~` show. Done here
/// since libvterm takes the set for a whole run of text by its first byte, so that UTF-8 among it
/// goes wrong.
constexpr std::u32string_view kDrawn = U" ◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";
constexpr char kFirstDrawn = '_';
static_assert(kDrawn.size() == '~' - kFirstDrawn + 1);

}  // namespace

TerminalFilter::TerminalFilter(int rows, int columns) : rows_(rows), columns_(columns) {}

void TerminalFilter::feed(std::string_view raw) {
  TerminalToken token;
  while (parser_.next(raw, token)) {
    switch (token.kind) {
      case TerminalToken::Kind::kText:
        take_text(token.text);
        break;
      case TerminalToken::Kind::kControl:
        take_control(token.final_byte);
        break;
      case TerminalToken::Kind::kEscape:
        take_escape(token);
        break;
      case TerminalToken::Kind::kCsi:
        take_csi(token);
        break;
    }
  }
}

void TerminalFilter::take_text(std::string_view text) {
  if (!draws_lines_[character_set_]) {
    decoder_.decode(text, pending_);
    return;
  }
  for (const char& c : text) {
    if (c >= kFirstDrawn && c < kFirstDrawn + static_cast<int>(kDrawn.size())) {
      decoder_.finish(pending_);
      append_utf8(kDrawn[static_cast<std::size_t>(c - kFirstDrawn)], pending_);
    } else {
      decoder_.decode({&c, 1}, pending_);
    }
  }
}

void TerminalFilter::take_control(char c) {
  switch (c) {
    case '\n':
    case '\r':
    case '\t':
      decoder_.finish(pending_);
      pending_.push_back(c);
      break;
    case '\b':
      add_sequence({&c, 1});
      break;
    case '\x0e':  // SO
      character_set_ = 1;
      break;
    case '\x0f':  // SI
      character_set_ = 0;
      break;
    default:
      break;
  }
}

void TerminalFilter::take_escape(const TerminalToken& token) {
  if (token.prefix == '(' || token.prefix == ')') {  // SCS: G0, G1
    draws_lines_[token.prefix == '(' ? 0 : 1] = token.final_byte == '0';
  } else if (token.prefix == 0 && token.final_byte == 'c') {  // RIS
    scrolls_whole_ = true;
    draws_lines_ = {};
    character_set_ = 0;
    add_sequence(
        "\x1b"
        "c");
  } else if (token.prefix == 0 && kEscapeFinals.find(token.final_byte) != std::string_view::npos) {
    add_sequence(fmt::format("\x1b{}", token.final_byte));
  }
}

void TerminalFilter::take_csi(const TerminalToken& token) {
  const auto [first, second] = token.parameters;
  const char final_byte = token.final_byte;
  const bool is_mode = final_byte == 'h' || final_byte == 'l';
  if (is_mode) {
    const bool insert = token.prefix == 0 && first == 4;                            // IRM
    const bool wrap_or_origin = token.prefix == '?' && (first == 6 || first == 7);  // DECOM, DECAWM
    if (insert) {
      add_sequence(fmt::format("\x1b[4{}", final_byte));
    } else if (wrap_or_origin) {
      add_sequence(fmt::format("\x1b[?{}{}", first, final_byte));
    }
    return;
  }
  if (token.prefix != 0) {
    return;
  }
  if (final_byte == 'r') {  // DECSTBM
    const int top = std::max(first, 1);
    const int bottom = second == 0 ? rows_ : std::min(second, rows_);
    if (top < bottom) {
      scrolls_whole_ = top == 1 && bottom == rows_;
      add_sequence(fmt::format("\x1b[{};{}r", top, bottom));
    }
    return;
  }
  if (kCsiFinals.find(final_byte) == std::string_view::npos) {
    return;
  }
  // A missing parameter is 0 to ED and EL and 1 to all others.
  const bool erases = final_byte == 'J' || final_byte == 'K';
  const int largest = std::max(rows_, columns_);
  const int count = std::clamp(first, erases ? 0 : 1, largest);
  if (final_byte == 'H' || final_byte == 'f') {
    add_sequence(fmt::format("\x1b[{};{}{}", count, std::clamp(second, 1, largest), final_byte));
  } else if (final_byte == 's' || final_byte == 'u') {
    add_sequence(fmt::format("\x1b[{}", final_byte));
  } else {
    add_sequence(fmt::format("\x1b[{}{}", count, final_byte));
  }
}

void TerminalFilter::add_sequence(std::string_view bytes) {
  decoder_.finish(pending_);
  drop_unseen();
  pending_.append(bytes);
  plain_from_ = pending_.size();
}

/// A line feed moves the cursor down or scrolls; so many line feeds as the screen has rows, less
/// one, bring it to the last row, and as many as it has rows then scroll all away that was there
/// before. So whatever stands before the last 2 x rows line ends is gone. The cut is made after CR
/// LF, where the column is known, and leaves a CR.
void TerminalFilter::drop_unseen() {
  if (!scrolls_whole_ || pending_.size() - plain_from_ < 4 * static_cast<std::size_t>(rows_)) {
    return;
  }
  const std::string_view plain = std::string_view(pending_).substr(plain_from_);
  std::size_t end = plain.size();
  for (int line = 0; line < 2 * rows_; ++line) {
    end = plain.substr(0, end).rfind('\n');
    if (end == std::string_view::npos) {
      return;
    }
  }
  const std::size_t cut = plain.substr(0, end).rfind("\r\n");
  if (cut != std::string_view::npos) {
    pending_.replace(plain_from_, cut + 1, "\r");
  }
}

void TerminalFilter::clear() {
  pending_.clear();
  plain_from_ = 0;
}

}  // namespace bootproof
