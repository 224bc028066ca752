#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/diagnosis/medium_map.h"
#include "harness/diagnosis/read_trace.h"

namespace bootproof {

/// The bytes that were read so far, as runs that do not touch; 4096 of them at most. Beyond that
/// only what touches a known one is remembered, and nothing else is new.
class ReadCoverage {
 public:
  /// Adds [begin, end) and gives each part that is new to `take`. True where any byte is new.
  bool add(std::uint64_t begin, std::uint64_t end,
           const std::function<void(std::uint64_t, std::uint64_t)>& take);

  /// True where this byte was added.
  [[nodiscard]] bool holds(std::uint64_t offset) const;

 private:
  std::map<std::uint64_t, std::uint64_t> runs_;  ///< Begin to end.
};

/// Reads of one part of the medium that followed each other.
struct ReadRun {
  using Time = std::chrono::steady_clock::time_point;

  Time first;
  Time last;
  std::optional<std::size_t> item;  ///< In the map; nothing for bytes without a name.
  std::uint64_t begin = 0;          ///< The lowest byte of the medium that was asked for.
  std::uint64_t end = 0;            ///< Past the highest.
  std::uint64_t bytes = 0;          ///< All reads together, those of the same bytes too.
  /// How many; those that came before the map, one behind the other, are one for each part.
  std::uint64_t reads = 0;
  std::optional<unsigned> percent;  ///< Of a file: how much of it has been read up to now.
  /// Items that its reads were the first to touch besides, some of them: a loader reads blocks, and
  /// a small file comes with its neighbour's.
  std::vector<std::size_t> also;
};

/// What a guest has read of its medium: which named parts, how much of each, and what last.
///
/// Reads may come before the map, which somebody else makes meanwhile: they wait for it.
/// Consecutive reads of the same part are folded into runs, also where up to four parts are read in
/// turn, as a file and its directory are. Pure; memory is bounded by the map's size.
class MediumReads {
 public:
  using Time = ReadRun::Time;

  /// What is read of one item.
  struct Progress {
    std::uint64_t covered = 0;  ///< Bytes of it that were read, each counted once.
  };

  /// Adds a read. True where it read bytes that were not read before.
  bool add(const MediumRead& read, Time now);
  /// Gives the names, once; null: there are none.
  void set_map(std::shared_ptr<const MediumMap> map);
  /// The runs that are over: nothing was added to them for 300 ms, or they have lasted 1 s.
  /// `all`: those that are not over as well. Empties the list.
  std::vector<ReadRun> take_runs(Time now, bool all = false);

  /// Null as long as there is none.
  [[nodiscard]] const MediumMap* map() const { return map_.get(); }
  [[nodiscard]] bool empty() const { return reads_ == 0; }
  /// True where this byte of the medium was read.
  [[nodiscard]] bool has_read(std::uint64_t offset) const { return coverage_.holds(offset); }
  /// The items of which something was read, in the order in which that began.
  [[nodiscard]] const std::vector<std::size_t>& touched() const { return touched_; }
  /// Null where nothing was read of the item.
  [[nodiscard]] const Progress* progress(std::size_t item) const;
  /// How much of a file has been read; 100 only where all of it was. Nothing for other items.
  [[nodiscard]] std::optional<unsigned> percent(std::size_t item) const;

  /// "/boot/vmlinuz 43 % (of 8.0 MiB)", "/boot/vmlinuz to its end (8.0 MiB)", "boot catalog".
  [[nodiscard]] std::string describe(std::size_t item) const;
  /// What was read last that was new, as describe() has it, or by its offset where it has no name;
  /// empty where nothing was read.
  [[nodiscard]] std::string last_text() const;
  /// What the guest was doing with its medium, for the text of a limit: "reading /boot/initrd 61 %
  /// (of 8.0 MiB), no new reads for 12.0 s"; "nothing was read from the medium". `quiet`: how long
  /// ago the last new read was, by the clock that limits go by.
  [[nodiscard]] std::string doing(Time::duration quiet) const;

 private:
  struct Waiting {
    Time first;
    Time last;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  void keep(const MediumRead& read, Time now);
  /// `first`: when the read began that `now` has ended, where it is several taken as one.
  bool place(const MediumRead& read, Time first, Time now);
  void renew_percent(const std::vector<std::size_t>& items, std::uint64_t end, Time now);
  void extend_run(std::optional<std::size_t> item, const MediumRead& read, Time first, Time now);
  [[nodiscard]] std::optional<std::size_t> main_item(const MediumRead& read) const;
  void close_run(std::size_t index);

  std::shared_ptr<const MediumMap> map_;
  bool has_map_ = false;
  std::vector<Waiting> waiting_;
  ReadCoverage coverage_;
  std::unordered_map<std::size_t, Progress> progress_;
  std::vector<std::size_t> touched_;
  std::vector<ReadRun> open_;  ///< Least recently read first.
  std::vector<ReadRun> closed_;
  std::optional<std::size_t> last_item_;
  std::uint64_t last_offset_ = 0;
  bool has_read_ = false;  ///< Bytes that had not been read before.
  std::uint64_t reads_ = 0;
};

/// "512 bytes", "17.3 KiB", "8.0 MiB".
std::string size_text(std::uint64_t bytes);

}  // namespace bootproof
