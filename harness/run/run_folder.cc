#include "harness/run/run_folder.h"

#include <fmt/format.h>

#include <system_error>

#include "harness/core/error.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// The file by which a run folder is known. It is there from the first moment on.
constexpr const char* kMarker = ".bootproof-run";

}  // namespace

void open_run_folder(const fs::path& folder) {
  std::error_code code;
  if (fs::exists(folder, code) && !fs::is_directory(folder, code)) {
    throw Error(ErrorKind::kUsage, fmt::format("--out {} is not a folder", folder.string()),
                "name a folder that does not exist yet, or that an earlier run made");
  }
  const bool is_there = fs::is_directory(folder, code) && !fs::is_empty(folder, code);
  if (is_there && !fs::exists(folder / kMarker, code)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--out {} holds files that no run of bootproof made", folder.string()),
                "name a folder that does not exist yet, or that an earlier run made");
  }
  if (is_there) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      if (entry.path().filename() != kMarker) {
        fs::remove_all(entry.path(), code);
        if (code) {
          throw system_error(
              fmt::format("cannot remove {} of the earlier run", entry.path().string()),
              code.value(), "remove it by hand, or choose another folder with --out");
        }
      }
    }
  }
  create_folders(folder);
  write_file_atomically(folder / kMarker,
                        "a folder that `bootproof run` made; the next run empties it\n");
}

std::string attempt_folder(const std::string& full_id, int attempt) {
  return attempt == 1 ? full_id : fmt::format("{}.{}", full_id, attempt);
}

}  // namespace bootproof
