#include "harness/run/own_screen.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "harness/console/terminal_screen.h"
#include "harness/core/files.h"
#include "harness/run/screen_fonts.h"

namespace bootproof {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20U;
constexpr std::chrono::seconds kModeHolds{1};

/// QEMU draws a text mode of 80 columns with cells of 9x16 pixels.
bool is_of_text_mode(std::string_view picture) { return picture.starts_with("P6\n720 400\n"); }

/// A picture read on the pool, and what the reader remembers of it.
struct PictureText {
  GlyphScreen reader;
  std::string text;
  std::string problem;
};

PictureText read_picture(GlyphScreen reader, bool has_fonts, const std::string& bytes) {
  const ScreenFonts& fonts = screen_fonts();
  PictureText result{has_fonts ? std::move(reader) : GlyphScreen(fonts.all()), {}, {}};
  const std::optional<Picture> picture = picture_of_ppm(bytes);
  if (!picture) {
    result.problem = "QEMU's picture is no PPM of at most 4096x4096 pixels";
    return result;
  }
  result.text = result.reader.read(*picture).text;
  if (result.text.empty()) {
    result.problem = fmt::format(
        "{}x{} pixels without text in a known font{}{}", picture->width, picture->height,
        fonts.missing.empty() ? "" : "; not installed: ", fmt::join(fonts.missing, ", "));
  }
  return result;
}

}  // namespace

Task<std::string> OwnScreen::take_picture(Machine& machine) {
  const std::filesystem::path file = std::filesystem::absolute(folder_) / "screen.ppm.tmp";
  boost::json::object arguments{{"filename", file.string()}};
  auto dumping = machine.command("screendump", std::move(arguments));
  co_await std::move(dumping);
  Result<std::string> bytes = read_file(file, kMostBytes);
  std::error_code ignored;  // A scratch file.
  std::filesystem::remove(file, ignored);
  co_return value_or_throw(std::move(bytes));
}

Task<std::string> OwnScreen::look(Machine& machine) {
  const auto began = std::chrono::steady_clock::now();
  if (!is_text_mode_ || began >= mode_until_) {
    auto taking = take_picture(machine);
    const std::string picture = co_await std::move(taking);
    ++pictures_;
    is_text_mode_ = is_of_text_mode(picture);
    mode_until_ = began + kModeHolds;
    const std::size_t hash = std::hash<std::string_view>()(picture);
    if (!is_text_mode_ && hash != std::exchange(last_picture_, hash)) {
      auto reading = offload(pool_, [this, &picture] {
        return read_picture(std::move(reader_), has_fonts_, picture);
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
    text_ = vga_text(memory);
    last_picture_ = 0;
    problem_.clear();
  }
  spent_ += std::chrono::steady_clock::now() - began;
  co_return text_;
}

}  // namespace bootproof
