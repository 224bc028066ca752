#include "reports/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <string_view>

namespace bootproof {
namespace {

using std::chrono::milliseconds;

constexpr auto kPerSecond = milliseconds(std::chrono::seconds(1)).count();

milliseconds not_negative(milliseconds duration) { return std::max(duration, milliseconds(0)); }

std::string date_and_time(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace

std::string duration_text(milliseconds duration) {
  const auto whole = not_negative(duration);
  if (whole < std::chrono::minutes(1)) {
    const auto tenths = whole.count() / (kPerSecond / 10);
    return fmt::format("{}.{}s", tenths / 10, tenths % 10);
  }
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(whole)};
  if (clock.hours().count() == 0) {
    return fmt::format("{}m{:02}s", clock.minutes().count(), clock.seconds().count());
  }
  return fmt::format("{}h{:02}m{:02}s", clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::string seconds_text(milliseconds duration) {
  const auto count = not_negative(duration).count();
  return fmt::format("{}.{:03}", count / kPerSecond, count % kPerSecond);
}

std::string timestamp_text(std::chrono::system_clock::time_point time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::floor<milliseconds>(time - second);
  return fmt::format("{}.{:03}Z", date_and_time(second), rest.count());
}

std::optional<std::chrono::system_clock::time_point> read_timestamp(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) {
    return std::nullopt;
  }
  const std::string_view fraction(rest);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (fraction.size() != 5 || fraction[0] != '.' || fraction[4] != 'Z' ||
      !std::all_of(fraction.begin() + 1, fraction.begin() + 4, is_digit)) {
    return std::nullopt;
  }
  const int thousandths =
      (fraction[1] - '0') * 100 + (fraction[2] - '0') * 10 + (fraction[3] - '0');
  return std::chrono::system_clock::from_time_t(::timegm(&parts)) + milliseconds(thousandths);
}

std::string junit_timestamp_text(std::chrono::system_clock::time_point time) {
  return date_and_time(std::chrono::floor<std::chrono::seconds>(time));
}

}  // namespace bootproof
