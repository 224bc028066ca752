#pragma once

#include <functional>
#include <string>
#include <vector>

#include "builders/build_cache.h"
#include "builders/build_key.h"
#include "builders/built_file.h"
#include "builders/disk_maker.h"
#include "builders/guestfs_job.h"
#include "harness/core/error.h"

namespace bootproof {

/// A disk whose file systems libguestfs makes, with all that it depends on.
struct GuestfsOrder {
  std::string name;  ///< Of the recipe.
  DiskInput input;
  BuildKey key;
  std::int64_t date = kSourceDate;
};

/// The host on which libguestfs runs; asked for when there is something to launch.
using FindGuestfsHost = std::function<GuestfsHost()>;

/// Takes the disks from the cache, and makes all that are not there in one launch of libguestfs (in
/// more where they are more than kMostGuestfsDisks). A disk that fails is no reason for the others
/// to: where a launch of several fails in its work, each of them gets its own. The results are in
/// the order of the orders. Never throws Error; several processes may do so at once with one cache.
std::vector<Result<BuiltFile>> build_by_guestfs(const std::vector<GuestfsOrder>& orders,
                                                const BuildCache& cache,
                                                const FindGuestfsHost& find_host);

}  // namespace bootproof
