// QEMU's trace in any bytes and cuts, with names from the same bytes: the reads do not depend on
// the cuts, and no part has more bytes read than it has.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/diagnosis/medium_reads.h"
#include "harness/diagnosis/read_trace.h"
#include "tests/fuzz/fuzz_support.h"

namespace {

using bootproof::MediumMap;
using bootproof::MediumRead;
using bootproof::MediumReads;
using bootproof::NamedRange;
using bootproof::ReadTrace;
using bootproof::fuzz::require;

/// Ranges of any size at any place, nested and overlapping.
std::shared_ptr<const MediumMap> map_from(std::string_view bytes) {
  std::vector<NamedRange> ranges;
  for (std::size_t i = 0; i + 4 <= bytes.size() && ranges.size() < 64; i += 4) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[i + at]); };
    NamedRange range;
    range.offset = std::uint64_t{byte(0)} << (byte(1) % 57U);
    range.length = std::uint64_t{byte(2)} << (byte(3) % 57U);
    range.name = std::string(byte(1) % 2 == 0 ? "/" : "") + std::to_string(byte(3) % 8);
    ranges.push_back(std::move(range));
  }
  return std::make_shared<const MediumMap>(ranges);
}

}  // namespace

/// The first byte says how the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) {
    return 0;
  }
  const std::size_t cut = std::size_t{data[0]} + 1;
  const std::string bytes(data + 1, data + size);
  const std::string_view text = bytes;

  ReadTrace whole("/a.iso", "raw");
  const std::vector<MediumRead> reads = whole.feed(text);
  ReadTrace pieces("/a.iso", "raw");
  std::vector<MediumRead> again;
  for (std::size_t at = 0; at < text.size(); at += cut) {
    const std::vector<MediumRead> some = pieces.feed(text.substr(at, cut));
    again.insert(again.end(), some.begin(), some.end());
  }
  require(reads == again);

  const std::shared_ptr<const MediumMap> map = map_from(text.substr(0, text.find('\n')));
  std::uint64_t end = 0;
  for (const MediumMap::Segment& segment : map->segments()) {
    require(segment.begin >= end && segment.begin < segment.end);
    end = segment.end;
  }
  MediumReads seen;
  const MediumReads::Time start{};
  std::size_t count = 0;
  for (const MediumRead& read : reads) {
    if (count == reads.size() / 2) {
      seen.set_map(map);
    }
    seen.add(read, start + std::chrono::milliseconds(count * cut));
    require(seen.has_read(read.offset));
    ++count;
  }
  seen.set_map(map);
  for (const std::size_t item : seen.touched()) {
    require(seen.progress(item)->covered <= map->items()[item].size);
    static_cast<void>(seen.describe(item));
  }
  for (const bootproof::ReadRun& run : seen.take_runs(start, true)) {
    require(run.begin < run.end && run.reads > 0);
  }
  static_cast<void>(seen.doing(std::chrono::seconds(1)));
  return 0;
}
