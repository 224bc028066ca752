#include "builders/guestfs/guest.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "builders/guestfs_init.h"

namespace bootproof::guestfs {
namespace {

constexpr std::uint64_t kLargestLog = 8U << 20U;

/// The serial number by which the appliance knows a drive: letters alone, since udev's links append
/// the number of a partition.
std::string label_of(std::size_t index) {
  constexpr std::size_t kLetters = 26;
  return fmt::format("bootproof{}", static_cast<char>('a' + index % kLetters));
}

void keep_event(guestfs_h* /*handle*/, void* opaque, std::uint64_t event, int /*event_handle*/,
                int /*flags*/, const char* text, std::size_t length,
                const std::uint64_t* /*numbers*/, std::size_t /*number_count*/) {
  static_cast<Log*>(opaque)->write({text, length}, event != GUESTFS_EVENT_APPLIANCE);
}

void add_drive(guestfs_h* handle, const Drive& drive, std::size_t index) {
  const std::string label = label_of(index);
  struct guestfs_add_drive_opts_argv options {};
  options.bitmask = GUESTFS_ADD_DRIVE_OPTS_FORMAT_BITMASK | GUESTFS_ADD_DRIVE_OPTS_LABEL_BITMASK |
                    GUESTFS_ADD_DRIVE_OPTS_READONLY_BITMASK;
  options.format = drive.format.c_str();
  options.label = label.c_str();
  options.readonly = drive.is_read_only ? 1 : 0;
  if (drive.sector_size != 512) {
    options.bitmask |= GUESTFS_ADD_DRIVE_OPTS_BLOCKSIZE_BITMASK;
    options.blocksize = static_cast<int>(drive.sector_size);
  }
  if (!drive.is_read_only) {
    // The disks are thrown away where anything fails: QEMU need not flush them one by one.
    options.bitmask |= GUESTFS_ADD_DRIVE_OPTS_CACHEMODE_BITMASK;
    options.cachemode = "unsafe";
    options.bitmask |= GUESTFS_ADD_DRIVE_OPTS_DISCARD_BITMASK;
    options.discard = "besteffort";  // Keeps the file sparse.
  }
  if (guestfs_add_drive_opts_argv(handle, drive.file.c_str(), &options) != 0) {
    const char* const why = guestfs_last_error(handle);
    throw Failure("launch", fmt::format("drive {}: {}", index, why == nullptr ? "?" : why));
  }
}

}  // namespace

Log::Log(const std::filesystem::path& file) : file_(std::fopen(file.c_str(), "ae")) {}

void Log::write(std::string_view text, bool is_line) {
  if (!file_ || written_ > kLargestLog) {
    return;
  }
  std::fwrite(text.data(), 1, text.size(), file_.get());
  if (is_line && !text.ends_with('\n')) {
    std::fputc('\n', file_.get());
  }
  written_ += text.size() + 1;
  if (written_ > kLargestLog) {
    std::fputs("\n(the log ends here: it is too long)\n", file_.get());
  }
  std::fflush(file_.get());
}

Guest::Guest(const Job& job, Log& log) {
  if (job.allows_quick) {
    try {
      open(job, log, true);
      return;
    } catch (const Failure& failure) {
      log.write(fmt::format("the quick launch failed: {}", failure.what()), true);
    }
  }
  open(job, log, false);
}

void Guest::open(const Job& job, Log& log, bool quick) {
  const auto start = std::chrono::steady_clock::now();
  handle_.reset(guestfs_create_flags(GUESTFS_CREATE_NO_ENVIRONMENT));
  guestfs_h* const handle = handle_.get();
  if (handle == nullptr) {
    throw Failure("launch", "libguestfs gave no handle");
  }
  guestfs_set_error_handler(handle, nullptr, nullptr);
  guestfs_set_event_callback(
      handle, keep_event,
      GUESTFS_EVENT_APPLIANCE | GUESTFS_EVENT_LIBRARY | GUESTFS_EVENT_WARNING | GUESTFS_EVENT_TRACE,
      0, &log);
  const auto need = [&](int result) {
    if (result != 0) {
      const char* const why = guestfs_last_error(handle);
      throw Failure("launch", why == nullptr ? "it gave no reason" : why);
    }
  };
  // For users other than root the sockets are made there; for root always in /tmp.
  std::string sockets = fmt::format("XDG_RUNTIME_DIR={}", job.folder.string());
  char* environment[] = {sockets.data(), nullptr};  // NOLINT(modernize-avoid-c-arrays): its type.
  need(guestfs_parse_environment_list(handle, environment));
  need(guestfs_set_trace(handle, 1));
  need(guestfs_set_path(handle, job.appliance.c_str()));
  need(guestfs_set_tmpdir(handle, job.folder.c_str()));
  need(guestfs_set_cachedir(handle, job.folder.c_str()));
  need(guestfs_set_backend(handle, "direct"));
  need(guestfs_set_recovery_proc(handle, 1));
  if (!job.uses_kvm) {
    need(guestfs_set_backend_setting(handle, "force_tcg", "1"));
  }
  if (quick) {
    need(guestfs_set_append(handle, std::string(kQuickWord).c_str()));
  }
  for (std::size_t i = 0; i < job.drives.size(); ++i) {
    add_drive(handle, job.drives[i], i);
  }
  need(guestfs_launch(handle));
  is_quick_ = quick;
  launch_ms_ = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                              std::chrono::steady_clock::now() - start)
                                              .count());
  // The names of the disks must be those of the job before anything is written to one.
  for (std::size_t i = 0; i < job.drives.size(); ++i) {
    static_cast<void>(device(i));
  }
}

