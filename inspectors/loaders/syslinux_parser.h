#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/loaders/loader_files.h"

namespace bootproof::inspectors {

/// A LABEL of a configuration of Syslinux's, with what stands under it. Raw bytes.
struct SyslinuxLabel {
  std::string name;
  std::string menu_label;  ///< Without the "^" before the hot key.
  std::vector<std::string> menus;
  std::string keyword;  ///< "kernel", "linux", "com32", "boot", ... in lower case; empty for none.
  std::string kernel;
  std::optional<std::string> append;
  std::string initrd;
  std::optional<std::string> localboot;
  std::string config;  ///< CONFIG: another configuration.
  bool is_menu_default = false;
  bool is_for_menu = false;  ///< Leads to another menu: MENU EXIT, GOTO, QUIT; a separator.
  std::string file;          ///< Where it stands: printable.
  std::size_t line = 0;
  std::uint64_t offset = 0;
};

/// A line that counts for the whole configuration: its last value and place.
struct SyslinuxSetting {
  std::string value;  ///< Raw.
  std::string place;  ///< "(cd0)/isolinux/isolinux.cfg, line 3".
  std::uint64_t offset = 0;
};

/// A configuration of Syslinux's, with what it includes.
struct SyslinuxScript {
  std::vector<std::string> files;
  std::vector<SyslinuxLabel> labels;
  std::optional<SyslinuxSetting> default_command;
  std::optional<SyslinuxSetting> user_interface;
  std::optional<SyslinuxSetting> on_timeout;
  std::optional<SyslinuxSetting> path;
  std::string append;  ///< For labels without one of their own.
  bool prompts = false;
  std::uint64_t timeout_tenths = 0;  ///< 0 for none.
  bool has_serial = false;
  std::vector<std::string> not_followed;
};

/// Reads a configuration; names in it that are no absolute paths count from `directory`.
SyslinuxScript parse_syslinux_config(LoaderFiles& files, const LoaderFile& file,
                                     const std::string& directory, Findings& findings);

/// A path of a configuration from the root on.
std::string syslinux_path(const std::string& directory, std::string_view name);

}  // namespace bootproof::inspectors
