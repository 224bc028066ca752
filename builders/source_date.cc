#include "builders/source_date.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace chrono = std::chrono;

/// Reads decimal digits alone.
std::optional<std::int64_t> number_in(std::string_view digits) {
  std::int64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, number);
  const bool is_plain = !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
  return is_plain && problem == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

/// The numbers of `text` where it is like `pattern`, in which `0` stands for a digit.
bool is_like(std::string_view text, std::string_view pattern) {
  return text.size() == pattern.size() &&
         std::equal(text.begin(), text.end(), pattern.begin(), [](char c, char wanted) {
           return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
         });
}

std::optional<std::int64_t> unix_time(std::string_view text) {
  const bool has_time = is_like(text, "0000-00-00T00:00:00Z");
  if (!has_time && !is_like(text, "0000-00-00")) {
    return std::nullopt;
  }
  const auto part = [&](std::size_t start, std::size_t size) {
    return static_cast<int>(*number_in(text.substr(start, size)));
  };
  const chrono::year_month_day day{chrono::year(part(0, 4)),
                                   chrono::month(static_cast<unsigned>(part(5, 2))),
                                   chrono::day(static_cast<unsigned>(part(8, 2)))};
  const int hour = has_time ? part(11, 2) : 0;
  const int minute = has_time ? part(14, 2) : 0;
  const int second = has_time ? part(17, 2) : 0;
  constexpr int kHours = 24;
  constexpr int kSixty = 60;
  if (!day.ok() || hour >= kHours || minute >= kSixty || second >= kSixty) {
    return std::nullopt;
  }
  const chrono::sys_seconds time = chrono::sys_days(day) + chrono::hours(hour) +
                                   chrono::minutes(minute) + chrono::seconds(second);
  return time.time_since_epoch().count();
}

}  // namespace

std::int64_t read_source_date(const YamlNode& node) {
  const std::string text = node.text();
  const std::optional<std::int64_t> date = unix_time(text);
  if (!date) {
    throw node.error(fmt::format("'{}' is no date", escape_for_terminal(text)),
                     "write it as 2025-06-01 or 2025-06-01T12:30:00Z");
  }
  if (*date < kFirstSourceDate || *date > kLastSourceDate) {
    throw node.error(fmt::format("'{}' is outside the years 1980 to 2037", text),
                     "FAT knows no earlier time, and ext2 no later one");
  }
  return *date;
}

std::optional<std::int64_t> environment_source_date() {
  constexpr const char* kName = "SOURCE_DATE_EPOCH";
  const char* const text = std::getenv(kName);  // NOLINT(concurrency-mt-unsafe): never set here.
  if (text == nullptr || *text == '\0') {
    return std::nullopt;
  }
  const std::optional<std::int64_t> date = number_in(text);
  if (!date || *date > kLastSourceDate) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} is '{}', expected are seconds since 1970, at most {}", kName,
                            escape_for_terminal(text), kLastSourceDate),
                "set it to the output of `date +%s`, or unset it");
  }
  return std::max(*date, kFirstSourceDate);
}

std::string date_digits(std::int64_t date) {
  const chrono::sys_seconds time{chrono::seconds(date)};
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day calendar(day);
  const chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}", static_cast<int>(calendar.year()),
                     static_cast<unsigned>(calendar.month()), static_cast<unsigned>(calendar.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace bootproof
