#include "harness/run/own_screen.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <string_view>
#include <utility>

#include "harness/console/terminal_screen.h"
#include "harness/run/screen_fonts.h"

namespace bootproof {
namespace {

constexpr std::chrono::seconds kModeHolds{1};

/// QEMU draws a text mode of 80 columns with cells of 9x16 pixels.
bool is_of_text_mode(std::string_view picture) { return picture.starts_with("P6\n720 400\n"); }

/// A picture read on the pool, and what the reader remembers of it.
struct PictureText {
  GlyphScreen reader;
  std::string text;
  std::string problem;
};

PictureText read_picture(GlyphScreen reader, bool has_fonts, const std::string& bytes,
                         GridSearch search) {
  const ScreenFonts& fonts = screen_fonts();
  PictureText result{has_fonts ? std::move(reader) : GlyphScreen(fonts.all()), {}, {}};
  const std::optional<Picture> picture = picture_of_ppm(bytes);
  if (!picture) {
    result.problem = "QEMU's picture is no PPM of at most 4096x4096 pixels";
    return result;
  }
  result.text = result.reader.read(*picture, search).text;
  if (result.text.empty()) {
    result.problem = fmt::format(
        "{}x{} pixels without text in a known font{}{}", picture->width, picture->height,
        fonts.missing.empty() ? "" : "; not installed: ", fmt::join(fonts.missing, ", "));
  }
  return result;
}

/// The text of a text mode's picture; empty where it can't be read.
std::string read_text_mode(const std::string& bytes) {
  const std::optional<Picture> picture = picture_of_ppm(bytes);
  const GlyphFont* const font = text_mode_font();
  return picture && font != nullptr ? GlyphScreen({font}).read(with_cells_of_eight(*picture)).text
                                    : std::string();
}

std::vector<std::string_view> rows_of(std::string_view text) {
  std::vector<std::string_view> rows;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    rows.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return rows;
}

/// Whether what stands first in video memory is what the picture shows: Linux scrolls by showing
/// another part of it.
bool is_shown(std::string_view memory, std::string_view picture) {
  const std::vector<std::string_view> stored = rows_of(memory);
  const std::vector<std::string_view> seen = rows_of(picture);
  std::size_t rows = 0;
  std::size_t equal = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (!seen[i].empty()) {
      ++rows;
      equal += i < stored.size() && stored[i] == seen[i] ? 1U : 0U;
    }
  }
  return 2 * equal >= rows;
}

}  // namespace

Task<std::string> OwnScreen::look(Machine& machine, GridSearch search) {
  const auto began = std::chrono::steady_clock::now();
  std::string picture;
  if (!is_text_mode_ || began >= mode_until_) {
    auto taking = machine.picture(folder_);
    picture = co_await std::move(taking);
    ++pictures_;
    is_text_mode_ = is_of_text_mode(picture);
    mode_until_ = began + kModeHolds;
    const std::size_t hash = std::hash<std::string_view>()(picture);
    const bool is_new = hash != std::exchange(last_picture_, hash);
    const bool may_say_more = search == GridSearch::kAnywhere && text_.empty();
    if (!is_text_mode_ && (is_new || may_say_more)) {
      auto reading = offload(pool_, [this, &picture, search] {
        return read_picture(std::move(reader_), has_fonts_, picture, search);
      });
      PictureText read = co_await std::move(reading);
      reader_ = std::move(read.reader);
      has_fonts_ = true;
      problem_ = std::move(read.problem);
      if (!same_but_for_cursor(read.text, text_)) {
        text_ = std::move(read.text);
      }
    }
  }
  if (is_text_mode_) {
    auto reading = machine.vga_memory(folder_);
    const std::string memory = co_await std::move(reading);
    std::string stored = vga_text(memory);
    if (!picture.empty()) {
      auto looking = offload(pool_, [&picture] { return read_text_mode(picture); });
      std::string seen = co_await std::move(looking);
      shows_memory_ = is_shown(stored, seen);
      text_ = shows_memory_ ? std::move(stored) : std::move(seen);
    } else if (shows_memory_) {
      text_ = std::move(stored);
    }
    last_picture_ = 0;
    problem_.clear();
  }
  spent_ += std::chrono::steady_clock::now() - began;
  co_return text_;
}

}  // namespace bootproof
