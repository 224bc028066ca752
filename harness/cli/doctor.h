#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/vm/accelerator.h"

namespace bootproof {

/// One thing that bootproof uses on a host, and whether it is there.
struct HostCheck {
  std::string what;  ///< "qemu-system-x86_64", "firmware ovmf on q35".
  bool ok = false;
  std::string found;    ///< Version, path, or why it is not there.
  std::string package;  ///< The Debian package that brings it; empty where none does.
  std::string needed_for;
};

/// Looks at this host: programs, firmware, GRUB's platforms, KVM (by booting a probe), cache
/// folder. Blocking, up to some seconds the first time.
std::vector<HostCheck> examine_host();

/// What libguestfs needs: the worker, the library's appliance, its kernel. With `launches` it is
/// also started, which takes seconds and, the first time, the building of the appliance.
std::vector<HostCheck> examine_guestfs(bool launches);

/// The one apt-get line that brings all that is missing; empty where nothing is.
std::string remedy(std::span<const HostCheck> checks);

}  // namespace bootproof
