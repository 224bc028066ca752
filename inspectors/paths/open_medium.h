#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "inspectors/image_view.h"
#include "inspectors/inspect.h"
#include "inspectors/loaders/loader_config.h"
#include "inspectors/paths/boot_path.h"
#include "inspectors/volumes/volume.h"

namespace bootproof::inspectors {

/// Who says where a volume stands.
enum class PlaceKind : std::uint8_t {
  kWholeMedium,    ///< A volume without a partition table, or the ISO itself.
  kElToritoImage,  ///< What a boot entry of El Torito points at.
  kGptPartition,
  kMbrPartition,
};

/// A part of the medium that a firmware or loader may take for a volume.
struct Place {
  PlaceKind kind = PlaceKind::kWholeMedium;
  std::uint32_t number = 0;  ///< Of the partition, or the index of the El Torito entry.
  std::string name;          ///< For people: "GPT partition 1 (ESP)".
  ImageView view;
  std::unique_ptr<Volume> volume;  ///< Null where no file system is recognised.
  std::string partition_uuid;      ///< As LoaderVolume has it; so is the label.
  std::string partition_label;
  bool is_esp = false;
  bool is_xbootldr = false;
  bool is_active =
      false;  ///< An active MBR partition, or a GPT one with the legacy boot attribute.
};

/// A medium with all its volumes, each opened once.
class OpenMedium {
 public:
  /// Opens what the inspection names. Both have to outlive this.
  OpenMedium(const ImageView& image, const Inspection& inspection, Findings& findings);

  [[nodiscard]] const ImageView& image() const { return image_; }
  [[nodiscard]] const Inspection& inspection() const { return inspection_; }
  [[nodiscard]] std::vector<Place>& places() { return places_; }
  /// The first place of this kind and number; null where there is none.
  [[nodiscard]] Place* find(PlaceKind kind, std::uint32_t number);

  /// What a loader sees that was started from a place: the whole medium, then its partitions (for
  /// a medium of which the firmware sees no partitions, the boot image), with `own` the place.
  [[nodiscard]] LoaderWorld world_of(const Place& own, FirmwareClass firmware,
                                     Attachment attachment);

 private:
  void add(Place place, Findings& findings);

  ImageView image_;
  const Inspection& inspection_;
  std::vector<Place> places_;
};

}  // namespace bootproof::inspectors
