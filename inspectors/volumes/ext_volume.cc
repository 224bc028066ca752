#include "inspectors/volumes/ext_volume.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "inspectors/volumes/ext_io.h"

namespace bootproof::inspectors {
namespace {

constexpr std::size_t kMostRuns = 262144;
constexpr std::uint64_t kMostAdded = std::uint64_t{4} << 20U;  ///< Blocks or extents of a file.
constexpr std::uint64_t kMostTargetBytes = 4096;               ///< Of a symbolic link, as Linux.
/// The descriptors of all groups, which are read when a volume is opened.
constexpr std::uint64_t kMostDescriptorBytes = std::uint64_t{16} << 20U;

/// Whether opening reads no more than the medium warrants.
bool is_worth_opening(const ExtSuperblock& super, const ImageView& view) {
  if (super.geometry_defect) {
    return false;
  }
  const std::uint64_t groups = super.block_count / super.blocks_per_group + 1;
  const std::uint64_t most = std::min(kMostDescriptorBytes, view.size());
  return groups <= most / std::max(super.descriptor_bytes, 32U);
}

/// A file system that libext2fs has open.
class Filesystem {
 public:
  explicit Filesystem(ext2_filsys filesystem) : filesystem_(filesystem) {}
  Filesystem(const Filesystem&) = delete;
  Filesystem& operator=(const Filesystem&) = delete;
  ~Filesystem() { ext2fs_free(filesystem_); }

  [[nodiscard]] ext2_filsys get() const { return filesystem_; }

 private:
  ext2_filsys filesystem_;
};

/// Collects runs of blocks in the order of the file, with holes between them.
class RunCollector {
 public:
  RunCollector(std::uint64_t block_bytes, std::uint64_t file_bytes)
      : block_bytes_(block_bytes), file_bytes_(file_bytes) {}

  /// False where no more is wanted: out of order, too much, or behind the end of the file.
  bool add(std::uint64_t logical, std::uint64_t physical, std::uint64_t count, bool is_hole) {
    const std::uint64_t begin = next_ * block_bytes_;
    if (++added_ > kMostAdded || logical < next_ || begin >= file_bytes_ ||
        runs_.size() >= kMostRuns || logical > file_bytes_ / block_bytes_) {
      return false;
    }
    if (logical > next_) {
      append(Extent::kHole, logical - next_);
    }
    append(is_hole ? Extent::kHole : physical * block_bytes_, count);
    next_ = logical + count;
    return true;
  }

  std::vector<Extent> take() {
    const std::uint64_t blocks = (file_bytes_ + block_bytes_ - 1) / block_bytes_;
    if (next_ < blocks && is_whole_) {
      append(Extent::kHole, blocks - next_);
    }
    std::uint64_t left = file_bytes_;
    for (Extent& run : runs_) {
      run.length = std::min(run.length, left);
      left -= run.length;
    }
    runs_.erase(std::remove_if(runs_.begin(), runs_.end(),
                               [](const Extent& run) { return run.length == 0; }),
                runs_.end());
    return std::move(runs_);
  }

  /// What follows could not be read: no hole.
  void break_off() { is_whole_ = false; }

 private:
  void append(std::uint64_t offset, std::uint64_t count) {
    const std::uint64_t length = count * block_bytes_;
    const bool is_hole = offset == Extent::kHole;
    if (!runs_.empty() && (is_hole ? runs_.back().offset == Extent::kHole
                                   : runs_.back().offset != Extent::kHole &&
                                         runs_.back().offset + runs_.back().length == offset)) {
      runs_.back().length += length;
    } else {
      runs_.push_back({offset, length});
    }
  }

