#include "harness/run/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "harness/core/error.h"
#include "reports/escape.h"

namespace bootproof {
namespace {

namespace json = boost::json;

constexpr int kFormatVersion = 1;
constexpr std::uint64_t kMostOfStreams = 4U << 20U;
constexpr std::uint64_t kMostOfAll = 5U << 20U;
constexpr std::size_t kBuffer = 32U << 10U;
constexpr std::size_t kLongestText = 1024;
constexpr std::size_t kLongestScreen = 8U << 10U;
constexpr std::size_t kLongestData = 2048;
constexpr std::chrono::milliseconds kScreenPause{500};

/// Text that may hold any bytes, as a JSON string of bounded size.
json::string text_value(std::string_view text, std::size_t limit = kLongestText) {
  return json::string(json_text(first_part(text, limit)));
}

std::string_view name_of(OperateMachine::What what) {
  constexpr std::array<std::string_view, 7> kNames{"eject", "insert",       "plug",     "unplug",
                                                   "reset", "power-button", "cold-boot"};
  const auto index = static_cast<std::size_t>(what);
  return index < kNames.size() ? kNames.at(index) : "unknown";
}

/// A screen's text without the blanks and blank lines behind it.
std::string trimmed_screen(std::string_view text) {
  std::string out;
  std::size_t kept = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    out += line.substr(0, line.find_last_not_of(' ') + 1);
    kept = out.empty() || out.back() == '\n' ? kept : out.size();
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  out.resize(kept);
  return out;
}

}  // namespace

std::vector<std::string> TimelineLines::feed(std::string_view bytes) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    constexpr std::size_t kPiece = 8U << 10U;  // Less than the transcript's window.
    const std::string_view piece = bytes.substr(0, kPiece);
    bytes.remove_prefix(piece.size());
    look_for_motion(piece);
    const std::uint64_t before = transcript_.end();
    transcript_.feed(piece);
    std::string_view text = transcript_.since(before);
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      add(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (end != std::string_view::npos) {
        if (std::string line = finish(); !line.empty()) {
          lines.push_back(std::move(line));
        }
      }
    }
  }
  return lines;
}

void TimelineLines::add(std::string_view text) {
  const std::size_t room = kLongestText - std::min(line_.size(), kLongestText);
  const std::string_view kept = text.substr(0, room);
  line_ += kept;
  left_out_ += text.size() - kept.size();
}

std::string TimelineLines::finish() {
  std::string line = std::exchange(line_, {});
  line.erase(line.find_last_not_of(" \t") + 1);
  if (left_out_ > 0) {
    line += fmt::format(" [{} bytes left out]", std::exchange(left_out_, 0));
  }
  return line;
}

std::string TimelineLines::take_rest() { return finish(); }

bool TimelineLines::take_drawn() { return std::exchange(is_drawn_, false); }

/// Looks for CSI H, f and d (ECMA-48, 8.3.21, 8.3.63, 8.3.158), which place the cursor.
void TimelineLines::look_for_motion(std::string_view bytes) {
  if (motion_ == Motion::kNone && bytes.find('\x1b') == std::string_view::npos) {
    return;
  }
  for (const char c : bytes) {
    if (c == '\x1b') {
      motion_ = Motion::kEscape;
    } else if (motion_ == Motion::kEscape) {
      motion_ = c == '[' ? Motion::kSequence : Motion::kNone;
    } else if (motion_ == Motion::kSequence && (c < '0' || c > '?')) {
      is_drawn_ = is_drawn_ || c == 'H' || c == 'f' || c == 'd';
      motion_ = Motion::kNone;
    }
  }
}

Timeline::Timeline(const std::filesystem::path& file) {
  if (const int code = log_.open(file); code != 0) {
    throw system_error(fmt::format("cannot create {}", file.string()), code);
  }
}

bool Timeline::has_room(Share share) const {
  const bool is_over = share == Share::kStream ? streams_are_over_ : all_is_over_;
  return share == Share::kVerdict || !is_over;
}

void Timeline::write(std::string_view event, json::object keys, Time now, Share share) {
  if (!has_room(share)) {
    return;
  }
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - start_).count();
  last_ms_ = is_started_ ? std::max<std::int64_t>(last_ms_, age) : 0;
  json::object line{{"at_ms", last_ms_}, {"event", event}};
  for (auto& [key, value] : keys) {
    line[key] = std::move(value);
  }
  add_positions(line);
  const std::string text = json::serialize(line) + "\n";
  buffer_ += text;
  written_ += text.size();
  if (!streams_are_over_ && written_ >= kMostOfStreams) {
    streams_are_over_ = true;
    json::object told{{"text", "the file is full: no more of what the streams say is written"}};
    write("left-out", std::move(told), now, Share::kOther);
  }
  all_is_over_ = written_ >= kMostOfAll;
  if (buffer_.size() >= kBuffer) {
    flush();
  }
}

/// Where the streams' logs stood, so that their bytes can be read again in the order of time.
void Timeline::add_positions(json::object& line) {
  const auto add = [&](std::string_view key, Position& position) {
    if (position.heard != position.told) {
      line[key] = position.told = position.heard;
    }
  };
  add("serial_at", serial_at_);
  add("firmware_at", firmware_at_);
}

void Timeline::start(int boot, std::string_view qemu_version, Time now) {
  if (!is_started_) {
    is_started_ = true;
    start_ = now;
  }
  json::object keys{{"format", "bootproof-timeline"},
                    {"version", kFormatVersion},
                    {"boot", boot},
                    {"qemu_version", text_value(qemu_version)}};
  write("started", std::move(keys), now, Share::kOther);
}

