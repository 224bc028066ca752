#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/programs/pe.h"

namespace bootproof::inspectors {

/// A unified kernel image (UAPI group, UKI specification): an EFI stub with kernel, initramfs and
/// command line in sections. Texts are printable.
struct Uki {
  std::string stub;  ///< "systemd-stub 252.39-1~deb12u2"; empty for a stub that is not known.
  std::optional<ImageView> kernel;      ///< .linux.
  std::optional<ImageView> initrd;      ///< .initrd.
  std::optional<ImageView> microcode;   ///< .ucode.
  std::optional<ImageView> devicetree;  ///< .dtb.
  std::optional<ImageView> splash;      ///< .splash, a BMP.
  std::optional<std::string> cmdline;   ///< .cmdline, without the blanks at its end.
  std::string os_name;                  ///< PRETTY_NAME of .osrel; empty where there is none.
  std::string kernel_version;           ///< .uname; empty where there is none.
  std::vector<std::string> sections;    ///< The names of all that belong to the UKI.
};

/// Whether a program is a UKI, or was meant to be one: it has a kernel in a section, or a stub with
/// other sections of a UKI.
bool is_uki(const ImageView& file, const PeImage& pe);

/// Reads a UKI and judges its sections. For a program that is_uki(); otherwise nothing is found.
Uki read_uki(const ImageView& file, const PeImage& pe, const std::string& path, Findings& findings);

/// What a section .sdmagic says: "systemd-boot 252.39-1~deb12u2"; empty where there is none.
std::string sd_magic(const ImageView& file, const PeImage& pe);

}  // namespace bootproof::inspectors
