#include "builders/guestfs/work.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdint>

#include "builders/guestfs/guest.h"
#include "builders/guestfs/make_job.h"
#include "builders/guestfs/read_job.h"
#include "builders/guestfs/supervisor.h"

namespace bootproof::guestfs {

namespace json = boost::json;

std::string library_version() {
  guestfs_h* const handle = guestfs_create_flags(GUESTFS_CREATE_NO_ENVIRONMENT);
  if (handle == nullptr) {
    return "unknown";
  }
  struct guestfs_version* const version = ::guestfs_version(handle);
  std::string text = "unknown";
  if (version != nullptr) {
    text = fmt::format("{}.{}.{}", version->major, version->minor, version->release);
    guestfs_free_version(version);
  }
  guestfs_close(handle);
  return text;
}

int do_work(const Job& job) {
  const auto start = std::chrono::steady_clock::now();
  Log log(job.log);
  json::object answer{{"format", "bootproof-guestfs-answer"}, {"library", library_version()}};
  try {
    Guest guest(job, log);
    note_launch(job);
    switch (job.kind) {
      case JobKind::kMake:
        make_file_systems(guest, job);
        break;
      case JobKind::kRead:
        read_image(guest, job, answer);
        break;
      case JobKind::kTry:
        break;
    }
    const bool is_quick = guest.is_quick();
    const std::uint64_t launch_ms = guest.launch_ms();
    guest.shut_down();
    const auto all = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - start);
    answer["quick"] = is_quick;
    answer["launch_ms"] = launch_ms;
    answer["work_ms"] = static_cast<std::uint64_t>(all.count()) - launch_ms;
  } catch (const Failure& failure) {
    print_failure(failure.stage(), failure.what());
    return 1;
  }
  fmt::print("{}\n", json::serialize(answer));
  return 0;
}

}  // namespace bootproof::guestfs
