#pragma once

#include <optional>

#include "inspectors/finding.h"
#include "inspectors/loaders/loader_config.h"

namespace bootproof::inspectors {

/// Whether a volume has a script that the EFI shell starts by itself.
bool has_startup_nsh(Volume& volume);

/// Reads the script that the EFI shell starts by itself, /startup.nsh or /efi/tools/startup.nsh of
/// the volume (UEFI Shell Specification 2.2, 3.1.1); nothing where there is none. One entry per EFI
/// program that it starts, in order. Which volume "fs0:" is depends on the machine: a program
/// counts as there when any FAT volume has it.
std::optional<LoaderConfig> read_startup_nsh(const LoaderWorld& world, Findings& findings);

}  // namespace bootproof::inspectors
