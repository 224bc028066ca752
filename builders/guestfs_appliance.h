#pragma once

#include <filesystem>
#include <string>

namespace bootproof {

/// A kernel for the appliance, with its modules.
struct ApplianceKernel {
  std::filesystem::path image;
  std::filesystem::path modules;  ///< The folder RELEASE, with `kernel/` in it.
  std::string release;            ///< "6.1.0-56-cloud-amd64".
};

/// The kernel that the appliance would boot: `$SUPERMIN_KERNEL` with `$SUPERMIN_MODULES`, else the
/// newest of the linux-image packages in `cache` (those of the flavour `cloud` first: they are
/// small), else the newest of this host that this user may read. Throws Error (kHost) that says
/// how to fetch one.
ApplianceKernel find_appliance_kernel(const std::filesystem::path& cache);

/// Where libguestfs's own description of its appliance is (folder supermin.d, package libguestfs0).
/// Throws Error (kHost) with the package.
std::filesystem::path supermin_folder();

/// The folder of the fixed appliance (guestfs(3), LIBGUESTFS_PATH) for this kernel and this
/// libguestfs: `CACHE/appliance/KEY` with kernel, initrd and root. Built there the first time,
/// which takes some 10 to 30 seconds and 400 MB; two at once build it once. `$LIBGUESTFS_PATH`,
/// where it is set, is taken as it is. Throws Error (kHost) with the reason.
///
/// It is what supermin would make, file by file of this host's packages, but: it is put together
/// without /lib/modules on this host (supermin fails without it), is not rebuilt with each package
/// that is installed, and has a second init that starts without udev and LVM in half the time.
std::filesystem::path guestfs_appliance(const std::filesystem::path& cache);

/// What the appliance is made of, as a digest: kernel, libguestfs's description, our own parts, and
/// the programs in it that make file systems. Throws Error (kHost) as find_appliance_kernel() does,
/// and where one of these programs is missing on this host.
std::string guestfs_appliance_key(const std::filesystem::path& cache);

/// True where guestfs_appliance would have nothing to build.
bool has_guestfs_appliance(const std::filesystem::path& cache);

}  // namespace bootproof
