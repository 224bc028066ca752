#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/words.h"

namespace bootproof {

/// One firmware descriptor (QEMU docs/interop/firmware.json), as far as it is used: flash firmware
/// with a varstore template.
struct FirmwareDescriptor {
  std::filesystem::path file;  ///< The descriptor.
  std::string description;
  struct Target {
    std::string architecture;           ///< "x86_64", "aarch64".
    std::vector<std::string> machines;  ///< Globs: "pc-q35-*".
  };
  std::vector<Target> targets;
  std::vector<std::string> features;  ///< "secure-boot", "enrolled-keys", "requires-smm", ...
  std::filesystem::path code;
  std::filesystem::path varstore_template;
};

/// Reads one descriptor's text. Error (kHost) for what is no descriptor; a descriptor that maps no
/// flash device (memory, kernel) gives one with an empty `code`.
Result<FirmwareDescriptor> parse_firmware_descriptor(std::string_view text,
                                                     const std::filesystem::path& file);

/// The folders that QEMU's convention names, highest priority first:
/// `$XDG_CONFIG_HOME/qemu/firmware`,
/// `/etc/qemu/firmware`, `/usr/share/qemu/firmware`.
std::vector<std::filesystem::path> firmware_descriptor_folders();

/// All descriptors in order of priority: sorted by file name, where a name in an earlier folder
/// masks the same name in a later one and an empty file masks without replacing. What can't be
/// parsed is left out.
std::vector<FirmwareDescriptor> read_firmware_descriptors(
    std::span<const std::filesystem::path> folders);

/// The code and varstore template for a firmware on a machine: the first descriptor whose target
/// matches, whose features are those of the firmware (`*-secure`: keys enrolled; otherwise no
/// Secure Boot, but for `ovmf-ia32`, of which there is no other build) and whose files are there.
/// `*-secure-own` is any build with Secure Boot, with the varstore beside its template that has
/// Debian's throw-away key (`*.snakeoil.fd`). Error (kHost) names the Debian package. Not for
/// kSeabios and kKernel, which QEMU loads by itself.
Result<FirmwareDescriptor> find_firmware(std::span<const FirmwareDescriptor> descriptors,
                                         Firmware firmware, MachineType machine);

}  // namespace bootproof
