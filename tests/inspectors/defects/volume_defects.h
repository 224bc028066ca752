#pragma once

#include "tests/inspectors/defects.h"

namespace bootproof::testing {

// The defects of volumes, and how each family is read.

std::vector<Defect> fat_defects();
std::vector<inspectors::Finding> findings_of_fat(const Bytes& bytes);

/// What begins a FAT32 volume; it is filled up with zeros.
std::vector<Defect> fat32_defects();
std::vector<inspectors::Finding> findings_of_fat32(const Bytes& bytes);

std::vector<Defect> syslinux_defects();

std::vector<Defect> ext_defects();
std::vector<inspectors::Finding> findings_of_ext(const Bytes& bytes);

std::vector<Defect> squashfs_defects();
std::vector<inspectors::Finding> findings_of_squashfs(const Bytes& bytes);

}  // namespace bootproof::testing
