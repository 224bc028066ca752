#include "harness/core/error.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace bootproof {

Error::Error(ErrorKind kind, std::string message, std::string hint)
    : kind_(kind), message_(std::move(message)), hint_(std::move(hint)) {
  compose();
}

Error& Error::add_context(std::string_view context) {
  message_ = fmt::format("{}: {}", context, message_);
  compose();
  return *this;
}

void Error::compose() { text_ = hint_.empty() ? message_ : fmt::format("{}\n{}", message_, hint_); }

int exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
    case ErrorKind::kScenario:
      return 2;
    case ErrorKind::kGuest:
      return 1;
    case ErrorKind::kHost:
    case ErrorKind::kBuild:
    case ErrorKind::kInterrupted:
    case ErrorKind::kBug:
      break;
  }
  return 3;
}

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
      return "usage";
    case ErrorKind::kScenario:
      return "scenario";
    case ErrorKind::kHost:
      return "host";
    case ErrorKind::kBuild:
      return "build";
    case ErrorKind::kGuest:
      return "guest";
    case ErrorKind::kInterrupted:
      return "interrupted";
    case ErrorKind::kBug:
      break;
  }
  return "bug";
}

Error system_error(std::string_view what, int code, std::string hint) {
  return {ErrorKind::kHost, fmt::format("{}: {}", what, std::generic_category().message(code)),
          std::move(hint)};
}

}  // namespace bootproof
