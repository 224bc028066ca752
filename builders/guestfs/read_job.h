#pragma once

#include <boost/json/object.hpp>

#include "builders/guestfs/guest.h"
#include "builders/guestfs/job.h"

namespace bootproof::guestfs {

/// Reads the first drive's image into `answer`: file systems, volumes, operating systems. What
/// can't be read stands beside what could, with the reason. Throws Failure where the appliance
/// ends.
void read_image(const Guest& guest, const Job& job, boost::json::object& answer);

}  // namespace bootproof::guestfs
