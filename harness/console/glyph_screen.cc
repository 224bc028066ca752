#include "harness/console/glyph_screen.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "harness/console/screen_rows.h"

namespace bootproof {
namespace {

constexpr std::size_t kCellWidth = GlyphFont::kWidth;
constexpr char32_t kUnknown = 0xFFFD;
/// So many letters tell whether a grid is the right one.
constexpr std::size_t kTrialLetters = 48;
/// Of a row so many that are unknown show that it is none of text.
constexpr std::size_t kHopelessCells = 16;
/// So many cells are tried at most before a grid is taken for a wrong one.
constexpr std::size_t kMostTrialCells = 320;
/// So many cells are looked at, blank ones too.
constexpr std::size_t kMostLooks = 8'000;
/// Of pictures without a grid every this many is searched for one that begins anywhere.
constexpr int kSearchEvery = 8;
/// A row with fewer known cells (of ten that are not blank) is a picture.
constexpr std::size_t kKnownOfTen = 6;
/// So many letters and digits are no accident, whatever else is on the screen.
constexpr std::size_t kFewestLetters = 12;
constexpr std::size_t kMostCursorRows = 4;

/// A cell as its pixels say it.
struct Cell {
  enum class Kind { kBlank, kTwoColours, kMore };
  Kind kind = Kind::kBlank;
  GlyphRows rows{};  ///< Of kTwoColours: the pixels that differ from the first one.
};

Cell cell_at(const Picture& picture, std::size_t x, std::size_t y, std::size_t height) {
  Cell cell;
  const std::uint32_t first = *picture.at(x, y);
  std::uint32_t other = first;
  for (std::size_t row = 0; row < height; ++row) {
    const std::uint32_t* const pixels = picture.at(x, y + row);
    unsigned bits = 0;
    for (std::size_t i = 0; i < kCellWidth; ++i) {
      const std::uint32_t pixel = pixels[i];
      bits <<= 1U;
      if (pixel != first) {
        if (other == first) {
          other = pixel;
        } else if (pixel != other) {
          cell.kind = Cell::Kind::kMore;
          return cell;
        }
        bits |= 1U;
      }
    }
    cell.rows[row] = static_cast<std::uint8_t>(bits);
  }
  cell.kind = other == first ? Cell::Kind::kBlank : Cell::Kind::kTwoColours;
  return cell;
}

GlyphRows inverted(const GlyphRows& rows, std::size_t height) {
  GlyphRows out{};
  std::transform(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(height), out.begin(),
                 [](std::uint8_t row) { return static_cast<std::uint8_t>(~row); });
  return out;
}

/// The cell without an underline cursor: a bar over its whole width. Nothing where there is none.
std::optional<GlyphRows> without_cursor(const GlyphRows& rows, std::size_t height) {
  constexpr std::uint8_t kWhole = 0xFF;
  std::size_t end = height;
  while (end > height / 2 && rows[end - 1] != kWhole) {
    --end;
  }
  std::size_t begin = end;
  while (begin > height / 2 && rows[begin - 1] == kWhole) {
    --begin;
  }
  if (begin == end || end - begin > kMostCursorRows) {
    return std::nullopt;
  }
  GlyphRows out = rows;
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(begin),
            out.begin() + static_cast<std::ptrdiff_t>(end), std::uint8_t{0});
  return out;
}

/// The character of a cell with two colours; nothing where it is none.
std::optional<char32_t> character_of(const Cell& cell, const GlyphFont& font) {
  if (cell.kind != Cell::Kind::kTwoColours) {
    return std::nullopt;
  }
  if (const std::optional<char32_t> plain = font.find(cell.rows)) {
    return plain;
  }
  // Drawn in the first pixel's colour: inverse video, or a glyph that begins in the corner.
  const GlyphRows inverse = inverted(cell.rows, font.height());
  if (const std::optional<char32_t> code = font.find(inverse)) {
    return code;
  }
  if (const std::optional<GlyphRows> rest = without_cursor(cell.rows, font.height())) {
    return *rest == GlyphRows() ? U' ' : font.find(*rest);
  }
  return std::nullopt;
}

/// For each row of pixels whether all have one colour: what is empty costs little then.
std::vector<bool> plain_rows(const Picture& picture) {
  std::vector<bool> plain(picture.height);
  for (std::size_t y = 0; y < picture.height; ++y) {
    const std::uint32_t* const row = picture.at(0, y);
    plain[y] = std::all_of(row, row + picture.width, [row](auto pixel) { return pixel == *row; });
  }
  return plain;
}

/// Where consoles begin: Linux's in the corner, GRUB's behind its border, EDK II's text modes in
/// the middle (what of a whole screen is left over is divided, or one of 80x25 or 100x31 is
/// centred).
std::vector<std::pair<std::size_t, std::size_t>> usual_places(const Picture& picture) {
  constexpr std::size_t kGrubBorder = 10;
  constexpr std::size_t kEfiRows = 19;
  std::vector<std::pair<std::size_t, std::size_t>> places{
      {0, 0}, {kGrubBorder, kGrubBorder}, {0, picture.height % kEfiRows / 2}};
  constexpr std::array<std::pair<std::size_t, std::size_t>, 2> kModes{{{80, 25}, {100, 31}}};
  for (const auto& [columns, rows] : kModes) {
    const std::size_t width = columns * kCellWidth;
    const std::size_t height = rows * kEfiRows;
    if (picture.width >= width && picture.height >= height) {
      places.emplace_back((picture.width - width) / 2, (picture.height - height) / 2);
    }
  }
  return places;
}

bool is_plain(const Picture& picture, const std::vector<bool>& plain, std::size_t y,
              std::size_t height) {
  for (std::size_t row = y; row < y + height; ++row) {
    if (!plain[row] || *picture.at(0, row) != *picture.at(0, y)) {
      return false;
    }
  }
  return true;
}

bool is_letter(char32_t code) {
  return (code >= U'0' && code <= U'9') || (code >= U'A' && code <= U'Z') ||
         (code >= U'a' && code <= U'z');
}

constexpr std::size_t kTen = 10;

struct Count {
  std::size_t known = 0;
  std::size_t unknown = 0;
  std::size_t letters = 0;  ///< And digits, of the known ones.
  [[nodiscard]] std::size_t all() const { return known + unknown; }
  [[nodiscard]] bool is_nearly_all_known() const { return known * kTen >= all() * (kTen - 1); }
  [[nodiscard]] bool is_mostly_known() const {
    return known > 0 && known * kTen >= all() * kKnownOfTen;
  }
};

/// What the first cells that are not blank say of a grid; rows that are pictures are passed over.
Count try_grid(const Picture& picture, const std::vector<bool>& plain, const GlyphFont& font,
               std::size_t x, std::size_t y) {
  Count count;
  std::size_t looks = 0;
  for (; y + font.height() <= picture.height; y += font.height()) {
    if (is_plain(picture, plain, y, font.height())) {
      continue;
    }
    Count row;
    looks += picture.width / kCellWidth;
    for (std::size_t at = x; at + kCellWidth <= picture.width; at += kCellWidth) {
      const Cell cell = cell_at(picture, at, y, font.height());
      if (cell.kind != Cell::Kind::kBlank) {
        const std::optional<char32_t> code = character_of(cell, font);
        ++(code ? row.known : row.unknown);
        row.letters += code && is_letter(*code) ? 1U : 0U;
        if (row.all() >= kHopelessCells && row.known * 4 < row.all()) {
          break;
        }
      }
    }
    if (row.is_mostly_known()) {
      count.known += row.known;
      count.letters += row.letters;
    }
    count.unknown += row.is_mostly_known() ? row.unknown : row.all();
    if (count.letters >= kTrialLetters || count.all() >= kMostTrialCells || looks >= kMostLooks) {
      break;
    }
  }
  return count;
}

/// The rows of a grid with what was counted in them; rows that are pictures are blank.
struct Rows {
  std::vector<std::u32string> rows;
  Count count;

