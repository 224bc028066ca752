#pragma once

#include <vector>

#include "inspectors/finding.h"
#include "inspectors/paths/boot_path.h"
#include "inspectors/paths/open_medium.h"
#include "inspectors/programs/varstore.h"

namespace bootproof::inspectors {

/// How thorough a forecast is.
struct ForecastOptions {
  /// The keys with which Secure Boot is judged; without any, whether signatures are there is all
  /// that is looked at, and nothing is hashed.
  KeySource keys;
  /// Initramfs archives are unpacked and looked into.
  bool unpacks = true;
};

/// Foretells for each kind of firmware, with and without Secure Boot, and each way of attaching
/// whether the medium boots, and along which chain. Judges what stands on the way and is judged
/// nowhere else.
std::vector<BootPath> find_boot_paths(OpenMedium& medium, const ForecastOptions& options,
                                      Findings& findings);

}  // namespace bootproof::inspectors
