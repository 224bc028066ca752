#include "harness/vm/host_parts.h"

#include <fmt/format.h>

#include <string_view>

namespace bootproof {
namespace {

Error missing_program(std::string_view name, std::string_view package) {
  return {ErrorKind::kHost, fmt::format("{} is not installed", name),
          fmt::format("install the package {0} (apt-get install {0})", package)};
}

}  // namespace

std::optional<Error> missing_part(const MachineSpec& spec,
                                  std::span<const FirmwareDescriptor> descriptors,
                                  const ProgramFinder& find) {
  const Architecture architecture = architecture_of(spec.machine);
  if (const std::string emulator = qemu_program(architecture); !find(emulator)) {
    return missing_program(
        emulator, architecture == Architecture::kX86_64 ? "qemu-system-x86" : "qemu-system-arm");
  }
  if (has_varstore(spec.firmware) && spec.firmware_code.empty()) {
    if (const auto found = find_firmware(descriptors, spec.firmware, spec.machine); !found) {
      return found.error();
    }
  }
  if (spec.tpm && !find("swtpm")) {
    return missing_program("swtpm", "swtpm");
  }
  return std::nullopt;
}

}  // namespace bootproof