void Guest::fail() const {
  const char* const why = guestfs_last_error(raw());
  const bool has_ended = guestfs_is_ready(raw()) == 0;
  throw Failure(has_ended ? "appliance" : "work", why == nullptr ? "it gave no reason" : why);
}

void Guest::check(int result) const {
  if (result == -1) {
    fail();
  }
}

std::string Guest::text(char* result) const {
  if (result == nullptr) {
    fail();
  }
  const std::unique_ptr<char, decltype(&std::free)> owner(result, &std::free);
  return result;
}

std::optional<std::string> Guest::maybe_text(char* result) const {
  if (result == nullptr) {
    if (guestfs_is_ready(raw()) == 0) {
      fail();
    }
    return std::nullopt;
  }
  return text(result);
}

std::vector<std::string> Guest::list(char** result) const {
  if (result == nullptr) {
    fail();
  }
  std::vector<std::string> texts;
  for (char** text = result; *text != nullptr; ++text) {
    texts.emplace_back(*text);
    std::free(*text);  // NOLINT(cppcoreguidelines-no-malloc): the library's contract.
  }
  std::free(static_cast<void*>(result));  // NOLINT(cppcoreguidelines-no-malloc): as above.
  return texts;
}

std::string Guest::shell(const std::string& command) const {
  std::string copy = command;
  char* words[] = {copy.data(), nullptr};  // NOLINT(modernize-avoid-c-arrays): the library's type.
  return text(guestfs_debug(raw(), "sh", words));
}

std::string Guest::device(std::size_t index) const {
  const std::vector<std::string> labels = list(guestfs_list_disk_labels(raw()));
  for (std::size_t i = 0; i + 1 < labels.size(); i += 2) {
    if (labels[i] == label_of(index)) {
      return labels[i + 1];
    }
  }
  throw Failure("launch", fmt::format("the appliance does not see drive {}", index));
}

std::string Guest::disk_link(std::size_t index) {
  return fmt::format("/dev/disk/guestfs/{}", label_of(index));
}

void Guest::shut_down() {
  check(guestfs_shutdown(raw()));
  handle_.reset();
}

}  // namespace bootproof::guestfs
