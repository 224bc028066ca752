#include "tests/inspectors/defects.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kFirst = 446;
constexpr std::uint64_t kSecond = 462;
constexpr std::uint64_t kThird = 478;
constexpr std::uint64_t kFourth = 494;
constexpr std::uint64_t kEbr = 64 * 512;
constexpr std::uint64_t kLastEbr = 128 * 512;

template <typename Damage>
Bytes damaged(Damage damage) {
  Bytes disk = mbr_disk();
  Patch patch(disk);
  damage(patch);
  return disk;
}

/// More EBRs than anybody follows, each with nothing but the next.
Bytes with_a_long_chain() {
  Bytes disk = mbr_disk();
  disk.resize(400 * 512);
  Patch patch(disk);
  patch.le32(kSecond + 8, 100).le32(kSecond + 12, 300).fill(kThird, 16, 0);
  for (std::uint64_t lba = 100; lba < 399; ++lba) {
    patch.fill(lba * 512, 512, 0);
    patch.u8(lba * 512 + kFirst + 4, 0x05).le32(lba * 512 + kFirst + 8, lba + 1 - 100);
    patch.le32(lba * 512 + kFirst + 12, 1).u8(lba * 512 + 510, 0x55).u8(lba * 512 + 511, 0xAA);
  }
  return disk;
}

}  // namespace

std::vector<Defect> mbr_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  add("NoSignature", damaged([](Patch& p) { p.u8(511, 0); }), "mbr.no-signature");
  add("NoSignatureAndNoPartitions", damaged([](Patch& p) {
        p.fill(kFirst, 66, 0)
            .text(0x180, std::string_view("GRUB \0Geom\0Hard Disk\0Read\0 Error", 32));
      }),
      "mbr.no-signature");
  add("BlankBootCode", damaged([](Patch& p) { p.fill(0, 440, 0); }), "mbr.blank-boot-code");
  add("Status", damaged([](Patch& p) { p.u8(kThird, 0x01); }), "mbr.status");
  add("TwoActive", damaged([](Patch& p) { p.u8(kThird, 0x80); }), "mbr.several-active");
  add("EndsOutside", damaged([](Patch& p) { p.le32(kThird + 12, 57); }), "mbr.partition-outside");
  add("BeginsFarOutside", damaged([](Patch& p) { p.le32(kThird + 8, 0xFFFFFFFF); }),
      "mbr.partition-outside");
  add("LogicalOutside", damaged([](Patch& p) { p.le32(kLastEbr + kFirst + 8, 128); }),
      "mbr.partition-outside");
  add("ExtendedOutside", damaged([](Patch& p) { p.le32(kSecond + 8, 0x10000000); }),
      "mbr.partition-outside");
  add("CoversItself", damaged([](Patch& p) { p.le32(kFirst + 8, 0); }), "mbr.covers-itself");
  add("NoSectors", damaged([](Patch& p) { p.le32(kThird + 12, 0); }), "mbr.empty-partition");
  add("Overlap", damaged([](Patch& p) {
        p.u8(kFourth + 4, 0x83).le32(kFourth + 8, 20).le32(kFourth + 12, 10);
      }),
      "mbr.overlap");
  add("LogicalOverlap", damaged([](Patch& p) { p.le32(kLastEbr + kFirst + 12, 100); }),
      "mbr.overlap");
  add("ChainToItself", damaged([](Patch& p) { p.le32(kEbr + kSecond + 8, 0); }),
      "mbr.extended-loop");
  add("ChainInACircle", damaged([](Patch& p) {
        p.u8(kLastEbr + kSecond + 4, 0x0F).le32(kLastEbr + kSecond + 8, 0);
        p.le32(kLastEbr + kSecond + 12, 64);
      }),
      "mbr.extended-loop");
  add("ChainWithoutSignature", damaged([](Patch& p) { p.u8(kLastEbr + 510, 0); }),
      "mbr.extended-broken");
  add("ChainLeadsOutside", damaged([](Patch& p) { p.le32(kEbr + kSecond + 8, 0xFFFFFFFF); }),
      "mbr.extended-broken");
  add("ChainIsTooLong", with_a_long_chain(), "mbr.extended-broken");
  return defects;
}

}  // namespace bootproof::testing
