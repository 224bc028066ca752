#include "reports/text_style.h"

#include <fmt/format.h>

namespace bootproof {

std::string coloured(std::string text, std::string_view colour, const TextStyle& style) {
  return style.colour && !colour.empty() ? fmt::format("{}{}\x1b[0m", colour, text) : text;
}

}  // namespace bootproof
