#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/finding.h"
#include "tests/inspectors/sample_images.h"

namespace bootproof::testing {

/// A healthy medium or file with one defect, and the rule whose one finding it has to give. The
/// whole finding stands in a golden file, tests/golden/inspectors/FAMILY.txt.
struct Defect {
  std::string name;  ///< CamelCase; unique in its family.
  Bytes bytes;
  std::string_view rule;
};

/// Reads a medium or file as its family does.
using FindingsOf = std::vector<inspectors::Finding> (*)(const Bytes& bytes);

/// The defects of one format: a row of all_families() (defects_test.cc) and a file in
/// tests/inspectors/defects.
struct DefectFamily {
  std::string_view name;  ///< CamelCase: "Gpt".
  std::vector<Defect> (*defects)();
  FindingsOf findings_of;
};

/// For GoogleTest's messages.
void PrintTo(const DefectFamily& family, std::ostream* out);

std::vector<Defect> apm_defects();
std::vector<Defect> boot_info_defects();
std::vector<Defect> iso9660_defects();
std::vector<Defect> iso_tree_defects();
std::vector<Defect> system_area_defects();
std::vector<Defect> el_torito_defects();
std::vector<Defect> mbr_defects();
std::vector<Defect> gpt_defects();
/// Of the boot code, the MBR and the GPT together.
std::vector<Defect> table_defects();
std::vector<inspectors::Finding> findings_of_tables(const Bytes& bytes);
std::vector<Defect> whole_image_defects();
std::vector<Defect> kernel_defects();
std::vector<Defect> initramfs_defects();
std::vector<Defect> initramfs_with_root_defects();
std::vector<Defect> loader_defects();
std::vector<Defect> grub_defects();
std::vector<Defect> grub_core_defects();
std::vector<Defect> syslinux_config_defects();
std::vector<Defect> systemd_boot_defects();
std::vector<Defect> startup_nsh_defects();

/// What read_grub_core() finds on a disk whose boot.img leads to sector 1.
std::vector<inspectors::Finding> findings_of_grub_core(const Bytes& bytes);
/// What inspect_tables() finds on a whole medium, and what inspect() does.
std::vector<inspectors::Finding> findings_of_medium(const Bytes& bytes);
std::vector<inspectors::Finding> findings_of_whole(const Bytes& bytes);
/// What read_kernel() and read_kernel_payload() find in a file.
std::vector<inspectors::Finding> findings_of_kernel(const Bytes& bytes);
/// What read_initramfs() finds in a file for Linux 6.1.0-test on x86-64, without root=.
std::vector<inspectors::Finding> findings_of_initramfs(const Bytes& bytes);
/// The same with a root=, and a kernel that unpacks xz alone.
std::vector<inspectors::Finding> findings_with_root(const Bytes& bytes);
std::vector<Defect> authenticode_defects();
std::vector<Defect> pe_defects();
std::vector<Defect> sbat_defects();
std::vector<Defect> secure_boot_defects();
std::vector<Defect> uki_defects();
std::vector<Defect> varstore_defects();

/// What is found in an EFI program, its signatures, its SBAT and its parts.
std::vector<inspectors::Finding> findings_of_program(const Bytes& bytes);
/// What is found in a varstore.
std::vector<inspectors::Finding> findings_of_varstore(const Bytes& bytes);

}  // namespace bootproof::testing
