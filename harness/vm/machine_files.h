#pragma once

#include <filesystem>

#include "harness/vm/firmware.h"
#include "harness/vm/machine_spec.h"

namespace bootproof {

/// Makes what the boots of one machine need in `folder`: a fresh varstore from its template
/// (`vars.fd`), a qcow2 overlay on the image (`overlay.qcow2`) that holds what is shown instead of
/// the image's bytes, overlays or empty disks for further media, and a folder for the TPM.
/// Blocking. Throws Error (kHost) where QEMU, the firmware or space is missing, or where there is
/// nothing to hide.
MachineFiles prepare_machine_files(const MachineSpec& spec, const std::filesystem::path& folder);

/// Removes them again: they are large and can be made again.
void remove_machine_files(const MachineFiles& files);

/// Copies a file and leaves blocks of zeros as holes (AAVMF's varstore is 64 MiB, nearly all
/// zeros). Throws Error (kHost).
void copy_sparsely(const std::filesystem::path& from, const std::filesystem::path& to);

/// `repro.sh`: a script that starts exactly this machine again with its serial line on the terminal
/// (Ctrl-A X ends it). It makes its own varstore and overlay in a temporary folder. With
/// `--interactive` it says which keys reach QEMU; with `--gdb` the machine waits for gdb on a
/// socket in that folder, and it says how to start gdb, with the symbols of the kernel that the
/// logs beside it name where the host has them.
std::string repro_script(const MachineSpec& spec, const MachineFiles& files);

}  // namespace bootproof
