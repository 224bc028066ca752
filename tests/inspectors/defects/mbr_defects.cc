#include "inspectors/gpt.h"
#include "inspectors/mbr.h"
#include "tests/inspectors/defects.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kFirst = 446;
constexpr std::uint64_t kSecond = 462;
constexpr std::uint64_t kThird = 478;
constexpr std::uint64_t kFourth = 494;
constexpr std::uint64_t kEbr = 64 * 512;
constexpr std::uint64_t kLastEbr = 128 * 512;

Bytes damaged(const Damage& damage) { return with_damage(mbr_disk(), damage); }

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

constexpr std::string_view kGrubText("GRUB \0Geom\0Hard Disk\0Read\0 Error", 32);

Bytes damaged_gpt(const Damage& damage) {
  Bytes disk = with_damage(gpt_disk(512), damage);
  seal_gpt(disk, 512);
  return disk;
}

}  // namespace

std::vector<inspectors::Finding> findings_of_tables(const Bytes& bytes) {
  inspectors::MemoryImage source{ByteSpan(bytes)};
  const inspectors::ImageView image(source);
  inspectors::Findings findings;
  const auto gpt = inspectors::read_gpt(image, {false, true}, findings);
  inspectors::MbrSurroundings surroundings;
  surroundings.has_gpt = gpt.has_value();
  surroundings.gpt = gpt ? &*gpt : nullptr;
  inspectors::read_mbr(image, surroundings, findings);
  return findings.take();
}

std::vector<Defect> table_defects() {
  constexpr std::uint64_t kEntries = 1024;
  constexpr std::string_view kGptMbr(
      "\x33\xC0\xFA\x8E\xD8\x8E\xD0\xBC\x00\x7C\x89\xE6\x06\x57\x8E\xC0", 16);
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  add("HybridAgrees", damaged_gpt([](Patch& p) {
        p.u8(kSecond + 4, 0x0C).le32(kSecond + 8, 40).le32(kSecond + 12, 20);
      }),
      "mbr.hybrid");
  add("HybridDiffers", damaged_gpt([](Patch& p) {
        p.u8(kSecond + 4, 0x0C).le32(kSecond + 8, 41).le32(kSecond + 12, 20);
      }),
      "mbr.hybrid-differs");
  add("ProtectiveIsActive", damaged_gpt([](Patch& p) { p.u8(kFirst, 0x80); }),
      "mbr.protective-active");
  add("ProtectiveBeginsElsewhere", damaged_gpt([](Patch& p) { p.le32(kFirst + 8, 2); }),
      "mbr.protective-begin");
  add("NoLegacyBootable", damaged_gpt([&](Patch& p) {
        p.text(0, kGptMbr).text(0x60, "!GPT").le64(kEntries + 128 + 48, 0);
      }),
      "gpt.no-legacy-bootable");
  add("TwoLegacyBootable",
      damaged_gpt([&](Patch& p) { p.text(0, kGptMbr).text(0x60, "!GPT").le64(kEntries + 48, 4); }),
      "gpt.several-legacy-bootable");
  add("NoBiosBoot", damaged_gpt([](Patch& p) {
        p.text(0x180, kGrubText).le64(0x5C, 60).text(60 * 512, "core").u8(kEntries + 128, 'X');
      }),
      "gpt.no-bios-boot");
  add("GrubCoreIsBlank", damaged_gpt([](Patch& p) { p.text(0x180, kGrubText).le64(0x5C, 60); }),
      "mbr.grub-core");
  add("GrubCoreOutside",
      damaged_gpt([](Patch& p) { p.text(0x180, kGrubText).le64(0x5C, ~std::uint64_t{0}); }),
      "mbr.grub-core");
  add("EspWithoutBlockIo", damaged_gpt([](Patch& p) { p.le64(kEntries + 48, 3); }),
      "gpt.esp-no-block-io");
  add("TwoEsps", damaged_gpt([](Patch& p) {
        p.text(kEntries + 128, "\x28\x73\x2A\xC1\x1F\xF8\xD2\x11\xBA\x4B");
        p.text(kEntries + 138, std::string_view("\x00\xA0\xC9\x3E\xC9\x3B", 6));
      }),
      "gpt.several-esp");
  return defects;
}

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
  add("BlankBootCode", damaged([](Patch& p) { p.fill(0, 440, 0).u8(kFirst, 0); }),
      "mbr.blank-boot-code");
  add("BlankBootCodeAndActive", damaged([](Patch& p) { p.fill(0, 440, 0); }),
      "mbr.boot-code-missing");
  add("Status", damaged([](Patch& p) { p.u8(kThird, 0x01); }), "mbr.status");
  add("TwoActive", damaged([](Patch& p) { p.u8(kThird, 0x80); }), "mbr.several-active");
  add("EndsOutside", damaged([](Patch& p) { p.le32(kThird + 12, 57); }), "mbr.partition-outside");
  add("BeginsFarOutside", damaged([](Patch& p) { p.le32(kThird + 8, 0xFFFFFFFF); }),
      "mbr.partition-outside");
  add("LogicalOutside", damaged([](Patch& p) { p.le32(kLastEbr + kFirst + 8, 128); }),
      "mbr.partition-outside");
  add("ExtendedOutside", damaged([](Patch& p) { p.le32(kSecond + 8, 0x10000000); }),
      "mbr.partition-outside");
  add("NoActive",
      damaged([](Patch& p) { p.text(0x100, "Missing operating system").u8(kFirst, 0); }),
      "mbr.no-active");
  add("ChsElsewhere", damaged([](Patch& p) {
        p.text(0x100, "Missing operating system").u8(kFirst + 4, 0x06).u8(kFirst + 2, 0x03);
      }),
      "mbr.chs");
  add("GrubCoreIsBlank", damaged([](Patch& p) { p.text(0x180, kGrubText).le64(0x5C, 1); }),
      "mbr.grub-core");
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
