#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "inspectors/integers.h"
#include "inspectors/programs/cpio.h"
#include "inspectors/programs/initramfs.h"

namespace bootproof::inspectors {

/// What the begin of a program says. Raw bytes.
struct ProgramHead {
  ProgramKind kind = ProgramKind::kUnknown;
  Architecture architecture = Architecture::kUnknown;
  std::string interpreter;  ///< After "#!", or the dynamic linker.
  std::string line;         ///< The whole first line of a script, at most 255 bytes.
  /// The libraries that a dynamic program asks for, as far as they were found.
  std::vector<std::string> libraries;
};

/// Recognises what the kernel starts (fs/binfmt_script.c, fs/binfmt_elf.c) by the first 64 KiB of a
/// file. Nothing for what is neither a script nor an ELF program or shared object.
std::optional<ProgramHead> read_program_head(ByteSpan first_bytes);

/// The root file system while archives are unpacked into it: what the kernel has there at first
/// (/dev, /dev/console, /root) and what each entry adds or replaces. Names are raw bytes.
class InitramfsTree {
 public:
  using Index = std::uint32_t;

  struct Node {
    std::uint32_t mode = 0;  ///< With the file type.
    std::uint32_t rdev_major = 0;
    std::uint32_t rdev_minor = 0;
    std::uint64_t image_offset = 0;  ///< Of the entry that it comes from; 0: of none.
    std::uint32_t names = 1;         ///< Hard links; 0 where it was removed.
    Index parent = 0;                ///< Of its first name.
    std::string target;              ///< Of a symbolic link.
    std::map<std::string, Index, std::less<>> children;
    std::optional<ProgramHead> head;
    bool is_empty = true;

    [[nodiscard]] bool is(FileType type) const { return (mode & kTypeMask) == type; }
  };

  InitramfsTree();

  /// What became of an entry.
  struct Added {
    std::optional<Index> node;  ///< The file that its content goes to.
    /// The directory that it should stand in is not there: the kernel leaves the entry out.
    bool has_no_directory = false;
  };
  /// Does what the kernel does with an entry that is no trailer. `target` is that of a symlink.
  Added add(const CpioEntry& entry, std::string target, std::uint64_t image_offset);
  /// A trailer: later entries are no hard links of those before.
  void end_archive() { links_.clear(); }

  [[nodiscard]] const Node& node(Index index) const { return nodes_[index]; }
  Node& node(Index index) { return nodes_[index]; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

  /// Where a path from the root leads.
  struct Found {
    std::optional<Index> node;      ///< Never a symbolic link.
    std::string path;               ///< Of the node, without symbolic links.
    bool is_dangling_link = false;  ///< Not there, but a symbolic link on the way is.
  };
  [[nodiscard]] Found find(std::string_view path) const;

  /// Those of the names that no file in any directory has.
  [[nodiscard]] std::vector<std::string> absent(const std::vector<std::string>& names) const;

  /// Whether the work that all paths together may take is done: from then on nothing is found.
  [[nodiscard]] bool is_exhausted() const { return steps_ >= kMostSteps; }

 private:
  /// Parts of paths that are looked up in all.
  static constexpr std::uint64_t kMostSteps = 4000000;
  static constexpr Index kRoot = 0;

  Index make(Index parent, std::string_view name, std::uint32_t mode);
  /// Removes what has the name, where the kernel does; false where a directory is in the way.
  bool clear(Index parent, std::string_view name, std::uint32_t mode);

  std::vector<Node> nodes_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>, Index> links_;
  mutable std::uint64_t steps_ = 0;
};

}  // namespace bootproof::inspectors
