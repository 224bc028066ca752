#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// A file system that loaders and firmware read files from.
enum class VolumeKind : std::uint8_t { kIso9660, kJoliet, kFat, kExt, kSquashfs };

/// "ISO 9660", "Joliet", "FAT", "ext", "squashfs".
std::string_view name_of(VolumeKind kind);

/// What a name in a directory stands for.
enum class NodeKind : std::uint8_t { kFile, kDirectory, kSymlink, kOther };

/// One name in a directory, or the root. Names and targets are the medium's bytes as they are: pass
/// them through printable_text() before they are shown.
struct Node {
  std::string name;  ///< Without a path; empty for the root. UTF-8 where the volume has UTF-16.
  NodeKind kind = NodeKind::kFile;
  std::uint64_t size = 0;  ///< Of a file, in bytes, as its record says.
  /// Where the volume keeps it (inode number, first cluster, first block): the same for two names
  /// of one file, and what list() and extents() find it by.
  std::uint64_t id = 0;
  std::optional<std::uint32_t> mode;  ///< Permission bits, where the volume records them.
  std::string target;                 ///< Of a symbolic link.

  bool operator==(const Node&) const = default;
};

/// A run of a file's bytes that stand one after the other.
struct Extent {
  /// The offset of a run that stands nowhere: it reads as zeros.
  static constexpr std::uint64_t kHole = ~std::uint64_t{0};

  std::uint64_t offset = 0;  ///< In the view that the volume was opened on.
  std::uint64_t length = 0;  ///< In bytes.

  bool operator==(const Extent&) const = default;
};

/// A file system on a medium, read-only. Any bytes at all give answers, perhaps empty ones; work
/// and memory are bounded whatever a field claims. Not for use by several threads at once.
class Volume {
 public:
  /// The most names that are taken from one directory.
  static constexpr std::size_t kMostNames = 65536;

  Volume() = default;
  Volume(const Volume&) = delete;
  Volume& operator=(const Volume&) = delete;
  virtual ~Volume() = default;

  [[nodiscard]] virtual VolumeKind kind() const = 0;
  /// Printable; empty where there is none.
  [[nodiscard]] virtual std::string label() const = 0;
  /// As `search --fs-uuid` of GRUB and UUID= of Linux write it: "2024-01-31-12-00-00-00" for ISO
  /// 9660, "1234-ABCD" for FAT, 8-4-4-4-12 hexadecimal digits for ext. Empty where there is none.
  [[nodiscard]] virtual std::string uuid() const = 0;
  /// Whether names that differ in case alone are the same (FAT; ISO 9660 without Rock Ridge).
  [[nodiscard]] virtual bool ignores_case() const = 0;

  [[nodiscard]] virtual Node root() const = 0;
  /// The names in a directory in its order, without "." and "..". None where it can't be read.
  [[nodiscard]] virtual std::vector<Node> list(const Node& directory) = 0;
  /// Where a file's bytes stand, in order. What can't be followed is left out: the sum may be less
  /// than its size.
  [[nodiscard]] virtual std::vector<Extent> extents(const Node& file) = 0;
  /// The view that extents are offsets in.
  [[nodiscard]] virtual const ImageView& view() const = 0;
};

/// What became of looking for a path.
struct Lookup {
  std::optional<Node> node;  ///< Never a symbolic link.
  /// Where there is none: the part of the path, from "/" on, that is not there. Printable.
  std::string missing;
};

/// Looks for a path from the root. Follows symbolic links, at most 40; "//", "." and ".." are
/// allowed, and ".." of the root is the root. Names are compared as the volume compares them.
Lookup find(Volume& volume, std::string_view path);

/// A file's content as an image of its own, so that any parser can read it. Offsets of its views
/// count from the file's begin; image_offset() says where a byte stands in the medium.
class FileContent final : public ImageSource {
 public:
  /// `volume` and the source of its view have to outlive this.
  FileContent(Volume& volume, const Node& file);

  /// In bytes: the file's size, or less where its extents end before.
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] std::uint64_t image_offset(std::uint64_t offset) const override;
  /// The runs, with offsets in the view of the volume (or Extent::kHole).
  [[nodiscard]] const std::vector<Extent>& extents() const { return extents_; }

 private:
  bool read_inside(std::uint64_t offset, std::span<std::uint8_t> into) override;
  /// The index of the run that holds this byte of the file.
  [[nodiscard]] std::size_t run_of(std::uint64_t offset) const;

  ImageView view_;
  std::uint64_t size_ = 0;
  std::vector<Extent> extents_;        ///< In the view.
  std::vector<std::uint64_t> begins_;  ///< Of each run, in the file.
};

}  // namespace bootproof::inspectors
