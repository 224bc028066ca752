#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/volumes/volume.h"

namespace bootproof::inspectors {

/// The machine and firmware that a loader runs on.
enum class LoaderPlatform : std::uint8_t {
  kBios,
  kUefiX64,
  kUefiIa32,
  kUefiAarch64,
  kUefiArm,
  kUefiRiscv64,
};

/// "i386-pc", "x86_64-efi", ... as GRUB names its platforms.
std::string_view name_of(LoaderPlatform platform);

/// A partition or a whole medium, as a loader meets it.
struct LoaderVolume {
  /// GRUB's name of it: "cd0", "hd0", "hd0,gpt1", "hd0,msdos2", "memdisk" for the file system that
  /// an image of GRUB carries. Unique in its world.
  std::string grub_name;
  /// The file system on it, which has to outlive the world; null where there is none that can be
  /// read: what is looked for on such a volume is neither there nor missing, unless it is
  /// unformatted.
  Volume* volume = nullptr;
  /// As PARTUUID= of Linux names it: "3a2f...-..." in lower case for GPT, "1a2b3c4d-01" for an MBR.
  /// Empty for a whole medium.
  std::string partition_uuid;
  std::string partition_label;  ///< Of a GPT partition, as PARTLABEL= of Linux names it.
  bool is_esp = false;          ///< An EFI system partition, or a FAT image that firmware starts.
  bool is_xbootldr = false;     ///< An extended boot loader partition.
  /// There is no mark of any file system or container (volume_marks.h): what is looked for here is
  /// missing. Only where `volume` is null.
  bool is_unformatted = false;
};

/// All that a loader can see of the medium that it was started from.
struct LoaderWorld {
  /// In the order in which a loader goes through devices: a whole medium before its partitions.
  std::vector<LoaderVolume> volumes;
  std::size_t own = 0;  ///< The index of the volume that the loader was started from.
  /// There are partitions that are not listed: what is not found here may be there.
  bool has_more = false;
  LoaderPlatform platform = LoaderPlatform::kBios;
};

/// A file that a configuration names, and what became of it.
struct LoaderFile {
  std::string name;  ///< As the configuration writes it, variables replaced. Printable.
  /// Index in LoaderWorld::volumes; nothing where it is not known which volume is meant, or it is
  /// none of this medium (another disk, the network, a memory disk, a loopback).
  std::optional<std::size_t> volume;
  std::string path;          ///< On the volume, from "/" on: raw bytes, for find().
  std::optional<Node> node;  ///< Where it is there. May be a directory, which is no good either.
  bool is_missing = false;   ///< It was looked for where the loader looks, and is not there.
  /// Why it is missing is told by another finding: a search that finds nothing.
  bool is_explained = false;
  std::string other_case;    ///< Of a missing file: the path that differs in case alone. Printable.
  std::uint64_t offset = 0;  ///< Of the line that names it, in the image.
  std::size_t line = 0;      ///< The same, counted from 1.
};

/// One way to go on that a loader offers: a menu entry, a label, an entry file, a script's program.
/// All texts are printable.
struct LoaderEntry {
  std::string title;
  std::string id;                    ///< GRUB's --id, a label, or the name of the entry's file.
  std::vector<std::string> menus;    ///< The titles of the submenus that it stands in.
  bool is_default = false;           ///< Taken when nobody presses a key, or first in the menu.
  std::optional<LoaderFile> kernel;  ///< A Linux or multiboot kernel.
  std::vector<LoaderFile> initrds;
  std::vector<LoaderFile> modules;         ///< Of multiboot and Xen; a device tree; a COM32 module.
  std::optional<LoaderFile> chain_target;  ///< An EFI program or a boot sector that is started.
  std::string arguments;                   ///< The command line of the kernel, without its name.
  /// What it does where it starts no program: "reboot", "exit", "localboot 0", "menu".
  std::string action;
  std::string file;          ///< The configuration file, "(cd0)/boot/grub/grub.cfg".
  std::size_t line = 0;      ///< Where it begins there, counted from 1.
  std::uint64_t offset = 0;  ///< The same in the image.
  /// Whether it is there, or does this, depends on what only the running machine knows.
  bool is_conditional = false;
  /// Why it will not boot, as far as the configuration and the volumes say; empty for a good one.
  std::vector<std::string> problems;

  /// Whether the kernel is told to say little.
  [[nodiscard]] bool is_quiet() const;
};

/// Which loader a configuration is for.
enum class LoaderKind : std::uint8_t { kGrub, kSyslinux, kSystemdBoot, kEfiShell };

/// "GRUB", "SYSLINUX", "systemd-boot", "EFI shell".
std::string_view name_of(LoaderKind kind);

/// What a loader will do, as its configuration says.
struct LoaderConfig {
  LoaderKind kind = LoaderKind::kGrub;
  /// The files that were read, in order: "(cd0)/boot/grub/grub.cfg". Printable.
  std::vector<std::string> files;
  std::vector<LoaderEntry> entries;
  std::optional<double> timeout_seconds;  ///< Until the default is taken; nothing where it waits.
  /// Nothing happens until somebody presses a key.
  bool waits_for_input = false;
  /// Ends at a prompt ("grub>", "boot:") since there is no configuration or nothing in it to start.
  bool ends_at_prompt = false;
  bool has_serial_terminal = false;  ///< The loader itself talks on a serial line.
  /// What it does was not followed to the end: what is not in the entries may be there all the
  /// same. The reasons, printable: "an unknown command: blscfg".
  std::vector<std::string> not_followed;

  /// The entry that is taken when nobody presses a key; null where there is none.
  [[nodiscard]] const LoaderEntry* default_entry() const;
};

}  // namespace bootproof::inspectors