void Timeline::console(std::string_view bytes, Time now) {
  serial_at_.heard += bytes.size();
  if (streams_are_over_) {
    return;
  }
  for (const std::string& line : serial_.feed(bytes)) {
    write("serial", {{"text", text_value(line, 2 * kLongestText)}}, now, Share::kStream);
  }
}

void Timeline::debug_port(std::string_view bytes, Time now) {
  firmware_at_.heard += bytes.size();
  if (streams_are_over_) {
    return;
  }
  for (const std::string& line : firmware_.feed(bytes)) {
    write("firmware", {{"text", text_value(line, 2 * kLongestText)}}, now, Share::kStream);
  }
}

bool Timeline::wants_screen(Time now) {
  is_drawn_ = serial_.take_drawn() || is_drawn_;
  return is_drawn_ && !streams_are_over_ && now - last_screen_ >= kScreenPause;
}

void Timeline::screen(std::string_view which, std::string_view text, Time now) {
  std::string shown = trimmed_screen(text);
  std::string& last = which == "vga" ? last_vga_ : last_terminal_;
  if (which != "vga") {
    is_drawn_ = false;
    last_screen_ = now;
  }
  if (shown == last) {
    return;
  }
  last = std::move(shown);
  json::object keys{{"screen", which}, {"text", text_value(last, kLongestScreen)}};
  write("screen", std::move(keys), now, Share::kStream);
}

void Timeline::machine_event(const QmpEvent& event, Time now) {
  json::object keys{{"name", text_value(event.name)}};
  if (json::serialize(event.data).size() <= kLongestData) {
    keys["data"] = event.data;
  }
  write("machine", std::move(keys), now, Share::kOther);
}

void Timeline::note(const CaseNote& note) {
  json::object keys;
  if (note.kind == "stage") {
    keys["stage"] = text_value(note.text);
    write("stage-reached", std::move(keys), note.when, Share::kOther);
    return;
  }
  if (note.kind == "step-passed") {
    keys["step"] = note.step;
    keys["what"] = text_value(note.text);
    keys["match"] = text_value(note.match);
    keys["duration_ms"] = note.duration.count();
  } else {
    keys["text"] = text_value(note.text);
  }
  write(note.kind, std::move(keys), note.when, Share::kOther);
}

void Timeline::action(const CaseAction& action, Time now) {
  if (const auto* send = std::get_if<SendSerial>(&action)) {
    write("sent", {{"to", "serial"}, {"text", text_value(send->bytes)}}, now, Share::kOther);
  } else if (const auto* press = std::get_if<PressKeys>(&action)) {
    write("sent", {{"to", "keyboard"}, {"text", text_value(press->qcodes)}}, now, Share::kOther);
  } else if (const auto* operate = std::get_if<OperateMachine>(&action)) {
    json::object keys{{"what", name_of(operate->what)}, {"medium", text_value(operate->medium)}};
    write("operated", std::move(keys), now, Share::kOther);
  }
}

void Timeline::reads(const std::vector<ReadRun>& runs, const MediumReads& reads, Time now) {
  const auto age = [this](Time at) {
    return std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::milliseconds>(at - start_).count());
  };
  const MediumMap* map = reads.map();
  for (const ReadRun& run : runs) {
    json::object keys{{"from_ms", age(run.first)}, {"to_ms", age(run.last)}};
    if (run.item && map != nullptr) {
      const MediumMap::Item& item = map->items().at(*run.item);
      keys["name"] = text_value(item.name);
      keys["place"] = text_value(item.place);
      if (run.percent) {
        keys["percent"] = *run.percent;
        keys["size"] = item.size;
      }
    } else {
      keys["name"] = "";
      keys["place"] = "";
    }
    json::array also;
    for (const std::size_t one : run.also) {
      also.push_back(text_value(map->items().at(one).name));
    }
    if (!also.empty()) {
      keys["also"] = std::move(also);
    }
    keys["offset"] = run.begin;
    keys["end"] = run.end;
    keys["bytes"] = run.bytes;
    keys["reads"] = run.reads;
    write("read", std::move(keys), now, Share::kStream);
  }
}

void Timeline::kernel_log(std::size_t records, Time now) {
  write("kernel-log", {{"records", records}, {"file", "kernel-log.txt"}}, now, Share::kOther);
}

void Timeline::verdict(const Verdict& verdict, Time now) {
  for (TimelineLines* stream : {&serial_, &firmware_}) {
    if (const std::string rest = stream->take_rest(); !rest.empty()) {
      json::object open{{"text", text_value(rest, 2 * kLongestText)}, {"open", true}};
      write(stream == &serial_ ? "serial" : "firmware", std::move(open), now, Share::kStream);
    }
  }
  constexpr std::size_t kMostLines = 32;
  json::array evidence;
  for (const std::string& line : verdict.evidence) {
    if (evidence.size() < kMostLines) {
      evidence.emplace_back(text_value(line));
    }
  }
  json::object keys{{"outcome", bootproof::name_of(verdict.outcome)},
                    {"stage", text_value(verdict.stage)},
                    {"cause", text_value(verdict.cause)},
                    {"message", text_value(verdict.message, 2 * kLongestText)},
                    {"evidence", std::move(evidence)}};
  write("verdict", std::move(keys), now, Share::kVerdict);
}

void Timeline::flush() {
  if (!buffer_.empty()) {
    [[maybe_unused]] const int remembered = log_.append(buffer_);  // Told by problem().
    buffer_.clear();
  }
}

void Timeline::close() {
  flush();
  [[maybe_unused]] const int remembered = log_.close();
}

}  // namespace bootproof
