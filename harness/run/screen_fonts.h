#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "harness/console/glyph_font.h"

namespace bootproof {

/// The fonts that consoles in graphics modes draw with, as far as they are installed.
struct ScreenFonts {
  std::vector<GlyphFont> fonts;
  std::optional<std::size_t> text_mode;  ///< Which of them VGA's text modes draw with.
  std::vector<std::string> missing;      ///< "Linux 8x16 (install console-data)".

  [[nodiscard]] std::vector<const GlyphFont*> all() const;
  /// That of VGA's text modes, if it is installed.
  [[nodiscard]] std::vector<const GlyphFont*> of_text_mode() const;
};

/// Reads the fonts once for this process, which takes a fifth of a second (the firmware's flash
/// image is unpacked); may be called from any thread.
const ScreenFonts& screen_fonts();

}  // namespace bootproof
