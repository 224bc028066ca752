#include "harness/console/code_page_437.h"

#include <cstddef>

#include "harness/console/unicode.h"

namespace bootproof {
namespace {

/// What the display shows for bytes 0x00 to 0x1F in text mode (IBM code page 437).
constexpr std::u32string_view kLow =
    U" ☺☻♥♦♣♠•◘○◙♂♀♪♫☼"
    U"►◄↕‼¶§▬↨↑↓→←∟↔▲▼";

/// Bytes 0x7F to 0xFF of code page 437.
constexpr std::u32string_view kHigh =
    U"⌂"
    U"ÇüéâäàåçêëèïîìÄÅ"
    U"ÉæÆôöòûùÿÖÜ¢£¥₧ƒ"
    U"áíóúñÑªº¿⌐¬½¼¡«»"
    U"░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
    U"└┴┬├─┼╞╟╚╔╩╦╠═╬╧"
    U"╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
    U"αßΓπΣσµτΦΘΩδ∞φε∩"
    U"≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

static_assert(kLow.size() == 0x20);
static_assert(kHigh.size() == 0x100 - 0x7F);

unsigned int value_of(char c) { return static_cast<unsigned char>(c); }

bool is_ascii(char c) { return value_of(c) < 0x80U; }

enum class Utf8 { kWhole, kBeginning, kInvalid };

/// What `bytes` (one to four of them, of 0x80 and above) are as UTF-8 (RFC 3629, 4).
Utf8 judge(std::string_view bytes) {
  const unsigned int first = value_of(bytes.front());
  if (first < 0xC2U || first > 0xF4U) {
    return Utf8::kInvalid;
  }
  const std::size_t length = first < 0xE0U ? 2 : first < 0xF0U ? 3 : 4;
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    unsigned int least = 0x80;
    unsigned int most = 0xBF;
    if (i == 1 && first == 0xE0U) {
      least = 0xA0;  // overlong
    } else if (i == 1 && first == 0xEDU) {
      most = 0x9F;  // surrogates
    } else if (i == 1 && first == 0xF0U) {
      least = 0x90;  // overlong
    } else if (i == 1 && first == 0xF4U) {
      most = 0x8F;  // beyond U+10FFFF
    }
    if (value_of(bytes[i]) < least || value_of(bytes[i]) > most) {
      return Utf8::kInvalid;
    }
  }
  return bytes.size() == length ? Utf8::kWhole : Utf8::kBeginning;
}

bool is_c1_control(std::string_view character) {
  return character.size() == 2 && character[0] == '\xc2' && value_of(character[1]) < 0xA0U;
}

}  // namespace

char32_t from_code_page_437(unsigned char byte) {
  if (byte < 0x20) {
    return kLow[byte];
  }
  return byte < 0x7F ? char32_t{byte} : kHigh[byte - 0x7FU];
}

void TextDecoder::decode(std::string_view text, std::string& out) {
  while (!text.empty()) {
    if (!is_ascii(text.front())) {
      take(text.front(), out);
      text.remove_prefix(1);
      continue;
    }
    finish(out);
    std::size_t end = 1;
    while (end < text.size() && is_ascii(text[end])) {
      ++end;
    }
    out.append(text.substr(0, end));
    text.remove_prefix(end);
  }
}

void TextDecoder::take(char c, std::string& out) {
  held_.push_back(c);
  const Utf8 judgement = is_pc_text_ ? Utf8::kInvalid : judge(held_);
  if (judgement == Utf8::kWhole) {
    if (!is_c1_control(held_)) {
      out.append(held_);
    }
    held_.clear();
  } else if (judgement == Utf8::kInvalid) {
    finish(out);
    is_pc_text_ = true;
  }
}

void TextDecoder::finish(std::string& out) {
  for (const char c : held_) {
    append_utf8(from_code_page_437(static_cast<unsigned char>(c)), out);
  }
  held_.clear();
  is_pc_text_ = false;
}

}  // namespace bootproof
