#include "builders/digest_memory.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>
#include <vector>

#include "builders/file_lock.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kClockGrainNs = kNanosecondsPerSecond / 10;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * kNanosecondsPerSecond + time.tv_nsec;
}

/// True when a later change of the file is sure to give another stamp.
bool is_settled(const FileStamp& stamp) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::max(stamp.modified_ns, stamp.changed_ns) + kClockGrainNs < nanoseconds(now);
}

}  // namespace

std::string FileStamp::text() const {
  return fmt::format("{} {} {} {}", size, modified_ns, changed_ns, inode);
}

Result<FileStamp> stamp_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return tl::unexpected(system_error(fmt::format("cannot read {}", file.string()), errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return tl::unexpected(
        Error(ErrorKind::kHost, fmt::format("{} is not a regular file", file.string())));
  }
  return FileStamp{static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim),
                   nanoseconds(status.st_ctim), status.st_ino};
}

DigestMemory::DigestMemory(fs::path folder) : folder_(std::move(folder)) {}

std::string DigestMemory::recall(std::string_view subject, std::string_view state, bool settled,
                                 const std::function<std::string()>& compute) const {
  constexpr std::uint64_t kLargestRecord = 4096;
  const fs::path record = folder_ / sha256_of(subject);
  const std::string head = fmt::format("1 {}\n", sha256_of(state));
  if (const Result<std::string> text = read_file(record, kLargestRecord);
      text && text->size() > head.size() && text->starts_with(head) && text->back() == '\n') {
    return text->substr(head.size(), text->size() - head.size() - 1);
  }
  std::string value = compute();
  if (settled) {
    const FileLock lock(folder_ / "lock");
    write_file_atomically(record, fmt::format("{}{}\n", head, value));
  }
  return value;
}

std::string DigestMemory::file(const fs::path& file) const {
  const FileStamp stamp = value_or_throw(stamp_of(file));
  return recall(file.string(), stamp.text(), is_settled(stamp),
                [&] { return value_or_throw(sha256_of_file(file)); });
}

std::string DigestMemory::folder(const fs::path& folder) const {
  std::error_code code;
  std::vector<fs::path> files;
  for (auto entry = fs::directory_iterator(folder, code);
       !code && entry != fs::directory_iterator(); entry.increment(code)) {
    if (entry->is_regular_file(code)) {
      files.push_back(entry->path());
    }
  }
  if (code) {
    throw system_error(fmt::format("cannot read the folder {}", folder.string()), code.value());
  }
  std::sort(files.begin(), files.end());
  std::string state;
  bool settled = true;
  for (const fs::path& file : files) {
    const FileStamp stamp = value_or_throw(stamp_of(file));
    settled = settled && is_settled(stamp);
    state += fmt::format("{}\n{}\n", file.filename().string(), stamp.text());
  }
  return recall(folder.string() + "/", state, settled, [&] {
    std::string contents;
    for (const fs::path& file : files) {
      contents +=
          fmt::format("{} {}\n", value_or_throw(sha256_of_file(file)), file.filename().string());
    }
    return sha256_of(contents);
  });
}

std::string DigestMemory::tree(const fs::path& folder) const {
  std::vector<fs::path> found;
  std::error_code code;
  for (auto entry = fs::recursive_directory_iterator(folder, code);
       !code && entry != fs::recursive_directory_iterator(); entry.increment(code)) {
    found.push_back(entry->path());
  }
  if (code) {
    throw system_error(fmt::format("cannot read the folder {}", folder.string()), code.value());
  }
  std::sort(found.begin(), found.end());
  std::string contents;
  for (const fs::path& path : found) {
    const fs::file_status status = fs::symlink_status(path);
    std::string content;
    if (fs::is_regular_file(status)) {
      content = file(path);
    } else if (fs::is_symlink(status)) {
      content = fs::read_symlink(path).string();
    }
    const std::string name = path.lexically_relative(folder).string();
    contents += fmt::format("{} {:o} {}:{} {}:{}\n", static_cast<int>(status.type()),
                            static_cast<unsigned>(status.permissions()), name.size(), name,
                            content.size(), content);
  }
  return sha256_of(contents);
}

}  // namespace bootproof
