#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "harness/core/unique_fd.h"

namespace bootproof {

/// A log file of bounded size: the first `head_bytes` go straight to the disk; of what comes after
/// them the last `tail_bytes` are kept in memory and written by the destructor behind a line that
/// says how much was left out. A guest that floods gigabytes costs these two numbers.
class CappedLog {
 public:
  /// Creates or empties the file. Throws Error (kHost) where it can't be created.
  explicit CappedLog(const std::filesystem::path& file, std::uint64_t head_bytes = 4U << 20U,
                     std::size_t tail_bytes = 256U << 10U);
  ~CappedLog();
  CappedLog(const CappedLog&) = delete;
  CappedLog& operator=(const CappedLog&) = delete;

  void write(std::string_view bytes);
  /// Writes the tail and closes the file; nothing is taken after that.
  void close();
  /// The first problem with writing (errno), or 0. Evidence that could not be kept is told in the
  /// verdict.
  [[nodiscard]] int problem() const { return problem_; }

 private:
  void write_now(std::string_view bytes);

  UniqueFd fd_;
  std::uint64_t head_left_;
  std::size_t tail_bytes_;
  std::string tail_;
  std::uint64_t left_out_ = 0;
  int problem_ = 0;
};

}  // namespace bootproof
