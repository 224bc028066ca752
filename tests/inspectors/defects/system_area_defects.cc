#include <algorithm>

#include "tests/inspectors/defects.h"
#include "tests/inspectors/iso_sample.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kEspLba = HybridPlaces::kEsp * 4;
constexpr std::uint64_t kEspEntry = 462;  ///< The MBR's second.

/// A second FAT volume, in the sectors of a file.
Bytes with_two_volumes(Bytes iso) {
  const Bytes fat = fat_volume();
  std::copy_n(fat.begin(), 512, iso.begin() + HybridPlaces::kBig * 2048);
  Patch(iso).le16(HybridPlaces::kBig * 2048 + 19, 8);
  return iso;
}

}  // namespace

std::vector<Defect> system_area_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  constexpr std::uint64_t kOtherLba = HybridPlaces::kBig * 4;
  add("IsohybridPointer", with_damage(hybrid_iso(), [](Patch& p) { p.le32(432, 1864); }),
      "system-area.isohybrid-pointer");
  add("IsohybridPointerZero", with_damage(hybrid_iso(), [](Patch& p) { p.le32(432, 0); }),
      "system-area.isohybrid-pointer");
  add("IsohybridBeforeGrub",
      with_damage(grub_iso(),
                  [](Patch& p) {
                    p.fill(0x1A, 8, 0).text(0x20, "\x33\xED\xFA\x8E\xD5\xBC");
                    p.u8(0x26, 0).u8(0x27, 0x7C);
                    p.le64(432, HybridPlaces::kLoader * 4);
                  }),
      "system-area.isohybrid-image");
  add("GrubPointer",
      with_damage(grub_iso(), [](Patch& p) { p.le64(432, HybridPlaces::kLoader * 4); }),
      "system-area.grub-pointer");
  add("GrubPointerAsShipped", with_damage(grub_iso(), [](Patch& p) { p.le64(432, 1); }),
      "system-area.grub-pointer");
  add("EspElsewhere",
      with_damage(with_two_volumes(hybrid_iso()),
                  [](Patch& p) { p.le32(kEspEntry + 8, kOtherLba); }),
      "system-area.esp-not-el-torito");
  add("EspsOfMbrAndGptDiffer",
      with_damage(with_two_volumes(hybrid_iso_with_gpt()),
                  [](Patch& p) { p.le32(kEspEntry + 8, kOtherLba); }),
      "system-area.esp-differs");
  add("EspIsNoFat",
      with_damage(hybrid_iso(), [](Patch& p) { p.le32(kEspEntry + 8, HybridPlaces::kReadme * 4); }),
      "system-area.esp-not-fat");
  add("EspOfMbrAloneIsNoFat",
      with_damage(hybrid_iso_with_gpt(), [](Patch& p) { p.le32(kEspEntry + 8, kEspLba - 1); }),
      "system-area.esp-not-fat");
  add("EspShort", with_damage(hybrid_iso(), [](Patch& p) { p.le32(kEspEntry + 12, 27); }),
      "system-area.esp-short");
  add("NoEsp", with_damage(hybrid_iso(), [](Patch& p) { p.fill(kEspEntry, 16, 0); }),
      "system-area.no-esp");
  add("NoneActive", with_damage(hybrid_iso(), [](Patch& p) { p.u8(446, 0); }),
      "system-area.no-active");
  return defects;
}

}  // namespace bootproof::testing
