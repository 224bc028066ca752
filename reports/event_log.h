#pragma once

#include <filesystem>
#include <string_view>

namespace bootproof {

/// A file of lines, each handed to the system at once, so that what was logged survives this
/// process whatever becomes of it. Not for use by several threads.
///
/// Failures are errno values, 0 for none: the caller knows the file's name and what to do.
class EventLog {
 public:
  EventLog() = default;
  EventLog(EventLog&& other) noexcept;
  EventLog& operator=(EventLog&& other) noexcept;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  ~EventLog();

  /// Opens the file for appending, and makes it where it does not exist. What is there stays. A log
  /// that was open is closed first.
  [[nodiscard]] int open(const std::filesystem::path& file);

  /// Appends `line`, which ends with a line feed, in one piece. After a failure part of the line
  /// may stand in the file; the next line that can be written begins on a line of its own. EBADF
  /// where no file is open.
  [[nodiscard]] int append(std::string_view line);

  /// Closes the file and tells what the system says to that (late errors of network file systems).
  [[nodiscard]] int close();

  /// The first failure of append or close since open, so that it can be reported once at the end.
  [[nodiscard]] int first_error() const { return first_error_; }

 private:
  int remember(int error);

  int descriptor_ = -1;
  int first_error_ = 0;
  bool torn_ = false;  ///< The file ends in the middle of a line.
};

}  // namespace bootproof
