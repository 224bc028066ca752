#include "tests/inspectors/broken_media.h"

namespace bootproof::testing {

namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;

}  // namespace

const MediumFamily& broken_stick_syslinux() {
  static const MediumFamily family{
      "stick-syslinux",
      false,
      {
          {"MbrWithoutBootCode", [](BrokenMedium& d) { d.fill(0, 440, 0); }},
          {"MbrWithoutItsSignature", [](BrokenMedium& d) { d.patch().le16(0x1FE, 0); }},
          {"NoActivePartition", [](BrokenMedium& d) { d.patch().u8(0x1BE, 0); }},
          {"TwoActivePartitions", [](BrokenMedium& d) { d.patch().u8(0x1CE, 0x80); }},
          {"PartitionOutside", [](BrokenMedium& d) { d.patch().le32(0x1BE + 8, 0x00FFFFFF); }},
          {"CutInTheMiddle", [](BrokenMedium& d) { d.bytes.resize(d.bytes.size() / 2); }},
          {"BootSectorIsZero", [](BrokenMedium& d) { d.fill(kMebibyte, 512, 0); }},
          {"BootSectorWithoutItsJump", [](BrokenMedium& d) { d.fill(kMebibyte, 3, 0); }},
          {"BootSectorWithoutCode",
           [](BrokenMedium& d) { d.fill(kMebibyte + 0x5A, 0x1F8 - 0x5A, 0); }},
          {"BootSectorLeadsElsewhere",
           [](BrokenMedium& d) {
             const std::uint64_t link = number_at(d.bytes, kMebibyte + 0x1FC, 2) & 0x1FFU;
             d.patch().le32(kMebibyte + link + 2, 40000);
           }},
          {"LoaderIsText",
           [](BrokenMedium& d) { d.fill(d.at("/syslinux/ldlinux.sys"), 2048, 'x'); }},
          {"LoaderWithAWrongChecksum",
           [](BrokenMedium& d) { d.patch().u8(d.at("/syslinux/ldlinux.sys") + 20000, 0x5A); }},
          {"ModuleIsText", [](BrokenMedium& d) { d.fill_file("/syslinux/ldlinux.c32", 'x'); }},
          {"ModuleIsGone",
           [](BrokenMedium& d) {
             d.replace(kMebibyte, 4 * kMebibyte, "LDLINUX C32", "LDLINUX C33");
           }},
          {"ConfigIsGone",
           [](BrokenMedium& d) {
             d.replace(kMebibyte, 4 * kMebibyte, "SYSLINUXCFG", "SYSLINUXCFX");
           }},
          {"ConfigIsEmpty",
           [](BrokenMedium& d) {
             d.fill(d.at("/syslinux/syslinux.cfg"), d.size_of("/syslinux/syslinux.cfg"), '\n');
           }},
          {"ConfigNamesAnotherKernel",
           [](BrokenMedium& d) {
             d.replace(d.at("/syslinux/syslinux.cfg"), 512, "vmlinuz", "vmlinux");
           }},
          {"KernelIsText", [](BrokenMedium& d) { d.fill(d.at("/vmlinuz"), 4096, 'x'); }},
          {"InitramfsIsText", [](BrokenMedium& d) { d.fill(d.at("/initrd"), 64, 'x'); }},
      }};
  return family;
}

const MediumFamily& broken_stick_superfloppy() {
  static const MediumFamily family{
      "stick-superfloppy",
      false,
      {
          {"BootSectorWithoutItsSignature", [](BrokenMedium& d) { d.patch().le16(0x1FE, 0); }},
          {"BootSectorWithoutItsJump", [](BrokenMedium& d) { d.fill(0, 3, 0); }},
          {"BootSectorWithoutCode", [](BrokenMedium& d) { d.fill(0x3E, 0x1F8 - 0x3E, 0); }},
          {"BootSectorWithoutItsMark", [](BrokenMedium& d) { d.fill(0x1F8, 4, 0); }},
          {"ClustersOfNoSector", [](BrokenMedium& d) { d.patch().u8(13, 0); }},
          {"LoaderIsGone",
           [](BrokenMedium& d) { d.replace(0, kMebibyte, "LDLINUX SYS", "LDLINUX SYX"); }},
          {"LoaderIsText", [](BrokenMedium& d) { d.fill_file("/ldlinux.sys", 'x'); }},
          {"ModuleIsText", [](BrokenMedium& d) { d.fill_file("/ldlinux.c32", 'x'); }},
          {"ConfigNamesAnotherInitrd",
           [](BrokenMedium& d) { d.replace(d.at("/syslinux.cfg"), 512, "/initrd", "/initrx"); }},
          {"KernelIsGone",
           [](BrokenMedium& d) { d.replace(0, kMebibyte, "VMLINUZ    ", "VMLINUX    "); }},
          {"KernelIsText", [](BrokenMedium& d) { d.fill(d.at("/vmlinuz"), 4096, 'x'); }},
          {"InitramfsIsText", [](BrokenMedium& d) { d.fill(d.at("/initrd"), 64, 'x'); }},
      }};
  return family;
}

}  // namespace bootproof::testing
