#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/console/transcript.h"
#include "harness/diagnosis/log_diagnosis.h"
#include "harness/diagnosis/own_signatures.h"
#include "harness/run/console_file.h"
#include "harness/run/memory_file.h"
#include "reports/timeline_file.h"

namespace bootproof {

/// A stage and when lines first showed it, since the machine's start.
using ReachedStage = std::pair<Stage, std::chrono::milliseconds>;

/// Gives a watch what a case's streams said in the order in which it came: the events of its
/// timeline say when, the logs' bytes what, for the timeline has lines cut and none that is open. A
/// stream without its log, or of a timeline that does not say how far its log had come, is heard by
/// the timeline's own texts. Pure but for reading the logs; throws Error (kHost) where that fails.
class TimelineReplay {
 public:
  using Time = std::chrono::milliseconds;

  /// `serial`, `firmware`: the logs, null where there is none. They and `tolerated` must outlive
  /// this.
  TimelineReplay(const FileBytes* serial, const FileBytes* firmware,
                 std::span<const std::string> tolerated, std::shared_ptr<const OwnSignatures> own);

  void take(const TimelineEvent& event);
  /// Hears what is left of the logs behind the timeline's end, and the machine's own screen as it
  /// stood last (empty where that is not known). Call it once.
  void finish(const std::string& vga);

  /// What the watch makes of it, with the stage in which a certain loss showed: a machine that was
  /// reset since is in another. `unproved`: as diagnose_end() has it.
  [[nodiscard]] LogDiagnosis diagnosis(std::string_view unproved) const;
  /// The stages in the order in which they were reached, of each boot again; the first 32.
  [[nodiscard]] const std::vector<ReachedStage>& stages() const { return stages_; }
  /// What did not fit together, for people; empty where all did.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  /// A log that is heard in parts.
  struct Stream {
    const FileBytes* log = nullptr;
    std::string_view name;
    std::uint64_t heard = 0;  ///< Bytes of the log.
    bool by_text = false;     ///< The timeline's texts are heard instead.
    bool is_short = false;    ///< The timeline says more has come than the log holds.
    bool went_back = false;
  };

  void take_position(Stream& stream, std::optional<std::uint64_t> at);
  void take_line(Stream& stream, const TimelineEvent& event);
  void hear_to(Stream& stream, std::uint64_t end);
  void hear(const Stream& stream, std::string_view bytes);
  void begin_boot(bool clears_screen);
  void look();
  void note_loss();

  SignatureWatch watch_;
  ConsoleHearing console_{watch_};
  Transcript firmware_text_{16U << 10U};
  Stream serial_{.name = "serial.log"};
  Stream firmware_{.name = "firmware.log"};
  std::span<const std::string> tolerated_;
  std::shared_ptr<const OwnSignatures> own_;
  Time now_{};
  bool shows_vga_ = false;
  Stage noted_ = Stage::kNone;
  Stage furthest_ = Stage::kNone;
  std::vector<ReachedStage> stages_;
  std::string lost_for_;  ///< The cause of the certain loss, once it showed.
  Stage lost_in_ = Stage::kNone;
};

/// What a folder's streams say in the order of its timeline.
struct ReplayedFolder {
  LogDiagnosis diagnosis;
  std::vector<ReachedStage> stages;
  std::vector<std::string> problems;  ///< Each with its file's name.
};

/// Replays the streams of a case's folder; nothing where it has no timeline that can be read, and
/// then `why` says so. Links are not followed. `unproved`: as diagnose_end() has it. Never throws
/// for what is in the folder.
std::optional<ReplayedFolder> replay_folder(const std::filesystem::path& folder,
                                            std::string_view unproved,
                                            std::span<const std::string> tolerated,
                                            const std::shared_ptr<const OwnSignatures>& own,
                                            std::string& why);

}  // namespace bootproof
