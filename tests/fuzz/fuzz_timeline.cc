// A timeline in any bytes and cuts: the events do not depend on the cuts, time never goes back, and
// what is wrong with it is told in few lines that a terminal may be shown.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/timeline_file.h"
#include "tests/fuzz/fuzz_support.h"

using bootproof::TimelineEvent;
using bootproof::TimelineReader;
using bootproof::fuzz::require;

namespace {

std::vector<TimelineEvent> events_of(TimelineReader& reader, std::string_view bytes,
                                     std::size_t cut) {
  std::vector<TimelineEvent> events;
  const auto keep = [&](const std::vector<TimelineEvent>& some) {
    events.insert(events.end(), some.begin(), some.end());
  };
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    keep(reader.feed(bytes.substr(at, cut)));
  }
  keep(reader.finish());
  return events;
}

}  // namespace

/// The first byte says how the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) {
    return 0;
  }
  const std::string bytes(data + 1, data + size);
  TimelineReader pieces;
  TimelineReader whole;
  const std::vector<TimelineEvent> events = events_of(pieces, bytes, std::size_t{data[0]} + 1);
  const std::vector<TimelineEvent> expected = events_of(whole, bytes, bytes.size() + 1);
  require(events.size() == expected.size() && pieces.problems() == whole.problems());
  require(pieces.is_timeline() == whole.is_timeline());
  std::chrono::milliseconds last{};
  for (std::size_t i = 0; i < events.size(); ++i) {
    require(events[i].text == expected[i].text && events[i].at == expected[i].at);
    require(events[i].at >= last && !events[i].event.empty());
    last = events[i].at;
  }
  require(whole.problems().size() <= 3 && (whole.is_timeline() || whole.problems().size() == 1));
  for (const std::string& problem : whole.problems()) {
    for (const char c : problem) {
      require(static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
    }
  }
  return 0;
}
