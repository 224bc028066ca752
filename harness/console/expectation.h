#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/error.h"

namespace bootproof {

/// Which text a match was found in.
enum class TextSource { kSerial, kScreen, kVga };

/// "serial", "screen", "vga".
std::string_view name_of(TextSource source);

/// Where a pattern may match.
struct SourceMask {
  bool serial = true;
  bool screen = true;
  bool vga = true;
};

/// A found pattern.
struct Match {
  std::size_t pattern = 0;  ///< Index into the patterns.
  TextSource source = TextSource::kSerial;
  std::string text;       ///< What matched, at most 1 KiB of it.
  std::uint64_t end = 0;  ///< For kSerial: transcript position one past the match. Otherwise 0.
};

/// One `expect` step being waited for: RE2 patterns against the transcript since a position and
/// against the rendered screens. `^` and `$` match at the beginning and end of each line, and `$`
/// also at the end of what has been printed so far.
///
/// Serial text is searched incrementally: a search begins 16 KiB before what was already searched
/// (at the beginning of the open line, for a pattern that can't match a line feed), which bounds
/// the length of a match and keeps the cost linear in what the guest prints.
///
/// Text on a screen counts only when it did not stand there when the step began. A match is the old
/// one when, after moving the earlier screen up by as many rows as it has scrolled, it begins at
/// the same place and its text is the same or has grown or shrunk at its end. So `grub>` is
/// satisfied by a new prompt line below or after a scrolled screen and not by the echo of a command
/// at the old one; a title that a menu draws again over itself is old, one that was wiped away and
/// drawn again is new; and so is everything on a screen of which less than half is still there. Not
/// told apart are a screen full of equal lines before and after one more of them, and screens that
/// were wiped and drawn exactly alike between two looks; on the serial line both are seen by their
/// text.
class Expectation {
 public:
  /// Compiles; a bad pattern gives Error (kScenario) "bad pattern 'x(': missing )", one that
  /// matches nothing at all, which would be satisfied by silence, "bad pattern 'x*': it matches
  /// empty text".
  static Result<Expectation> compile(const std::vector<std::string>& patterns, bool all,
                                     SourceMask where);

  Expectation(Expectation&&) noexcept;
  Expectation& operator=(Expectation&&) noexcept;
  ~Expectation();

  /// Starts waiting: serial text before `from` does not count, nor do matches that already stand in
  /// `screen` and `vga` (pass empty views to let them count).
  void begin(std::uint64_t from, std::string_view screen, std::string_view vga);

  /// The machine's own screen is seen for the first time since the serial line has spoken: where a
  /// pattern occurs in what the line said before the step (`said`), the two may show the same, and
  /// what stands in `vga` is old.
  void see_vga_late(std::string_view said, std::string_view vga);

  /// Looks at the serial text from `position` of the transcript on (`serial` begins at `position`,
  /// which may be before `from`, or after it when the text fell out of the window). Returns the
  /// deciding match once satisfied: the one that begins first, or with `all` the one of those last
  /// missing that ends last.
  std::optional<Match> look_at_serial(std::uint64_t position, std::string_view serial);
  /// Looks at a whole screen. `source` is kScreen or kVga.
  std::optional<Match> look_at_screen(TextSource source, std::string_view text);

  /// The patterns not yet seen, for messages: `'login:' or 'grub>'`, with `all` `'login:' and
  /// 'grub>'`.
  [[nodiscard]] std::string missing() const;

 private:
  struct Impl;
  explicit Expectation(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bootproof
