#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "builders/file_set.h"
#include "builders/image_input.h"
#include "harness/core/files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kFolderMode = S_IFDIR | 0755U;

using FilesByPath = std::map<std::string, ImageFile>;

std::string joined(const std::string& at, std::string_view below) {
  return fmt::format("{}/{}", at == "/" ? "" : at, below);
}

/// Puts files into the map and keeps what a file system demands: folders above each file, and only
/// folders there.
class Collection {
 public:
  /// Throws Error at `mark` for a path that can't be on a medium, or that another file stands in
  /// the way of.
  void add(ImageFile file, const SourceMark& mark) {
    if (const std::string_view problem = medium_path_problem(file.path); !problem.empty()) {
      throw refusal(mark, fmt::format("'{}' {}", escape_for_terminal(file.path), problem),
                    "leave it out of the tree, or rename it");
    }
    for (std::size_t end = file.path.find('/', 1); end != std::string::npos;
         end = file.path.find('/', end + 1)) {
      const std::string above = file.path.substr(0, end);
      const ImageFile& folder = files_.try_emplace(above, folder_at(above)).first->second;
      if (!S_ISDIR(folder.mode)) {
        throw refusal(
            mark,
            fmt::format("{} can't be there: {} is {}, not a folder", escape_for_terminal(file.path),
                        escape_for_terminal(above), S_ISLNK(folder.mode) ? "a link" : "a file"),
            "take one of the two out");
      }
    }
    const auto found = files_.find(file.path);
    if (found != files_.end() && S_ISDIR(found->second.mode) != S_ISDIR(file.mode)) {
      throw refusal(mark,
                    fmt::format("{} is a folder in one place and a file in another",
                                escape_for_terminal(file.path)),
                    "take one of the two out");
    }
    std::string path = file.path;
    files_.insert_or_assign(std::move(path), std::move(file));
  }

  [[nodiscard]] const ImageFile* find(const std::string& path) const {
    const auto found = files_.find(path);
    return found == files_.end() ? nullptr : &found->second;
  }

  [[nodiscard]] std::vector<ImageFile> take() && {
    std::vector<ImageFile> all;
    all.reserve(files_.size());
    for (auto& [path, file] : files_) {
      all.push_back(std::move(file));
    }
    return all;
  }

  static Error refusal(const SourceMark& mark, const std::string& message,
                       std::string_view hint = {}) {
    return mark.file.empty() ? Error(ErrorKind::kScenario, message, std::string(hint))
                             : error_at(mark, message, hint);
  }

 private:
  static ImageFile folder_at(std::string path) {
    ImageFile folder;
    folder.path = std::move(path);
    folder.content = std::string();
    folder.mode = kFolderMode;
    return folder;
  }

  FilesByPath files_;
};

void add_folder(const ImageTree& tree, Collection& all) {
  const fs::path& root = tree.source.path;
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  for (const fs::path& path : found) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
      throw system_error(fmt::format("cannot read {}", path.string()), errno);
    }
    ImageFile file;
    file.path = joined(tree.at, path.lexically_relative(root).string());
    file.mode = status.st_mode;
    if (S_ISREG(status.st_mode)) {
      file.content = InputFile{path, {}, (status.st_mode & S_IXUSR) != 0};
    } else if (S_ISLNK(status.st_mode)) {
      file.content = fs::read_symlink(path).string();
    } else if (S_ISDIR(status.st_mode)) {
      file.content = std::string();
    } else {
      throw Collection::refusal(
          tree.mark,
          fmt::format("{} is neither file, folder nor link", escape_for_terminal(path.string())),
          "device nodes come by a tar archive; take the others out");
    }
    all.add(std::move(file), tree.mark);
  }
}

struct FreeArchive {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

/// Reads an archive's members into files that bear numbers, so that no name in it decides where
/// something is written.
class ArchiveReader {
 public:
  ArchiveReader(const ImageTree& tree, fs::path folder)
      : tree_(tree), folder_(std::move(folder)), handle_(archive_read_new()) {
    fs::create_directories(folder_);
    archive_read_support_filter_all(handle_.get());
    archive_read_support_format_tar(handle_.get());
    archive_read_support_format_cpio(handle_.get());
    check(archive_read_open_filename(handle_.get(), tree.source.path.c_str(), kBlock));
  }

  void read(Collection& all) {
    archive_entry* entry = nullptr;
    for (;;) {
      const int result = archive_read_next_header(handle_.get(), &entry);
      if (result == ARCHIVE_EOF) {
        return;
      }
      check(result);
      if (std::optional<ImageFile> file = member(entry, all)) {
        all.add(std::move(*file), tree_.mark);
      }
    }
  }

