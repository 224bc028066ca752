#include "harness/console/unicode.h"

namespace bootproof {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

char byte_of(char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); }

}  // namespace

void append_utf8(char32_t code, std::string& out) {
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
    code = kReplacement;
  }
  const auto continuation = [&](unsigned int shift) {
    out.push_back(byte_of(0x80U | ((code >> shift) & 0x3FU)));
  };
  if (code < 0x80) {
    out.push_back(byte_of(code));
  } else if (code < 0x800) {
    out.push_back(byte_of(0xC0U | (code >> 6U)));
    continuation(0);
  } else if (code < 0x10000) {
    out.push_back(byte_of(0xE0U | (code >> 12U)));
    continuation(6);
    continuation(0);
  } else {
    out.push_back(byte_of(0xF0U | (code >> 18U)));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

}  // namespace bootproof
