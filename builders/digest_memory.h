#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "harness/core/error.h"

namespace bootproof {

/// What the file system says of a file without reading it. A file that was written to, replaced or
/// restored from elsewhere differs in one of these: nobody sets the change time.
struct FileStamp {
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::uint64_t inode = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
  /// The four numbers on one line.
  [[nodiscard]] std::string text() const;
};

/// The stamp of a regular file. Error (kHost) where there is none or it is something else.
Result<FileStamp> stamp_of(const std::filesystem::path& file);

/// Remembers SHA-256 digests of files by their stamps, in a folder, so that a kernel and an initrd
/// of 40 MB are not read again for each build. Safe between threads and processes.
///
/// A stamp younger than a tenth of a second is not trusted: the file could change again within the
/// clock's grain.
class DigestMemory {
 public:
  explicit DigestMemory(std::filesystem::path folder);

  /// SHA-256 of the file, 64 hexadecimal digits. Throws Error (kHost) where it can't be read.
  [[nodiscard]] std::string file(const std::filesystem::path& file) const;

  /// One digest over names and contents of the regular files right in a folder. Throws Error
  /// (kHost).
  [[nodiscard]] std::string folder(const std::filesystem::path& folder) const;

  /// One digest over all that is below a folder: paths, types, permission bits, contents and what
  /// links say. Links are not followed. Throws Error (kHost).
  [[nodiscard]] std::string tree(const std::filesystem::path& folder) const;

  /// The value that `compute` gave for `subject` when its state was `state`. `subject` and `state`
  /// are any text, the value is one line.
  [[nodiscard]] std::string recall(std::string_view subject, std::string_view state, bool settled,
                                   const std::function<std::string()>& compute) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace bootproof
