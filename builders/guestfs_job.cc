#include "builders/guestfs_job.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "builders/guestfs_appliance.h"
#include "harness/core/files.h"
#include "harness/core/program.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// The worker gives up by itself at the job's limit; if it does not, it is killed this much later.
constexpr std::chrono::seconds kGrace{20};

/// A folder for one job, as short as can be: the names of sockets have at most 107 bytes.
class JobFolder {
 public:
  JobFolder() {
    constexpr std::size_t kLongest = 60;
    fs::path base = environment_path("TMPDIR");
    if (base.empty() || !base.is_absolute() || base.native().size() > kLongest) {
      base = "/tmp";
    }
    std::string name = (base / "bootproof-guestfs-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw system_error(fmt::format("cannot create a folder in {}", base.string()), errno,
                         "set TMPDIR to a folder that this user may write");
    }
    path_ = name;
  }
  JobFolder(const JobFolder&) = delete;
  JobFolder& operator=(const JobFolder&) = delete;
  ~JobFolder() {
    std::error_code code;
    fs::remove_all(path_, code);  // The worker does so where this process is killed.
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// The last lines of a log that may be long.
std::string tail_of(const fs::path& file) {
  constexpr std::streamoff kMost = 4096;
  constexpr std::size_t kLines = 12;
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  const std::streamoff size = stream.tellg();
  if (!stream || size <= 0) {
    return {};
  }
  std::string text(static_cast<std::size_t>(std::min(size, kMost)), '\0');
  stream.seekg(size - static_cast<std::streamoff>(text.size()));
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.erase(std::remove(text.begin(), text.end(), '\r'), text.end());
  text.erase(text.find_last_not_of('\n') + 1);
  std::size_t start = text.size();
  for (std::size_t i = 0; i < kLines && start != std::string::npos && start != 0; ++i) {
    start = text.rfind('\n', start - 1);
  }
  return escape_for_terminal(start == std::string::npos ? text : text.substr(start + 1), true);
}

json::object drive_of(const fs::path& file, std::string_view name, std::string_view format,
                      std::uint32_t sector_size, bool is_read_only) {
  return {{"name", name},
          {"file", fs::absolute(file).string()},
          {"format", format},
          {"sector_size", sector_size},
          {"read_only", is_read_only},
          {"volumes", json::array()}};
}

json::array words_of(const std::vector<std::string>& words) {
  json::array array;
  for (const std::string& word : words) {
    array.emplace_back(word);
  }
  return array;
}

/// What to say of a failed job, by the word of the answer.
Error error_of(const GuestfsAnswer& answer, ErrorKind fault, const fs::path& log,
               const std::string& complaint) {
  const std::string tail = tail_of(log);
  std::string hint = tail.empty() ? "" : fmt::format("the appliance said last:\n{}", tail);
  if (answer.failed == "launch") {
    return {ErrorKind::kHost,
            fmt::format("the appliance of libguestfs can't start: {}", answer.message),
            fmt::format("`bootproof doctor` names the packages it needs\n{}", hint)};
  }
  if (answer.failed == "limit") {
    return {ErrorKind::kHost, fmt::format("libguestfs: {}", answer.message), hint};
  }
  if (answer.failed == "interrupted") {
    return {ErrorKind::kInterrupted, fmt::format("libguestfs: {}", answer.message)};
  }
  if (answer.failed == "work") {
    return {fault, fmt::format("libguestfs: {}", answer.message), hint};
  }
  if (answer.failed == "appliance") {
    return {fault, fmt::format("the appliance of libguestfs ended: {}", answer.message), hint};
  }
  return {ErrorKind::kBug,
          fmt::format("bootproof-guestfs gave no proper answer: {}", answer.message),
          complaint.empty() ? hint : escape_for_terminal(complaint, true)};
}

/// What the worker is to do.
struct Task {
  std::string_view kind;
  bool allows_quick = false;
  ErrorKind fault = ErrorKind::kBuild;  ///< Where the work fails, not the launch.
  std::size_t file_limit = 0;
};

/// 4096 where a GPT header (UEFI 2.10, 5.3.2) stands in the second sector of that size and in none
/// of 512, else 512. Of a qcow2 image, whose sectors lie elsewhere, always 512.
std::uint32_t sector_size_of(const fs::path& image) {
  constexpr std::uint32_t kSmall = 512;
  constexpr std::uint32_t kLarge = 4096;
  constexpr std::string_view kSignature = "EFI PART";
  std::ifstream stream(image, std::ios::binary);
  const auto has_header = [&](std::uint32_t sector_size) {
    std::string bytes(kSignature.size(), '\0');
    stream.clear();
    stream.seekg(sector_size);
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return bytes == kSignature;
  };
  return !has_header(kSmall) && has_header(kLarge) ? kLarge : kSmall;
}

/// Runs the worker and gives what it read. Throws for every failure.
GuestfsReading run_job(const GuestfsHost& host, const JobFolder& folder, const Task& task,
                       json::array drives) {
  const fs::path appliance = guestfs_appliance(host.cache);
  const fs::path log = host.log.empty() ? folder.path() / "log" : fs::absolute(host.log);
  const json::object job{
      {"kind", task.kind},
      {"folder", folder.path().string()},
      {"log", log.string()},
      {"appliance", appliance.string()},
      {"kvm", host.uses_kvm},
      // An appliance of the user's own has no quick init.
      {"quick", task.allows_quick && environment_path("LIBGUESTFS_PATH").empty()},
      {"limit_ms", host.limit.count()},
      {"parent", ::getpid()},
      {"file_limit", task.file_limit},
      {"drives", std::move(drives)}};
  ProgramCall call;
  call.arguments = {host.worker.string()};
  call.environment = {{"LC_ALL", "C.UTF-8"}, {"TMPDIR", folder.path().string()}};
  call.input = json::serialize(job);
  call.limit = host.limit + kGrace;
  const ProgramResult result = value_or_throw(run_program(call));
  GuestfsAnswer answer = parse_guestfs_answer(result.output);
  if (!answer.failed.empty() || result.exit_code != 0) {
    throw error_of(answer, task.fault, log, result.error_output);
  }
  return std::move(answer.reading);
}

}  // namespace

