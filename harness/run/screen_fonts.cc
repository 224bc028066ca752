#include "harness/run/screen_fonts.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "harness/core/files.h"

namespace bootproof {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{32} << 20U;

/// Where a font is found; a row for each.
struct FontSource {
  std::string_view name;
  std::string_view package;
  std::array<std::string_view, 2> files;  ///< The first that has it.
  std::optional<GlyphFont> (*parse)(std::string_view bytes);
};

/// That of VGA's text modes, and of boot loaders that draw with it.
constexpr FontSource kVgaSource{
    "VGA 8x16",
    "seabios",
    {"/usr/share/seabios/vgabios-stdvga.bin", "/usr/share/seabios/vgabios.bin"},
    vga_font_of};

constexpr std::array<FontSource, 4> kSources{{
    {"Linux 8x16",
     "console-data",
     {"/usr/share/consolefonts/cp865-8x16.psf.gz", "/usr/share/consolefonts/cp850-8x16.psf.gz"},
     psf_font_of},
    {"EFI 8x19",
     "ovmf",
     {"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_CODE.fd"},
     efi_font_of},
    {"GRUB 8x16",
     "grub-common",
     {"/usr/share/grub/unicode.pf2", "/boot/grub/fonts/unicode.pf2"},
     grub_font_of},
    kVgaSource,
}};

std::optional<GlyphFont> first_font_of(const FontSource& source) {
  for (const std::string_view file : source.files) {
    const Result<std::string> bytes = read_file(file, kMostBytes);
    std::optional<GlyphFont> font = bytes ? source.parse(*bytes) : std::nullopt;
    if (font) {
      return font;
    }
  }
  return std::nullopt;
}

ScreenFonts read_fonts() {
  ScreenFonts all;
  for (const FontSource& source : kSources) {
    if (std::optional<GlyphFont> font = first_font_of(source)) {
      all.fonts.push_back(std::move(*font));
    } else {
      all.missing.push_back(fmt::format("{} (install {})", source.name, source.package));
    }
  }
  return all;
}

}  // namespace

std::vector<const GlyphFont*> ScreenFonts::all() const {
  std::vector<const GlyphFont*> pointers;
  for (const GlyphFont& font : fonts) {
    pointers.push_back(&font);
  }
  return pointers;
}

const ScreenFonts& screen_fonts() {
  static const ScreenFonts fonts = read_fonts();
  return fonts;
}

const GlyphFont* text_mode_font() {
  static const std::optional<GlyphFont> font = first_font_of(kVgaSource);
  return font ? &*font : nullptr;
}

}  // namespace bootproof
