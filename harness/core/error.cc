#include "harness/core/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace bootproof {

std::string_view remedy_for(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return "free some space there, or choose another place with --out";
    case EFBIG:
      return "raise the limit of file sizes (ulimit -f), or choose another place with --out";
    case EACCES:
    case EPERM:
    case EROFS:
      return "choose a place where this user may write, e.g. with --out";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n), or run fewer machines at once (-j)";
    case EAGAIN:
      return "raise the limit of processes (ulimit -u), or run fewer machines at once (-j)";
    case ENOMEM:
      return "run fewer machines at once (-j), or give them less memory";
    case ELOOP:
      return "a symbolic link leads back to itself: name the file itself";
    default:
      return {};
  }
}

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
          hint.empty() ? std::string(remedy_for(code)) : std::move(hint)};
}

}  // namespace bootproof
