#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace bootproof {

/// For people: "0.4s", "12.3s" below a minute, then "3m12s", "1h02m03s". Negative durations count
/// as none.
std::string duration_text(std::chrono::milliseconds duration);

/// Seconds with three decimals, "12.345", as JUnit has them. Negative durations count as none.
std::string seconds_text(std::chrono::milliseconds duration);

/// ISO 8601 in UTC with milliseconds: "2024-05-06T07:08:09.123Z".
std::string timestamp_text(std::chrono::system_clock::time_point time);

/// The time that timestamp_text() wrote; nothing for any other text.
std::optional<std::chrono::system_clock::time_point> read_timestamp(const std::string& text);

/// ISO 8601 in UTC, whole seconds and no zone, as JUnit's schemas ask for: "2024-05-06T07:08:09".
std::string junit_timestamp_text(std::chrono::system_clock::time_point time);

}  // namespace bootproof
