#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/loaders/loader_config.h"

namespace bootproof::inspectors {

/// What is built into the GRUB that runs (grub_image.h), or assumed of it.
struct GrubStart {
  /// Where it looks for grub.cfg: "(cd0)/boot/grub", or "/boot/grub" for a folder of the volume
  /// that it was started from; empty for the folder of the program. "(memdisk)/..." is followed
  /// where the world has a volume of that name.
  std::string prefix = "/boot/grub";
  /// A configuration that runs before all others; empty for none.
  std::optional<ImageView> embedded_config;
  /// The folder that an EFI program of GRUB's was started from, on the own volume.
  std::string program_folder = "/EFI/BOOT";
  /// The modules that are built in, by name. Where they are known (grub_core.h), what can be done
  /// with them and with those in the prefix is judged too: GRUB reads a volume and has a command
  /// only with their modules, and without normal it ends at its rescue prompt.
  std::optional<std::vector<std::string>> modules;
  std::uint64_t offset = 0;  ///< Of GRUB's image on the medium, for findings about the above.
};

/// Reads the grub.cfg that GRUB will read and follows it over the volumes of `world`: variables,
/// conditions that can be decided, `search`, `source`, `configfile`, submenus. Where a condition
/// depends on the running machine, both ways are followed and what they give is marked. Bounded:
/// files of 1 MiB, blocks 64 deep, 20000 commands, 4096 entries. The manual: GNU GRUB 2.06, 6 and
/// 16.
LoaderConfig read_grub_config(const LoaderWorld& world, const GrubStart& start, Findings& findings);

}  // namespace bootproof::inspectors
