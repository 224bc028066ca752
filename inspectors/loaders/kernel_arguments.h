#pragma once

#include "inspectors/finding.h"
#include "inspectors/loaders/loader_config.h"

namespace bootproof::inspectors {

/// Judges the command line of a Linux kernel: whether it talks on the serial line of the machine
/// (ttyS0 on x86, ttyAMA0 on aarch64), and whether root= and its kin name something that is among
/// the volumes. A command line that is not Linux's (no initramfs, no root=, no console=) is left
/// alone.
void judge_kernel_arguments(LoaderEntry& entry, const LoaderWorld& world, Findings& findings);

}  // namespace bootproof::inspectors
