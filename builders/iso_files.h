#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "builders/image_input.h"

namespace bootproof {

/// What goes into the ISO 9660 file system, as lists that xorriso reads. Files keep their order on
/// the medium (else it would be that of inode numbers), permissions and owners come from the
/// ImageFile, never from the host's file.
class IsoFiles {
 public:
  /// Folders, links and texts are made in `work_folder`, since xorriso takes them as they are on
  /// the host.
  explicit IsoFiles(std::filesystem::path work_folder) : work_folder_(std::move(work_folder)) {}

  /// Adds what all_files() gives, sorted by path. Throws Error (kScenario) for what the builder
  /// can't write: device nodes, and paths of this host with a line feed.
  void add(const ImageFile& file);
  /// Adds a file of the builder's own, root's with mode 0644.
  void add(std::string_view path, const std::filesystem::path& file);

  /// Words of xorriso's command line that name the lists.
  struct Arguments {
    std::vector<std::string> emulation;  ///< Of `-as mkisofs`.
    std::vector<std::string> after;      ///< Native ones, behind the `--` that ends those.
  };
  /// Writes the lists. Throws Error (kHost) where that fails.
  [[nodiscard]] Arguments arguments() const;

 private:
  void place(std::string_view path, const std::filesystem::path& file);

  std::filesystem::path work_folder_;
  std::size_t count_ = 0;
  std::string grafts_;      ///< `-path-list`: lines of PATH=FILE.
  std::string weights_;     ///< `--sort-weight-list`: lines of WEIGHT PATH.
  std::string attributes_;  ///< Native commands, for what is not root's with mode 0644 or 0755.
};

}  // namespace bootproof
