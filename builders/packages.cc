#include "builders/packages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <vector>

#include "builders/file_lock.h"
#include "harness/core/files.h"
#include "harness/core/program.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// The other name of a path where /bin, /sbin and /lib are links into /usr; empty where there is
/// none.
std::string merged_usr_twin(const std::string& path) {
  constexpr std::array<std::string_view, 3> kMerged{"/bin/", "/sbin/", "/lib/"};
  constexpr std::string_view kUsr = "/usr";
  for (const std::string_view folder : kMerged) {
    if (path.starts_with(folder)) {
      return fmt::format("{}{}", kUsr, path);
    }
    if (path.starts_with(kUsr) && std::string_view(path).substr(kUsr.size()).starts_with(folder)) {
      return path.substr(kUsr.size());
    }
  }
  return {};
}

/// The list of a package's files that dpkg keeps, with a line feed before each name; nothing where
/// the package is not installed.
std::optional<std::string> installed_files(const PackageFile& file) {
  if (file.architecture != host_debian_architecture()) {
    return std::nullopt;
  }
  constexpr std::uint64_t kLargestList = 64U << 20U;
  const fs::path info = "/var/lib/dpkg/info";
  for (const std::string& name : {fmt::format("{}.list", file.package),
                                  fmt::format("{}:{}.list", file.package, file.architecture)}) {
    if (Result<std::string> list = read_file(info / name, kLargestList)) {
      return "\n" + std::move(*list);
    }
  }
  return std::nullopt;
}

/// True for a path below `folder` once all links are followed.
bool is_below(const fs::path& path, const fs::path& folder) {
  std::error_code code;
  const fs::path real = fs::canonical(path, code);
  if (code) {
    return false;
  }
  const fs::path real_folder = fs::canonical(folder, code);
  return !code &&
         std::mismatch(real_folder.begin(), real_folder.end(), real.begin(), real.end()).first ==
             real_folder.end();
}

Error no_such_file(const PackageFile& file) {
  return {
      ErrorKind::kScenario,
      fmt::format("package {} ({}) has no file {}", file.package, file.architecture, file.file),
      fmt::format("`apt-file list {}` or packages.debian.org shows what is in it", file.package)};
}

bool is_name(std::string_view text) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto allowed = [&](char c) { return plain(c) || c == '+' || c == '-' || c == '.'; };
  return !text.empty() && plain(text[0]) && std::all_of(text.begin(), text.end(), allowed);
}

/// The private apt state of one architecture.
class AptState {
 public:
  AptState(const fs::path& cache, std::string architecture)
      : folder_(fs::absolute(cache) / "apt" / architecture),
        architecture_(std::move(architecture)) {
    create_folders(folder_ / "lists" / "partial", kCacheRemedy);
    create_folders(folder_ / "cache" / "archives" / "partial", kCacheRemedy);
    write_file_atomically(folder_ / "status", "");
    // Read after the host's own configuration. The host's hooks are for its own state, not for this
    // one.
    write_file_atomically(folder_ / "apt.conf",
                          "#clear APT::Architectures;\n"
                          "#clear APT::Update::Pre-Invoke;\n"
                          "#clear APT::Update::Post-Invoke;\n"
                          "#clear APT::Update::Post-Invoke-Success;\n");
  }

  [[nodiscard]] fs::path lock_file() const { return folder_ / "lock"; }
  [[nodiscard]] bool has_lists() const {
    std::error_code code;
    const auto is_list = [](const fs::directory_entry& entry) {
      return entry.path().filename().string().find("_Packages") != std::string::npos;
    };
    const fs::directory_iterator files(folder_ / "lists", code);
    return !code && std::any_of(begin(files), end(files), is_list);
  }

  /// Runs apt-get with this state in `working_folder`.
  [[nodiscard]] ProgramResult run(const std::vector<std::string>& arguments,
                                  const fs::path& working_folder) const {
    constexpr std::chrono::minutes kLimit{20};
    ProgramCall call;
    call.arguments = {"apt-get", "-q", "-y", "-c", (folder_ / "apt.conf").string()};
    const auto set = [&](std::string_view key, const std::string& value) {
      call.arguments.emplace_back("-o");
      call.arguments.push_back(fmt::format("{}={}", key, value));
    };
    set("APT::Architecture", architecture_);
    set("APT::Architectures", architecture_);
    set("APT::Sandbox::User", "root");  // Another user can't write into this user's cache.
    set("Acquire::Languages", "none");
    set("Acquire::Retries", "3");
    set("Dir::State", folder_.string());
    set("Dir::State::lists", (folder_ / "lists").string());
    set("Dir::State::status", (folder_ / "status").string());
    set("Dir::Cache", (folder_ / "cache").string());
    set("Dir::Cache::archives", (folder_ / "cache" / "archives").string());
    call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
    call.environment = {{"LC_ALL", "C.UTF-8"}, {"DEBIAN_FRONTEND", "noninteractive"}};
    call.folder = working_folder;
    call.limit = kLimit;
    return value_or_throw(run_program(call));
  }

