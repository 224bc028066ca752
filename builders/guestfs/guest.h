#pragma once

#include <guestfs.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "builders/guestfs/job.h"

namespace bootproof::guestfs {

/// The work failed; `stage` is the word of the answer's field `failed`.
class Failure : public std::runtime_error {
 public:
  Failure(std::string stage, const std::string& message)
      : std::runtime_error(message), stage_(std::move(stage)) {}
  [[nodiscard]] const std::string& stage() const { return stage_; }

 private:
  std::string stage_;
};

/// What libguestfs, the appliance's console and QEMU say, in a file of bounded size.
class Log {
 public:
  /// Appends to `file`. An unwritable log is no reason to fail: nothing is kept then.
  explicit Log(const std::filesystem::path& file);

  /// Writes `text`, with a line feed where it is a line of the library.
  void write(std::string_view text, bool is_line);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t written_ = 0;
};

/// A launched appliance. Calls go through raw(); what they return goes through check() and its
/// twins, which throw Failure ("work", or "appliance" where the appliance has ended) with
/// libguestfs's own message.
class Guest {
 public:
  /// Launches the appliance with the job's drives, first by the quick init where the job may.
  /// Throws Failure ("launch").
  Guest(const Job& job, Log& log);

  [[nodiscard]] guestfs_h* raw() const { return handle_.get(); }
  [[nodiscard]] bool is_quick() const { return is_quick_; }
  [[nodiscard]] std::uint64_t launch_ms() const { return launch_ms_; }

  /// Throws for -1.
  void check(int result) const;
  /// A string that the library allocated; throws for a null pointer.
  [[nodiscard]] std::string text(char* result) const;
  /// A list of strings that the library allocated; throws for a null pointer.
  [[nodiscard]] std::vector<std::string> list(char** result) const;
  /// As text(), but nothing where the call failed.
  [[nodiscard]] std::optional<std::string> maybe_text(char* result) const;
  /// Runs a command of the appliance's shell and gives its output, at most 4 MiB. Device names in
  /// it are the kernel's, not the API's: use disk_link().
  [[nodiscard]] std::string shell(const std::string& command) const;
  /// The API's name of drive `index`: "/dev/sda".
  [[nodiscard]] std::string device(std::size_t index) const;
  /// A link in the appliance to drive `index` by the kernel's name.
  [[nodiscard]] static std::string disk_link(std::size_t index);
  /// Ends the appliance; throws Failure ("work") where a write did not reach a disk.
  void shut_down();

 private:
  struct Close {
    void operator()(guestfs_h* handle) const { guestfs_close(handle); }
  };
  void open(const Job& job, Log& log, bool quick);
  [[noreturn]] void fail() const;

  std::unique_ptr<guestfs_h, Close> handle_;
  bool is_quick_ = false;
  std::uint64_t launch_ms_ = 0;
};

}  // namespace bootproof::guestfs
