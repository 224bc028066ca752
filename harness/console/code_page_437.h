#pragma once

#include <string>
#include <string_view>

namespace bootproof {

/// What a PC's text mode shows for `byte` (IBM code page 437, control characters as the pictures
/// they are). 0 gives a blank.
char32_t from_code_page_437(unsigned char byte);

/// Decodes terminal text that is UTF-8 from some guests and code page 437 from others (EDK II draws
/// its frames with single bytes), cut wherever reads cut it. Bytes of 0x80 and above are UTF-8 (RFC
/// 3629) as long as they can be; a byte that can't be makes itself, what was held back before it,
/// and the rest of that run of such bytes code page 437. C1 controls (U+0080 to U+009F) are left
/// out.
class TextDecoder {
 public:
  /// Appends `text` (no control characters) to `out` as valid UTF-8.
  void decode(std::string_view text, std::string& out);
  /// What was held back is not going to be completed: appends it as code page 437.
  void finish(std::string& out);

 private:
  void take(char c, std::string& out);

  std::string held_;         ///< The beginning of a UTF-8 character, at most three bytes.
  bool is_pc_text_ = false;  ///< The present run of bytes of 0x80 and above is code page 437.
};

}  // namespace bootproof