fs::path find_guestfs_worker() {
  if (fs::path named = environment_path("BOOTPROOF_GUESTFS_WORKER"); !named.empty()) {
    return named;
  }
  constexpr std::string_view kName = "bootproof-guestfs";
  std::error_code code;
  const fs::path folder = fs::read_symlink("/proc/self/exe", code).parent_path();
  for (const fs::path& file : {folder / kName, folder.parent_path() / "libexec" / kName}) {
    if (fs::is_regular_file(file, code) && ::access(file.c_str(), X_OK) == 0) {
      return file;
    }
  }
  throw Error(
      ErrorKind::kHost, fmt::format("{} is neither beside this program nor in ../libexec", kName),
      "install the package bootproof-guestfs, or build bootproof with BOOTPROOF_GUESTFS=ON");
}

std::string guestfs_version(const fs::path& worker) {
  constexpr std::string_view kPrefix = "libguestfs ";
  constexpr std::size_t kLongest = 40;
  ProgramCall call;
  call.arguments = {worker.string(), "--version"};
  const ProgramResult result = run_program_or_throw(call, ErrorKind::kHost);
  const std::string line = result.output.substr(0, result.output.find('\n'));
  if (!line.starts_with(kPrefix) || line.size() > kLongest) {
    throw Error(ErrorKind::kHost,
                fmt::format("{} is another program than bootproof's own", worker.string()));
  }
  return escape_for_terminal(line.substr(kPrefix.size()));
}

std::string guestfs_identity(const fs::path& worker, const fs::path& cache,
                             const DigestMemory& memory) {
  const Result<FileStamp> packages = stamp_of("/var/lib/dpkg/status");
  const std::string state = fmt::format("{} {}", memory.file(fs::canonical(worker)),
                                        packages ? packages->text() : std::string("no dpkg"));
  const std::string version =
      memory.recall(fmt::format("version of {}", worker.string()), state, packages.has_value(),
                    [&] { return guestfs_version(worker); });
  return fmt::format("libguestfs {} {}", version, guestfs_appliance_key(cache));
}

