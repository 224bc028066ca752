#include <algorithm>

#include "tests/inspectors/defects.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kBootRecord = IsoPlaces::kBootRecord * 2048;
constexpr std::uint64_t kCatalog = IsoPlaces::kCatalog * 2048;
constexpr std::uint64_t kInitial = kCatalog + 32;
constexpr std::uint64_t kSection = kCatalog + 64;
constexpr std::uint64_t kUefiEntry = kCatalog + 96;

template <typename Damage>
Bytes damaged(Damage damage) {
  Bytes iso = iso_image();
  Patch patch(iso);
  damage(patch);
  return iso;
}

/// With a validation entry that adds up again.
template <typename Damage>
Bytes damaged_and_sealed(Damage damage) {
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
  const auto add = [&](std::string name, Bytes image, std::string_view rule, std::uint64_t offset,
                       std::string path, std::string found, std::string expected) {
    defects.push_back({std::move(name), std::move(image), rule, offset, std::move(path),
                       std::move(found), std::move(expected)});
  };
  add("BootRecordAtSector18", with_a_late_boot_record(), "el-torito.boot-record-place", 0, "", "",
      "");
  add("OtherBootSystem", damaged([](Patch& p) { p.text(kBootRecord + 7, "EL TORIT0\x1B[2J"); }),
      "el-torito.unknown-boot-record", 0, "", "", "");
  add("CatalogOutside", damaged([](Patch& p) { p.le32(kBootRecord + 71, 32); }),
      "el-torito.catalog-outside", 0, "", "", "");
  add("CatalogFarOutside", damaged([](Patch& p) { p.le32(kBootRecord + 71, 0xFFFFFFFF); }),
      "el-torito.catalog-outside", 0, "", "", "");
  add("HeaderId", damaged_and_sealed([](Patch& p) { p.u8(kCatalog, 2); }),
      "el-torito.validation-header", 0, "", "", "");
  add("KeyBytes", damaged_and_sealed([](Patch& p) { p.u8(kCatalog + 31, 0xAB); }),
      "el-torito.validation-key", 0, "", "", "");
  add("Checksum", damaged([](Patch& p) { p.u8(kCatalog + 4, 'm'); }),
      "el-torito.validation-checksum", 0, "", "", "");
  add("ValidationPlatform", damaged_and_sealed([](Patch& p) { p.u8(kCatalog + 1, 0x42); }),
      "el-torito.platform-unknown", 0, "", "", "");
  add("SectionPlatform", damaged([](Patch& p) { p.u8(kSection + 1, 0xFE); }),
      "el-torito.platform-unknown", 0, "", "", "");
  add("InitialIndicator", damaged([](Patch& p) { p.u8(kInitial, 0x80); }),
      "el-torito.entry-indicator", 0, "", "", "");
  add("SectionEntryIndicator", damaged([](Patch& p) { p.u8(kUefiEntry, 0x89); }),
      "el-torito.entry-indicator", 0, "", "", "");
  add("InitialNotBootable", damaged([](Patch& p) { p.u8(kInitial, 0); }),
      "el-torito.initial-not-bootable", 0, "", "", "");
  add("MediaType", damaged([](Patch& p) { p.u8(kInitial + 1, 7); }), "el-torito.media-type", 0, "",
      "", "");
  add("UefiFloppy", damaged([](Patch& p) { p.u8(kUefiEntry + 1, 4); }), "el-torito.uefi-emulation",
      0, "", "", "");
  add("NoSectors", damaged([](Patch& p) { p.le16(kInitial + 6, 0); }), "el-torito.sector-count", 0,
      "", "", "");
  add("LoadRbaZero", damaged([](Patch& p) { p.le32(kInitial + 8, 0); }), "el-torito.load-rba", 0,
      "", "", "");
  add("LoadRbaOutside", damaged([](Patch& p) { p.le32(kInitial + 8, 32); }),
      "el-torito.image-outside", 0, "", "", "");
  add("LoadRbaFarOutside", damaged([](Patch& p) { p.le32(kUefiEntry + 8, 0xFFFFFFFF); }),
      "el-torito.image-outside", 0, "", "", "");
  add("LoadSizeTooLarge", damaged([](Patch& p) { p.le16(kUefiEntry + 6, 29); }),
      "el-torito.image-outside", 0, "", "", "");
  add("FloppyTooLarge", damaged([](Patch& p) { p.u8(kInitial + 1, 2); }), "el-torito.image-outside",
      0, "", "", "");
  add("BlankImage", damaged([](Patch& p) { p.fill(IsoPlaces::kBiosImage * 2048, 2048, 0); }),
      "el-torito.image-blank", 0, "", "", "");
  add("UefiProgramInsteadOfFat",
      damaged([](Patch& p) { p.text(IsoPlaces::kUefiImage * 2048, "MZ\x90"); }),
      "el-torito.uefi-not-fat", 0, "", "", "");
  add("SectionsGoOn", damaged([](Patch& p) { p.u8(kSection, 0x90); }),
      "el-torito.catalog-unterminated", 0, "", "", "");
  add("EntriesAreMissing", damaged([](Patch& p) { p.le16(kSection + 2, 0xFFFF); }),
      "el-torito.section-count", 0, "", "", "");
  add("NoSectionHeader", damaged([](Patch& p) { p.u8(kSection, 0x88); }),
      "el-torito.section-header", 0, "", "", "");
  add("ExtensionIsMissing", damaged([](Patch& p) { p.u8(kUefiEntry + 1, 0x20); }),
      "el-torito.extension-missing", 0, "", "", "");
  return defects;
}

}  // namespace bootproof::testing
