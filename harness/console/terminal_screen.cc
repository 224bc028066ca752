#include "harness/console/terminal_screen.h"

#include <vterm.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "harness/console/screen_rows.h"
#include "harness/console/terminal_filter.h"

namespace bootproof {
namespace {

constexpr std::size_t kMostPending = 256U << 10U;
constexpr std::size_t kFeedPiece = 64U << 10U;
constexpr std::size_t kWritePiece = 4096;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// The characters on the screen, kept from what libvterm's state layer reports. Its screen layer
/// would keep them with all their attributes, which nobody asks for and which makes scrolling slow.
class Grid {
 public:
  using Row = std::array<char32_t, TerminalScreen::kColumns>;

  Grid() { clear(); }

  void clear() {
    for (Row& row : rows_) {
      row.fill(0);
    }
  }

  void put(VTermPos at, char32_t code, int width) {
    if (at.row < 0 || at.row >= TerminalScreen::kRows || at.col < 0 ||
        at.col >= TerminalScreen::kColumns) {
      return;
    }
    Row& row = this->row(at.row);
    row[index(at.col)] = code;
    for (int i = 1; i < width && at.col + i < TerminalScreen::kColumns; ++i) {
      row[index(at.col + i)] = kRightHalf;
    }
  }

  void erase(VTermRect rect) {
    rect = within_screen(rect);
    for (int r = rect.start_row; r < rect.end_row; ++r) {
      fill(r, rect.start_col, rect.end_col);
    }
  }

  /// Moves the text in `rect` by `down` rows up and `right` columns to the left (libvterm's words:
  /// the view moves downward and rightward); what comes in is blank.
  void scroll(VTermRect rect, int down, int right) {
    rect = within_screen(rect);
    const int height = rect.end_row - rect.start_row;
    const int width = rect.end_col - rect.start_col;
    if (height <= 0 || width <= 0) {
      return;
    }
    down = std::clamp(down, -height, height);
    right = std::clamp(right, -width, width);
    const bool whole_rows = width == TerminalScreen::kColumns && right == 0;
    if (whole_rows) {
      const auto first = order_.begin() + rect.start_row;
      const auto last = order_.begin() + rect.end_row;
      std::rotate(first, down >= 0 ? first + down : last + down, last);
    }
    // Rows are visited away from the direction of the motion, so that each is read before it is
    // written.
    for (int i = 0; i < height && !whole_rows; ++i) {
      const int r = down >= 0 ? rect.start_row + i : rect.end_row - 1 - i;
      if (r + down >= rect.start_row && r + down < rect.end_row) {
        copy(r + down, r, rect, right);
      }
    }
    const int blank_from = down >= 0 ? rect.end_row - down : rect.start_row;
    for (int i = 0; i < (down >= 0 ? down : -down); ++i) {
      fill(blank_from + i, rect.start_col, rect.end_col);
    }
  }

  [[nodiscard]] std::string text() const {
    ScreenRows rows;
    for (const std::size_t at : order_) {
      rows.add({rows_[at].data(), rows_[at].size()});
    }
    return rows.take();
  }

 private:
  static std::size_t index(int i) { return static_cast<std::size_t>(i); }

  static VTermRect within_screen(VTermRect rect) {
    rect.start_row = std::clamp(rect.start_row, 0, TerminalScreen::kRows);
    rect.end_row = std::clamp(rect.end_row, rect.start_row, TerminalScreen::kRows);
    rect.start_col = std::clamp(rect.start_col, 0, TerminalScreen::kColumns);
    rect.end_col = std::clamp(rect.end_col, rect.start_col, TerminalScreen::kColumns);
    return rect;
  }

  Row& row(int r) { return rows_[order_[index(r)]]; }

  void fill(int r, int from, int to) {
    std::fill(row(r).begin() + from, row(r).begin() + to, char32_t{0});
  }

  /// Columns of row `from` within `rect`, moved `right` columns to the left, to row `to`.
  void copy(int from, int to, const VTermRect& rect, int right) {
    Row moved = row(to);
    for (int c = rect.start_col; c < rect.end_col; ++c) {
      const bool inside = c + right >= rect.start_col && c + right < rect.end_col;
      moved[index(c)] = inside ? row(from)[index(c + right)] : char32_t{0};
    }
    row(to) = moved;
  }

  std::array<Row, TerminalScreen::kRows> rows_{};
  /// Which of rows_ stands at each row of the screen: scrolling moves these numbers alone.
  std::array<std::size_t, TerminalScreen::kRows> order_ = [] {
    std::array<std::size_t, TerminalScreen::kRows> order{};
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = i;
    }
    return order;
  }();
};

Grid& grid_of(void* user) { return *static_cast<Grid*>(user); }

int put_glyph(VTermGlyphInfo* info, VTermPos at, void* user) {
  grid_of(user).put(at, info->chars[0], info->width);
  return 1;
}

int scroll_rect(VTermRect rect, int downward, int rightward, void* user) {
  grid_of(user).scroll(rect, downward, rightward);
  return 1;
}

int erase_rect(VTermRect rect, int /*selective*/, void* user) {
  grid_of(user).erase(rect);
  return 1;
}

constexpr VTermStateCallbacks make_callbacks() {
  VTermStateCallbacks callbacks{};
  callbacks.putglyph = put_glyph;
  callbacks.scrollrect = scroll_rect;
  callbacks.erase = erase_rect;
  return callbacks;
}

constexpr VTermStateCallbacks kCallbacks = make_callbacks();

struct FreeTerminal {
  void operator()(VTerm* terminal) const { vterm_free(terminal); }
};

}  // namespace

struct TerminalScreen::Impl {
  Grid grid;
  TerminalFilter filter{kRows, kColumns};
  std::unique_ptr<VTerm, FreeTerminal> terminal{vterm_new(kRows, kColumns)};
  std::string text;
  bool text_is_old = false;

  Impl() {
    vterm_set_utf8(terminal.get(), 1);
    VTermState* const state = vterm_obtain_state(terminal.get());
    vterm_state_set_callbacks(state, &kCallbacks, &grid);
    vterm_state_reset(state, 1);
  }

  /// Sends the terminal what the filter holds, in pieces: libvterm needs memory in proportion.
  void render() {
    filter.drop_unseen();
    std::string_view pending = filter.pending();
    while (!pending.empty()) {
      std::size_t piece = std::min(pending.size(), kWritePiece);
      while (piece < pending.size() && is_continuation(pending[piece])) {
        ++piece;  // libvterm loses count of columns when a character is cut
      }
      vterm_input_write(terminal.get(), pending.data(), piece);
      pending.remove_prefix(piece);
    }
    filter.clear();
  }
};

TerminalScreen::TerminalScreen() : impl_(std::make_unique<Impl>()) {}
TerminalScreen::~TerminalScreen() = default;

void TerminalScreen::feed(std::string_view raw) {
  impl_->text_is_old = impl_->text_is_old || !raw.empty();
  while (!raw.empty()) {
    const std::string_view piece = raw.substr(0, kFeedPiece);
    impl_->filter.feed(piece);
    if (impl_->filter.pending().size() > kMostPending) {
      impl_->render();
    }
    raw.remove_prefix(piece.size());
  }
}

const std::string& TerminalScreen::text() const {
  if (impl_->text_is_old) {
    impl_->render();
    impl_->text = impl_->grid.text();
    impl_->text_is_old = false;
  }
  return impl_->text;
}

}  // namespace bootproof
