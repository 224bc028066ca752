#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

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
/// An entry whose stamp is as recorded is taken as it is. Where the stamp differs (cut,
/// overwritten, restored from a backup) the digest decides. What the disk itself garbles without a
/// change of the stamp is not seen.
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

  /// Moves `made`, a file in the work folder, into the cache. The caller holds the lock.
  CacheEntry store(const std::string& key, std::string_view suffix,
                   const std::filesystem::path& made) const;

 private:
  [[nodiscard]] std::filesystem::path entry_path(const std::string& key,
                                                 std::string_view suffix) const;
  [[nodiscard]] std::filesystem::path record_path(const std::string& key) const;
  void remove_leftovers() const;

  std::filesystem::path folder_;
};

}  // namespace bootproof
