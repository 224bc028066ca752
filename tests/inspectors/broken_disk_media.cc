#include "tests/inspectors/broken_media.h"

namespace bootproof::testing {

namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;

}  // namespace

const MediumFamily& broken_disk_gpt_bios_uefi() {
  static const MediumFamily family{
      "disk-gpt-bios-uefi",
      false,
      {
          {"MbrWithoutBootCode", [](BrokenMedium& d) { d.fill(0, 440, 0); }},
          {"MbrWithoutItsSignature", [](BrokenMedium& d) { d.patch().le16(0x1FE, 0); }},
          {"ProtectiveMbrIsGone", [](BrokenMedium& d) { d.fill(446, 64, 0); }},
          {"ProtectiveMbrBeginsElsewhere", [](BrokenMedium& d) { d.patch().le32(446 + 8, 2); }},
          {"PrimaryGptHeaderIsGone",
           [](BrokenMedium& d) { d.patch().u8(d.at("GPT header"), 'X'); }},
          {"GrubLeadsElsewhere", [](BrokenMedium& d) { d.patch().le32(0x5C, 5); }},
          {"GrubLeadsOutside", [](BrokenMedium& d) { d.patch().le32(0x5C, 0x00FFFFFF); }},
          {"CoreImageWithoutItsBlocks", [](BrokenMedium& d) { d.fill(kMebibyte + 500, 12, 0); }},
          {"CoreImageIsDamaged", [](BrokenMedium& d) { d.fill(kMebibyte + 4096, 4096, 'x'); }},
          {"GptHeadersWithoutSignature",
           [](BrokenMedium& d) {
             d.patch().u8(d.at("GPT header"), 'X');
             d.patch().u8(d.at("GPT backup header"), 'X');
           }},
          {"GptEntriesAreDamaged",
           [](BrokenMedium& d) {
             d.fill(d.at("GPT entries"), 256, 'x');
             d.fill(d.at("GPT backup entries"), 256, 'x');
           }},
          {"CutInTheMiddle", [](BrokenMedium& d) { d.bytes.resize(d.bytes.size() / 2); }},
          {"EspWithoutItsBootSector", [](BrokenMedium& d) { d.fill(2 * kMebibyte, 512, 0); }},
          {"EspWithoutTheLoader",
           [](BrokenMedium& d) {
             d.replace(2 * kMebibyte, kMebibyte, "BOOTX64 EFI", "BOOTX65 EFI");
           }},
          {"LoaderForAarch64",
           [](BrokenMedium& d) {
             d.patch().le16(d.pe_of(d.at("/EFI/BOOT/BOOTX64.EFI")) + 4, 0xAA64);
           }},
          {"RootWithoutItsSuperblock",
           [](BrokenMedium& d) {
             d.fill(d.at("GPT partition 3 (Linux root (x86-64))") + 1024, 1024, 0);
           }},
          {"ConfigNamesAnotherKernel",
           [](BrokenMedium& d) {
             d.replace(d.at("/boot/grub/grub.cfg"), 1024, "linux /vmlinuz", "linux /vmlinux");
           }},
          {"ConfigWithoutItsBrace",
           [](BrokenMedium& d) { d.replace(d.at("/boot/grub/grub.cfg"), 1024, "\n}", "\n "); }},
          {"ConfigIsEmpty",
           [](BrokenMedium& d) {
             d.fill(d.at("/boot/grub/grub.cfg"), d.size_of("/boot/grub/grub.cfg"), '\n');
           }},
          {"KernelIsText", [](BrokenMedium& d) { d.fill(d.at("/vmlinuz"), 4096, 'x'); }},
          {"InitramfsIsText", [](BrokenMedium& d) { d.fill(d.at("/initrd"), 64, 'x'); }},
      }};
  return family;
}

