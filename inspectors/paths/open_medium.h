#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
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
  std::unique_ptr<Volume> volume{};  ///< Null where no file system is recognised.
  std::string partition_uuid{};      ///< As LoaderVolume has it; so is the label.
  std::string partition_label{};
  bool is_esp = false;
  bool is_xbootldr = false;
  /// An active MBR partition, or a GPT one with the legacy boot attribute.
  bool is_active = false;
  /// No file system is recognised, and there is no mark of one (volume_marks.h).
  bool is_unformatted = false;
};

/// Places of one kind that were not opened since there are too many.
struct PassedOver {
  std::size_t count = 0;
  std::uint64_t first_entry = 0;  ///< Where the first one's entry stands in the image.
};

/// A medium with all its volumes, each opened once and judged by nobody: that is what
/// medium_checks.h does.
class OpenMedium {
 public:
  /// The most places of one kind that are opened. A GPT of usual size has 128 entries; a hostile
  /// one may have any number, each with a volume.
  static constexpr std::size_t kMostOfOneKind = 256;

  /// Opens what the inspection names. Both have to outlive this.
  OpenMedium(const ImageView& image, const Inspection& inspection);

  [[nodiscard]] const ImageView& image() const { return image_; }
  [[nodiscard]] const Inspection& inspection() const { return inspection_; }
  [[nodiscard]] std::vector<Place>& places() { return places_; }
  [[nodiscard]] const std::vector<Place>& places() const { return places_; }
  /// What there is beyond kMostOfOneKind; a count of 0 where all were opened.
  [[nodiscard]] const PassedOver& passed_over(PlaceKind kind) const {
    return passed_over_.at(static_cast<std::size_t>(kind));
  }
  /// The first place of this kind and number; null where there is none.
  [[nodiscard]] Place* find(PlaceKind kind, std::uint32_t number);

  /// What a loader sees that was started from a place: the whole medium, then its partitions (for
  /// a medium of which the firmware sees no partitions, the boot image), with `own` the place.
  [[nodiscard]] LoaderWorld world_of(const Place& own, FirmwareClass firmware,
                                     Attachment attachment);

  /// Keeps what a volume inside a loader's image reads from, and that volume, as long as this
  /// lives: what was read of them may be asked for again.
  void keep(std::shared_ptr<const void> thing) { kept_.push_back(std::move(thing)); }

 private:
  void add_whole();
  void add_boot_images(const ElTorito& el_torito);
  void add_gpt(const Gpt& gpt);
  void add_mbr(const Mbr& mbr);
  /// Whether one more of this kind may be opened; counts it where not.
  bool has_room(PlaceKind kind, std::uint64_t entry_offset);
  void open(Place place);

  static constexpr std::size_t kKinds = 4;

  ImageView image_;
  const Inspection& inspection_;
  std::vector<Place> places_;
  std::array<std::size_t, kKinds> opened_{};
  std::array<PassedOver, kKinds> passed_over_{};
  std::vector<std::shared_ptr<const void>> kept_;
};

}  // namespace bootproof::inspectors
