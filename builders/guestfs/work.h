#pragma once

#include <string>

#include "builders/guestfs/job.h"

namespace bootproof::guestfs {

/// The version of the library, "1.48.6".
std::string library_version();

/// Does the job and prints its answer. Returns the exit code: 0, or 1 for a failed job.
int do_work(const Job& job);

}  // namespace bootproof::guestfs
