#include <ext2fs/ext2fs.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "builders/file_system_maker.h"
#include "builders/partition_type.h"
#include "builders/tools.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSmallest4KiB = 16U << 20U;  ///< Below it blocks are smaller.

std::uint32_t block_size(const FileSystemJob& job) {
  constexpr std::uint32_t kSmall = 1024;
  constexpr std::uint32_t kLarge = 4096;
  return job.place.size < kSmallest4KiB && job.sector_size <= kSmall ? kSmall : kLarge;
}

/// Features that GRUB 2.06 and Linux from 4.x on read. They are all named, so that the host's
/// mke2fs.conf adds none.
std::string_view features_of(FileSystemType type) {
  switch (type) {
    case FileSystemType::kExt2:
      return "none,ext_attr,dir_index,filetype,sparse_super,large_file";
    case FileSystemType::kExt3:
      return "none,has_journal,ext_attr,dir_index,filetype,sparse_super,large_file";
    default:
      return "none,has_journal,ext_attr,dir_index,filetype,extent,64bit,flex_bg,sparse_super,"
             "large_file,huge_file,dir_nlink,extra_isize,metadata_csum";
  }
}

}  // namespace

std::vector<std::string> mkfs_ext_command(const FileSystemJob& job, std::uint64_t offset) {
  constexpr std::uint64_t kInodeRatio = 16U << 10U;
  constexpr std::uint64_t kSpareInodes = 64;
  const std::uint64_t inodes = std::max(job.place.size / kInodeRatio,
                                        job.files.size() + job.files.size() / 8 + kSpareInodes);
  const std::string seed = derived_guid(job.identity, fmt::format("hash seed {}", job.name));
  // clang-format off
  std::vector<std::string> arguments{
      "mke2fs", "-q", "-F",
      "-t", std::string(name_of(job.recipe.type)),
      "-O", std::string(features_of(job.recipe.type)),
      "-b", std::to_string(block_size(job)),
      "-I", "256",
      "-N", std::to_string(inodes),
      "-m", "0",
      "-e", "continue",
      "-o", "Linux",
      "-U", job.uuid,
      "-E", fmt::format("{}nodiscard,assume_storage_prezeroed=1,hash_seed={},root_owner=0:0",
                        offset == 0 ? "" : fmt::format("offset={},", offset), seed)};
  // clang-format on
  if (!job.recipe.label.empty()) {
    arguments.insert(arguments.end(), {"-L", job.recipe.label});
  }
  return arguments;
}

namespace {

void run_mke2fs(const FileSystemJob& job, const DiskFile& disk) {
  constexpr std::uint64_t kKibibyte = 1024;
  std::vector<std::string> command = mkfs_ext_command(job, job.place.start);
  command.push_back(disk.path().string());
  command.push_back(fmt::format("{}k", job.place.size / kKibibyte));
  run_tool(std::move(command), job.date);
}

/// Puts files into a fresh file system by libext2fs: with the owners, modes and device nodes that
/// they are to have, which mke2fs's `-d` would take from files of this host.
class ExtFiller {
 public:
  ExtFiller(const FileSystemJob& job, const DiskFile& disk) : job_(job) {
    const std::string options = fmt::format("offset={}", job.place.start);
    check(ext2fs_open2(disk.path().c_str(), options.c_str(), EXT2_FLAG_RW | EXT2_FLAG_64BITS, 0, 0,
                       unix_io_manager, &filesystem_),
          "/");
    filesystem_->now = job.date;
    check(ext2fs_read_bitmaps(filesystem_), "/");
    folders_.emplace("", EXT2_ROOT_INO);
  }
  ExtFiller(const ExtFiller&) = delete;
  ExtFiller& operator=(const ExtFiller&) = delete;
  ~ExtFiller() {
    if (filesystem_ != nullptr) {
      ext2fs_free(filesystem_);
    }
  }

