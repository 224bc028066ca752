#pragma once

#include <string>
#include <vector>

#include "harness/console/glyph_font.h"

namespace bootproof {

/// The fonts that consoles in graphics modes draw with, as far as they are installed.
struct ScreenFonts {
  std::vector<GlyphFont> fonts;
  std::vector<std::string> missing;  ///< "Linux 8x16 (install console-data)".

  [[nodiscard]] std::vector<const GlyphFont*> all() const;
};

/// Reads the fonts once for this process, which takes a fifth of a second (the firmware's flash
/// image is unpacked); may be called from any thread.
const ScreenFonts& screen_fonts();

/// The font of VGA's text modes alone, in no time; null where it is not installed. May be called
/// from any thread.
const GlyphFont* text_mode_font();

}  // namespace bootproof
