#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/inspectors/sample_images.h"

namespace bootproof::testing {

/// A healthy image with one defect, and the one finding that it has to give. Severity and remedy
/// are those of the rule.
struct Defect {
  std::string name;
  Bytes image;
  std::string_view rule;
  std::uint64_t offset = 0;
  std::string path;
  std::string found;
  std::string expected;
};

std::vector<Defect> iso9660_defects();
std::vector<Defect> el_torito_defects();
std::vector<Defect> mbr_defects();
std::vector<Defect> gpt_defects();
std::vector<Defect> whole_image_defects();

}  // namespace bootproof::testing
