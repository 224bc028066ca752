#pragma once

#include "inspectors/system_area.h"

namespace bootproof::inspectors {

/// The rules of the system area. Inside this module: read_system_area() applies them.
void judge_system_area(const ImageView& image, const SystemArea& area,
                       const SystemAreaSurroundings& surroundings, Findings& findings);

}  // namespace bootproof::inspectors
