#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <string>

#include "builders/guestfs_job.h"

namespace bootproof {

/// Reads an image by libguestfs, with the accelerator that works here. Throws Error as
/// read_by_guestfs does.
GuestfsReading read_deeply(const std::filesystem::path& image, std::size_t file_limit);

/// What libguestfs read, as text of several lines for a terminal.
std::string deep_text(const GuestfsReading& reading);

/// The same as the value of the key `deep` of `inspect --json`.
boost::json::object deep_json(const GuestfsReading& reading);

}  // namespace bootproof