  std::uint64_t block_bytes_;
  std::uint64_t file_bytes_;
  std::uint64_t added_ = 0;
  std::uint64_t next_ = 0;  ///< The first block that is not there yet.
  bool is_whole_ = true;
  std::vector<Extent> runs_;
};

void collect_extents(ext2_filsys filesystem, ext2_ino_t number, ext2_inode& inode,
                     RunCollector& runs) {
  ext2_extent_handle_t handle = nullptr;
  if (ext2fs_extent_open2(filesystem, number, &inode, &handle) != 0) {
    runs.break_off();
    return;
  }
  ext2fs_extent extent{};
  errcode_t error = ext2fs_extent_get(handle, EXT2_EXTENT_ROOT, &extent);
  for (; error == 0; error = ext2fs_extent_get(handle, EXT2_EXTENT_NEXT, &extent)) {
    const bool is_leaf = (extent.e_flags & EXT2_EXTENT_FLAGS_LEAF) != 0;
    if (is_leaf && (extent.e_flags & EXT2_EXTENT_FLAGS_SECOND_VISIT) == 0 &&
        !runs.add(extent.e_lblk, extent.e_pblk, extent.e_len,
                  (extent.e_flags & EXT2_EXTENT_FLAGS_UNINIT) != 0)) {
      break;
    }
  }
  // A file without extents has no root entry either.
  if (error != 0 && error != EXT2_ET_EXTENT_NO_NEXT && error != EXT2_ET_NO_CURRENT_NODE) {
    runs.break_off();
  }
  ext2fs_extent_free(handle);
}

int add_block(ext2_filsys /*filesystem*/, blk64_t* block, e2_blkcnt_t count, blk64_t /*reference*/,
              int /*offset*/, void* data) {
  if (count < 0 || *block == 0) {
    return 0;
  }
  auto* const runs = static_cast<RunCollector*>(data);
  return runs->add(static_cast<std::uint64_t>(count), *block, 1, false) ? 0 : BLOCK_ABORT;
}

/// A name as the directory has it.
struct RawEntry {
  std::string name;
  ext2_ino_t inode;
};

int add_entry(ext2_ino_t /*directory*/, int /*entry*/, ext2_dir_entry* record, int /*offset*/,
              int /*block_bytes*/, char* /*buffer*/, void* data) {
  auto* const entries = static_cast<std::vector<RawEntry>*>(data);
  std::string name(&record->name[0], static_cast<std::size_t>(ext2fs_dirent_name_len(record)));
  // By their names: which entry is the first one libext2fs counts otherwise in an inode's own data.
  if (record->inode == 0 || name == "." || name == "..") {
    return 0;
  }
  entries->push_back({std::move(name), record->inode});
  return entries->size() < Volume::kMostNames ? 0 : DIRENT_ABORT;
}

NodeKind kind_of(const ext2_inode& inode) {
  if (LINUX_S_ISREG(inode.i_mode)) {
    return NodeKind::kFile;
  }
  if (LINUX_S_ISDIR(inode.i_mode)) {
    return NodeKind::kDirectory;
  }
  return LINUX_S_ISLNK(inode.i_mode) ? NodeKind::kSymlink : NodeKind::kOther;
}

class Ext2fsVolume final : public ExtVolume {
 public:
  Ext2fsVolume(const ImageView& view, ExtSuperblock superblock, std::unique_ptr<ExtIo> io,
               ext2_filsys filesystem)
      : view_(view),
        superblock_(std::move(superblock)),
        io_(std::move(io)),
        filesystem_(filesystem) {}

  [[nodiscard]] VolumeKind kind() const override { return VolumeKind::kExt; }
  [[nodiscard]] std::string label() const override { return superblock_.label; }
  [[nodiscard]] std::string uuid() const override { return superblock_.uuid; }
  [[nodiscard]] bool ignores_case() const override { return false; }
  [[nodiscard]] const ImageView& view() const override { return view_; }
  [[nodiscard]] const ExtSuperblock& superblock() const override { return superblock_; }

  [[nodiscard]] Node root() const override {
    Node node;
    node.kind = NodeKind::kDirectory;
    node.id = EXT2_ROOT_INO;
    return node;
  }

  [[nodiscard]] bool has_readable_root() override {
    io_->begin_answer();
    ext2_inode inode{};
    if (!read_inode(EXT2_ROOT_INO, inode) || !LINUX_S_ISDIR(inode.i_mode)) {
      return false;
    }
    std::vector<RawEntry> entries;
    return ext2fs_dir_iterate2(filesystem_.get(), EXT2_ROOT_INO, 0, nullptr, add_entry, &entries) ==
           0;
  }

  [[nodiscard]] std::vector<Node> list(const Node& directory) override {
    std::vector<Node> nodes;
    if (directory.kind != NodeKind::kDirectory) {
      return nodes;
    }
    io_->begin_answer();
    std::vector<RawEntry> entries;
    // What was read before an error counts.
    static_cast<void>(ext2fs_dir_iterate2(filesystem_.get(), static_cast<ext2_ino_t>(directory.id),
                                          0, nullptr, add_entry, &entries));
    nodes.reserve(entries.size());
    for (RawEntry& entry : entries) {
      nodes.push_back(node_of(std::move(entry)));
    }
    return nodes;
  }

