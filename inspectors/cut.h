#pragma once

#include <vector>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

/// Where an image was cut, many structures lie outside of it and each has its finding. Leaves the
/// one that says most about the cut, which then names what was lost with it, and takes away the
/// others. Does nothing where no finding tells of a cut.
void fold_cut(std::vector<Finding>& findings);

}  // namespace bootproof::inspectors
