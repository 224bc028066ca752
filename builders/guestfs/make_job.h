#pragma once

#include "builders/guestfs/guest.h"
#include "builders/guestfs/job.h"

namespace bootproof::guestfs {

/// Makes and fills the file systems of all drives. What was made is read back by the API's name of
/// its partition (type, label, UUID), so that a file system on a wrong partition does not pass.
/// Throws Failure with drive and partition.
void make_file_systems(const Guest& guest, const Job& job);

}  // namespace bootproof::guestfs
