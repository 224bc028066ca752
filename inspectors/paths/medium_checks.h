#pragma once

#include "inspectors/finding.h"
#include "inspectors/paths/open_medium.h"

namespace bootproof::inspectors {

/// Judges the volumes of a medium, each once however many tables and boot entries lead to it, and
/// whether there are more than were opened. The file system of an ISO is judged by read_iso_tree().
void judge_volumes(const OpenMedium& medium, Findings& findings);

}  // namespace bootproof::inspectors
