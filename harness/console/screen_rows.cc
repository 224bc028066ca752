#include "harness/console/screen_rows.h"

#include <utility>

#include "harness/console/unicode.h"

namespace bootproof {
namespace {

bool is_blank(char32_t code) { return code == 0 || code == U' '; }

}  // namespace

void ScreenRows::add(std::u32string_view row) {
  while (!row.empty() && is_blank(row.back())) {
    row.remove_suffix(1);
  }
  if (!row.empty()) {
    text_.append(line_feeds_due_, '\n');
    line_feeds_due_ = 0;
  }
  for (const char32_t code : row) {
    if (is_blank(code)) {
      text_.push_back(' ');
    } else if (code != kRightHalf) {
      append_utf8(code, text_);
    }
  }
  ++line_feeds_due_;
}

std::string ScreenRows::take() {
  line_feeds_due_ = 0;
  return std::exchange(text_, {});
}

}  // namespace bootproof
