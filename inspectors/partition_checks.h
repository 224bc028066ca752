#pragma once

#include "inspectors/finding.h"
#include "inspectors/gpt.h"
#include "inspectors/image_view.h"
#include "inspectors/mbr.h"

namespace bootproof::inspectors {

/// Judges what the boot code, the MBR and the GPT say together: whether the boot code finds what it
/// starts, whether the protective MBR protects, whether a hybrid agrees. Called by read_mbr().
/// Nothing of it is judged on an ISO, where entries of both tables serve other ends.
void judge_partition_tables(const Mbr& mbr, const MbrSurroundings& surroundings,
                            const ImageView& image, Findings& findings);

/// Whether some geometry of a disk gives this address for this sector. The marks that tables have
/// where no geometry does (zeros, the highest cylinder) count as such.
bool is_possible_chs(const ChsAddress& chs, std::uint64_t lba);

}  // namespace bootproof::inspectors
