// A log from elsewhere in any bytes and cuts: what is taken out of it does not depend on the cuts,
// nothing is added, and no message is cut off in the middle of what is looked at.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/diagnosis/log_cleaner.h"
#include "tests/fuzz/fuzz_support.h"

using bootproof::LogCleaner;
using bootproof::fuzz::require;

/// The first byte says how the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) {
    return 0;
  }
  const std::size_t cut = std::size_t{data[0]} + 1;
  const std::string bytes(data + 1, data + size);
  LogCleaner whole;
  std::string expected = whole.clean(bytes);
  expected += whole.finish();
  LogCleaner pieces;
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    text += pieces.clean(std::string_view(bytes).substr(at, cut));
  }
  text += pieces.finish();
  require(text == expected);
  require(text.size() <= bytes.size());
  require(std::count(text.begin(), text.end(), '\n') <=
          std::count(bytes.begin(), bytes.end(), '\n'));
  return 0;
}
