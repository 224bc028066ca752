#include "inspectors/volumes/ext_volume.h"
#include "inspectors/volumes/squashfs.h"
#include "tests/inspectors/defects/volume_defects.h"
#include "tests/inspectors/volume_samples.h"

namespace bootproof::testing {

std::vector<inspectors::Finding> findings_of_ext(const Bytes& bytes) {
  inspectors::MemoryImage source{ByteSpan(bytes)};
  inspectors::Findings findings;
  inspectors::judge_ext_volume(inspectors::ImageView(source), findings);
  return findings.take();
}

std::vector<Defect> ext_defects() {
  constexpr std::uint64_t kSuperblock = 1024;
  constexpr std::uint64_t kRootInode = 5 * 1024 + 128;
  std::vector<Defect> defects;
  const auto add = [&](std::string name, std::string_view rule, auto damage) {
    Bytes volume = ext2_volume();
    Patch patch(volume);
    damage(patch);
    defects.push_back({std::move(name), std::move(volume), rule});
  };
  add("Errors", "ext.errors", [](Patch& p) { p.le16(kSuperblock + 0x3A, 3); });
  add("Unclean", "ext.unclean", [](Patch& p) { p.le16(kSuperblock + 0x3A, 0); });
  add("NeedsRecovery", "ext.needs-recovery",
      [](Patch& p) { p.le32(kSuperblock + 0x5C, 4).le32(kSuperblock + 0x60, 6); });
  add("BlockSize", "ext.geometry", [](Patch& p) { p.le32(kSuperblock + 24, 7); });
  add("NoBlocksPerGroup", "ext.geometry",
      [](Patch& p) { p.le32(kSuperblock + 32, 0).le32(kSuperblock + 36, 0); });
  add("NoInodesPerGroup", "ext.geometry", [](Patch& p) { p.le32(kSuperblock + 40, 0); });
  add("InodeSize", "ext.geometry", [](Patch& p) { p.le16(kSuperblock + 0x58, 100); });
  add("NoBlocks", "ext.geometry", [](Patch& p) { p.le32(kSuperblock + 4, 0); });
  add("FirstDataBlock", "ext.geometry", [](Patch& p) { p.le32(kSuperblock + 20, 7); });
  add("Truncated", "ext.superblock-truncated", [](Patch& p) { p.le32(kSuperblock + 4, 65); });
  add("Casefold", "ext.unsupported-by-grub", [](Patch& p) { p.le32(kSuperblock + 0x60, 0x20002); });
  add("UnknownFeature", "ext.unsupported-by-grub",
      [](Patch& p) { p.le32(kSuperblock + 0x60, 0x80000002); });
  add("RootIsAFile", "ext.no-root", [](Patch& p) { p.le16(kRootInode, 0x81A4); });
  add("RootOutside", "ext.no-root", [](Patch& p) { p.le32(kRootInode + 40, 64); });
  add("InodeTableOutside", "ext.no-root", [](Patch& p) { p.le32(2 * 1024 + 8, 1000); });
  Bytes patched = ext4_volume();
  Patch(patched).text(kSuperblock + 0x78, "OTHER");
  defects.push_back({"Checksum", patched, "ext.superblock-checksum"});
  return defects;
}

std::vector<inspectors::Finding> findings_of_squashfs(const Bytes& bytes) {
  inspectors::MemoryImage source{ByteSpan(bytes)};
  const inspectors::ImageView view(source);
  inspectors::Findings findings;
  if (const auto squashfs = inspectors::read_squashfs(view)) {
    inspectors::judge_squashfs(*squashfs, view, "/live/filesystem.squashfs", findings);
  }
  return findings.take();
}

std::vector<Defect> squashfs_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, std::string_view rule, auto damage) {
    Bytes file = squashfs_file();
    Patch patch(file);
    damage(patch);
    defects.push_back({std::move(name), std::move(file), rule});
  };
  add("Version3", "squashfs.version", [](Patch& p) { p.le16(28, 3).le16(30, 1); });
  add("BigEndian", "squashfs.version", [](Patch& p) { p.text(0, "sqsh").le16(28, 0x0300); });
  add("Compression", "squashfs.compression", [](Patch& p) { p.le16(20, 7); });
  add("NoCompression", "squashfs.compression", [](Patch& p) { p.le16(20, 0); });
  add("BlockSize", "squashfs.block-size", [](Patch& p) { p.le32(12, 100000); });
  add("BlockLog", "squashfs.block-size", [](Patch& p) { p.le16(22, 16); });
  add("BlockSizeTooLarge", "squashfs.block-size",
      [](Patch& p) { p.le32(12, 1 << 21).le16(22, 21); });
  add("Truncated", "squashfs.truncated", [](Patch& p) { p.le64(40, 4097); });
  add("InodesBehindDirectories", "squashfs.tables", [](Patch& p) { p.le64(64, 250); });
  add("IdsOutside", "squashfs.tables", [](Patch& p) { p.le64(48, 400); });
  add("FragmentsFarOutside", "squashfs.tables",
      [](Patch& p) { p.le64(80, ~std::uint64_t{0} - 1); });
  return defects;
}

}  // namespace bootproof::testing
