#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/loaders/grub_config.h"
#include "inspectors/loaders/loader_config.h"
#include "inspectors/loaders/syslinux_config.h"
#include "tests/inspectors/memory_volume.h"

namespace bootproof::testing {

/// A loader and its volumes, written as text, so that a defect is a change of text and a fuzzer can
/// make more of them. Lines that begin with "%" say what follows:
///
///     %loader grub /boot/grub            or isolinux, syslinux DIRECTORY, syslinux-efi DIRECTORY,
///                                        systemd-boot, startup-nsh
///     %platform i386-pc
///     %volume cd0 iso LABEL UUID         or fat, ext; unreadable for one that can't be read
///     %own                               the loader was started from this volume
///     %xbootldr  %partition UUID LABEL   of this volume
///     %file /boot/grub/grub.cfg          its text, up to the next line that begins with "%"
///     %directory PATH  %link PATH TARGET
///     %module32 PATH LIBRARY...          a COM32 module that needs libraries; %module64,
///     %module-old
///     %embedded                          the text of the configuration in GRUB's image
///     %built-in MODULE...                what GRUB's image has
///     %grub-module PATH MODULE...        a module of GRUB's and those that it needs
class LoaderSample {
 public:
  explicit LoaderSample(std::string_view text);

  /// Reads the configuration as the loader of the sample does.
  [[nodiscard]] inspectors::LoaderConfig read(inspectors::Findings& findings) const;

  [[nodiscard]] const inspectors::LoaderWorld& world() const { return world_; }

 private:
  void add_line(std::string_view line);
  void add_directive(const std::vector<std::string>& words);
  void finish_file();

  std::deque<MemoryVolume> volumes_;
  inspectors::LoaderWorld world_;
  std::string loader_ = "grub";
  std::string directory_ = "/boot/grub";
  std::string embedded_;
  std::string isolinux_;
  std::optional<std::vector<std::string>> built_in_;
  bool has_embedded_ = false;
  std::string path_;  ///< Of the file whose text is being read.
  std::string text_;
};

/// A COM32 module of 5.00 or later with its dynamic section, byte by byte.
std::string com32_module(bool is_64_bit, const std::vector<std::string>& libraries);

/// A module of GRUB's for i386-pc, with no more than its name and the names of those that it needs.
std::string grub_module(const std::string& name, const std::vector<std::string>& dependencies);

/// The findings of a sample that is written as bytes.
std::vector<inspectors::Finding> findings_of_loader(const inspectors::Bytes& bytes);

// Healthy samples.
extern const std::string_view kGrubSample;  ///< A live CD with GRUB, for a BIOS.
extern const std::string_view kGrubEspSample;
extern const std::string_view kGrubCoreSample;     ///< A GPT disk: ESP with a stub, then ext.
extern const std::string_view kIsolinuxSample;     ///< A CD with a menu.
extern const std::string_view kSyslinuxEfiSample;  ///< A FAT stick for UEFI.
extern const std::string_view kSystemdBootSample;  ///< ESP and XBOOTLDR.
extern const std::string_view kStartupNshSample;

/// Replaces the one place of `from`; it is a failure of the test if there is none.
std::string replaced(std::string_view text, std::string_view from, std::string_view to);

}  // namespace bootproof::testing
