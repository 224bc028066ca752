#pragma once

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

std::vector<Defect> iso9660_defects();
std::vector<Defect> el_torito_defects();
std::vector<Defect> mbr_defects();
std::vector<Defect> gpt_defects();
std::vector<Defect> whole_image_defects();
std::vector<Defect> loader_defects();
std::vector<Defect> grub_defects();
std::vector<Defect> syslinux_config_defects();
std::vector<Defect> systemd_boot_defects();
std::vector<Defect> startup_nsh_defects();

/// What inspect() finds on a whole medium.
std::vector<inspectors::Finding> findings_of_medium(const Bytes& bytes);

}  // namespace bootproof::testing
