#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "builders/built_file.h"
#include "builders/file_lock.h"

namespace bootproof {

/// A file in the cache and what its record says of it.
struct CacheEntry {
  std::filesystem::path path;
  std::string sha256;
  std::uint64_t size = 0;
};

/// Built files by key (64 hexadecimal digits) under one folder:
///
///     built/KEY.SUFFIX   the file, read-only
///     built/KEY.record   its digest, and its stamp when the digest was known to be right
///     locks/KEY.lock     held by whoever builds KEY
///     work/KEY.NUMBER/   where it is built
///
/// An entry whose stamp is as recorded since the host was started is taken as it is. Where the
/// stamp differs (cut, overwritten, restored from a backup), or the host was started anew, the
/// digest decides: entries are not flushed to the disk, so a host that goes down can lose a part of
/// one whose stamp stays. What the disk itself garbles without a change of the stamp is not seen.
class BuildCache {
 public:
  explicit BuildCache(std::filesystem::path folder);

  /// The entry, by its stamp alone. Needs no lock.
  [[nodiscard]] std::optional<CacheEntry> find(const std::string& key,
                                               std::string_view suffix) const;

  /// Waits for the lock of `key`.
  [[nodiscard]] FileLock lock(const std::string& key) const;

  /// The entry, by its stamp or else by its digest, which renews the stamp. The caller holds the
  /// lock.
  [[nodiscard]] std::optional<CacheEntry> verify(const std::string& key,
                                                 std::string_view suffix) const;

  /// An empty folder to build in. The caller holds the lock and removes the folder. Also removes
  /// what killed builds left, of this key and of all keys that nobody builds now.
  [[nodiscard]] std::filesystem::path work_folder(const std::string& key) const;

  /// Removes what killed builds left, of all keys that nobody builds now.
  void remove_leftovers() const;

  /// Moves `made`, a file in the work folder, into the cache. The caller holds the lock.
  CacheEntry store(const std::string& key, std::string_view suffix,
                   const std::filesystem::path& made) const;

 private:
  [[nodiscard]] std::filesystem::path entry_path(const std::string& key,
                                                 std::string_view suffix) const;
  void remove_leftover(const std::filesystem::path& folder) const;
  [[nodiscard]] std::filesystem::path record_path(const std::string& key) const;

  std::filesystem::path folder_;
};

/// Removes the folder of a build when the build ends, however it ends.
class WorkFolder {
 public:
  explicit WorkFolder(std::filesystem::path path) : path_(std::move(path)) {}
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Makes `file` out of nothing; `work_folder` is empty at first and removed afterwards.
using MakeEntry = std::function<void(const std::filesystem::path& work_folder,
                                     const std::filesystem::path& file)>;

/// The entry, else what `make` makes, under the lock of the key. Throws Error as `make` does, and
/// kHost where the cache can't be written.
BuiltFile find_or_make(const BuildCache& cache, const std::string& key, std::string_view suffix,
                       const MakeEntry& make);

/// Throws Error (kHost) where the disk of `folder` is full: tools say so in many ways, and whoever
/// reads it shall see it at once.
void rethrow_if_full(const std::filesystem::path& folder);

/// The entry as what was asked for.
BuiltFile built_file(CacheEntry entry, bool from_cache);

}  // namespace bootproof
