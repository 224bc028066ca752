#pragma once

#include <string_view>

#include "harness/console/escape_parser.h"

namespace bootproof {

/// Divides what a guest prints into pieces that are looked at one after the other, so that what
/// comes first decides, however the bytes were cut on their way.
class ConsolePieces {
 public:
  /// Takes the next piece off the front of `bytes`, which are not empty: an escape sequence, a
  /// control character, or a run of at most 4 KiB of text with the line end behind it. So there is
  /// no text after a line's end within a piece.
  std::string_view next(std::string_view& bytes);

 private:
  bool take(std::string_view& bytes);

  EscapeParser parser_;
};

}  // namespace bootproof
