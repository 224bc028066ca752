// What a guest prints, in any bytes and cuts: the transcript, the rendered screen and an
// expectation on both.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/console/expectation.h"
#include "harness/console/terminal_screen.h"
#include "harness/console/transcript.h"
#include "tests/fuzz/fuzz_support.h"

namespace {

using bootproof::Expectation;
using bootproof::TerminalScreen;
using bootproof::Transcript;
using bootproof::fuzz::require;

bool is_clean(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20U ? c != '\x7f' : c == '\n' || c == '\t';
  });
}

}  // namespace

/// The first byte says how the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) {
    return 0;
  }
  const std::size_t cut = std::size_t{data[0]} + 1;
  const std::string bytes(data + 1, data + size);
  const std::string_view raw = bytes;

  Transcript whole(1024);
  whole.feed(raw);
  TerminalScreen whole_screen;
  whole_screen.feed(raw);

  Transcript transcript(1024);
  TerminalScreen screen;
  Expectation expectation =
      bootproof::value_or_throw(Expectation::compile({"a+\\sb", "^[xy]$"}, true, {}));
  for (std::size_t at = 0, pieces = 0; at < raw.size(); at += cut, ++pieces) {
    const std::string_view piece = raw.substr(at, cut);
    transcript.feed(piece);
    screen.feed(piece);
    expectation.look_at_serial(transcript.begin(), transcript.since(0));
    if (cut > 32 || pieces % 32 == 0) {
      expectation.look_at_screen(bootproof::TextSource::kScreen, screen.text());
    }
    require(transcript.end() - transcript.begin() <= 2048);
  }
  require(transcript.end() == whole.end());
  const std::uint64_t both = std::max(transcript.begin(), whole.begin());
  require(transcript.since(both) == whole.since(both));
  require(is_clean(transcript.since(0)));
  constexpr std::size_t kFiveLines = 5125;
  require(transcript.last_lines(5).size() <= kFiveLines);
  require(screen.text() == whole_screen.text());
  require(std::count(screen.text().begin(), screen.text().end(), '\n') < TerminalScreen::kRows);
  return 0;
}
