#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/loaders/grub_config.h"
#include "inspectors/loaders/grub_core.h"
#include "inspectors/loaders/syslinux_config.h"
#include "inspectors/paths/boot_path.h"
#include "inspectors/paths/open_medium.h"
#include "inspectors/paths/programs.h"
#include "inspectors/paths/trail.h"

namespace bootproof::inspectors {

/// The machine of the EFI programs that firmware starts; that of x86-64 for a BIOS.
std::uint16_t machine_of(FirmwareClass firmware);

/// Follows what firmware of one kind would do with a medium that is attached in one way. Inside
/// this module: find_boot_paths() makes one for each.
class PathFinder {
 public:
  /// What is referred to has to outlive this.
  PathFinder(OpenMedium& medium, Programs& programs, FirmwareClass firmware, Attachment attachment)
      : medium_(medium), programs_(programs), firmware_(firmware), attachment_(attachment) {}

  /// The best way that was found, with or without Secure Boot. Findings are what was found on the
  /// ways since the last call.
  [[nodiscard]] BootPath best_path(bool is_secure, std::vector<Finding>& found);

 private:
  /// A configuration as a loader reads it, in the world that it sees.
  struct ReadConfig {
    LoaderWorld world;
    LoaderConfig config;
    std::vector<Finding> found;
  };
  /// Where the loader was started, from which file (null for one that stands in no file), and what
  /// else it goes by.
  using ConfigKey = std::tuple<const Place*, const FileContent*, std::string>;

  /// Reads a configuration; may add to the world what the loader carries with it.
  using ConfigReader = std::function<LoaderConfig(LoaderWorld&, Findings&)>;

  /// What `read` gives, which is asked once: Secure Boot changes nothing of it.
  const ReadConfig& config_of(const ConfigKey& key, const ConfigReader& read);

  // UEFI: uefi_paths.cc.
  Trail uefi();
  Trail uefi_el_torito();
  /// A doubtful trail for places that were not opened, where there are any.
  void add_passed_over(PlaceKind kind, std::string_view table, std::vector<Trail>& trails) const;
  Trail uefi_volume(Trail trail, Place& place);
  void follow_program(Trail& trail, Place& place, const Node& node, const std::string& path,
                      EfiProgram* shim);
  void check_signature(Trail& trail, EfiProgram& program, EfiProgram* shim);
  void follow_shim(Trail& trail, Place& place, EfiProgram& shim, const std::string& path);
  void follow_uki(Trail& trail, EfiProgram& program);
  [[nodiscard]] std::string loader_path() const;

  // BIOS: bios_paths.cc.
  Trail bios();
  Trail bios_optical();
  Trail bios_disk();
  void follow_mbr(Trail& trail);
  void follow_active_partition(Trail& trail);
  void follow_legacy_boot_partition(Trail& trail);
  void follow_boot_sector(Trail& trail, Place& place);
  void follow_isolinux(Trail& trail);
  void follow_boot_image(Trail& trail, const ElToritoEntry& entry);
  void follow_emulation(Trail& trail, const ElToritoEntry& entry);
  void follow_memtest(Trail& trail);

  // GRUB for a BIOS: bios_grub_paths.cc.
  void follow_grub_cd(Trail& trail, const ElToritoEntry& entry);
  void follow_grub_hybrid(Trail& trail);
  void follow_grub_boot_sector(Trail& trail, const ImageView& boot_sector);
  void follow_grub_core(Trail& trail, GrubCore core);
  void follow_unread_core(Trail& trail);
  void check_hybrid_pointer(Trail& trail);

  // What a loader's configuration leads to: loader_paths.cc.
  void follow_grub(Trail& trail, Place& own, const EfiProgram& grub, EfiProgram* shim);
  /// `memdisk`: the file system in GRUB's image, null where there is none. It outlives this.
  void follow_grub_start(Trail& trail, const ConfigKey& key, const GrubStart& start,
                         Volume* memdisk, EfiProgram* shim);
  /// What of the medium GRUB passes over, and why; both empty where it sees all.
  struct Unseen {
    std::string thing;    ///< "GPT", "ISO 9660".
    std::string problem;  ///< Why GRUB does not use it.
    std::uint64_t offset = 0;
  };
  [[nodiscard]] Unseen unseen_by_grub() const;
  /// `program`: of SYSLINUX for UEFI; null otherwise.
  void follow_syslinux(Trail& trail, Place& own, const EfiProgram* program,
                       const SyslinuxStart& start);
  void follow_systemd_boot(Trail& trail, Place& own, EfiProgram* shim);
  void follow_config(Trail& trail, const ReadConfig& read, EfiProgram* shim);
  void follow_entry(Trail& trail, const ReadConfig& read, const LoaderEntry& entry,
                    EfiProgram* shim);
  [[nodiscard]] bool starts_kernels_as_programs(LoaderKind loader) const;
  void follow_kernel(Trail& trail, const ReadConfig& config, const LoaderEntry& entry,
                     EfiProgram* shim);
  void follow_initrds(Trail& trail, const LoaderWorld& world, const LoaderEntry& entry,
                      const Kernel* kernel);
  static void add_init(Trail& trail, const InitramfsImage& image);
  [[nodiscard]] bool runs(Architecture architecture) const;

  OpenMedium& medium_;
  Programs& programs_;
  FirmwareClass firmware_;
  Attachment attachment_;
  bool is_secure_ = false;
  Findings findings_;
  int chained_ = 0;  ///< Programs that started others.
  std::map<ConfigKey, std::unique_ptr<ReadConfig>> configs_;
};

}  // namespace bootproof::inspectors