  void add(std::u32string row) {
    Count here;
    for (const char32_t code : row) {
      here.known += code != U' ' && code != kUnknown ? 1U : 0U;
      here.unknown += code == kUnknown ? 1U : 0U;
    }
    count.known += here.is_mostly_known() ? here.known : 0;
    count.unknown += here.is_mostly_known() ? here.unknown : here.all();
    if (!here.is_mostly_known()) {
      row.clear();
    }
    count.letters += static_cast<std::size_t>(std::count_if(row.begin(), row.end(), is_letter));
    rows.push_back(std::move(row));
  }

  /// Blank columns that all rows begin with.
  [[nodiscard]] std::size_t margin() const {
    std::size_t margin = std::u32string::npos;
    for (const std::u32string& row : rows) {
      margin = std::min(margin, row.find_first_not_of(U' '));
    }
    return margin == std::u32string::npos ? 0 : margin;
  }
};

}  // namespace

std::optional<GlyphScreen::Grid> GlyphScreen::find_grid(const Picture& picture, GridSearch search) {
  const std::vector<bool> plain = plain_rows(picture);
  std::optional<Grid> best;
  Count best_count;
  const auto is_surely = [&](const Grid& grid) {
    const Count count = try_grid(picture, plain, *grid.font, grid.x, grid.y);
    if (count.letters > best_count.letters) {
      best = grid;
      best_count = count;
    }
    return count.letters >= kFewestLetters && count.is_nearly_all_known();
  };
  if (last_ && is_surely(*last_)) {
    return last_;
  }
  for (const auto& [x, y] : usual_places(picture)) {
    for (const GlyphFont* const font : fonts_) {
      if (is_surely({font, x % kCellWidth, y % font->height()})) {
        return best;
      }
    }
  }
  if (best) {
    return best;
  }
  ++fruitless_;
  if (fruitless_ % kSearchEvery != 0 && search == GridSearch::kNowAndThen) {
    return best;
  }
  for (const GlyphFont* const font : fonts_) {
    for (std::size_t y = 0; y < font->height(); ++y) {
      for (std::size_t x = 0; x < kCellWidth; ++x) {
        if (is_surely({font, x, y})) {
          return best;
        }
      }
    }
  }
  return best;
}

