#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof {

/// How much of a timeline is read at most: three times what a run writes.
inline constexpr std::uint64_t kLongestTimeline = 16U << 20U;

/// One line of a `timeline.jsonl`, as far as a diagnosis needs it (harness/run/README.md). Texts
/// hold whatever the file says, in valid UTF-8.
struct TimelineEvent {
  std::chrono::milliseconds at{};  ///< Since the start; never before the line before it.
  std::string event;               ///< "serial", "screen", "machine", ...
  std::string text;                ///< Of streams and notes.
  std::string screen;              ///< Of "screen": "terminal" or "vga".
  std::string name;                ///< Of "machine": QMP's name of the event.
  bool by_guest = false;           ///< Of "machine": the guest did it.
  bool is_open = false;            ///< Of streams: the line has not ended.
  std::int64_t boot = 1;           ///< Of "started": 2 after a cold boot.
  /// Bytes of serial.log and firmware.log that had come by then, where the line says it.
  std::optional<std::uint64_t> serial_at;
  std::optional<std::uint64_t> firmware_at;
};

/// Reads the lines of a timeline from any bytes at all: what is no event is passed over, counted
/// and told. Pure, and the same however the bytes are cut; holds one line at most, of 512 KiB.
class TimelineReader {
 public:
  /// The events of the lines that are whole now.
  std::vector<TimelineEvent> feed(std::string_view bytes);
  /// The last line where it has no line feed, but is whole; call it once, behind the last byte.
  std::vector<TimelineEvent> finish();

  /// True where the first line is the beginning of a timeline that this program can read.
  [[nodiscard]] bool is_timeline() const { return is_timeline_; }
  /// What is wrong with the file, for people; empty where nothing is. Escaped.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  void take(std::string_view line, std::vector<TimelineEvent>& events);

  std::string line_;  ///< What has come of a line.
  bool is_too_long_ = false;
  std::uint64_t lines_ = 0;
  std::uint64_t bad_ = 0;  ///< Lines that are no events.
  std::uint64_t first_bad_ = 0;
  std::string first_problem_;
  std::uint64_t back_ = 0;  ///< Lines before whose time there is a later one.
  std::uint64_t first_back_ = 0;
  bool is_cut_ = false;
  bool is_timeline_ = false;
  std::string why_no_timeline_;
  std::chrono::milliseconds last_{};
};

}  // namespace bootproof
