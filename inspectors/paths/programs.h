#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/loaders/grub_image.h"
#include "inspectors/programs/authenticode.h"
#include "inspectors/programs/initramfs.h"
#include "inspectors/programs/kernel.h"
#include "inspectors/programs/pe.h"
#include "inspectors/programs/secure_boot.h"
#include "inspectors/programs/uki.h"
#include "inspectors/programs/varstore.h"
#include "inspectors/volumes/volume.h"

namespace bootproof::inspectors {

/// What an EFI program is.
enum class ProgramRole : std::uint8_t {
  kUnknown,
  kShim,
  kGrub,
  kSystemdBoot,
  kSyslinux,
  kUki,
  kLinux,  ///< A kernel with an EFI stub.
};

/// "EFI program", "shim", "GRUB", "systemd-boot", "SYSLINUX", "unified kernel image", "Linux".
std::string_view name_of(ProgramRole role);

/// An EFI program that was read. The content stays where it is.
struct EfiProgram {
  std::string path;  ///< Printable, with its volume: "/EFI/BOOT/BOOTX64.EFI".
  std::unique_ptr<FileContent> content;
  std::optional<PeImage> pe;  ///< Nothing for a file that is no PE program.
  ProgramRole role = ProgramRole::kUnknown;
  std::optional<GrubImage> grub;
  std::unique_ptr<Volume> memdisk;  ///< The file system in a GRUB; null where there is none.
  std::optional<Uki> uki;
  std::optional<Kernel> kernel;  ///< Of a Linux, and what memtest86+ has of one.
  Authenticode authenticode;
  std::string version;  ///< Printable; empty where it does not say.
  /// What makes firmware refuse it, in the words of the first error; empty for a good one.
  std::string defect;
};

/// A kernel that a loader names.
struct KernelFile {
  std::unique_ptr<FileContent> content;
  std::optional<Kernel> kernel;
  std::string defect;
};

/// An initramfs for a kernel.
struct InitramfsImage {
  std::vector<std::unique_ptr<FileContent>> contents;
  Initramfs initramfs;
  std::string defect;
};

/// The files on the way of the boot paths, each read and judged once however many paths lead over
/// it.
class Programs {
 public:
  /// `unpacks`: initramfs archives are unpacked and looked into. `keys`: where the keys of Secure
  /// Boot come from; perhaps none. Both references have to outlive this.
  Programs(Findings& findings, bool unpacks, const KeySource& keys)
      : findings_(findings), unpacks_(unpacks), keys_(keys) {}

  /// `path`: raw, for findings.
  EfiProgram& efi_program(Volume& volume, const Node& node, const std::string& path);
  KernelFile& kernel(Volume& volume, const Node& node, const std::string& path);
  /// An initramfs that stands in a program, a UKI.
  InitramfsImage& initramfs_in(const EfiProgram& program);
  /// The files that a loader hands over together, and what is known of their kernel. Judged anew
  /// for another kernel and for other arguments that matter to it.
  InitramfsImage& initramfs(const std::vector<std::pair<Volume*, Node>>& files,
                            const std::vector<std::string>& paths, const Kernel* kernel,
                            const std::string& arguments);
  /// What Secure Boot makes of a program that the firmware starts, or that `shim` starts or
  /// verifies where that is not null; null where the keys are not known. Both were read here and
  /// are PE programs. Hashes, once for each pair.
  const SecureBootAnswer* secure_boot(const EfiProgram& program, const EfiProgram* shim);

 private:
  using Key = std::pair<const Volume*, std::uint64_t>;
  /// The files, and of InitramfsContext what differs: architecture, release, rdinit, has_root.
  using ArchiveKey = std::tuple<std::vector<Key>, Architecture, std::string, std::string, bool>;

  [[nodiscard]] InitramfsContext context_of(const Kernel* kernel,
                                            const std::string& arguments) const;

  Findings& findings_;
  bool unpacks_;
  const KeySource& keys_;
  std::map<Key, std::unique_ptr<EfiProgram>> programs_;
  std::map<Key, std::unique_ptr<KernelFile>> kernels_;
  std::map<ArchiveKey, std::unique_ptr<InitramfsImage>> archives_;
  std::map<std::vector<Key>, std::vector<Finding>> told_;  ///< Of archives, for any kernel.
  std::map<const EfiProgram*, std::unique_ptr<InitramfsImage>> built_in_;
  std::map<std::pair<const EfiProgram*, const EfiProgram*>, SecureBootAnswer> answers_;
};

/// What the first error among findings says; empty where there is none.
std::string first_error(const std::vector<Finding>& findings);

/// The value of `NAME=` among blank-separated arguments, the last one; nothing where it is not
/// there.
std::optional<std::string> argument_value(std::string_view arguments, std::string_view name);

}  // namespace bootproof::inspectors
