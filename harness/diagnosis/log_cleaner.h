#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bootproof {

/// What stands before the message of a line that a serial console, a terminal program or a journal
/// has logged: its length, 0 where nothing does. "[2024-01-01 12:00:00] " of a console server,
/// "Jan 01 12:00:00 host kernel: " of syslog and journalctl, "<6>" of dmesg, several in a row. The
/// kernel's own "[    1.234567] " is no such prefix.
std::size_t log_prefix_length(std::string_view line);

/// Whether a whole line is a terminal program's own, not the machine's: "Welcome to minicom 2.8",
/// "Terminal ready", "Script started on ...".
bool is_terminal_programs_line(std::string_view line);

/// Takes what other programs have put round a machine's words out of a log: prefixes at the
/// beginnings of lines, the lines of terminal programs, a byte order mark. Line ends stay as they
/// are. The same however the bytes are cut; memory is bounded.
class LogCleaner {
 public:
  /// What of these bytes, and of those that were held back, is the machine's.
  std::string clean(std::string_view bytes);
  /// The rest, where the log ends.
  std::string finish();

 private:
  void decide(std::string& out);

  std::string held_;  ///< A line's beginning that is not decided on.
  bool in_line_ = false;
  bool began_ = false;
};

}  // namespace bootproof
