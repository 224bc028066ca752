#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inspectors/image_view.h"
#include "inspectors/iso9660.h"
#include "inspectors/volumes/iso_directory.h"
#include "inspectors/volumes/rock_ridge.h"
#include "inspectors/volumes/volume.h"

namespace bootproof::inspectors {

/// Where a directory's records stand.
struct IsoRange {
  std::uint64_t position = 0;  ///< In the image's view.
  std::uint64_t bytes = 0;
};

/// The directory tree of an ISO 9660 volume, read through its primary descriptor (with Rock Ridge
/// where it has that) or through its Joliet one. Names are without the version (";1") and the dot
/// of an empty extension, unless Rock Ridge gives them.
///
/// Small directories are remembered. All that an object reads of directories is bounded by
/// kMostBytes; after that, lists of others are empty.
class IsoFileSystem final : public Volume {
 public:
  /// Of directories and continuation areas, in the life of the object.
  static constexpr std::uint64_t kMostBytes = std::uint64_t{16} << 20U;

  /// `image` is the whole medium; `descriptor` one of those that read_iso9660() found in it.
  IsoFileSystem(const ImageView& image, const IsoVolume& descriptor);

  [[nodiscard]] VolumeKind kind() const override;
  [[nodiscard]] std::string label() const override { return label_; }
  /// The volume's modification date, or where that is not set its creation date.
  [[nodiscard]] std::string uuid() const override { return uuid_; }
  /// Joliet as well: Linux compares its names so.
  [[nodiscard]] bool ignores_case() const override { return !has_rock_ridge_; }
  [[nodiscard]] Node root() const override;
  [[nodiscard]] std::vector<Node> list(const Node& directory) override;
  [[nodiscard]] std::vector<Extent> extents(const Node& file) override;
  [[nodiscard]] const ImageView& view() const override { return image_; }

  /// Whether the root directory announces Rock Ridge: with SP, without which GRUB and isolinux
  /// don't look for it.
  [[nodiscard]] bool has_rock_ridge() const { return has_rock_ridge_; }
  [[nodiscard]] const IsoVolume& descriptor() const { return descriptor_; }

  /// The system use entries of a record. Empty where the volume has no Rock Ridge.
  [[nodiscard]] RockRidge rock_ridge(const IsoDirectoryRecord& record);
  /// What a record's file is called: by Rock Ridge, else by its identifier.
  [[nodiscard]] std::string name_of(const IsoDirectoryRecord& record,
                                    const RockRidge& extras) const;

  /// Of a directory of which only the first block is known (CL): its "." says how long it is.
  [[nodiscard]] IsoRange range_of_relocated(std::uint64_t block) const;

 private:
  [[nodiscard]] IsoRange range_of(const Node& directory) const;
  [[nodiscard]] Node node_of(const IsoDirectoryRecord& record, RockRidge extras) const;
  void look_for_rock_ridge();
  [[nodiscard]] std::vector<Node> read_directory(const Node& directory);

  ImageView image_;
  IsoVolume descriptor_;
  std::string label_;
  std::string uuid_;
  bool has_rock_ridge_ = false;
  std::uint8_t skip_ = 0;  ///< SP: bytes before the entries of each record.
  std::uint64_t bytes_left_ = kMostBytes;
  std::map<std::uint64_t, std::vector<Node>> remembered_;  ///< By the directory's id.
  std::size_t remembered_names_ = 0;
};

/// The file system of a descriptor; null where its blocks have no size.
std::unique_ptr<IsoFileSystem> open_iso_file_system(const ImageView& image,
                                                    const IsoVolume& descriptor);

}  // namespace bootproof::inspectors
