#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "inspectors/volumes/fat_directory.h"
#include "inspectors/volumes/fat_layout.h"
#include "inspectors/volumes/fat_table.h"
#include "inspectors/volumes/volume.h"

namespace bootproof::inspectors {

/// What was read of a directory.
struct FatDirectory {
  std::vector<FatEntry> entries;  ///< Volume labels and dots included.
  ClusterChain chain;             ///< Of FAT12/16's root one run.
};

/// A FAT12, FAT16 or FAT32 volume, with sectors of 512 to 4096 bytes.
class FatVolume final : public Volume {
 public:
  FatVolume(const ImageView& view, const FatBootRecord& record, const FatLayout& layout);

  [[nodiscard]] VolumeKind kind() const override { return VolumeKind::kFat; }
  /// The label in the root directory, or else that of the boot sector.
  [[nodiscard]] std::string label() const override { return label_; }
  [[nodiscard]] std::string uuid() const override;
  [[nodiscard]] bool ignores_case() const override { return true; }
  [[nodiscard]] Node root() const override;
  [[nodiscard]] std::vector<Node> list(const Node& directory) override;
  [[nodiscard]] std::vector<Extent> extents(const Node& file) override;
  [[nodiscard]] const ImageView& view() const override { return view_; }

  [[nodiscard]] const FatBootRecord& record() const { return record_; }
  [[nodiscard]] const FatLayout& layout() const { return layout_; }
  [[nodiscard]] FatTable& table() { return table_; }
  /// The directory that begins at a cluster; the root for 0. Reads 2 MiB at most, which is the
  /// most that a directory may have.
  [[nodiscard]] FatDirectory directory(std::uint32_t first_cluster);
  /// Where a byte of a directory stands in the image.
  [[nodiscard]] std::uint64_t image_offset(const FatDirectory& directory,
                                           std::uint64_t position) const;

 private:
  ImageView view_;
  FatBootRecord record_;
  FatLayout layout_;
  FatTable table_;
  std::string label_;
};

/// The FAT volume that begins with the view; null where there is none, or one so damaged that
/// nothing in it can be found (fat_checks.h says why).
std::unique_ptr<FatVolume> open_fat_volume(const ImageView& view);

}  // namespace bootproof::inspectors
