#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bootproof {

/// One piece of what a terminal is sent.
struct TerminalToken {
  enum class Kind : std::uint8_t {
    kText,     ///< `text`: printable characters and bytes of 0x80 and above; never empty.
    kControl,  ///< `final_byte` is a C0 control other than ESC.
    kEscape,   ///< ESC, then `prefix` (an intermediate byte) if there was one, then `final_byte`.
    kCsi,      ///< CSI with `prefix`, the first two `parameters` and `final_byte`.
  };
  Kind kind = Kind::kText;
  std::string_view text;
  /// First intermediate or private byte (`?`, `=`, `(`, ...), 0 where there is none.
  char prefix = 0;
  char final_byte = 0;
  /// 0 where missing, at most 9999.
  std::array<std::int32_t, 2> parameters{};
};

/// Divides a byte stream into text, controls and escape sequences (ECMA-48, 5 and 8;
/// ECMA-35, 13.2), cut wherever reads cut it. Control strings (OSC, DCS, SOS, PM, APC) are passed
/// over.
///
/// Hostile and broken streams end a sequence early: a control character within it, or more than 256
/// bytes (4 KiB for a string), so that a stray ESC can't swallow what follows. DEL is passed over
/// everywhere.
class EscapeParser {
 public:
  /// Takes the next token off the front of `raw`. False when `raw` is used up; a sequence that is
  /// not complete then goes on with the next call.
  bool next(std::string_view& raw, TerminalToken& token);

 private:
  enum class State : std::uint8_t { kText, kEscape, kIntermediate, kCsi, kString, kStringEscape };

  bool take(char c, TerminalToken& token);
  bool take_plain(char c, TerminalToken& token);
  bool take_escape(char c, TerminalToken& token);
  bool take_csi(char c, TerminalToken& token);

  State state_ = State::kText;
  char prefix_ = 0;
  std::size_t length_ = 0;  ///< Of the sequence so far.
  std::array<std::int32_t, 2> parameters_{};
  std::size_t parameter_ = 0;  ///< Index of the parameter that is being read.
  char plain_ = 0;             ///< What a text token of one byte refers to.
};

}  // namespace bootproof