  /// Throws where the files do not fit. A little more than is needed at most: data, a block of
  /// pointers for each 256 (ext2, ext3), a block for a folder and its entries.
  void check_room() const {
    constexpr std::uint64_t kDirect = 12;
    constexpr std::uint64_t kPointer = 4;
    constexpr std::uint64_t kEntry = 12;
    const std::uint64_t block = filesystem_->blocksize;
    std::map<std::string_view, std::uint64_t> names;
    std::uint64_t blocks = 0;
    for (const ImageFile& file : job_.files) {
      const std::string_view path = file.path;
      const std::size_t slash = path.rfind('/');
      names[path.substr(0, slash)] += kEntry + path.size() - slash;
      const std::uint64_t data = (size_of(file) + block - 1) / block;
      blocks += data + (S_ISDIR(file.mode) ? 1 : 0);
      if (data > kDirect && job_.recipe.type != FileSystemType::kExt4) {
        blocks += data / (block / kPointer) + 2;
      }
    }
    for (const auto& [folder, bytes] : names) {
      blocks += bytes / block;
    }
    const std::uint64_t free = ext2fs_free_blocks_count(filesystem_->super);
    if (blocks > free) {
      throw does_not_fit(job_, blocks * block, free * block);
    }
  }

  void fill() {
    check_room();
    for (const ImageFile& file : job_.files) {
      add(file);
    }
    check(ext2fs_close_free(&filesystem_), "/");
  }

 private:
  void check(errcode_t code, const std::string& path) const {
    if (code == 0) {
      return;
    }
    if (code == EXT2_ET_BLOCK_ALLOC_FAIL || code == EXT2_ET_INODE_ALLOC_FAIL) {
      throw error_at(job_.recipe.mark,
                     fmt::format("the files of '{}' do not fit: {} is full at {}", job_.name,
                                 name_of(job_.recipe.type), escape_for_terminal(path)),
                     "make the partition larger");
    }
    throw Error(ErrorKind::kBuild, fmt::format("cannot write {} into '{}': libext2fs error {}",
                                               escape_for_terminal(path), job_.name, code));
  }

  void add(const ImageFile& file) {
    const std::size_t slash = file.path.rfind('/');
    const ext2_ino_t parent = folders_.at(file.path.substr(0, slash));
    const std::string name = file.path.substr(slash + 1);
    ext2_ino_t inode = 0;
    if (S_ISDIR(file.mode)) {
      inode = add_folder(parent, name, file.path);
      folders_.emplace(file.path, inode);
    } else if (S_ISLNK(file.mode)) {
      check(ext2fs_new_inode(filesystem_, parent, LINUX_S_IFLNK, nullptr, &inode), file.path);
      with_room(parent, file.path, [&] {
        return ext2fs_symlink(filesystem_, parent, inode, name.c_str(),
                              std::get<std::string>(file.content).c_str());
      });
    } else {
      inode = add_node(parent, name, file);
    }
    set_attributes(inode, file);
    if (S_ISREG(file.mode)) {
      write_content(inode, file);
    }
  }

  /// Calls what links a name into a folder; where the folder is full, again with a block more.
  template <typename Link>
  void with_room(ext2_ino_t folder, const std::string& path, const Link& link) {
    errcode_t code = link();
    if (code == EXT2_ET_DIR_NO_SPACE) {
      check(ext2fs_expand_dir(filesystem_, folder), path);
      code = link();
    }
    check(code, path);
  }

  ext2_ino_t add_folder(ext2_ino_t parent, const std::string& name, const std::string& path) {
    ext2_ino_t inode = 0;
    const int length = static_cast<int>(name.size());
    if (ext2fs_lookup(filesystem_, parent, name.c_str(), length, nullptr, &inode) == 0) {
      return inode;  // lost+found
    }
    check(ext2fs_new_inode(filesystem_, parent, LINUX_S_IFDIR, nullptr, &inode), path);
    with_room(parent, path, [&] { return ext2fs_mkdir(filesystem_, parent, inode, name.c_str()); });
    return inode;
  }

