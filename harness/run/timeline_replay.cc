#include "harness/run/timeline_replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 64U << 10U;
constexpr std::size_t kMostStages = 32;
constexpr std::uint64_t kLargestScreen = 1U << 20U;

/// Opens a regular file of the folder; nothing where there is none.
std::optional<FileBytes> open_in(const fs::path& folder, std::string_view name,
                                 std::vector<std::string>& problems) {
  std::error_code code;
  const fs::path file = folder / name;
  if (!fs::is_regular_file(fs::symlink_status(file, code))) {
    return std::nullopt;
  }
  Result<FileBytes> bytes = open_bytes(file);
  if (!bytes) {
    problems.push_back(fmt::format("{}: {}", name, bytes.error().message()));
    return std::nullopt;
  }
  if (bytes->size > kLongestLog) {
    problems.push_back(fmt::format("{}: {} MiB, of which the first {} count", name,
                                   bytes->size >> 20U, kLongestLog >> 20U));
    bytes->size = kLongestLog;
  }
  return std::move(*bytes);
}

}  // namespace

TimelineReplay::TimelineReplay(const FileBytes* serial, const FileBytes* firmware,
                               std::span<const std::string> tolerated,
                               std::shared_ptr<const OwnSignatures> own)
    : watch_(own), tolerated_(tolerated), own_(std::move(own)) {
  serial_.log = serial;
  firmware_.log = firmware;
}

void TimelineReplay::take(const TimelineEvent& event) {
  now_ = event.at;
  // What had come before it is heard before it.
  take_position(firmware_, event.firmware_at);
  take_position(serial_, event.serial_at);
  if (event.event == "serial") {
    take_line(serial_, event);
  } else if (event.event == "firmware") {
    take_line(firmware_, event);
  } else if (event.event == "screen" && event.screen == "vga") {
    watch_.show_screen(event.text, ScreenKind::kVga);
    shows_vga_ = true;
  } else if (event.event == "screen" && serial_.by_text) {
    watch_.show_screen(event.text);
  } else if (event.event == "machine" && event.name == "RESET") {
    begin_boot(!event.by_guest);
  } else if (event.event == "started" && event.boot > 1) {
    begin_boot(true);
  }
  look();
}

void TimelineReplay::take_position(Stream& stream, std::optional<std::uint64_t> at) {
  if (!at || stream.log == nullptr || stream.by_text) {
    return;
  }
  stream.is_short = stream.is_short || *at > stream.log->size;
  stream.went_back = stream.went_back || *at < stream.heard;
  hear_to(stream, *at);
}

void TimelineReplay::take_line(Stream& stream, const TimelineEvent& event) {
  // A line of a log has come before it is told: where no position was, there is none at all.
  stream.by_text = stream.by_text || stream.log == nullptr || stream.heard == 0;
  if (stream.by_text) {
    hear(stream, event.text + (event.is_open ? "" : "\n"));
  }
}

void TimelineReplay::hear_to(Stream& stream, std::uint64_t end) {
  end = std::min(end, stream.log->size);
  std::string buffer;
  while (stream.heard < end) {
    buffer.resize(std::min<std::uint64_t>(kPiece, end - stream.heard));
    std::vector<std::uint8_t> bytes(buffer.size());
    if (!stream.log->read(stream.heard, bytes)) {
      throw Error(ErrorKind::kHost,
                  fmt::format("{}: it can't be read at byte {}", stream.name, stream.heard),
                  "see whether it still grows, and whether its disk is healthy");
    }
    std::copy(bytes.begin(), bytes.end(), buffer.begin());
    stream.heard += bytes.size();
    hear(stream, buffer);
    look();
  }
}

void TimelineReplay::hear(const Stream& stream, std::string_view bytes) {
  if (&stream == &serial_) {
    // What stood on the machine's own screen is no news beside what the serial line says now.
    if (std::exchange(shows_vga_, false)) {
      watch_.show_screen({}, ScreenKind::kVga);
    }
    console_.hear(bytes, [this] { look(); });
    return;
  }
  const std::uint64_t before = firmware_text_.end();
  firmware_text_.feed(bytes);
  watch_.add_text(firmware_text_.since(before), TextStream::kFirmwareLog);
}

void TimelineReplay::begin_boot(bool clears_screen) {
  watch_.note_reset();
  noted_ = Stage::kNone;
  if (clears_screen) {
    console_.clear_screen();
    watch_.show_screen({}, ScreenKind::kVga);
  }
}

/// Notes how far the boot has come, and in which stage a certain loss showed.
void TimelineReplay::look() {
  const Stage stage = watch_.stage();
  if (stage > noted_) {
    noted_ = stage;
    furthest_ = std::max(furthest_, stage);
    if (stages_.size() < kMostStages) {
      stages_.emplace_back(stage, now_);
    }
  }
  note_loss();
}

