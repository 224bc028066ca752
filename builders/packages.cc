#include "builders/packages.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <vector>

#include "harness/core/files.h"
#include "harness/core/text.h"

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

/// True where the list names nothing but documentation and the folders above it: a metapackage.
bool is_documentation_only(std::string_view list) {
  constexpr std::string_view kDocumentation = "/usr/share/doc";
  while (!list.empty()) {
    const std::string_view line = list.substr(0, list.find('\n'));
    list.remove_prefix(std::min(line.size() + 1, list.size()));
    if (line != "/." && !kDocumentation.starts_with(line) && !line.starts_with(kDocumentation)) {
      return false;
    }
  }
  return true;
}

enum class Wanted { kFile, kFolder };

bool is_wanted(const fs::path& path, Wanted wanted) {
  std::error_code code;
  return wanted == Wanted::kFile ? fs::is_regular_file(path, code) : fs::is_directory(path, code);
}

/// Splits a path that has a `*` in its last name; nothing where there is none.
struct Pattern {
  std::string folder;
  std::string name;
};
std::optional<Pattern> pattern_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (path.find('*') == std::string::npos) {
    return std::nullopt;
  }
  return Pattern{path.substr(0, slash), path.substr(slash + 1)};
}

/// What `path`, which may have a `*` in its last name, is on this host out of a package's list.
std::vector<fs::path> installed_matches(const std::string& list, const std::string& path,
                                        Wanted wanted) {
  std::vector<fs::path> found;
  const auto take = [&](const std::string& name) {
    if (is_wanted(name, wanted)) {
      found.emplace_back(name);
    }
  };
  const std::optional<Pattern> pattern = pattern_of(path);
  if (!pattern) {
    if (list.find(fmt::format("\n{}\n", path)) != std::string::npos) {
      take(path);
    }
    return found;
  }
  const std::string start = fmt::format("\n{}/", pattern->folder);
  for (std::size_t at = list.find(start); at != std::string::npos; at = list.find(start, at + 1)) {
    const std::size_t name = at + start.size();
    const std::string_view rest = std::string_view(list).substr(name, list.find('\n', name) - name);
    if (rest.find('/') == std::string_view::npos && matches_glob(pattern->name, rest)) {
      take(fmt::format("{}/{}", pattern->folder, rest));
    }
  }
  return found;
}

/// The same in a folder where a package is unpacked.
std::vector<fs::path> fetched_matches(const fs::path& folder, const std::string& path,
                                      Wanted wanted) {
  std::vector<fs::path> found;
  const auto take = [&](const fs::path& file) {
    if (is_wanted(file, wanted) && is_below(file, folder)) {
      found.push_back(file);
    }
  };
  const std::optional<Pattern> pattern = pattern_of(path);
  if (!pattern) {
    take(folder / fs::path(path).relative_path());
    return found;
  }
  std::error_code code;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(folder / fs::path(pattern->folder).relative_path(), code)) {
    if (matches_glob(pattern->name, entry.path().filename().string())) {
      take(entry.path());
    }
  }
  return found;
}

/// The one match; nothing where there is none. Throws Error (kScenario) where there are several.
std::optional<fs::path> only_match(std::vector<fs::path> found, const PackageFile& file) {
  if (found.empty()) {
    return std::nullopt;
  }
  if (found.size() > 1) {
    std::vector<std::string> names;
    names.reserve(found.size());
    for (const fs::path& path : found) {
      names.push_back(path.filename().string());
    }
    std::sort(names.begin(), names.end());
    throw Error(
        ErrorKind::kScenario,
        fmt::format("package {} ({}) has more than one {}: {}", file.package, file.architecture,
                    file.file, escape_for_terminal(fmt::format("{}", fmt::join(names, ", ")))),
        "write the one that is meant");
  }
  return std::move(found[0]);
}

std::optional<fs::path> find_in_package(const fs::path& cache, const PackageFile& file,
                                        Wanted wanted) {
  std::vector<std::string> names{file.file};
  if (std::string twin = merged_usr_twin(file.file); !twin.empty()) {
    names.push_back(std::move(twin));
  }
  const std::optional<std::string> installed = installed_files(file);
  if (installed) {
    for (const std::string& name : names) {
      if (auto match = only_match(installed_matches(*installed, name, wanted), file)) {
        return match;
      }
    }
  }
  const fs::path folder = package_folder(cache, file);
  std::error_code code;
  const bool fetched = fs::is_directory(folder, code);
  if (fetched) {
    for (const std::string& name : names) {
      if (auto match = only_match(fetched_matches(folder, name, wanted), file)) {
        return match;
      }
    }
  }
  if (fetched || (installed && !is_documentation_only(*installed))) {
    throw Error(
        ErrorKind::kScenario,
        fmt::format("package {} ({}) has no {} {}", file.package, file.architecture,
                    wanted == Wanted::kFile ? "file" : "folder", file.file),
        fmt::format("`apt-file list {}` or packages.debian.org shows what is in it", file.package));
  }
  return std::nullopt;
}

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
  return find_in_package(cache, file, Wanted::kFile);
}

std::optional<fs::path> find_package_subfolder(const fs::path& cache, const PackageFile& folder) {
  return find_in_package(cache, folder, Wanted::kFolder);
}

Error missing_package(const PackageFile& file) {
  return {ErrorKind::kHost,
          fmt::format("package {} ({}) is neither installed nor fetched, needed for {}",
                      file.package, file.architecture, file.file),
          fmt::format("run `bootproof fetch {} {}`, or `./quickstart`, which brings all packages",
                      file.package, file.architecture)};
}

}  // namespace bootproof
