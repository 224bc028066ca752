#include "harness/console/escape_parser.h"

#include <algorithm>

namespace bootproof {
namespace {

constexpr std::size_t kLongestSequence = 256;
constexpr std::size_t kLongestString = 4096;
constexpr std::int32_t kLargestParameter = 9999;

constexpr char kBell = '\x07';
constexpr char kCancel = '\x18';
constexpr char kSubstitute = '\x1a';
constexpr char kEscapeByte = '\x1b';
constexpr char kDelete = '\x7f';

unsigned int value_of(char c) { return static_cast<unsigned char>(c); }

bool is_printable(char c) { return value_of(c) >= 0x20U && c != kDelete; }

bool is_between(char c, unsigned int first, unsigned int last) {
  return value_of(c) >= first && value_of(c) <= last;
}

}  // namespace

bool EscapeParser::next(std::string_view& raw, TerminalToken& token) {
  while (!raw.empty()) {
    if (state_ == State::kText && is_printable(raw.front())) {
      const auto* const end = std::find_if_not(raw.begin(), raw.end(), is_printable);
      token.kind = TerminalToken::Kind::kText;
      token.text = raw.substr(0, static_cast<std::size_t>(end - raw.begin()));
      raw.remove_prefix(token.text.size());
      return true;
    }
    const char c = raw.front();
    raw.remove_prefix(1);
    if (take(c, token)) {
      return true;
    }
  }
  return false;
}

bool EscapeParser::take(char c, TerminalToken& token) {
  switch (state_) {
    case State::kText:
      return take_plain(c, token);
    case State::kEscape:
      return take_escape(c, token);
    case State::kIntermediate:
      if (is_between(c, 0x20, 0x2F)) {
        if (++length_ > kLongestSequence) {
          state_ = State::kText;
        }
        return false;
      }
      if (!is_between(c, 0x30, 0x7E)) {
        return take_plain(c, token);
      }
      state_ = State::kText;
      token.kind = TerminalToken::Kind::kEscape;
      token.prefix = prefix_;
      token.final_byte = c;
      return true;
    case State::kCsi:
      return take_csi(c, token);
    case State::kString:
      if (c == '\n' || c == '\r') {
        return take_plain(c, token);
      }
      if (c == kEscapeByte) {
        state_ = State::kStringEscape;
      } else if (c == kBell || c == kCancel || c == kSubstitute || ++length_ > kLongestString) {
        state_ = State::kText;
      }
      return false;
    case State::kStringEscape:
      state_ = State::kText;
      return c != '\\' && take_escape(c, token);
  }
  return false;
}

/// A byte that belongs to no sequence.
bool EscapeParser::take_plain(char c, TerminalToken& token) {
  state_ = State::kText;
  if (c == kEscapeByte) {
    state_ = State::kEscape;
    length_ = 0;
    prefix_ = 0;
    return false;
  }
  if (is_printable(c)) {
    plain_ = c;
    token.kind = TerminalToken::Kind::kText;
    token.text = {&plain_, 1};
    return true;
  }
  token.kind = TerminalToken::Kind::kControl;
  token.final_byte = c;
  return c != kDelete;
}

bool EscapeParser::take_escape(char c, TerminalToken& token) {
  if (!is_between(c, 0x20, 0x7E)) {
    return take_plain(c, token);
  }
  switch (c) {
    case '[':
      state_ = State::kCsi;
      length_ = 0;
      prefix_ = 0;
      parameters_ = {};
      parameter_ = 0;
      return false;
    case ']':  // OSC
    case 'P':  // DCS
    case 'X':  // SOS
    case '^':  // PM
    case '_':  // APC
      state_ = State::kString;
      length_ = 0;
      return false;
    default:
      break;
  }
  if (is_between(c, 0x20, 0x2F)) {
    state_ = State::kIntermediate;
    prefix_ = c;
    return false;
  }
  state_ = State::kText;
  token.kind = TerminalToken::Kind::kEscape;
  token.prefix = 0;
  token.final_byte = c;
  return true;
}

bool EscapeParser::take_csi(char c, TerminalToken& token) {
  if (c == kDelete) {
    return false;
  }
  if (!is_between(c, 0x20, 0x7E)) {
    return take_plain(c, token);
  }
  if (is_between(c, 0x40, 0x7E)) {
    state_ = State::kText;
    token.kind = TerminalToken::Kind::kCsi;
    token.prefix = prefix_;
    token.final_byte = c;
    token.parameters = parameters_;
    return true;
  }
  if (is_between(c, '0', '9')) {
    if (parameter_ < parameters_.size()) {
      std::int32_t& parameter = parameters_[parameter_];
      parameter = std::min(parameter * 10 + (c - '0'), kLargestParameter);
    }
  } else if (c == ';' || c == ':') {
    parameter_ = std::min(parameter_ + 1, parameters_.size());
  } else if (prefix_ == 0) {
    prefix_ = c;
  }
  if (++length_ > kLongestSequence) {
    state_ = State::kText;
  }
  return false;
}

}  // namespace bootproof
