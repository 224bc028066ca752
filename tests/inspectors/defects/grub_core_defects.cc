#include "inspectors/loaders/grub_core.h"
#include "tests/inspectors/defects.h"
#include "tests/inspectors/grub_core_sample.h"

namespace bootproof::testing {
namespace {

template <typename Damage>
Bytes damaged(Damage damage) {
  Bytes disk = grub_core_disk();
  Patch patch(disk);
  damage(patch);
  return disk;
}

}  // namespace

std::vector<inspectors::Finding> findings_of_grub_core(const Bytes& bytes) {
  inspectors::MemoryImage source{ByteSpan(bytes)};
  inspectors::Findings findings;
  (void)read_grub_core(inspectors::ImageView(source), 1, findings);
  return findings.take();
}

std::vector<Defect> grub_core_defects() {
  using P = GrubCorePlaces;
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes disk, std::string_view rule) {
    defects.push_back({std::move(name), std::move(disk), rule});
  };
  add("Text", damaged([](Patch& p) { p.fill(P::kDiskboot, 512, 'x'); }), "grub.core-unrecognised");
  add("NothingBehindDiskboot", damaged([](Patch& p) { p.fill(P::kCore, 4096, 0); }),
      "grub.core-unrecognised");
  add("BlockLeadsElsewhere", damaged([](Patch& p) { p.le64(P::kBlock, 0); }),
      "grub.core-unrecognised");
  add("NoBlock", damaged([](Patch& p) { p.le16(P::kBlock + 8, 0); }), "grub.core-blocks");
  add("SegmentElsewhere", damaged([](Patch& p) { p.le16(P::kBlock + 10, 0x900); }),
      "grub.core-blocks");
  add("SecondBlockOverTheFirst", damaged([](Patch& p) {
        p.le64(P::kBlock - 12, 2).le16(P::kBlock - 4, 2).le16(P::kBlock - 2, 0x820);
      }),
      "grub.core-blocks");
  add("BlockOutside", damaged([](Patch& p) { p.le64(P::kBlock, ~std::uint64_t{0}); }),
      "grub.core-outside");
  add("BlockReachesOutside", damaged([](Patch& p) { p.le16(P::kBlock + 8, 15); }),
      "grub.core-outside");
  add("TooFewSectors",
      damaged([](Patch& p) { p.le16(P::kBlock + 8, 1).le32(P::kCompressedBytes, 500); }),
      "grub.core-truncated");
  add("LongerThanItsBlocks", damaged([](Patch& p) { p.le32(P::kCompressedBytes, 100000); }),
      "grub.core-truncated");
  add("LongerThanMemory", damaged([](Patch& p) { p.le32(P::kCompressedBytes, 0x80000000); }),
      "grub.core-corrupt");
  add("UnpacksToMoreThanMemory", damaged([](Patch& p) {
        p.le32(P::kCompressedBytes, 500).le32(P::kUnpackedBytes, 0xFFFFFFFF);
      }),
      "grub.core-corrupt");
  add("ByteChanged", damaged([](Patch& p) { p.u8(P::kPacked + 200, 0xA5); }), "grub.core-corrupt");
  add("OverwrittenInTheMiddle", damaged([](Patch& p) { p.fill(P::kPacked + 512, 512, 0); }),
      "grub.core-corrupt");
  add("UnpackedSizeTooSmall", damaged([](Patch& p) { p.le32(P::kUnpackedBytes, 4096); }),
      "grub.core-corrupt");
  GrubCoreParts parts;
  parts.area_bytes_off = 4;
  add("NoModuleArea", grub_core_disk(parts), "grub.core-corrupt");
  add("ByteChangedWithRedundancy",
      damaged([](Patch& p) { p.u8(P::kPacked + 200, 0xA5).le32(P::kRedundancyBytes, 1000); }),
      "grub.core-damaged");
  return defects;
}

}  // namespace bootproof::testing
