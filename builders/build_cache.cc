#include "builders/build_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "builders/digest_memory.h"
#include "harness/core/error.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

struct Record {
  std::string sha256;
  std::string stamp;
};

constexpr std::string_view kRecordHead = "bootproof entry 2\n";

/// What names the time since this host was started (random(4)); empty where the kernel does not
/// tell.
const std::string& boot_id() {
  constexpr std::uint64_t kLargest = 64;
  static const std::string id = [] {
    std::string text = read_file("/proc/sys/kernel/random/boot_id", kLargest).value_or("");
    text.erase(std::min(text.find('\n'), text.size()));
    return text;
  }();
  return id;
}

/// What a record says where nothing has happened to its entry.
std::string untouched(const FileStamp& stamp) {
  return fmt::format("{} {}", stamp.text(), boot_id());
}

std::optional<Record> read_record(const fs::path& file) {
  constexpr std::uint64_t kLargestRecord = 4096;
  constexpr std::size_t kDigestDigits = 64;
  const Result<std::string> text = read_file(file, kLargestRecord);
  if (!text || !text->starts_with(kRecordHead) || text->back() != '\n') {
    return std::nullopt;
  }
  const std::string_view rest = std::string_view(*text).substr(kRecordHead.size());
  const std::size_t line = rest.find('\n');
  if (line != kDigestDigits || line + 1 == rest.size()) {
    return std::nullopt;
  }
  return Record{std::string(rest.substr(0, line)),
                std::string(rest.substr(line + 1, rest.size() - line - 2))};
}

void write_record(const fs::path& file, const std::string& sha256, const FileStamp& stamp) {
  replace_file(file, fmt::format("{}{}\n{}\n", kRecordHead, sha256, untouched(stamp)));
}

/// Sees to it that the bytes are on the disk before the entry gets its name, where nothing would
/// tell that the host went down meanwhile.
void flush(const fs::path& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fdatasync(fd.get()) != 0) {
    throw system_error(fmt::format("cannot write {}", file.string()), errno,
                       "free some space there, or choose another cache: set BOOTPROOF_CACHE");
  }
}

}  // namespace

BuildCache::BuildCache(fs::path folder) : folder_(std::move(folder)) {}

fs::path BuildCache::entry_path(const std::string& key, std::string_view suffix) const {
  return folder_ / "built" / fmt::format("{}{}", key, suffix);
}

fs::path BuildCache::record_path(const std::string& key) const {
  return folder_ / "built" / (key + ".record");
}

std::optional<CacheEntry> BuildCache::find(const std::string& key, std::string_view suffix) const {
  const fs::path path = entry_path(key, suffix);
  const Result<FileStamp> stamp = stamp_of(path);
  if (!stamp) {
    return std::nullopt;
  }
  const std::optional<Record> record = read_record(record_path(key));
  if (!record || record->stamp != untouched(*stamp)) {
    return std::nullopt;
  }
  return CacheEntry{path, record->sha256, stamp->size};
}

FileLock BuildCache::lock(const std::string& key) const {
  return FileLock(folder_ / "locks" / (key + ".lock"));
}

std::optional<CacheEntry> BuildCache::verify(const std::string& key,
                                             std::string_view suffix) const {
  if (std::optional<CacheEntry> entry = find(key, suffix)) {
    return entry;
  }
  const fs::path path = entry_path(key, suffix);
  const std::optional<Record> record = read_record(record_path(key));
  const Result<FileStamp> stamp = stamp_of(path);
  if (!record || !stamp) {
    return std::nullopt;
  }
  const Result<std::string> sha256 = sha256_of_file(path);
  if (!sha256 || *sha256 != record->sha256) {
    return std::nullopt;
  }
  write_record(record_path(key), *sha256, *stamp);
  return CacheEntry{path, *sha256, stamp->size};
}

void BuildCache::remove_leftovers() const {
  std::error_code code;
  std::vector<fs::path> folders;
  for (auto entry = fs::directory_iterator(folder_ / "work", code);
       !code && entry != fs::directory_iterator(); entry.increment(code)) {
    folders.push_back(entry->path());
  }
  for (const fs::path& folder : folders) {
    remove_leftover(folder);
  }
}

