#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>

#include "harness/console/glyph_screen.h"
#include "harness/core/async.h"
#include "harness/vm/machine.h"

namespace bootproof {

/// The machine's own screen as text: in a text mode VGA text memory, or once a second a picture
/// where what stands first in memory is not what is shown; in a graphics mode a picture whose cells
/// are looked up in the consoles' fonts. A picture that has not changed is not read again.
class OwnScreen {
 public:
  /// `folder` gets files that are removed again; pictures are read on `pool`. Both have to outlive
  /// this.
  OwnScreen(std::filesystem::path folder, asio::thread_pool& pool)
      : folder_(std::move(folder)), pool_(pool) {}

  /// What it shows now; empty where that is no text. `search`: how hard a picture is looked at.
  /// Throws Error where QEMU does not tell.
  Task<std::string> look(Machine& machine, GridSearch search = GridSearch::kNowAndThen);

  /// True where the last look met a text mode, in which looks are cheap.
  [[nodiscard]] bool is_text_mode() const { return is_text_mode_; }
  /// What keeps the last picture from being read ("1280x800 pixels ..."); empty: nothing.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// Pictures taken so far, and the time that this took.
  [[nodiscard]] std::size_t pictures() const { return pictures_; }
  [[nodiscard]] std::chrono::steady_clock::duration spent() const { return spent_; }

 private:
  std::filesystem::path folder_;
  asio::thread_pool& pool_;
  GlyphScreen reader_;
  bool has_fonts_ = false;
  bool is_text_mode_ = false;
  bool shows_memory_ = true;  ///< The text mode shows what stands first in its memory.
  std::chrono::steady_clock::time_point mode_until_;  ///< Until then the mode is taken as known.
  std::size_t last_picture_ = 0;                      ///< Its hash.
  std::string text_;
  std::string problem_;
  std::size_t pictures_ = 0;
  std::chrono::steady_clock::duration spent_{};
};

}  // namespace bootproof
