#include "harness/console/picture.h"

namespace bootproof {
namespace {

constexpr std::size_t kMostDigits = 5;
constexpr std::size_t kShades = 255;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The next number of the header, blanks and comments before it passed over.
std::optional<std::size_t> take_number(std::string_view& rest) {
  while (!rest.empty() && (is_blank(rest.front()) || rest.front() == '#')) {
    const bool is_comment = rest.front() == '#';
    const std::size_t end = is_comment ? rest.find('\n') : 0;
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  std::size_t value = 0;
  std::size_t digits = 0;
  while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
    constexpr std::size_t kTen = 10;
    value = value * kTen + static_cast<std::size_t>(rest[digits] - '0');
    if (++digits > kMostDigits) {
      return std::nullopt;
    }
  }
  rest = rest.substr(digits);
  return digits == 0 ? std::nullopt : std::optional<std::size_t>(value);
}

std::uint32_t shade(char c) { return static_cast<std::uint8_t>(c); }

}  // namespace

std::optional<Picture> picture_of_ppm(std::string_view bytes) {
  if (!bytes.starts_with("P6")) {
    return std::nullopt;
  }
  bytes = bytes.substr(2);
  const std::optional<std::size_t> width = take_number(bytes);
  const std::optional<std::size_t> height = take_number(bytes);
  const std::optional<std::size_t> shades = take_number(bytes);
  if (!width || !height || shades != kShades || *width == 0 || *height == 0 ||
      *width * *height > Picture::kMostPixels || bytes.empty() || !is_blank(bytes.front())) {
    return std::nullopt;
  }
  bytes = bytes.substr(1);
  constexpr std::size_t kBytesPerPixel = 3;
  const std::size_t count = *width * *height;
  if (bytes.size() < count * kBytesPerPixel) {
    return std::nullopt;
  }
  Picture picture{*width, *height, std::vector<std::uint32_t>(count)};
  const char* from = bytes.data();
  for (std::uint32_t& pixel : picture.pixels) {
    constexpr unsigned kRed = 16;
    constexpr unsigned kGreen = 8;
    pixel = shade(from[0]) << kRed | shade(from[1]) << kGreen | shade(from[2]);
    from += kBytesPerPixel;
  }
  return picture;
}

Picture with_cells_of_eight(const Picture& picture) {
  constexpr std::size_t kCell = 9;
  Picture narrow;
  narrow.width = picture.width / kCell * (kCell - 1);
  narrow.height = picture.height;
  narrow.pixels.reserve(narrow.width * narrow.height);
  for (std::size_t y = 0; y < picture.height; ++y) {
    const std::uint32_t* const row = picture.at(0, y);
    for (std::size_t x = 0; x < narrow.width / (kCell - 1) * kCell; ++x) {
      if (x % kCell != kCell - 1) {
        narrow.pixels.push_back(row[x]);
      }
    }
  }
  return narrow;
}

}  // namespace bootproof