void BuildCache::remove_leftover(const fs::path& folder) const {
  static std::atomic<unsigned> count = 0;
  const auto lock_file = [&](const std::string& name) {
    return folder_ / "locks" / (name + ".lock");
  };
  std::optional<FileLock> lock(FileLock::try_lock(lock_file(folder.stem().string())));
  if (!lock->held()) {
    return;
  }
  // A large folder takes long, and nobody who builds the same key shall wait for it.
  const std::string name = fmt::format("removed-{}-{}", ::getpid(), ++count);
  const fs::path aside = folder.parent_path() / (name + ".0");
  const FileLock own(lock_file(name));
  std::error_code code;  // What can't be removed now is tried again by the next build.
  fs::rename(folder, aside, code);
  lock.reset();
  if (!code) {
    fs::remove_all(aside, code);
  }
  fs::remove(lock_file(name), code);
  if (folder.stem().string().starts_with("removed-")) {
    fs::remove(lock_file(folder.stem().string()), code);
  }
}

fs::path BuildCache::work_folder(const std::string& key) const {
  remove_leftovers();
  const fs::path work = folder_ / "work";
  std::error_code code;
  for (unsigned number = 0;; ++number) {
    fs::path own = work / fmt::format("{}.{}", key, number);
    fs::remove_all(own, code);  // Left by a killed build: the caller holds the lock of this key.
    create_folders(work, kCacheRemedy);
    if (::mkdir(own.c_str(), 0755) == 0) {
      return own;
    }
    constexpr unsigned kAttempts = 100;
    if (errno != EEXIST || number == kAttempts) {
      throw system_error(fmt::format("cannot create the folder {}", own.string()), errno,
                         "choose a cache folder where this user may write: set BOOTPROOF_CACHE");
    }
  }
}

CacheEntry BuildCache::store(const std::string& key, std::string_view suffix,
                             const fs::path& made) const {
  const fs::path path = entry_path(key, suffix);
  create_folders(path.parent_path(), kCacheRemedy);
  std::error_code code;
  fs::permissions(made, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read,
                  code);
  if (boot_id().empty()) {
    flush(made);
  }
  const std::string sha256 = value_or_throw(sha256_of_file(made));
  fs::remove(record_path(key), code);
  if (::rename(made.c_str(), path.c_str()) != 0) {
    throw system_error(fmt::format("cannot put {} into place", path.string()), errno,
                       "nothing but bootproof should write there: remove it");
  }
  const FileStamp stamp = value_or_throw(stamp_of(path));
  write_record(record_path(key), sha256, stamp);
  return {path, sha256, stamp.size};
}

WorkFolder::~WorkFolder() {
  std::error_code code;  // What stays is removed by the next build.
  fs::remove_all(path_, code);
}

BuiltFile find_or_make(const BuildCache& cache, const std::string& key, std::string_view suffix,
                       const MakeEntry& make) {
  if (std::optional<CacheEntry> entry = cache.find(key, suffix)) {
    return built_file(std::move(*entry), true);
  }
  const FileLock lock = cache.lock(key);
  if (std::optional<CacheEntry> entry = cache.verify(key, suffix)) {
    return built_file(std::move(*entry), true);
  }
  const WorkFolder work(cache.work_folder(key));
  try {
    const fs::path file = work.path() / fmt::format("image{}", suffix);
    make(work.path(), file);
    return built_file(cache.store(key, suffix, file), false);
  } catch (const Error&) {
    rethrow_if_full(work.path());
    throw;
  }
}

void rethrow_if_full(const fs::path& folder) {
  constexpr std::uintmax_t kFull = 1U << 20U;
  std::error_code code;
  const fs::space_info space = fs::space(folder, code);
  if (!code && space.available < kFull) {
    throw Error(ErrorKind::kHost, fmt::format("no space left in {}", folder.string()),
                "free some space there, or choose another cache: set BOOTPROOF_CACHE");
  }
}

BuiltFile built_file(CacheEntry entry, bool from_cache) {
  return {std::move(entry.path), std::move(entry.sha256), entry.size, from_cache};
}

}  // namespace bootproof
