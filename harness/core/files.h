#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/core/error.h"

namespace bootproof {

/// The whole file as bytes, at most `limit` bytes. Error (kHost) where it can't be read or is
/// larger.
Result<std::string> read_file(const std::filesystem::path& file, std::uint64_t limit);

/// Writes `bytes` under a temporary name in the same folder, flushes it and renames it to `file`: a
/// reader sees the old file or the whole new one. Throws Error (kHost), e.g. when no space is left;
/// then no file of that name, or the old one, is there.
void write_file_atomically(const std::filesystem::path& file, std::string_view bytes);

/// The same without the flush, which takes a disk many milliseconds: what is written survives the
/// end of this process, however it ends, but not that of the host.
void replace_file(const std::filesystem::path& file, std::string_view bytes);

/// Creates the folder and its parents. Throws Error (kHost) that names the folder and the reason,
/// with `remedy` as hint.
void create_folders(const std::filesystem::path& folder,
                    std::string_view remedy = "choose another place with --out");

/// The remedy for a cache folder that can't be made or written.
inline constexpr std::string_view kCacheRemedy =
    "set BOOTPROOF_CACHE to a folder that this user may write";

/// An environment variable that names a file or folder; empty where it is not set.
std::filesystem::path environment_path(const char* name);

/// Where bootproof keeps what can be made again (built media, package files, probe results,
/// recorded durations): `$BOOTPROOF_CACHE`, else `$XDG_CACHE_HOME/bootproof`, else
/// `~/.cache/bootproof`.
std::filesystem::path cache_folder();

/// A part of a file that holds data; what lies between two of them is a hole and reads as zeros.
struct FileRun {
  std::uint64_t offset = 0;  ///< In bytes.
  std::uint64_t size = 0;
};

/// The parts of an open file that hold data, in order (lseek(2), SEEK_DATA); on a file system that
/// knows no holes the whole file. Error (kHost) where that can't be asked, as for a pipe.
Result<std::vector<FileRun>> data_runs(int file);

/// Copies a file to another, which is made or cut; its holes stay holes, and where the file system
/// can share blocks nothing is copied at all. Throws Error (kHost).
void copy_keeping_holes(const std::filesystem::path& from, const std::filesystem::path& to);

/// SHA-256 of a file, as 64 lower-case hexadecimal digits. Error (kHost) where it can't be read.
Result<std::string> sha256_of_file(const std::filesystem::path& file);

/// SHA-256 of bytes, as 64 lower-case hexadecimal digits.
std::string sha256_of(std::string_view bytes);

/// A file that somebody writes under this name, and that is gone when this goes.
class ScratchFile {
 public:
  explicit ScratchFile(std::filesystem::path path) : path_(std::move(path)) {}
  ScratchFile(ScratchFile&& other) noexcept
      : path_(std::exchange(other.path_, std::filesystem::path())) {}
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ScratchFile& operator=(ScratchFile&&) = delete;
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace bootproof
