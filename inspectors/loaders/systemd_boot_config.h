#pragma once

#include "inspectors/finding.h"
#include "inspectors/loaders/loader_config.h"

namespace bootproof::inspectors {

/// Reads /loader/loader.conf, /loader/entries/*.conf (type #1) and /EFI/Linux/*.efi (type #2) of
/// the volume that systemd-boot was started from, and the entries of an XBOOTLDR volume (Boot
/// Loader Specification 1.0; loader.conf(5), systemd-boot(7)). Entries stand in the order of the
/// menu. Those that systemd-boot would leave out (another architecture, no program) are left out.
LoaderConfig read_systemd_boot_config(const LoaderWorld& world, Findings& findings);

}  // namespace bootproof::inspectors
