#include "harness/run/run_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// The file by which a run folder is known. It is there from the first moment on.
constexpr const char* kMarker = ".bootproof-run";
constexpr const char* kOtherFolder =
    "name a folder that does not exist yet, or that an earlier run made";

/// Refuses what no run made. `folder` need not exist.
void check_that_ours(const fs::path& folder) {
  std::error_code code;
  const fs::file_status itself = fs::symlink_status(folder, code);
  const fs::file_status status = fs::status(folder, code);
  if (fs::is_symlink(itself) && !fs::exists(status)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--out {} is a symbolic link to nothing", folder.string()),
                kOtherFolder);
  }
  if (fs::exists(status) && !fs::is_directory(status)) {
    throw Error(ErrorKind::kUsage, fmt::format("--out {} is not a folder", folder.string()),
                kOtherFolder);
  }
  if (fs::is_directory(status) && !fs::is_empty(folder, code) &&
      !fs::exists(folder / kMarker, code)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--out {} holds files that no run of bootproof made", folder.string()),
                kOtherFolder);
  }
}

Error in_use(const fs::path& folder) {
  const Result<std::string> owner = read_file(folder / kMarker, 4096);
  const std::string_view text = owner ? std::string_view(*owner) : std::string_view();
  const std::string_view line = text.substr(0, text.find('\n'));
  return {ErrorKind::kUsage,
          fmt::format("--out {} is in use by another run ({})", folder.string(), line),
          "wait for its end, or name another folder with --out"};
}

void remove_earlier(const fs::path& folder) {
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != kMarker) {
      fs::remove_all(entry.path(), code);
      if (code) {
        throw system_error(
            fmt::format("cannot remove {} of the earlier run", entry.path().string()), code.value(),
            "remove it by hand, or choose another folder with --out");
      }
    }
  }
}

void write_marker(const UniqueFd& marker, const fs::path& folder, std::string_view state) {
  const std::string text =
      fmt::format("{}\na folder that `bootproof run` made; the next run empties it\n", state);
  if (::ftruncate(marker.get(), 0) != 0 ||
      ::pwrite(marker.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    throw system_error(fmt::format("cannot write {}", (folder / kMarker).string()), errno);
  }
}

}  // namespace

RunFolder::RunFolder(fs::path folder) : folder_(std::move(folder)) {
  check_that_ours(folder_);
  create_folders(folder_);
  const fs::path marker = folder_ / kMarker;
  marker_ =
      UniqueFd(::open(marker.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0644));
  if (!marker_) {
    throw system_error(fmt::format("cannot create {}", marker.string()), errno,
                       "choose a place where this user may write with --out");
  }
  if (::flock(marker_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      throw in_use(folder_);
    }
    // A file system without locks: two runs there are the caller's business.
  }
  write_marker(marker_, folder_, fmt::format("running as process {}", ::getpid()));
  remove_earlier(folder_);
}

void RunFolder::note_end() { write_marker(marker_, folder_, "ended"); }

std::string attempt_folder(const std::string& full_id, int attempt) {
  return attempt == 1 ? full_id : fmt::format("{}.{}", full_id, attempt);
}

}  // namespace bootproof
