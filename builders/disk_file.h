#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "harness/core/unique_fd.h"

namespace bootproof {

/// An image that is being made: a file read and written at offsets. What is never written stays a
/// hole. Every function throws Error (kHost) that names the file.
class DiskFile {
 public:
  /// Opens the file, which is made where it is not there.
  explicit DiskFile(std::filesystem::path path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t size() const;
  void resize(std::uint64_t size) const;
  void write(std::uint64_t offset, std::string_view bytes) const;
  /// Exactly `size` bytes.
  [[nodiscard]] std::string read(std::uint64_t offset, std::uint64_t size) const;
  /// Copies a whole file to `offset`; its holes stay holes. Returns its size.
  [[nodiscard]] std::uint64_t copy_from(const std::filesystem::path& source,
                                        std::uint64_t offset) const;

 private:
  DiskFile(UniqueFd fd, std::filesystem::path path);

  std::filesystem::path path_;
  UniqueFd fd_;
};

}  // namespace bootproof
