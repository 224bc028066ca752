#include "tests/inspectors/broken_media.h"

namespace bootproof::testing {

namespace {

constexpr std::uint64_t kDescriptor = 16 * 2048;

}  // namespace

const MediumFamily& broken_iso_hybrid() {
  static const MediumFamily family{
      "iso-hybrid",
      false,
      {
          {"BootRecordOfAnotherSystem",
           [](BrokenMedium& d) { d.patch().u8(d.at("boot record") + 7, 'X'); }},
          {"CatalogOutside",
           [](BrokenMedium& d) { d.patch().le32(d.at("boot record") + 0x47, 0x00FFFFFF); }},
          {"CatalogElsewhere",
           [](BrokenMedium& d) { d.patch().le32(d.at("boot record") + 0x47, 16); }},
          {"ValidationWithoutItsKey",
           [](BrokenMedium& d) { d.patch().le16(d.at("boot catalog") + 0x1E, 0); }},
          {"ValidationWithAWrongChecksum",
           [](BrokenMedium& d) { d.patch().u8(d.at("boot catalog") + 0x1C, 0x5A); }},
          {"InitialEntryNotBootable",
           [](BrokenMedium& d) { d.patch().u8(d.at("boot catalog") + 0x20, 0); }},
          {"InitialImageOutside",
           [](BrokenMedium& d) { d.patch().le32(d.at("boot catalog") + 0x28, 0x00FFFFFF); }},
          {"InitialImageIsAText",
           [](BrokenMedium& d) {
             d.patch().le32(d.at("boot catalog") + 0x28, d.at("/boot/grub/grub.cfg") / 2048);
           }},
          {"SectionForABios",
           [](BrokenMedium& d) { d.patch().u8(d.at("boot catalog") + 0x41, 0); }},
          {"SectionWithoutEntries",
           [](BrokenMedium& d) { d.patch().le16(d.at("boot catalog") + 0x42, 0); }},
          {"SectionEntryNotBootable",
           [](BrokenMedium& d) { d.patch().u8(d.at("boot catalog") + 0x60, 0); }},
          {"SectionImageOutside",
           [](BrokenMedium& d) { d.patch().le32(d.at("boot catalog") + 0x68, 0x00FFFFFF); }},
          {"SectionImageIsAKernel",
           [](BrokenMedium& d) {
             d.patch().le32(d.at("boot catalog") + 0x68, d.at("/boot/vmlinuz") / 2048);
           }},
          {"EspWithoutItsBootSector",
           [](BrokenMedium& d) { d.fill(d.at("El Torito section 1"), 512, 0); }},
          {"EspWithoutTheLoader",
           [](BrokenMedium& d) {
             d.replace(d.at("El Torito section 1"), 0x8000, "BOOTX64 EFI", "BOOTX65 EFI");
           }},
          {"LoaderWithoutMz",
           [](BrokenMedium& d) {
             d.patch().u8(d.at("/EFI/BOOT/BOOTX64.EFI", "El Torito section 1"), 'X');
           }},
          {"LoaderForIa32",
           [](BrokenMedium& d) {
             const std::uint64_t program = d.at("/EFI/BOOT/BOOTX64.EFI", "El Torito section 1");
             d.patch().le16(program + 0x80 + 4, 0x14C);
           }},
          {"GrubConfigIsEmpty",
           [](BrokenMedium& d) {
             d.fill(d.at("/boot/grub/grub.cfg"), d.size_of("/boot/grub/grub.cfg"), '\n');
           }},
          {"GrubConfigNamesAnotherKernel",
           [](BrokenMedium& d) {
             d.replace(d.at("/boot/grub/grub.cfg"), 2048, "/boot/vmlinuz", "/boot/vmlinux");
           }},
          {"IsolinuxConfigIsEmpty",
           [](BrokenMedium& d) { d.fill(d.at("/isolinux/isolinux.cfg"), 100, '\n'); }},
          {"IsolinuxConfigNamesAnotherInitrd",
           [](BrokenMedium& d) {
             d.replace(d.at("/isolinux/isolinux.cfg"), 2048, "/boot/initrd", "/boot/initrx");
           }},
          {"BootInfoTableOfAnotherImage",
           [](BrokenMedium& d) { d.patch().le32(d.at("/isolinux/isolinux.bin") + 12, 99); }},
          {"BootInfoTableWithAWrongChecksum",
           [](BrokenMedium& d) { d.patch().u8(d.at("/isolinux/isolinux.bin") + 20, 0x77); }},
          {"KernelWithoutItsHeader",
           [](BrokenMedium& d) {
             d.fill(d.at("/boot/vmlinuz"), 2, 'x');
             d.fill(d.at("/boot/vmlinuz") + 0x1FE, 8, 'x');
           }},
          {"InitramfsIsZero",
           [](BrokenMedium& d) { d.fill(d.at("/boot/initrd"), d.size_of("/boot/initrd"), 0); }},
          {"InitramfsIsText", [](BrokenMedium& d) { d.fill(d.at("/boot/initrd"), 64, 'x'); }},
          {"InitramfsIsDamaged",
           [](BrokenMedium& d) { d.fill(d.at("/boot/initrd") + 5000, 5000, 'x'); }},
          {"MbrWithoutItsSignature", [](BrokenMedium& d) { d.patch().le16(0x1FE, 0); }},
          {"MbrWithoutBootCode", [](BrokenMedium& d) { d.fill(0, 440, 0); }},
          {"IsohybridLeadsElsewhere", [](BrokenMedium& d) { d.patch().le32(432, 100); }},
          {"GptHeadersWithoutSignature",
           [](BrokenMedium& d) {
             d.patch().u8(d.at("GPT header"), 'X');
             d.patch().u8(d.at("GPT backup header"), 'X');
           }},
          {"GptHeaderWithAWrongChecksum",
           [](BrokenMedium& d) { d.patch().u8(d.at("GPT header") + 0x10, 0x5A); }},
          {"ValidationForPowerPc",
           [](BrokenMedium& d) {
             const std::uint64_t catalog = d.at("boot catalog");
             d.patch().u8(catalog + 1, 1).u8(catalog + 0x1D, d.bytes.at(catalog + 0x1D) - 1);
           }},
          {"InitialEntryEmulatesADiskette",
           [](BrokenMedium& d) { d.patch().u8(d.at("boot catalog") + 0x21, 2); }},
          {"InitialEntryEmulatesAHardDisk",
           [](BrokenMedium& d) { d.patch().u8(d.at("boot catalog") + 0x21, 4); }},
          {"InitialEntryLoadsNothing",
           [](BrokenMedium& d) { d.patch().le16(d.at("boot catalog") + 0x26, 0); }},
          {"ModuleOfIsolinuxIsText",
           [](BrokenMedium& d) { d.fill_file("/isolinux/ldlinux.c32", 'x'); }},
          {"DescriptorWithoutItsName",
           [](BrokenMedium& d) { d.patch().text(kDescriptor + 1, "XXXXX"); }},
          {"TerminatorIsGone", [](BrokenMedium& d) { d.fill(kDescriptor + 2 * 2048, 2048, 0); }},
          {"RootDirectoryElsewhere",
           [](BrokenMedium& d) { d.patch().both32(kDescriptor + 158, 0x00FFFFFF); }},
          {"ProtectiveMbrIsGone", [](BrokenMedium& d) { d.fill(446, 64, 0); }},
          {"LoaderWithoutItsSections",
           [](BrokenMedium& d) {
             const std::uint64_t program = d.at("/EFI/BOOT/BOOTX64.EFI", "El Torito section 1");
             d.patch().le16(d.pe_of(program) + 6, 0xFFFF);
           }},
          {"CutInTheMiddle", [](BrokenMedium& d) { d.bytes.resize(d.bytes.size() / 2); }},
      }};
  return family;
}

}  // namespace bootproof::testing
