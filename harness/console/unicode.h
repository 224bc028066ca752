#pragma once

#include <string>

namespace bootproof {

/// Appends `code` to `out` as UTF-8 (RFC 3629); U+FFFD for what is no Unicode scalar value.
void append_utf8(char32_t code, std::string& out);

}  // namespace bootproof
