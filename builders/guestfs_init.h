#pragma once

#include <string_view>

namespace bootproof {

/// Text of /init in the appliance's initrd: loads the drivers of the virtual disks, finds the root
/// file system by the kernel's `root=` and goes on there with /init, or with /init.quick where the
/// kernel's command line has kQuickWord.
std::string_view appliance_initrd_init();

/// Text of /init.quick on the appliance's root file system: what libguestfs's own /init does, less
/// udev, LVM, MD and network. It makes the links by which the daemon tells disks apart
/// (/dev/disk/by-path, /dev/disk/guestfs), because the kernel numbers them in any order.
std::string_view appliance_quick_init();

/// The word on the kernel's command line that asks for /init.quick.
inline constexpr std::string_view kQuickWord = "bootproof_quick=1";

}  // namespace bootproof
