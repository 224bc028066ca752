#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "builders/grub_platform.h"
#include "harness/core/yaml_reader.h"

namespace bootproof {

/// A source that has been found on this host.
struct InputFile {
  std::filesystem::path path;
  std::string sha256;
  bool executable = false;
};

/// What stands at a path of a file system to be made. The type bits of `mode` (S_IFREG, S_IFDIR,
/// S_IFLNK, S_IFCHR, S_IFBLK, S_IFIFO) say which of the other fields counts.
struct ImageFile {
  std::string path;  ///< Absolute, on the medium.
  /// Of a regular file: a found source or a text. Of a link: the text is its target.
  std::variant<InputFile, std::string> content;
  unsigned mode = 0100644;  ///< Type and permission bits, as in stat().
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  unsigned device_major = 0;  ///< Of device nodes.
  unsigned device_minor = 0;
};

/// A folder or an archive of many files, found on this host.
struct ImageTree {
  bool is_archive = false;
  InputFile source;  ///< Where it is a folder, the digest is over all that is below it.
  std::string at;    ///< Absolute, on the medium.
  SourceMark mark;
};

/// What goes into one file system.
struct ImageFiles {
  std::vector<ImageFile> files;  ///< Sorted by path.
  std::vector<ImageTree> trees;  ///< As the recipe has them.
};

/// Files and trees as one list, sorted by path, with every folder above a file in it. Archives are
/// unpacked into `work_folder`; nothing is ever written outside it. Throws Error: kScenario that
/// points at the tree for an archive that can't be read, a member with `..` or below a link, a
/// file where another member needs a folder, a kind of file that no medium holds (sockets); kHost
/// for a failing write.
std::vector<ImageFile> all_files(const ImageFiles& input, const std::filesystem::path& work_folder);

/// A folder with GRUB's modules for one platform.
struct GrubFolder {
  GrubPlatform platform = GrubPlatform::kI386Pc;
  std::filesystem::path folder;
  std::string digest;  ///< Of all files in it.
};

}  // namespace bootproof
