#include "tests/inspectors/defects.h"
#include "tests/inspectors/iso_sample.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kLoader = HybridPlaces::kLoader * 2048;
constexpr std::uint64_t kInitial = HybridPlaces::kCatalog * 2048 + 32;
constexpr std::uint64_t kUefiEntry = HybridPlaces::kCatalog * 2048 + 96;

}  // namespace

std::vector<Defect> boot_info_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  add("IsolinuxWithoutTable",
      with_damage(hybrid_iso(), [](Patch& p) { p.fill(kLoader + 8, 56, 0); }),
      "el-torito.boot-info-missing");
  add("IsolinuxAsAHardDisk", with_damage(hybrid_iso(), [](Patch& p) { p.u8(kInitial + 1, 4); }),
      "el-torito.emulation");
  add("IsolinuxForAMac",
      with_damage(
          hybrid_iso(),
          [](Patch& p) {
            const std::uint64_t catalog = kInitial - 32;
            p.u8(catalog + 1, 2).u8(catalog + 29, number_at(hybrid_iso(), catalog + 29, 1) - 2);
          }),
      "el-torito.platform-loader");
  add("IsolinuxAsShipped", with_damage(hybrid_iso(), [](Patch& p) { p.le32(kLoader + 12, 0); }),
      "el-torito.boot-info-unset");
  add("OtherVolumeDescriptor", with_damage(hybrid_iso(), [](Patch& p) { p.le32(kLoader + 8, 17); }),
      "el-torito.boot-info-volume");
  add("OtherSector", with_damage(hybrid_iso(), [](Patch& p) { p.le32(kLoader + 12, 1027); }),
      "el-torito.boot-info-file");
  add("OtherLength", with_damage(hybrid_iso(), [](Patch& p) { p.le32(kLoader + 16, 3000); }),
      "el-torito.boot-info-length");
  add("OtherChecksum", with_damage(hybrid_iso(), [](Patch& p) { p.u8(kLoader + 23, 0x99); }),
      "el-torito.boot-info-checksum");
  add("IsolinuxChangedAtItsEnd",
      with_damage(hybrid_iso(), [](Patch& p) { p.u8(kLoader + 3999, 0); }),
      "el-torito.boot-info-checksum");
  add("GrubWithoutTable", with_damage(grub_iso(), [](Patch& p) { p.fill(kLoader + 8, 56, 0); }),
      "el-torito.boot-info-missing");
  add("GrubWithoutItsPlace", with_damage(grub_iso(), [](Patch& p) { p.le32(kLoader + 12, 0); }),
      "el-torito.boot-info-file");
  add("GrubChanged", with_damage(grub_iso(), [](Patch& p) { p.text(kLoader + 3000, "core"); }),
      "el-torito.boot-info-changed");
  add("GrubWithoutSector",
      with_damage(grub_iso(),
                  [](Patch& p) {
                    p.le64(kLoader + 2548, 1);
                    p.le32(kLoader + 20, 0);
                  }),
      "el-torito.boot-info-grub");
  seal_boot_info(defects.back().bytes);
  add("LoadSizeOfOne", with_damage(hybrid_iso(), [](Patch& p) { p.le16(kInitial + 6, 1); }),
      "el-torito.load-size");
  add("UefiLoadSizeOfFour", with_damage(hybrid_iso(), [](Patch& p) { p.le16(kUefiEntry + 6, 4); }),
      "el-torito.uefi-load-size");
  return defects;
}

}  // namespace bootproof::testing
