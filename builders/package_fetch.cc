#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "builders/file_lock.h"
#include "builders/packages.h"
#include "harness/core/files.h"
#include "harness/core/program.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

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

  [[nodiscard]] const std::string& architecture() const { return architecture_; }
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

/// Fetches packages with one apt state, and brings its lists up to date when they turn out too old.
class Fetcher {
 public:
  explicit Fetcher(const AptState& apt) : apt_(apt) {}

  /// `wanted` is a package's name, or name=version; `folder` must be empty. Returns the file.
  [[nodiscard]] fs::path download(const std::string& wanted, const fs::path& folder) {
    create_folders(folder, kCacheRemedy);
    // The lists of the last fetch will do, unless they are too old to name what the server has now.
    // One of the host's sources that does not answer matters only when the package does not come
    // from another.
    ProgramResult result;
    if (is_updated_ || apt_.has_lists()) {
      result = apt_.run({"download", wanted}, folder);
    }
    std::string said;
    if (!is_updated_ && (result.exit_code != 0 || !apt_.has_lists())) {
      said = apt_.run({"update"}, folder).error_output;
      is_updated_ = true;
      result = apt_.run({"download", wanted}, folder);
    }
    if (result.exit_code != 0) {
      throw Error(ErrorKind::kHost,
                  fmt::format("cannot fetch package {} ({}): apt-get says:\n{}{}", wanted,
                              apt_.architecture(), said, result.error_output),
                  "check the network and that the host's apt sources carry that architecture");
    }
    return downloaded_file(folder);
  }

 private:
  const AptState& apt_;
  bool is_updated_ = false;
};

void unpack(const fs::path& package, const fs::path& folder) {
  constexpr std::chrono::minutes kLimit{10};  // A kernel has 400 MB.
  ProgramCall call;
  call.arguments = {"dpkg-deb", "--extract", package.string(), folder.string()};
  call.limit = kLimit;
  run_program_or_throw(call, ErrorKind::kHost);
}

std::string dependencies_of(const fs::path& package) {
  ProgramCall call;
  call.arguments = {"dpkg-deb", "--field", package.string(), "Depends"};
  return run_program_or_throw(call, ErrorKind::kHost).output;
}

}  // namespace

std::string kernel_package_of(std::string_view depends) {
  constexpr std::string_view kKernel = "linux-image-";
  const std::size_t start = depends.find(kKernel);
  if (start == std::string_view::npos ||
      (start > 0 && depends[start - 1] != ' ' && depends[start - 1] != ',')) {
    return {};
  }
  const std::string_view rest = depends.substr(start, depends.find_first_of(",|\n", start) - start);
  const std::string name(rest.substr(0, rest.find_first_of(" (:")));
  constexpr std::string_view kEqual = "(= ";
  const std::size_t equal = rest.find(kEqual);
  if (equal == std::string_view::npos) {
    return name;
  }
  const std::string_view version = rest.substr(equal + kEqual.size());
  return fmt::format("{}={}", name, version.substr(0, version.find(')')));
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
  Fetcher fetcher(apt);
  const fs::path unpacked = work.path() / "unpacked";
  const fs::path file = fetcher.download(package, work.path() / "package");
  unpack(file, unpacked);
  if (package.starts_with("linux-image-")) {
    if (const std::string kernel = kernel_package_of(dependencies_of(file)); !kernel.empty()) {
      unpack(fetcher.download(kernel, work.path() / "kernel"), unpacked);
    }
  }
  fs::rename(unpacked, target, code);
  if (code) {
    throw system_error(fmt::format("cannot create the folder {}", target.string()), code.value());
  }
}

}  // namespace bootproof