  [[nodiscard]] std::vector<Extent> extents(const Node& file) override {
    io_->begin_answer();
    ext2_inode inode{};
    if (file.kind != NodeKind::kFile || !read_inode(static_cast<ext2_ino_t>(file.id), inode)) {
      return {};
    }
    return runs_of(static_cast<ext2_ino_t>(file.id), inode,
                   std::min<std::uint64_t>(file.size, EXT2_I_SIZE(&inode)));
  }

 private:
  bool read_inode(ext2_ino_t number, ext2_inode& inode) {
    return number != 0 && number <= superblock_.inode_count &&
           ext2fs_read_inode(filesystem_.get(), number, &inode) == 0;
  }

  Node node_of(RawEntry entry) {
    Node node;
    node.name = std::move(entry.name);
    node.id = entry.inode;
    node.kind = NodeKind::kOther;
    ext2_inode inode{};
    if (!read_inode(entry.inode, inode)) {
      return node;
    }
    node.kind = kind_of(inode);
    node.mode = inode.i_mode & 07777U;
    if (node.kind == NodeKind::kFile) {
      node.size = EXT2_I_SIZE(&inode);
    } else if (node.kind == NodeKind::kSymlink) {
      node.target = target_of(entry.inode, inode);
    }
    return node;
  }

  /// The bytes that stand in the inode itself instead of block numbers.
  static std::string inside(const ext2_inode& inode, std::uint64_t length) {
    std::string text(sizeof(inode.i_block), '\0');
    std::memcpy(text.data(), &inode.i_block[0], text.size());
    text.resize(static_cast<std::size_t>(std::min<std::uint64_t>(length, text.size())));
    return text;
  }

  std::string target_of(ext2_ino_t number, ext2_inode& inode) {
    const std::uint64_t length = EXT2_I_SIZE(&inode);
    if (length > kMostTargetBytes) {
      return {};
    }
    if (ext2fs_is_fast_symlink(&inode) != 0 || (inode.i_flags & EXT4_INLINE_DATA_FL) != 0) {
      return inside(inode, length);
    }
    const std::vector<Extent> runs = runs_of(number, inode, length);
    if (runs.empty() || runs[0].offset == Extent::kHole) {
      return {};
    }
    const Bytes bytes = view_.read(runs[0].offset, std::min(runs[0].length, length));
    return {bytes.begin(), std::find(bytes.begin(), bytes.end(), 0)};
  }

  std::vector<Extent> runs_of(ext2_ino_t number, ext2_inode& inode, std::uint64_t length) {
    if ((inode.i_flags & EXT4_INLINE_DATA_FL) != 0) {
      return inline_runs(number, length);
    }
    RunCollector runs(superblock_.block_bytes, length);
    if ((inode.i_flags & EXT4_EXTENTS_FL) != 0) {
      collect_extents(filesystem_.get(), number, inode, runs);
    } else if (ext2fs_block_iterate3(filesystem_.get(), number,
                                     BLOCK_FLAG_READ_ONLY | BLOCK_FLAG_DATA_ONLY, nullptr,
                                     add_block, &runs) != 0) {
      runs.break_off();
    }
    return runs.take();
  }

  /// A small file in its inode. Only what stands in the place of the block numbers: the rest is in
  /// an extended attribute.
  std::vector<Extent> inline_runs(ext2_ino_t number, std::uint64_t length) {
    constexpr std::uint64_t kBlockField = 40;
    const std::uint32_t index = number - 1;
    const auto group = static_cast<dgrp_t>(index / superblock_.inodes_per_group);
    const std::uint64_t table = ext2fs_inode_table_loc(filesystem_.get(), group);
    const std::uint64_t offset =
        table * superblock_.block_bytes +
        std::uint64_t{index % superblock_.inodes_per_group} * superblock_.inode_bytes + kBlockField;
    return {{offset, std::min<std::uint64_t>(length, EXT2_N_BLOCKS * sizeof(std::uint32_t))}};
  }

  ImageView view_;
  ExtSuperblock superblock_;
  std::unique_ptr<ExtIo> io_;
  Filesystem filesystem_;
};

}  // namespace

std::unique_ptr<ExtVolume> open_ext_volume(const ImageView& view) {
  auto superblock = read_ext_superblock(view);
  if (!superblock || !is_worth_opening(*superblock, view)) {
    return nullptr;
  }
  auto io = std::make_unique<ExtIo>(view);
  ext2_filsys filesystem = io->open();
  if (filesystem == nullptr) {
    return nullptr;
  }
  return std::make_unique<Ext2fsVolume>(view, std::move(*superblock), std::move(io), filesystem);
}

}  // namespace bootproof::inspectors
