#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace bootproof {

/// Whose fault an Error is. The exit code of the program follows from it (exit_code_of).
enum class ErrorKind {
  kUsage,        ///< The command line is wrong. Exit code 2.
  kScenario,     ///< A scenario or recipe file, or a medium it names, is wrong. Exit code 2.
  kHost,         ///< This host lacks something or failed: package, space, permission. Exit code 3.
  kBuild,        ///< A medium could not be built from its recipe. Exit code 3.
  kGuest,        ///< The medium under test misbehaved. Exit code 1.
  kInterrupted,  ///< A signal or the user ended the work. Exit code 128 + signal number.
  kBug,          ///< bootproof itself is wrong. Exit code 3.
};

/// The one exception type. `message` is lower case without a full stop: the thing first, then found
/// and expected values. `hint` says what to do and may be empty. Context is added on the way up and
/// printed before the message ("while booting rescue.ovmf.usb-storage: ...").
///
/// Caught only where a case ends and in main.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message, std::string hint = {});

  [[nodiscard]] ErrorKind kind() const { return kind_; }
  /// Contexts, outermost first, and the message, on one line where the message is one line.
  [[nodiscard]] const std::string& message() const { return message_; }
  /// What to do; empty where nothing can be said.
  [[nodiscard]] const std::string& hint() const { return hint_; }

  /// Puts "`context`: " before the message. Returns itself, to be thrown on.
  Error& add_context(std::string_view context);

  /// The message, and the hint on a line of its own.
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  void compose();

  ErrorKind kind_;
  std::string message_;
  std::string hint_;
  std::string text_;
};

/// What low-level functions return: a value, or an Error that is not thrown yet.
template <typename T>
using Result = tl::expected<T, Error>;

/// The value of `result`; throws its Error where there is none.
template <typename T>
T value_or_throw(Result<T> result) {
  if (!result) {
    throw result.error();
  }
  return std::move(*result);
}

/// The program's exit code for an error of this kind (DESIGN, section 1). kInterrupted gives 3: the
/// signal's own number is known to the runner alone.
int exit_code_of(ErrorKind kind);

/// "usage", "scenario", "host", "build", "guest", "interrupted", "bug".
std::string_view name_of(ErrorKind kind);

/// What to do about an error of the system (an errno value), where that alone says it; else empty.
std::string_view remedy_for(int code);

/// An Error of kind kHost for a failed system call: "cannot open /a/b: Permission denied". `code`
/// is an errno value. Without a hint the one that the code itself suggests is taken: free space,
/// raise a limit, choose another place.
Error system_error(std::string_view what, int code, std::string hint = {});

}  // namespace bootproof
