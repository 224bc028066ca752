#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace bootproof {

/// The serial terminal's screen as libvterm renders it: 50 rows of 100 columns, UTF-8. GRUB's menu
/// and the EFI shell draw with cursor motions; here their text stands as a person would see it.
///
/// Any bytes are safe. Only sequences that change where text stands reach libvterm, with their
/// parameters cut to the size of the screen; colours, titles, queries and other control strings are
/// passed over, so the terminal never answers the guest. Of plain text that scrolls by faster than
/// it is looked at, lines that no look could have shown are not rendered: a guest that floods costs
/// little.
class TerminalScreen {
 public:
  static constexpr int kRows = 50;
  static constexpr int kColumns = 100;

  TerminalScreen();
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  /// Feeds raw bytes; any bytes at all.
  void feed(std::string_view raw);

  /// All rows joined by line feeds, each without trailing blanks; trailing empty rows left out.
  /// Rendered on demand and remembered until the next feed.
  [[nodiscard]] const std::string& text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Text of a VGA text screen: `memory` are the 4000 bytes at 0xB8000 (80 x 25 cells of character in
/// code page 437 and attribute). Rows joined by line feeds, without trailing blanks, trailing empty
/// rows left out, as UTF-8. Any bytes, any length: missing cells are blank, bytes beyond are
/// ignored.
std::string vga_text(std::string_view memory);

}  // namespace bootproof