ScreenReading GlyphScreen::read(const Picture& picture, GridSearch search) {
  ScreenReading reading;
  if (picture.width < kCellWidth) {
    return reading;
  }
  const std::optional<Grid> grid = find_grid(picture, search);
  if (!grid) {
    return reading;
  }
  fruitless_ = 0;
  const GlyphFont& font = *grid->font;
  Rows rows;
  for (std::size_t y = grid->y; y + font.height() <= picture.height; y += font.height()) {
    std::u32string row;
    for (std::size_t x = grid->x; x + kCellWidth <= picture.width; x += kCellWidth) {
      const Cell cell = cell_at(picture, x, y, font.height());
      row.push_back(cell.kind == Cell::Kind::kBlank ? U' '
                                                    : character_of(cell, font).value_or(kUnknown));
    }
    rows.add(std::move(row));
  }
  reading.known = rows.count.known;
  reading.unknown = rows.count.unknown;
  const bool is_text = rows.count.letters >= kFewestLetters ||
                       (rows.count.letters > 0 && rows.count.is_nearly_all_known());
  if (!is_text) {
    return reading;
  }
  last_ = grid;
  reading.font = font.name();
  reading.x = grid->x;
  reading.y = grid->y;
  // A console in the corner has its columns as they are; one in the middle begins where it begins.
  const std::size_t margin = grid->x == 0 && grid->y == 0 ? 0 : rows.margin();
  ScreenRows text;
  for (const std::u32string& row : rows.rows) {
    text.add(std::u32string_view(row).substr(std::min(margin, row.size())));
  }
  reading.text = text.take();
  return reading;
}

bool same_but_for_cursor(std::string_view a, std::string_view b) {
  if (a == b) {
    return true;
  }
  if (a.size() < b.size()) {
    std::swap(a, b);
  }
  const auto [in_a, in_b] =
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(b.size()), b.begin());
  std::string_view rest_a = a.substr(static_cast<std::size_t>(in_a - a.begin()));
  const std::string_view rest_b = b.substr(static_cast<std::size_t>(in_b - b.begin()));
  // What a blinking cursor adds: blanks up to it, and itself.
  rest_a = rest_a.substr(std::min(rest_a.find_first_not_of(" \n"), rest_a.size()));
  if (!rest_a.starts_with('_')) {
    return false;
  }
  rest_a.remove_prefix(1);
  return rest_a == rest_b && (rest_a.empty() || rest_a.front() == '\n');
}

}  // namespace bootproof
