#include "harness/console/transcript.h"

#include <algorithm>
#include <vector>

namespace bootproof {
namespace {

constexpr std::size_t kLeastWindow = 1024;
constexpr std::size_t kLongestQuotedLine = 1024;
constexpr std::int32_t kLastRow = 9999;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

/// The last kLongestQuotedLine bytes of `line`, without a torn UTF-8 character at the cut.
std::string_view end_of(std::string_view line) {
  if (line.size() <= kLongestQuotedLine) {
    return line;
  }
  line.remove_prefix(line.size() - kLongestQuotedLine);
  constexpr int kLongestTear = 3;
  for (int i = 0; i < kLongestTear; ++i) {
    if ((static_cast<unsigned char>(line.front()) & 0xC0U) != 0x80U) {
      break;
    }
    line.remove_prefix(1);
  }
  return line;
}

}  // namespace

Transcript::Transcript(std::size_t window_bytes)
    : window_bytes_(std::max(window_bytes, kLeastWindow)) {}

void Transcript::feed(std::string_view raw) {
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

void Transcript::take_control(char c) {
  switch (c) {
    case '\r':
      if (!at_line_start_) {
        line_feed();
        after_return_ = true;
      }
      break;
    case '\n':
      if (!after_return_) {
        line_feed();
      }
      after_return_ = false;
      if (row_ != 0) {
        row_ = std::min(row_ + 1, kLastRow);
      }
      break;
    case '\t':
      take_text("\t");
      break;
    case '\b':
      if (column_ > 0 && --column_ == 0) {
        wiped_ = true;
      }
      break;
    default:
      break;
  }
}

void Transcript::take_escape(const TerminalToken& token) {
  if (token.prefix != 0) {
    return;
  }
  switch (token.final_byte) {
    case 'c':  // RIS
      end_line();
      row_ = 1;
      break;
    case 'D':  // IND
    case 'E':  // NEL
    case 'M':  // RI
      end_line();
      row_ = 0;
      break;
    default:
      break;
  }
}

void Transcript::take_csi(const TerminalToken& token) {
  if (token.prefix != 0) {
    return;
  }
  const std::int32_t count = std::max(token.parameters[0], 1);
  switch (token.final_byte) {
    case 'H':  // CUP
    case 'f':  // HVP
      move_to(count, token.parameters[1] <= 1);
      break;
    case 'd':  // VPA
      move_to(count, false);
      break;
    case 'A':  // CUU
    case 'F':  // CPL
      move_to(row_ == 0 ? 0 : std::max(row_ - count, 1), token.final_byte == 'F');
      break;
    case 'B':  // CUD
    case 'E':  // CNL
      move_to(row_ == 0 ? 0 : row_ + count, token.final_byte == 'E');
      break;
    case 'r':  // DECSTBM: goes to the upper left corner
      move_to(1, true);
      break;
    case 'J':  // ED
      if (token.parameters[0] == 2) {
        end_line();
      }
      break;
    default:
      break;
  }
}

void Transcript::move_to(std::int32_t row, bool first_column) {
  if (first_column || row == 0 || row != row_) {
    end_line();
  }
  row_ = std::min(row, kLastRow);
}

void Transcript::end_line() {
  if (!at_line_start_) {
    line_feed();
  }
  after_return_ = false;
}

void Transcript::line_feed() {
  append("\n");
  at_line_start_ = true;
  column_ = 0;
  wiped_ = false;
}

void Transcript::take_text(std::string_view text) {
  column_ += static_cast<std::uint64_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
  if (wiped_) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) {
      return;
    }
    const std::uint64_t column = column_;
    end_line();
    column_ = column;
    text.remove_prefix(begin);
  }
  append(text);
}

void Transcript::append(std::string_view text) {
  at_line_start_ = false;
  after_return_ = false;
  // What is appended at once is bounded, so that one huge feed needs no more memory than many small
  // ones; what is dropped is dropped in big steps, so that dropping costs no more than appending
  // did.
  while (!text.empty()) {
    const std::string_view part = text.substr(0, window_bytes_);
    if (window_.size() + part.size() > 2 * window_bytes_) {
      const std::size_t keep = std::min(window_.size(), window_bytes_ - part.size());
      dropped_ += window_.size() - keep;
      window_.erase(0, window_.size() - keep);
    }
    if (window_.size() + part.size() > window_bytes_) {
      window_.reserve(2 * window_bytes_);
    }
    window_.append(part);
    text.remove_prefix(part.size());
  }
}

std::string_view Transcript::since(std::uint64_t position) const {
  if (position >= end()) {
    return {};
  }
  const std::uint64_t skip = position > dropped_ ? position - dropped_ : 0;
  return std::string_view(window_).substr(static_cast<std::size_t>(skip));
}

std::string Transcript::last_lines(std::size_t count) const {
  std::vector<std::string_view> lines;
  std::string_view rest = window_;
  while (lines.size() < count && !rest.empty()) {
    const std::size_t feed_at = rest.rfind('\n');
    const std::size_t line_at = feed_at == std::string_view::npos ? 0 : feed_at + 1;
    const std::string_view line = rest.substr(line_at);
    if (!is_blank(line)) {
      lines.push_back(end_of(line));
    }
    rest = rest.substr(0, line_at == 0 ? 0 : feed_at);
  }
  std::reverse(lines.begin(), lines.end());
  std::string out;
  for (const std::string_view line : lines) {
    if (!out.empty()) {
      out += '\n';
    }
    out += line;
  }
  return out;
}

std::string_view Transcript::open_line() const {
  const std::string_view text = window_;
  const std::size_t feed_at = text.rfind('\n');
  return feed_at == std::string_view::npos ? text : text.substr(feed_at + 1);
}

}  // namespace bootproof