const MediumFamily& broken_disk_systemd_boot() {
  static const MediumFamily family{
      "disk-systemd-boot",
      false,
      {
          {"ProtectiveMbrIsGone", [](BrokenMedium& d) { d.fill(446, 64, 0); }},
          {"MbrWithoutItsSignature", [](BrokenMedium& d) { d.patch().le16(0x1FE, 0); }},
          {"EspWithoutTheLoader",
           [](BrokenMedium& d) {
             d.replace(kMebibyte, 4 * kMebibyte, "BOOTX64 EFI", "BOOTX65 EFI");
           }},
          {"LoaderIsText", [](BrokenMedium& d) { d.fill_file("/EFI/BOOT/BOOTX64.EFI", 'x'); }},
          {"ConfigNamesAnotherEntry",
           [](BrokenMedium& d) {
             d.replace(d.at("/loader/loader.conf"), 512, "shell.conf", "shelx.conf");
           }},
          {"EntryNamesAnotherKernel",
           [](BrokenMedium& d) {
             d.replace(d.at("/loader/entries/shell.conf"), 512, "/vmlinuz", "/vmlinux");
           }},
          {"EntryNamesAnotherInitrd",
           [](BrokenMedium& d) {
             d.replace(d.at("/loader/entries/shell.conf"), 512, "/initrd", "/initrx");
           }},
          {"EntryWithoutAKernel",
           [](BrokenMedium& d) {
             d.replace(d.at("/loader/entries/shell.conf"), 512, "linux /", "#inux /");
           }},
          {"KernelWithoutItsEfiStub",
           [](BrokenMedium& d) { d.patch().u8(d.pe_of(d.at("/vmlinuz")), 'X'); }},
          {"InitramfsIsText", [](BrokenMedium& d) { d.fill(d.at("/initrd"), 64, 'x'); }},
      }};
  return family;
}

const MediumFamily& broken_disk_uki() {
  static const MediumFamily family{
      "disk-uki",
      false,
      {
          {"GptHeadersWithoutSignature",
           [](BrokenMedium& d) {
             d.patch().u8(d.at("GPT header"), 'X');
             d.patch().u8(d.at("GPT backup header"), 'X');
           }},
          {"ProtectiveMbrBeginsElsewhere", [](BrokenMedium& d) { d.patch().le32(446 + 8, 2); }},
          {"ProgramWithoutMz",
           [](BrokenMedium& d) { d.patch().u8(d.at("/EFI/BOOT/BOOTX64.EFI"), 'X'); }},
          {"ProgramForAarch64",
           [](BrokenMedium& d) {
             d.patch().le16(d.pe_of(d.at("/EFI/BOOT/BOOTX64.EFI")) + 4, 0xAA64);
           }},
          {"ProgramIsNoApplication",
           [](BrokenMedium& d) {
             d.patch().le16(d.pe_of(d.at("/EFI/BOOT/BOOTX64.EFI")) + 24 + 68, 3);
           }},
          {"ProgramWithoutItsKernel",
           [](BrokenMedium& d) {
             d.replace(d.at("/EFI/BOOT/BOOTX64.EFI"), 4096, ".linux", ".linuy");
           }},
          {"KernelIsText",
           [](BrokenMedium& d) {
             d.fill(d.section_of("/EFI/BOOT/BOOTX64.EFI", ".linux"), 4096, 'x');
           }},
          {"InitramfsIsText",
           [](BrokenMedium& d) {
             d.fill(d.section_of("/EFI/BOOT/BOOTX64.EFI", ".initrd"), 64, 'x');
           }},
      }};
  return family;
}

const MediumFamily& broken_disk_aarch64() {
  static const MediumFamily family{
      "disk-aarch64",
      true,
      {
          {"ProtectiveMbrIsGone", [](BrokenMedium& d) { d.fill(446, 64, 0); }},
          {"EspWithoutTheLoader",
           [](BrokenMedium& d) {
             d.replace(kMebibyte, 4 * kMebibyte, "BOOTAA64EFI", "BOOTAA65EFI");
           }},
          {"LoaderForX64",
           [](BrokenMedium& d) {
             d.patch().le16(d.pe_of(d.at("/EFI/BOOT/BOOTAA64.EFI")) + 4, 0x8664);
           }},
          {"RootWithoutItsSuperblock",
           [](BrokenMedium& d) {
             d.fill(d.at("GPT partition 2 (Linux root (ARM64))") + 1024, 1024, 0);
           }},
          {"ConfigNamesAnotherKernel",
           [](BrokenMedium& d) {
             d.replace(d.at("/boot/grub/grub.cfg"), 1024, "/boot/vmlinuz", "/boot/vmlinux");
           }},
          {"KernelIsText", [](BrokenMedium& d) { d.fill(d.at("/boot/vmlinuz"), 4096, 'x'); }},
          {"KernelForX64",
           [](BrokenMedium& d) { d.patch().le16(d.pe_of(d.at("/boot/vmlinuz")) + 4, 0x8664); }},
          {"InitramfsIsText", [](BrokenMedium& d) { d.fill(d.at("/boot/initrd"), 64, 'x'); }},
      }};
  return family;
}

}  // namespace bootproof::testing
