#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/loaders/loader_config.h"

namespace bootproof::inspectors {

/// The loaders of the Syslinux project.
enum class SyslinuxKind : std::uint8_t { kIsolinux, kSyslinux, kSyslinuxEfi };

/// How a loader of the Syslinux project was started.
struct SyslinuxStart {
  SyslinuxKind kind = SyslinuxKind::kIsolinux;
  /// The folder where it was installed, where ldlinux.sys or the EFI program stand: "/" or
  /// "/boot/syslinux". ISOLINUX does not use it.
  std::string directory = "/";
  /// isolinux.bin, ldlinux.sys or syslinux.efi: says the version, since 5.00 of which modules are
  /// needed. Without it those that every version would need are judged, but not ldlinux.c32.
  std::optional<ImageView> loader;
};

/// Finds the configuration as the loader does (https://wiki.syslinux.org, "Config") and follows
/// INCLUDE, MENU INCLUDE and CONFIG. For FAT, ext and ISO 9660 alike: isolinux.cfg, syslinux.cfg,
/// extlinux.conf. Looks at the COM32 modules that it needs and at those that they need.
LoaderConfig read_syslinux_config(const LoaderWorld& world, const SyslinuxStart& start,
                                  Findings& findings);

}  // namespace bootproof::inspectors
