#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "harness/core/error.h"
#include "harness/core/spawn.h"
#include "harness/vm/firmware.h"
#include "harness/vm/machine_spec.h"

namespace bootproof {

/// Where a program is on this host, as find_program says it.
using ProgramFinder = std::function<Result<std::filesystem::path>(const std::string& name)>;

/// What of a machine's parts this host does not have: the emulator, the installed firmware, swtpm.
/// The Error (kHost) names the first one and its Debian package; nothing where all are there.
std::optional<Error> missing_part(const MachineSpec& spec,
                                  std::span<const FirmwareDescriptor> descriptors,
                                  const ProgramFinder& find = find_program);

}  // namespace bootproof
