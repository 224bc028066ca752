#include <algorithm>

#include "tests/inspectors/defects.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kBootRecord = IsoPlaces::kBootRecord * 2048;
constexpr std::uint64_t kJoliet = IsoPlaces::kJoliet * 2048;
constexpr std::uint64_t kCatalog = IsoPlaces::kCatalog * 2048;
constexpr std::uint64_t kInitial = kCatalog + 32;
constexpr std::uint64_t kSection = kCatalog + 64;
constexpr std::uint64_t kUefiEntry = kCatalog + 96;

Bytes damaged(const Damage& damage) { return with_damage(iso_image(), damage); }

/// With a validation entry that adds up again.
Bytes damaged_and_sealed(const Damage& damage) {
  Bytes iso = damaged(damage);
  seal_catalog(iso);
  return iso;
}

/// The boot record and the Joliet descriptor in each other's place.
Bytes with_a_late_boot_record() {
  Bytes iso = iso_image();
  const auto sector = [&](std::uint64_t number) {
    return iso.begin() + static_cast<std::ptrdiff_t>(number * 2048);
  };
  std::swap_ranges(sector(IsoPlaces::kBootRecord), sector(IsoPlaces::kBootRecord + 1),
                   sector(IsoPlaces::kJoliet));
  return iso;
}

}  // namespace

std::vector<Defect> el_torito_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  add("BootRecordAtSector18", with_a_late_boot_record(), "el-torito.boot-record-place");
  add("OtherBootSystem", damaged([](Patch& p) { p.text(kBootRecord + 7, "EL TORIT0\x1B[2J"); }),
      "el-torito.boot-record-other");
  add("OtherBootSystemAsWell", damaged([](Patch& p) {
        p.u8(kJoliet, 0).fill(kJoliet + 7, 2041, 0).text(kJoliet + 7, "LIL");
      }),
      "el-torito.unknown-boot-record");
  add("CatalogOutside", damaged([](Patch& p) { p.le32(kBootRecord + 71, IsoPlaces::kSectors); }),
      "el-torito.catalog-outside");
  add("CatalogFarOutside", damaged([](Patch& p) { p.le32(kBootRecord + 71, 0xFFFFFFFF); }),
      "el-torito.catalog-outside");
  add("HeaderId", damaged_and_sealed([](Patch& p) { p.u8(kCatalog, 2); }),
      "el-torito.validation-header");
  add("KeyBytes", damaged_and_sealed([](Patch& p) { p.u8(kCatalog + 31, 0xAB); }),
      "el-torito.validation-key");
  add("Checksum", damaged([](Patch& p) { p.u8(kCatalog + 4, 'm'); }),
      "el-torito.validation-checksum");
  add("ValidationPlatform", damaged_and_sealed([](Patch& p) { p.u8(kCatalog + 1, 0x42); }),
      "el-torito.platform-unknown");
  add("SectionPlatform", damaged([](Patch& p) { p.u8(kSection + 1, 0xFE); }),
      "el-torito.platform-unknown");
  add("InitialIndicator", damaged([](Patch& p) { p.u8(kInitial, 0x80); }),
      "el-torito.entry-indicator");
  add("SectionEntryIndicator", damaged([](Patch& p) { p.u8(kUefiEntry, 0x89); }),
      "el-torito.entry-indicator");
  add("InitialNotBootable", damaged([](Patch& p) { p.u8(kInitial, 0); }),
      "el-torito.initial-not-bootable");
  add("SectionEntryNotBootable", damaged([](Patch& p) { p.u8(kUefiEntry, 0); }),
      "el-torito.entry-not-bootable");
  add("NoSectionEntries", damaged([](Patch& p) { p.le16(kSection + 2, 0); }),
      "el-torito.section-empty");
  add("MediaType", damaged([](Patch& p) { p.u8(kInitial + 1, 7); }), "el-torito.media-type");
  add("UefiFloppy", damaged([](Patch& p) { p.u8(kUefiEntry + 1, 4); }), "el-torito.uefi-emulation");
  add("NoSectors", damaged([](Patch& p) { p.le16(kInitial + 6, 0); }), "el-torito.sector-count");
  add("LoadRbaZero", damaged([](Patch& p) { p.le32(kInitial + 8, 0); }), "el-torito.load-rba");
  add("LoadRbaOutside", damaged([](Patch& p) { p.le32(kInitial + 8, IsoPlaces::kSectors); }),
      "el-torito.image-outside");
  add("LoadRbaFarOutside", damaged([](Patch& p) { p.le32(kUefiEntry + 8, 0xFFFFFFFF); }),
      "el-torito.image-outside");
  add("LoadSizeTooLarge", damaged([](Patch& p) { p.le16(kUefiEntry + 6, 93); }),
      "el-torito.image-outside");
  add("FloppyTooLarge", damaged([](Patch& p) { p.u8(kInitial + 1, 2); }),
      "el-torito.image-outside");
  add("BlankImage", damaged([](Patch& p) { p.fill(IsoPlaces::kBiosImage * 2048, 2048, 0); }),
      "el-torito.image-blank");
  add("UefiProgramInsteadOfFat",
      damaged([](Patch& p) { p.text(IsoPlaces::kUefiImage * 2048, "MZ\x90"); }),
      "el-torito.uefi-not-fat");
  add("SectionsGoOn", damaged([](Patch& p) { p.u8(kSection, 0x90); }),
      "el-torito.catalog-unterminated");
  add("EntriesAreMissing", damaged([](Patch& p) { p.le16(kSection + 2, 0xFFFF); }),
      "el-torito.section-count");
  add("NoSectionHeader", damaged([](Patch& p) { p.u8(kSection, 0x88); }),
      "el-torito.section-header");
  add("ExtensionIsMissing", damaged([](Patch& p) { p.u8(kUefiEntry + 1, 0x20); }),
      "el-torito.extension-missing");
  add("UefiImageOfNoSizeBehindTheVolume", damaged([](Patch& p) {
        p.le16(kUefiEntry + 6, 0).both32(16 * 2048 + 80, IsoPlaces::kUefiImage);
      }),
      "el-torito.uefi-behind-volume");
  return defects;
}

}  // namespace bootproof::testing