 private:
  static constexpr std::size_t kBlock = 256U << 10U;

  void check(int result) const {
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
      const char* const why = archive_error_string(handle_.get());
      throw Collection::refusal(
          tree_.mark,
          fmt::format("cannot read the archive {}: {}", tree_.source.path.string(),
                      why == nullptr ? "no reason given" : escape_for_terminal(why)),
          "a tar or cpio archive is expected, plain or compressed");
    }
  }

  /// The path on the medium; nothing for the archive's own root.
  [[nodiscard]] std::optional<std::string> path_of(const char* name) const {
    std::string_view path = name == nullptr ? "" : name;
    if (path.starts_with('/')) {
      throw Collection::refusal(tree_.mark,
                                fmt::format("the archive {} holds the absolute path '{}'",
                                            tree_.source.path.string(), escape_for_terminal(path)),
                                "make it with relative paths: tar -C FOLDER -cf FILE .");
    }
    while (path.starts_with("./")) {
      path.remove_prefix(2);
    }
    while (path.ends_with('/')) {
      path.remove_suffix(1);
    }
    if (path.empty() || path == ".") {
      return std::nullopt;
    }
    return joined(tree_.at, path);
  }

  [[nodiscard]] std::optional<ImageFile> member(archive_entry* entry, const Collection& all) {
    std::optional<std::string> path = path_of(archive_entry_pathname(entry));
    if (!path) {
      return std::nullopt;
    }
    ImageFile file;
    file.path = std::move(*path);
    file.owner = static_cast<std::uint32_t>(archive_entry_uid(entry));
    file.group = static_cast<std::uint32_t>(archive_entry_gid(entry));
    if (const char* const other = archive_entry_hardlink(entry); other != nullptr) {
      const ImageFile* const first = all.find(path_of(other).value_or(""));
      if (first == nullptr || !S_ISREG(first->mode)) {
        throw Collection::refusal(
            tree_.mark, fmt::format("{} is a hard link to {}, which is not before it",
                                    escape_for_terminal(file.path), escape_for_terminal(other)));
      }
      file.content = first->content;
      file.mode = first->mode;
      return file;
    }
    file.mode = archive_entry_mode(entry);
    switch (file.mode & S_IFMT) {
      case S_IFREG:
        file.content = unpacked((file.mode & S_IXUSR) != 0);
        break;
      case S_IFLNK:
        file.mode = S_IFLNK | 0777U;  // As Linux has it, whatever the archive says.
        file.content = std::string(archive_entry_symlink(entry));
        break;
      case S_IFCHR:
      case S_IFBLK:
        file.device_major = static_cast<unsigned>(archive_entry_rdevmajor(entry));
        file.device_minor = static_cast<unsigned>(archive_entry_rdevminor(entry));
        [[fallthrough]];
      case S_IFDIR:
      case S_IFIFO:
        file.content = std::string();
        break;
      default:
        throw Collection::refusal(
            tree_.mark,
            fmt::format("{} is of a kind that no medium holds", escape_for_terminal(file.path)),
            "take it out of the archive");
    }
    return file;
  }

  /// The data of the member at hand, in a file of its own.
  [[nodiscard]] InputFile unpacked(bool executable) {
    const fs::path target = folder_ / std::to_string(count_++);
    std::ofstream out(target, std::ios::binary);
    std::string block(kBlock, '\0');
    for (;;) {
      const la_ssize_t size = archive_read_data(handle_.get(), block.data(), block.size());
      if (size < 0) {
        check(ARCHIVE_FATAL);
      }
      if (size == 0) {
        break;
      }
      out.write(block.data(), size);
    }
    out.close();
    if (!out) {
      throw system_error(fmt::format("cannot write {}", target.string()), errno);
    }
    return {target, {}, executable};
  }

  const ImageTree& tree_;
  fs::path folder_;
  std::unique_ptr<archive, FreeArchive> handle_;
  std::size_t count_ = 0;
};

}  // namespace

std::vector<ImageFile> all_files(const ImageFiles& input, const fs::path& work_folder) {
  Collection all;
  for (std::size_t i = 0; i < input.trees.size(); ++i) {
    const ImageTree& tree = input.trees[i];
    if (tree.is_archive) {
      ArchiveReader(tree, work_folder / fmt::format("tree-{}", i)).read(all);
    } else {
      add_folder(tree, all);
    }
  }
  for (const ImageFile& file : input.files) {
    all.add(file, {});
  }
  return std::move(all).take();
}

}  // namespace bootproof