GuestfsTimes make_by_guestfs(const GuestfsHost& host, const std::vector<GuestfsDisk>& disks) {
  if (disks.empty() || disks.size() > kMostGuestfsDisks) {
    throw Error(ErrorKind::kBug, fmt::format("{} disks for one launch of libguestfs, 1 to {} go",
                                             disks.size(), kMostGuestfsDisks));
  }
  json::array drives;
  for (const GuestfsDisk& disk : disks) {
    json::object drive = drive_of(disk.file, disk.name, "raw", disk.sector_size, false);
    for (const GuestfsVolume& volume : disk.volumes) {
      const std::string tar = volume.tar.empty() ? "" : fs::absolute(volume.tar).string();
      drive["volumes"].as_array().push_back(json::object{{"partition", volume.partition},
                                                         {"type", name_of(volume.type)},
                                                         {"label", volume.label},
                                                         {"uuid", volume.uuid},
                                                         {"command", words_of(volume.command)},
                                                         {"tar", tar}});
    }
    drives.push_back(std::move(drive));
  }
  return run_job(host, JobFolder(), {"make", true, ErrorKind::kBuild, 0}, std::move(drives)).times;
}

GuestfsReading read_by_guestfs(const GuestfsHost& host, const fs::path& image, GuestfsFormat format,
                               const GuestfsLimits& limits) {
  if (format == GuestfsFormat::kQcow2) {
    refuse_references(image);
  }
  json::array drives;
  drives.push_back(drive_of(image, image.filename().string(),
                            format == GuestfsFormat::kQcow2 ? "qcow2" : "raw",
                            sector_size_of(image), true));
  return run_job(host, JobFolder(), {"read", false, ErrorKind::kGuest, limits.files},
                 std::move(drives));
}

GuestfsTimes try_guestfs(const GuestfsHost& host) {
  const JobFolder folder;
  const fs::path disk = folder.path() / "disk";  // An appliance without a drive does not start.
  write_file_atomically(disk, std::string(1U << 20U, '\0'));
  json::array drives;
  constexpr std::uint32_t kSector = 512;
  drives.push_back(drive_of(disk, "probe", "raw", kSector, false));
  return run_job(host, folder, {"try", true, ErrorKind::kHost, 0}, std::move(drives)).times;
}

namespace {

/// The fields of a qcow2 header that are looked at; numbers are big-endian (QEMU,
/// docs/interop/qcow2.txt, "Header").
constexpr std::size_t kQcow2Fields = 80;

std::string header_of(const fs::path& image) {
  std::ifstream stream(image, std::ios::binary);
  std::string header(kQcow2Fields, '\0');
  stream.read(header.data(), static_cast<std::streamsize>(header.size()));
  if (stream.bad() || !stream.is_open()) {
    throw Error(ErrorKind::kUsage, fmt::format("cannot read {}", image.string()),
                "name an image file that this user may read");
  }
  return header;
}

std::uint64_t big_endian(const std::string& bytes, std::size_t offset, std::size_t count) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    number = (number << 8U) | static_cast<unsigned char>(bytes[offset + i]);
  }
  return number;
}

}  // namespace

GuestfsFormat guestfs_format_of(const fs::path& image) {
  return header_of(image).starts_with("QFI\xFB") ? GuestfsFormat::kQcow2 : GuestfsFormat::kRaw;
}

void refuse_references(const fs::path& image) {
  constexpr std::size_t kVersion = 4;
  constexpr std::size_t kBackingFileOffset = 8;
  constexpr std::size_t kIncompatibleFeatures = 72;
  constexpr std::uint64_t kExternalDataFile = 4;
  const std::string header = header_of(image);
  const std::uint64_t version = big_endian(header, kVersion, 4);
  const std::string name = escape_for_terminal(image.string());
  if (!header.starts_with("QFI\xFB") || (version != 2 && version != 3)) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is no qcow2 image of version 2 or 3", name));
  }
  const std::string remedy =
      fmt::format("where you trust it, make one file of it: qemu-img convert -O qcow2 {} NEW.qcow2",
                  quote_for_shell(image.string()));
  if (big_endian(header, kBackingFileOffset, 8) != 0) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} has a backing file, so reading it would read another file", name),
                remedy);
  }
  if (version == 3 && (big_endian(header, kIncompatibleFeatures, 8) & kExternalDataFile) != 0) {
    throw Error(ErrorKind::kUsage, fmt::format("{} keeps its data in another file", name), remedy);
  }
}

}  // namespace bootproof
