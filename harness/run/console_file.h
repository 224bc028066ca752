#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "harness/console/terminal_screen.h"
#include "harness/console/transcript.h"
#include "harness/core/error.h"
#include "harness/diagnosis/signature.h"
#include "harness/run/console_pieces.h"
#include "harness/run/memory_file.h"

namespace bootproof {

/// How much of a log is read at most; more of it is told by the caller.
inline constexpr std::uint64_t kLongestLog = 256U << 20U;

/// What a console says, given to a watch as a case does that hears it from its guest: piece by
/// piece, with the rendered screen behind.
class ConsoleHearing {
 public:
  /// `watch` must outlive this.
  explicit ConsoleHearing(SignatureWatch& watch) : watch_(&watch) {}
  /// `after_piece`: called behind each piece, before the screen is shown; may be empty.
  void hear(std::string_view bytes, const std::function<void()>& after_piece = {});
  /// The machine begins anew: nothing stands on the screen any more.
  void clear_screen() { screen_.feed("\x1b[2J\x1b[H"); }

 private:
  SignatureWatch* watch_;
  Transcript transcript_;
  TerminalScreen screen_;
  ConsolePieces pieces_;
};

/// Feeds what a console said to `watch` as a case does that hears it from its guest, the rendered
/// screen included; what terminal programs, console servers and journals have put round it is
/// taken away (LogCleaner). Reads at most kLongestLog. Throws Error (kHost) where the file can't be
/// read.
void read_console(const FileBytes& file, SignatureWatch& watch);

/// Feeds plain lines (a firmware's or kernel's log) to `watch`; lines that begin with "# " are
/// bootproof's own and passed over. Throws Error (kHost).
void read_lines(const FileBytes& file, SignatureWatch& watch, TextStream stream);

/// The text of a small file, at most `most` bytes of it. Throws Error (kHost).
std::string read_text(const FileBytes& file, std::uint64_t most);

}  // namespace bootproof
