#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/console/transcript.h"
#include "harness/diagnosis/medium_reads.h"
#include "harness/run/case_logic.h"
#include "harness/vm/qmp_codec.h"
#include "reports/event_log.h"
#include "reports/result.h"

namespace bootproof {

/// Bytes of a stream as lines of text: stripped of escape sequences, each line cut at 1 KiB. Pure;
/// the same lines however the bytes are cut.
class TimelineLines {
 public:
  /// The lines that are whole now, without those that are blank.
  std::vector<std::string> feed(std::string_view bytes);
  /// The line that is not whole yet (a prompt, mostly), once.
  std::string take_rest();
  /// True where a cursor motion has drawn something since the last call: a menu, not plain lines.
  bool take_drawn();

 private:
  void add(std::string_view text);
  void look_for_motion(std::string_view bytes);
  [[nodiscard]] std::string finish();

  Transcript transcript_{16U << 10U};
  std::string line_;
  std::size_t left_out_ = 0;  ///< Bytes of the open line that are too many.
  enum class Motion : std::uint8_t { kNone, kEscape, kSequence };
  Motion motion_ = Motion::kNone;
  bool is_drawn_ = false;
};

/// Writes `timeline.jsonl`: one JSON object for each thing that was seen of a boot, in the order in
/// which it was seen (the format is in harness/run/README.md). Lines are buffered: flush() hands
/// them to the system. The file is bounded: what streams say ends at 4 MiB, with a line that says
/// so, all else at 1 MiB more. Problems with writing are kept for problem(); nothing is thrown but
/// by the constructor.
class Timeline {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Creates the file. Throws Error (kHost) where it can't be created.
  explicit Timeline(const std::filesystem::path& file);

  /// The machine is let run; the first call's time is zero. `boot`: 1, and one more for each cold
  /// boot.
  void start(int boot, std::string_view qemu_version, Time now);
  /// Bytes of the serial line.
  void console(std::string_view bytes, Time now);
  /// Bytes of the firmware's debug port.
  void debug_port(std::string_view bytes, Time now);
  /// True where something was drawn on the serial terminal that screen() has not written, and the
  /// last screen is half a second old.
  [[nodiscard]] bool wants_screen(Time now);
  /// A screen as text; `which`: "terminal" or "vga". The same text again is not written.
  void screen(std::string_view which, std::string_view text, Time now);
  /// An event of QEMU's monitor.
  void machine_event(const QmpEvent& event, Time now);
  /// What the case has come to.
  void note(const CaseNote& note);
  /// What is done to the machine.
  void action(const CaseAction& action, Time now);
  /// Runs of reads of the medium that are over.
  void reads(const std::vector<ReadRun>& runs, const MediumReads& reads, Time now);
  /// The kernel's log was read from the guest's memory.
  void kernel_log(std::size_t records, Time now);
  /// How it ended.
  void verdict(const Verdict& verdict, Time now);

  /// Hands what is buffered to the system.
  void flush();
  /// Writes what is left and closes the file.
  void close();
  /// The first problem with writing (errno), or 0.
  [[nodiscard]] int problem() const { return log_.first_error(); }

 private:
  /// What a line counts to; the verdict always has room.
  enum class Share : std::uint8_t { kStream, kOther, kVerdict };

  void write(std::string_view event, boost::json::object keys, Time now, Share share);
  void add_positions(boost::json::object& line);
  [[nodiscard]] bool has_room(Share share) const;

  EventLog log_;
  std::string buffer_;
  std::uint64_t written_ = 0;
  bool streams_are_over_ = false;
  bool all_is_over_ = false;
  bool is_started_ = false;
  Time start_;
  std::int64_t last_ms_ = 0;
  /// How many bytes of a stream have come, and how many a line has told.
  struct Position {
    std::uint64_t heard = 0;
    std::uint64_t told = 0;
  };
  Position serial_at_;
  Position firmware_at_;
  TimelineLines serial_;
  TimelineLines firmware_;
  std::string last_terminal_;
  std::string last_vga_;
  bool is_drawn_ = false;
  Time last_screen_;
};

}  // namespace bootproof
