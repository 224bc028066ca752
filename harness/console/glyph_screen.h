#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/console/glyph_font.h"
#include "harness/console/picture.h"

namespace bootproof {

/// What a picture of a screen says.
struct ScreenReading {
  std::string text;   ///< Rows joined by line feeds as ScreenRows has them; empty: no text is seen.
  std::string font;   ///< Its name; empty where no text is seen.
  std::size_t x = 0;  ///< Where the grid of cells begins, in pixels; less than a cell.
  std::size_t y = 0;
  std::size_t known = 0;    ///< Cells in which a character was found.
  std::size_t unknown = 0;  ///< Cells in which something else is drawn.
};

/// Where the grid of a picture's cells is looked for.
enum class GridSearch : std::uint8_t {
  kNowAndThen,  ///< Where consoles begin, and anywhere in every eighth picture that has none there.
  kAnywhere,
};

/// Reads the text of consoles that draw with known fonts, exactly or not at all: each cell of the
/// grid has two colours, and the pixels of the one or the other are those of a glyph. Fonts and
/// grids are tried in turn, first those with which the last picture was read. A row of which most
/// is something else is left out; other unknown cells are U+FFFD, and a screen with too few known
/// ones has no text. An underline cursor is no text, and a block cursor hides none.
///
/// Any picture at all is safe; a million pixels cost a millisecond where the grid is the last one
/// or begins where consoles do, and some hundred where it is searched for, which not each picture
/// is.
class GlyphScreen {
 public:
  /// The fonts are tried in this order; they have to outlive the reader.
  explicit GlyphScreen(std::vector<const GlyphFont*> fonts = {}) : fonts_(std::move(fonts)) {}

  ScreenReading read(const Picture& picture, GridSearch search = GridSearch::kNowAndThen);

 private:
  /// A font, and where its cells begin.
  struct Grid {
    const GlyphFont* font = nullptr;
    std::size_t x = 0;
    std::size_t y = 0;
  };
  [[nodiscard]] std::optional<Grid> find_grid(const Picture& picture, GridSearch search);

  std::vector<const GlyphFont*> fonts_;
  std::optional<Grid> last_;
  int fruitless_ = 0;  ///< Pictures since a grid was found.
};

/// True where two texts of one screen differ in no more than a cursor '_' that blinks at the end of
/// a row.
bool same_but_for_cursor(std::string_view a, std::string_view b);

}  // namespace bootproof
