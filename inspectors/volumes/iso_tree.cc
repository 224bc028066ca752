#include "inspectors/volumes/iso_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "inspectors/rules.h"
#include "inspectors/text.h"
#include "inspectors/volumes/iso_file_system.h"
#include "inspectors/volumes/iso_path_table.h"
#include "inspectors/volumes/iso_tree_checks.h"

namespace bootproof::inspectors {
namespace {

/// Names of directories that firmware and loaders read, in lower case: looked at first.
constexpr std::array<std::string_view, 12> kBootNames{"boot",    "efi",      "grub", "grub2",
                                                      "i386-pc", "isolinux", "live", "loader",
                                                      "casper",  "syslinux", "arch", "images"};

bool is_boot_name(std::string_view name) {
  return std::any_of(kBootNames.begin(), kBootNames.end(), [&](std::string_view boot) {
    return std::equal(name.begin(), name.end(), boot.begin(), boot.end(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
  });
}

/// As Linux (PATH_MAX): nobody names what lies deeper.
constexpr std::size_t kLongestPath = 4096;

/// A directory that was seen.
struct Pending {
  std::uint64_t block = 0;
  std::uint64_t bytes = 0;
  std::uint64_t parent_block = 0;
  std::uint64_t record_offset = 0;  ///< Of what names it, in the image.
  std::string path;                 ///< Raw; empty for the root.
  bool is_relocated = false;
};

class Walk {
 public:
  Walk(const ImageView& image, const IsoVolume& volume,
       std::span<const std::uint64_t> wanted_blocks, Findings& findings)
      : image_(image),
        volume_(volume),
        file_system_(image, volume),
        wanted_(wanted_blocks.begin(), wanted_blocks.end()),
        prefix_(volume.kind == IsoVolumeKind::kPrimary  ? ""
                : volume.kind == IsoVolumeKind::kJoliet ? "Joliet, "
                                                        : "supplementary volume, "),
        findings_(findings),
        checks_(image, volume, prefix_, findings) {}

  IsoTree walk() {
    tree_.has_rock_ridge = file_system_.has_rock_ridge();
    const std::uint64_t root = volume_.root_block;
    if (root == 0 || !image_.contains(root * volume_.block_size, volume_.root_bytes)) {
      return std::move(tree_);  // read_iso9660() has judged that.
    }
    constexpr std::uint64_t kRootRecord = 156;
    enqueue({root, volume_.root_bytes, root, volume_.offset + kRootRecord, "", false});
    while (const std::optional<Pending> directory = next()) {
      look_at(*directory);
    }
    tree_.directories_left_out += first_.size() + later_.size();
    checks_.judge_compressed(tree_.compressed_count);
    seen_.is_all = tree_.is_complete() && follows_all_;
    judge_path_tables(image_, volume_, seen_, prefix_, findings_);
    return std::move(tree_);
  }

 private:
  void enqueue(Pending directory) {
    const std::string_view name =
        std::string_view(directory.path).substr(directory.path.rfind('/') + 1);
    (is_boot_name(name) ? first_ : later_).push_back(std::move(directory));
  }

  std::optional<Pending> next() {
    std::deque<Pending>& queue = first_.empty() ? later_ : first_;
    if (queue.empty() || tree_.directory_count >= IsoTree::kMostDirectories ||
        bytes_read_ >= IsoTree::kMostBytes) {
      return std::nullopt;
    }
    Pending directory = std::move(queue.front());
    queue.pop_front();
    return directory;
  }

  void look_at(const Pending& directory) {
    if (!seen_.blocks.insert(directory.block).second) {
      findings_.add(rule("iso9660.directory-loop"), directory.record_offset,
                    path_of(directory.path),
                    fmt::format("block {}, a directory that has another path", directory.block),
                    "a block of its own");
      follows_all_ = false;
      return;
    }
    ++tree_.directory_count;
    directory_ = &directory;
    names_.clear();
    open_file_.reset();
    number_ = 0;
    wrong_dot_.reset();
    const std::uint64_t bytes = std::min(directory.bytes, IsoTree::kMostBytes - bytes_read_);
    follows_all_ = follows_all_ && bytes == directory.bytes;
    const IsoDirectoryWalk walk =
        walk_iso_directory(image_, directory.block * volume_.block_size, bytes,
                           [&](const IsoDirectoryRecord& record) { return take(record); });
    bytes_read_ += std::max<std::uint64_t>(walk.bytes_read, 1);
    end_file();
    if (walk.end == IsoDirectoryEnd::kRecord) {
      findings_.add(rule("iso9660.directory-record"), image_.image_offset(walk.position),
                    path_of(directory.path), head_of_record(walk.position),
                    "at least 33 bytes and the name, within the sector (ECMA-119, 9.1)");
      follows_all_ = false;
    } else if (wrong_dot_) {
      findings_.add(rule("iso9660.directory-dot"), wrong_dot_->offset, path_of(directory.path),
                    wrong_dot_->found, wrong_dot_->expected);
    } else if (number_ < 2) {
      judge_missing_dots(directory);
    }
  }

  void judge_missing_dots(const Pending& directory) {
    findings_.add(rule("iso9660.directory-dot"),
                  image_.image_offset(directory.block * volume_.block_size),
                  path_of(directory.path), fmt::format("{} records", number_),
                  R"("." and ".." at the begin (ECMA-119, 6.8.2.2))");
  }

  bool take(const IsoDirectoryRecord& record) {
    ++number_;
    if (number_ <= 2) {
      judge_dot(record);
      if (number_ == 1 && directory_->path.empty()) {
        judge_root_entries(record);
      }
      if (number_ == 1 ? record.is_self() : record.is_parent()) {
        return true;
      }
    }
    if (record.is_self() || record.is_parent() || (record.flags & kIsoAssociated) != 0) {
      return true;
    }
    const RockRidge extras = file_system_.rock_ridge(record);
    const std::string name = file_system_.name_of(record, extras);
    const std::string path = directory_->path + "/" + name;
    checks_.judge_rock_ridge(extras, path);
    const bool agrees = checks_.judge_numbers(record, path);
    if (record.is_directory() || extras.child_block) {
      end_file();
      take_directory(record, extras, name, agrees);
    } else {
      take_file(record, extras, name, agrees);
    }
    return true;
  }

  struct WrongDot {
    std::uint64_t offset = 0;
    std::string found;
    std::string expected;
  };

  /// "." and ".." say where the directory and its parent stand. One finding for a directory.
  void judge_dot(const IsoDirectoryRecord& record) {
    const bool is_first = number_ == 1;
    std::string found;
    std::string expected;
    if (is_first ? !record.is_self() : !record.is_parent()) {
      found = fmt::format("another name in record {}", number_);
      expected = is_first ? "\".\"" : "\"..\"";
    } else if (is_first &&
               (record.data_block() != directory_->block || record.bytes != directory_->bytes)) {
      found = fmt::format("\".\" with {} bytes at block {}", record.bytes, record.data_block());
      expected = fmt::format("{} bytes at block {}", directory_->bytes, directory_->block);
    } else if (!is_first && volume_.kind == IsoVolumeKind::kPrimary && !directory_->is_relocated &&
               record.data_block() != directory_->parent_block) {
      // In a Joliet tree that xorriso wrote it leads to the directory itself, and nobody minds.
      found = fmt::format("\"..\" at block {}", record.data_block());
      expected = fmt::format("block {}", directory_->parent_block);
    }
    if (!found.empty() && !wrong_dot_) {
      wrong_dot_ =
          WrongDot{image_.image_offset(record.position), found, expected + " (ECMA-119, 6.8.2.2)"};
    }
  }

  void judge_root_entries(const IsoDirectoryRecord& self) {
    if (file_system_.has_rock_ridge()) {
      checks_.judge_rock_ridge(file_system_.rock_ridge(self), "/");
      return;
    }
    if (volume_.kind != IsoVolumeKind::kPrimary || !self.is_self() || self.system_use_bytes == 0) {
      return;
    }
    ContinuationBudget budget;
    const RockRidge extras = read_rock_ridge(
        image_, image_.subview(self.system_use, self.system_use_bytes), volume_.block_size, budget);
    if (extras.has_entries) {
      findings_.add(rule("rock-ridge.no-sp"), image_.image_offset(self.system_use), "/",
                    "Rock Ridge entries and no SP", "SP first (SUSP 1.12, 5.3)");
    }
  }

  void take_directory(const IsoDirectoryRecord& record, const RockRidge& extras,
                      const std::string& name, bool agrees) {
    if (extras.is_relocated) {
      seen_.relocated.insert(record.data_block());  // Its CL stands elsewhere.
      return;
    }
    const std::string path = directory_->path + "/" + name;
    note_name(name, path, record);
    Pending child{record.data_block(),
                  record.bytes,
                  directory_->block,
                  image_.image_offset(record.position),
                  path,
                  false};
    if (extras.child_block) {
      const IsoRange range = file_system_.range_of_relocated(*extras.child_block);
      if (range.bytes == 0) {
        findings_.add(
            rule("rock-ridge.relocation"), child.record_offset, path_of(path),
            fmt::format("CL for block {}, where no directory begins", *extras.child_block),
            "the block of the directory (Rock Ridge 1.12, 4.1.5.1)");
        follows_all_ = false;
        return;
      }
      child.block = *extras.child_block;
      child.bytes = range.bytes;
      child.is_relocated = true;
    }
    if (!agrees ||
        !checks_.judge_directory_extent(child.block, child.bytes, child.record_offset, path)) {
      follows_all_ = false;
      return;
    }
    if (path.size() > kLongestPath) {
      ++tree_.directories_left_out;
      return;
    }
    enqueue(std::move(child));
  }

  /// A file of which records are still to come.
  struct OpenFile {
    std::string path;
    std::string identifier;
    std::uint64_t block = 0;
    std::uint64_t bytes = 0;
    std::uint64_t record_offset = 0;
    bool goes_on = false;
  };

  void take_file(const IsoDirectoryRecord& record, const RockRidge& extras, const std::string& name,
                 bool agrees) {
    const std::string path = directory_->path + "/" + name;
    const std::uint64_t offset = image_.image_offset(record.position);
    const bool goes_on = (record.flags & kIsoMultiExtent) != 0;
    if (open_file_ && open_file_->goes_on && open_file_->identifier == record.identifier) {
      open_file_->bytes += record.bytes;
      open_file_->goes_on = goes_on;
    } else {
      end_file();
      note_name(name, path, record);
      ++tree_.file_count;
      tree_.compressed_count += extras.zisofs_bytes ? 1U : 0U;
      if (extras.zisofs_bytes) {
        checks_.note_compressed(offset, path);
      }
      open_file_ =
          OpenFile{path, record.identifier, record.data_block(), record.bytes, offset, goes_on};
    }
    if (agrees) {
      checks_.judge_file_extent(record, path);
    }
    if (!goes_on) {
      end_file();
    }
  }

  void end_file() {
    if (!open_file_) {
      return;
    }
    const OpenFile file = *std::exchange(open_file_, std::nullopt);
    if (file.goes_on) {
      findings_.add(rule("iso9660.multi-extent"), file.record_offset, path_of(file.path),
                    fmt::format("{} bytes, and no record for the rest", file.bytes),
                    "another record of the same name (ECMA-119, 6.5.1)");
    }
    if (file.bytes > 0 && wanted_.count(file.block) != 0 && tree_.file_at(file.block) == nullptr) {
      tree_.files.push_back({file.block, printable_text(file.path), file.bytes});
    }
  }

  /// Two records of one name: a loader takes the first, Linux perhaps the other.
  void note_name(const std::string& name, const std::string& path,
                 const IsoDirectoryRecord& record) {
    if (!names_.insert(name).second) {
      findings_.add(rule("iso9660.duplicate-name"), image_.image_offset(record.position),
                    path_of(path), "a second record of this name", "one");
    }
  }

  [[nodiscard]] std::string head_of_record(std::uint64_t position) const {
    constexpr std::size_t kNameLengthField = 32;
    const Bytes head = image_.read(position, kNameLengthField + 1);
    return head.size() <= kNameLengthField ? std::string("the end of the image")
                                           : fmt::format("a record of {} bytes with a name of {}",
                                                         head[0], head[kNameLengthField]);
  }

  [[nodiscard]] std::string path_of(const std::string& path) const {
    return prefix_ + printable_text(path.empty() ? "/" : path);
  }

  ImageView image_;
  const IsoVolume& volume_;
  IsoFileSystem file_system_;
  std::set<std::uint64_t> wanted_;
  std::string prefix_;
  Findings& findings_;
  IsoTreeChecks checks_;
  IsoTree tree_;
  IsoDirectoriesSeen seen_;
  bool follows_all_ = true;  ///< Nothing that was seen was passed over because of a defect.
  std::uint64_t bytes_read_ = 0;
  std::deque<Pending> first_;  ///< With names of kBootNames.
  std::deque<Pending> later_;

  // Of the directory that is looked at.
  const Pending* directory_ = nullptr;
  std::size_t number_ = 0;  ///< Of records so far.
  std::optional<WrongDot> wrong_dot_;
  std::unordered_set<std::string> names_;
  std::optional<OpenFile> open_file_;
};

}  // namespace

const IsoTreeFile* IsoTree::file_at(std::uint64_t block) const {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const IsoTreeFile& file) { return file.block == block; });
  return found == files.end() ? nullptr : &*found;
}

IsoTree read_iso_tree(const ImageView& image, const IsoVolume& volume,
                      std::span<const std::uint64_t> wanted_blocks, Findings& findings) {
  return volume.block_size == 0 ? IsoTree{} : Walk(image, volume, wanted_blocks, findings).walk();
}

}  // namespace bootproof::inspectors
