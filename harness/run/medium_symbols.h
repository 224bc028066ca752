#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/vm/machine_spec.h"
#include "inspectors/image_view.h"

namespace bootproof {

/// The System.map of a kernel on a medium, as text: /boot/System.map-RELEASE, /System.map-RELEASE,
/// or such a file without a release, in any volume that the inspectors read. `release`: of the
/// kernel that ran; where that is not known (empty), the only one that there is. Empty where there
/// is none, or more than one to choose from; nothing of more than 32 MiB is read. Takes any bytes.
std::string find_system_map(const inspectors::ImageView& medium, std::string_view release);

/// Writes kernel-symbols.elf into a case's folder, where it is not there yet and the medium, or the
/// folder of a kernel that was started without one, has the System.map of the kernel that
/// serial.log names. Never throws for what these hold;
/// Error (kHost) where the file can't be written.
void keep_medium_symbols(const MachineSpec& spec, const std::filesystem::path& folder);

}  // namespace bootproof
