#include "reports/timeline_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <utility>

#include "reports/escape.h"

namespace bootproof {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestEvent = 512U << 10U;
constexpr std::int64_t kKnownVersion = 1;
constexpr std::size_t kDeepest = 16;

/// A number that is not negative.
std::optional<std::uint64_t> number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_number() || value->is_double()) {
    return std::nullopt;
  }
  if (value->is_uint64()) {
    return value->as_uint64();
  }
  const std::int64_t number = value->as_int64();
  return number < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(number));
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

bool is_true(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->as_bool();
}

bool is_by_guest(const json::object& object) {
  const json::value* data = object.if_contains("data");
  return data != nullptr && data->is_object() && is_true(data->as_object(), "guest");
}

/// The keys by which a line of this event is understood, where one of them is missing or is none.
std::string missing_key(const json::object& object, std::string_view event) {
  const auto lacks_text = [&](std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr || !value->is_string();
  };
  const bool is_stream = event == "serial" || event == "firmware" || event == "screen";
  if (is_stream && lacks_text("text")) {
    return "text";
  }
  if (event == "screen" && lacks_text("screen")) {
    return "screen";
  }
  return event == "machine" && lacks_text("name") ? "name" : "";
}

struct Parsed {
  TimelineEvent event;
  bool begins_timeline = false;  ///< It is what a timeline of this version begins with.
};

/// What a line says; nothing where it is no event, with what is wrong in `problem`.
std::optional<Parsed> parse(std::string_view line, std::string& problem) {
  json::error_code code;
  json::parse_options options;
  options.max_depth = kDeepest;
  const json::value value =
      json::parse(json::string_view(line.data(), line.size()), code, json::storage_ptr(), options);
  if (code || !value.is_object()) {
    problem = code ? "it is no JSON: " + code.message() : "it is no JSON object";
    return std::nullopt;
  }
  const json::object& object = value.as_object();
  Parsed parsed;
  TimelineEvent& event = parsed.event;
  const std::optional<std::uint64_t> at = number_of(object, "at_ms");
  constexpr std::uint64_t kLatest = std::uint64_t{1} << 40U;  // 35 years.
  event.event = text_of(object, "event");
  if (!at || *at > kLatest || event.event.empty()) {
    problem = "it has no \"at_ms\" that is a time, or no \"event\"";
    return std::nullopt;
  }
  if (const std::string key = missing_key(object, event.event); !key.empty()) {
    problem = fmt::format("its \"{}\" is no text", key);
    return std::nullopt;
  }
  event.at = std::chrono::milliseconds(static_cast<std::int64_t>(*at));
  event.text = text_of(object, "text");
  event.screen = text_of(object, "screen");
  event.name = text_of(object, "name");
  event.by_guest = is_by_guest(object);
  event.is_open = is_true(object, "open");
  event.boot = static_cast<std::int64_t>(
      std::min<std::uint64_t>(number_of(object, "boot").value_or(1), kLatest));
  event.serial_at = number_of(object, "serial_at");
  event.firmware_at = number_of(object, "firmware_at");
  parsed.begins_timeline = event.event == "started" &&
                           text_of(object, "format") == "bootproof-timeline" &&
                           number_of(object, "version") == kKnownVersion;
  return parsed;
}

}  // namespace

std::vector<TimelineEvent> TimelineReader::feed(std::string_view bytes) {
  std::vector<TimelineEvent> events;
  while (!bytes.empty()) {
    const std::size_t feed = bytes.find('\n');
    const std::string_view part = bytes.substr(0, feed);
    bytes.remove_prefix(feed == std::string_view::npos ? bytes.size() : feed + 1);
    is_too_long_ = is_too_long_ || line_.size() + part.size() > kLongestEvent;
    if (is_too_long_) {
      line_.clear();
    } else {
      line_ += part;
    }
    if (feed != std::string_view::npos) {
      take(line_, events);
      line_.clear();
      is_too_long_ = false;
    }
  }
  return events;
}

std::vector<TimelineEvent> TimelineReader::finish() {
  std::vector<TimelineEvent> events;
  if (!line_.empty() || is_too_long_) {
    is_cut_ = true;
    std::string ignored;
    // What a killed run left of a line is no defect of its own.
    if (is_too_long_ || parse(line_, ignored)) {
      take(line_, events);
    }
  }
  if (lines_ == 0) {
    why_no_timeline_ = is_cut_ ? "its first line is cut" : "it is empty";
  }
  return events;
}

void TimelineReader::take(std::string_view line, std::vector<TimelineEvent>& events) {
  ++lines_;
  std::string problem;
  std::optional<Parsed> parsed;
  if (is_too_long_) {
    problem = fmt::format("it has more than {} KiB", kLongestEvent >> 10U);
  } else {
    parsed = parse(line, problem);
  }
  if (lines_ == 1) {
    is_timeline_ = parsed && parsed->begins_timeline;
    why_no_timeline_ = parsed ? "its first line is no \"started\" of a timeline of version 1"
                              : "its first line is no event: " + problem;
  }
  if (!parsed) {
    first_bad_ = bad_++ == 0 ? lines_ : first_bad_;
    first_problem_ = bad_ == 1 ? std::move(problem) : first_problem_;
    return;
  }
  TimelineEvent& event = parsed->event;
  if (event.at < last_) {
    first_back_ = back_++ == 0 ? lines_ : first_back_;
  }
  last_ = std::max(last_, event.at);
  event.at = last_;
  events.push_back(std::move(event));
}

std::vector<std::string> TimelineReader::problems() const {
  std::vector<std::string> told;
  if (!is_timeline_) {
    told.push_back(why_no_timeline_);
    return told;
  }
  if (bad_ > 0) {
    told.push_back(
        fmt::format("{} of its {} lines are no events and don't count; the first is "
                    "line {}: {}",
                    bad_, lines_, first_bad_, terminal_text(first_problem_)));
  }
  if (back_ > 0) {
    told.push_back(
        fmt::format("time goes back in {} of its lines, first in line {}; their order "
                    "is kept",
                    back_, first_back_));
  }
  if (is_cut_) {
    told.emplace_back("its last line has no end: the run was ended while it was written");
  }
  return told;
}

}  // namespace bootproof