void TimelineReplay::note_loss() {
  const std::optional<Finding> finding = watch_.certain(tolerated_);
  if (finding && finding->signature->cause != lost_for_) {
    lost_for_ = finding->signature->cause;
    lost_in_ = watch_.stage();
  }
}

void TimelineReplay::finish(const std::string& vga) {
  for (Stream* stream : {&firmware_, &serial_}) {
    if (stream->log != nullptr && !stream->by_text) {
      hear_to(*stream, stream->log->size);
    }
  }
  look();
  // What stands on the screen when all is over may prove a loss; the run had come no further by it.
  if (!vga.empty()) {
    watch_.show_screen(vga, ScreenKind::kVga);
    note_loss();
  }
}

LogDiagnosis TimelineReplay::diagnosis(std::string_view unproved) const {
  LogDiagnosis diagnosis = diagnose_end(watch_, unproved, tolerated_);
  diagnosis.own = own_;
  if (diagnosis.is_certain) {
    diagnosis.stage = lost_in_;
  } else if (!diagnosis.finding) {
    diagnosis.stage = furthest_;
  }
  return diagnosis;
}

std::vector<std::string> TimelineReplay::problems() const {
  std::vector<std::string> told;
  for (const Stream* stream : {&firmware_, &serial_}) {
    if (stream->is_short) {
      told.push_back(fmt::format("{}: it holds {} bytes, and by timeline.jsonl more have come",
                                 stream->name, stream->log->size));
    } else if (stream->by_text && stream->log != nullptr) {
      told.push_back(
          fmt::format("timeline.jsonl: it does not say how far {} had come: its own "
                      "lines count, cut as they are",
                      stream->name));
    }
    if (stream->went_back) {
      told.push_back(fmt::format(
          "timeline.jsonl: its positions in {} go back; no byte counts twice", stream->name));
    }
  }
  return told;
}

std::optional<ReplayedFolder> replay_folder(const fs::path& folder, std::string_view unproved,
                                            std::span<const std::string> tolerated,
                                            const std::shared_ptr<const OwnSignatures>& own,
                                            std::string& why) {
  constexpr std::string_view kFile = "timeline.jsonl";
  ReplayedFolder replayed;
  const std::optional<FileBytes> timeline = open_in(folder, kFile, replayed.problems);
  if (!timeline) {
    why = replayed.problems.empty() ? "there is no timeline.jsonl" : replayed.problems.front();
    return std::nullopt;
  }
  const std::optional<FileBytes> serial = open_in(folder, "serial.log", replayed.problems);
  const std::optional<FileBytes> firmware = open_in(folder, "firmware.log", replayed.problems);
  const std::optional<FileBytes> vga = open_in(folder, "vga.txt", replayed.problems);
  TimelineReader reader;
  TimelineReplay replay(serial ? &*serial : nullptr, firmware ? &*firmware : nullptr, tolerated,
                        own);
  try {
    const std::uint64_t size = std::min(timeline->size, kLongestTimeline);
    std::vector<std::uint8_t> piece;
    const auto take = [&](const std::vector<TimelineEvent>& events) {
      for (const TimelineEvent& event : events) {
        replay.take(event);
      }
    };
    for (std::uint64_t at = 0; at < size; at += piece.size()) {
      piece.resize(std::min<std::uint64_t>(kPiece, size - at));
      if (!timeline->read(at, piece)) {
        throw Error(ErrorKind::kHost, fmt::format("{}: it can't be read at byte {}", kFile, at),
                    "see whether its disk is healthy");
      }
      take(reader.feed(std::string(piece.begin(), piece.end())));
    }
    take(reader.finish());
    if (!reader.is_timeline()) {
      why = fmt::format("timeline.jsonl is none: {}", reader.problems().front());
      return std::nullopt;
    }
    replay.finish(vga ? read_text(*vga, kLargestScreen) : std::string());
  } catch (const Error& error) {
    why = error.message();
    return std::nullopt;
  }
  if (timeline->size > kLongestTimeline) {
    replayed.problems.push_back(fmt::format("{}: {} MiB, of which the first {} count", kFile,
                                            timeline->size >> 20U, kLongestTimeline >> 20U));
  }
  for (const std::string& problem : reader.problems()) {
    replayed.problems.push_back(fmt::format("{}: {}", kFile, problem));
  }
  const std::vector<std::string> unfit = replay.problems();
  replayed.problems.insert(replayed.problems.end(), unfit.begin(), unfit.end());
  replayed.diagnosis = replay.diagnosis(unproved);
  replayed.stages = replay.stages();
  return replayed;
}

}  // namespace bootproof