 private:
  fs::path folder_;
  std::string architecture_;
};

/// The one .deb file in a folder.
fs::path downloaded_file(const fs::path& folder) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".deb") {
      return entry.path();
    }
  }
  throw Error(ErrorKind::kHost, fmt::format("apt-get left no package in {}", folder.string()));
}

/// Removes a folder when it goes out of scope.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {
    std::error_code code;
    fs::remove_all(path_, code);  // Left by a killed fetch: the caller holds the lock.
    create_folders(path_, kCacheRemedy);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code code;
    fs::remove_all(path_, code);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

std::string_view host_debian_architecture() {
#if defined(__aarch64__)
  return "arm64";
#else
  return "amd64";
#endif
}

fs::path package_folder(const fs::path& cache, const PackageFile& file) {
  return cache / "packages" / file.architecture / file.package;
}

std::optional<fs::path> find_package_file(const fs::path& cache, const PackageFile& file) {
  std::vector<std::string> names{file.file};
  if (std::string twin = merged_usr_twin(file.file); !twin.empty()) {
    names.push_back(std::move(twin));
  }
  std::error_code code;
  const std::optional<std::string> installed = installed_files(file);
  if (installed) {
    for (const std::string& name : names) {
      if (installed->find(fmt::format("\n{}\n", name)) != std::string::npos &&
          fs::is_regular_file(name, code)) {
        return name;
      }
    }
  }
  const fs::path folder = package_folder(cache, file);
  const bool fetched = fs::is_directory(folder, code);
  if (fetched) {
    for (const std::string& name : names) {
      const fs::path path = folder / fs::path(name).relative_path();
      if (fs::is_regular_file(path, code) && is_below(path, folder)) {
        return path;
      }
    }
  }
  if (installed || fetched) {
    throw no_such_file(file);
  }
  return std::nullopt;
}

Error missing_package(const PackageFile& file) {
  return {ErrorKind::kHost,
          fmt::format("package {} ({}) is neither installed nor fetched, needed for {}",
                      file.package, file.architecture, file.file),
          fmt::format("run `bootproof fetch {} {}`, or `./quickstart`, which brings all packages",
                      file.package, file.architecture)};
}

void fetch_package(const fs::path& cache, const std::string& package,
                   const std::string& architecture) {
  if (!is_name(package) || !is_name(architecture)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("'{} {}' is no package and architecture", package, architecture),
                "write for example: bootproof fetch busybox-static arm64");
  }
  const fs::path target = package_folder(fs::absolute(cache), {package, architecture, {}});
  std::error_code code;
  if (fs::is_directory(target, code)) {
    return;
  }
  const AptState apt(cache, architecture);
  const FileLock lock(apt.lock_file());
  if (fs::is_directory(target, code)) {
    return;
  }
  create_folders(target.parent_path(), kCacheRemedy);
  const TemporaryFolder work(target.parent_path() / fmt::format(".{}.part", package));
  ProgramResult update;
  ProgramResult download;
  const auto try_download = [&] { return apt.run({"download", package}, work.path()); };
  // The lists of the last fetch will do, unless they are too old to name what the server has now.
  // One of the host's sources that does not answer matters only when the package does not come from
  // another.
  const bool had_lists = apt.has_lists();
  if (had_lists) {
    download = try_download();
  }
  if (!had_lists || download.exit_code != 0) {
    update = apt.run({"update"}, work.path());
    download = try_download();
  }
  if (download.exit_code != 0) {
    throw Error(ErrorKind::kHost,
                fmt::format("cannot fetch package {} ({}): apt-get says:\n{}{}", package,
                            architecture, update.error_output, download.error_output),
                "check the network and that the host's apt sources carry that architecture");
  }
  const fs::path unpacked = work.path() / "unpacked";
  ProgramCall unpack;
  unpack.arguments = {"dpkg-deb", "--extract", downloaded_file(work.path()).string(),
                      unpacked.string()};
  run_program_or_throw(unpack, ErrorKind::kHost);
  fs::rename(unpacked, target, code);
  if (code) {
    throw system_error(fmt::format("cannot create the folder {}", target.string()), code.value());
  }
}

}  // namespace bootproof