  /// A file, device node or pipe without content.
  ext2_ino_t add_node(ext2_ino_t parent, const std::string& name, const ImageFile& file) {
    int kind = EXT2_FT_REG_FILE;
    if (!S_ISREG(file.mode)) {
      kind = S_ISCHR(file.mode) ? EXT2_FT_CHRDEV
                                : (S_ISBLK(file.mode) ? EXT2_FT_BLKDEV : EXT2_FT_FIFO);
    }
    ext2_ino_t number = 0;
    check(ext2fs_new_inode(filesystem_, parent, static_cast<int>(file.mode), nullptr, &number),
          file.path);
    with_room(parent, file.path,
              [&] { return ext2fs_link(filesystem_, parent, name.c_str(), number, kind); });
    ext2fs_inode_alloc_stats2(filesystem_, number, +1, 0);
    ext2_inode inode{};
    inode.i_mode = static_cast<__u16>(file.mode);
    inode.i_links_count = 1;
    if (S_ISCHR(file.mode) || S_ISBLK(file.mode)) {
      set_device(inode, file.device_major, file.device_minor);
    } else if (S_ISREG(file.mode) && ext2fs_has_feature_extents(filesystem_->super) != 0) {
      ext2_extent_handle_t handle = nullptr;
      check(ext2fs_extent_open2(filesystem_, number, &inode, &handle), file.path);
      ext2fs_extent_free(handle);
    }
    check(ext2fs_write_new_inode(filesystem_, number, &inode), file.path);
    return number;
  }

  /// As Linux encodes it: small numbers in the first field, others in the second.
  static void set_device(ext2_inode& inode, unsigned major, unsigned minor) {
    constexpr unsigned kOld = 256;
    constexpr unsigned kByte = 0xff;
    if (major < kOld && minor < kOld) {
      inode.i_block[0] = major << 8U | minor;
    } else {
      inode.i_block[1] = (minor & kByte) | (major << 8U) | ((minor & ~kByte) << 12U);
    }
  }

  void set_attributes(ext2_ino_t number, const ImageFile& file) {
    ext2_inode inode{};
    constexpr unsigned kTypeBits = LINUX_S_IFMT;
    constexpr unsigned kHalf = 16;
    check(ext2fs_read_inode(filesystem_, number, &inode), file.path);
    inode.i_mode = static_cast<__u16>((inode.i_mode & kTypeBits) | (file.mode & ~kTypeBits));
    inode.i_uid = static_cast<__u16>(file.owner);
    ext2fs_set_i_uid_high(inode, static_cast<__u16>(file.owner >> kHalf));
    inode.i_gid = static_cast<__u16>(file.group);
    ext2fs_set_i_gid_high(inode, static_cast<__u16>(file.group >> kHalf));
    inode.i_atime = inode.i_ctime = inode.i_mtime = static_cast<__u32>(job_.date);
    check(ext2fs_write_inode(filesystem_, number, &inode), file.path);
  }

  void write_content(ext2_ino_t number, const ImageFile& file) {
    if (size_of(file) == 0) {
      return;
    }
    ext2_file_t handle = nullptr;
    check(ext2fs_file_open(filesystem_, number, EXT2_FILE_WRITE, &handle), file.path);
    const auto write = [&](std::string_view bytes) {
      while (!bytes.empty()) {
        unsigned written = 0;
        check(
            ext2fs_file_write(handle, bytes.data(), static_cast<unsigned>(bytes.size()), &written),
            file.path);
        bytes.remove_prefix(written);
      }
    };
    try {
      if (const auto* source = std::get_if<InputFile>(&file.content)) {
        copy(source->path, write);
      } else {
        write(std::get<std::string>(file.content));
      }
    } catch (const Error&) {
      static_cast<void>(ext2fs_file_close(handle));  // What failed first is what is told.
      throw;
    }
    check(ext2fs_file_close(handle), file.path);
  }

  template <typename Write>
  static void copy(const fs::path& source, const Write& write) {
    constexpr std::size_t kBlock = 1U << 20U;
    std::string block(kBlock, '\0');
    std::ifstream stream(source, std::ios::binary);
    while (stream) {
      stream.read(block.data(), static_cast<std::streamsize>(block.size()));
      write(std::string_view(block).substr(0, static_cast<std::size_t>(stream.gcount())));
    }
    if (!stream.eof()) {
      throw Error(ErrorKind::kHost, fmt::format("cannot read {}", source.string()));
    }
  }

  const FileSystemJob& job_;
  ext2_filsys filesystem_ = nullptr;
  std::map<std::string, ext2_ino_t, std::less<>> folders_;
};

}  // namespace

void check_ext_files(const FileSystemJob& job, const DiskFile& scratch) {
  run_mke2fs(job, scratch);
  ExtFiller(job, scratch).check_room();
}

void make_ext(const FileSystemJob& job, const DiskFile& disk) {
  run_mke2fs(job, disk);
  ExtFiller(job, disk).fill();
}

}  // namespace bootproof
