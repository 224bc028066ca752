#pragma once

#include <string>
#include <string_view>

namespace bootproof {

/// Marks the right half of a character that is two columns wide: it has no text of its own.
inline constexpr char32_t kRightHalf = 0xFFFFFFFF;

/// Collects the rows of a screen, top to bottom, as UTF-8 text: rows joined by line feeds, each
/// without trailing blanks, trailing empty rows left out.
class ScreenRows {
 public:
  /// Adds a row. 0 is a blank; what is no Unicode scalar value becomes U+FFFD.
  void add(std::u32string_view row);
  /// The text of all rows so far.
  [[nodiscard]] std::string take();

 private:
  std::string text_;
  std::size_t line_feeds_due_ =
      0;  ///< Not written yet: they may turn out to be trailing empty rows.
};

}  // namespace bootproof
