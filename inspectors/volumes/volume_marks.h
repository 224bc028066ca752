#pragma once

#include <string_view>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// The name of the file system or of the container of volumes (LVM, LUKS, RAID) by whose mark a
/// volume could be one of those that GRUB 2.06 or Linux read: "btrfs", "LVM". Looks at marks alone,
/// so that a damaged file system still has its name. Empty where there is none of these marks: no
/// loader reads a file there then.
std::string_view mark_of_volume(const ImageView& volume);

}  // namespace bootproof::inspectors
