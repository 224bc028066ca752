#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/programs/compression.h"
#include "inspectors/programs/elf.h"

namespace bootproof::inspectors {

/// The most entries of cpio archives that are looked at, and the most bytes of their names and
/// link targets that are kept. Beyond, the rest is not read and a note says so.
constexpr std::size_t kMostInitramfsEntries = 131072;
constexpr std::size_t kMostInitramfsNameBytes = std::size_t{24} << 20U;
/// The most archives one after the other.
constexpr std::size_t kMostInitramfsParts = 256;

/// One file of those that a loader hands over as the initramfs: `initrd early.img main.img`.
struct InitramfsFile {
  ImageView content;
  std::string path;  ///< For findings; printable.
};

/// What the initramfs is for, as far as it is known: what it is judged by.
struct InitramfsContext {
  Architecture architecture = Architecture::kUnknown;  ///< Of the kernel.
  std::string kernel_release;                          ///< "6.1.0-50-amd64"; empty: unknown.
  std::string rdinit;                                  ///< The argument of `rdinit=`; empty: /init.
  std::optional<bool> has_root;                        ///< Whether the command line has a root=.
  /// What the kernel can unpack, where that is known.
  std::optional<std::vector<Compression>> compressions;
  UnpackLimits limits;
  /// Without it compressed archives are recognised and not unpacked: parts and the microcode are
  /// all that is known, and the rest is not judged.
  bool is_unpacked = true;
};

/// One archive, or several in one compressed stream.
struct InitramfsPart {
  std::size_t file = 0;      ///< Index of the file it stands in.
  std::uint64_t offset = 0;  ///< In that file.
  std::uint64_t size = 0;    ///< In the file, without padding behind it.
  Compression compression = Compression::kNone;
  std::uint64_t unpacked_size = 0;  ///< As far as it was unpacked; `size` where not compressed.
  std::size_t entry_count = 0;      ///< Without the trailers.
  bool has_microcode = false;       ///< kernel/x86/microcode/...
  bool is_complete = false;         ///< Read to its end.
};

/// A directory of modules: lib/modules/VERSION.
struct KernelModules {
  std::string release;     ///< The directory's name; printable.
  std::size_t count = 0;   ///< Files *.ko, *.ko.xz, *.ko.zst, *.ko.gz.
  bool has_index = false;  ///< There is a modules.dep or modules.dep.bin.
};

/// How the kernel starts a file.
enum class ProgramKind : std::uint8_t {
  kMissing,
  kNotAFile,  ///< A directory or a device.
  kScript,    ///< "#!".
  kStaticElf,
  kDynamicElf,
  kUnknown,  ///< None that Linux starts: a script without "#!", another format, an empty file.
};

/// "missing", "not a file", "script", "static ELF program", "dynamic ELF program", "of no known
/// kind".
std::string_view name_of(ProgramKind kind);

/// One program of the chain that starts init.
struct InitLink {
  std::string path;    ///< As it is named: "/init", "/bin/sh". Printable.
  std::string target;  ///< After symbolic links: "/bin/busybox". Printable.
  ProgramKind kind = ProgramKind::kMissing;
  std::uint32_t mode = 0;  ///< With the file type.
  Architecture architecture = Architecture::kUnknown;
  std::string interpreter;        ///< What is started instead, or the dynamic linker. Printable.
  bool is_dangling_link = false;  ///< The name is there, but what it points at is not.
};

/// What the kernel would find in its root file system.
struct Initramfs {
  std::vector<InitramfsPart> parts;
  /// Whether all parts were read to their ends. Where not, nothing below is judged by its absence.
  bool is_complete = false;
  std::size_t entry_count = 0;
  std::uint64_t size = 0;           ///< Of all files together.
  std::uint64_t unpacked_size = 0;  ///< Of all archives: the memory that it takes, roughly.
  std::uint64_t file_bytes = 0;     ///< Content of regular files, replaced ones included.
  bool has_microcode = false;

  /// init, what starts it, what starts that: "/init", "/bin/sh", "/lib/ld-linux.so.2". Empty where
  /// no part was read.
  std::vector<InitLink> init;
  std::optional<std::string> busybox;  ///< Its path; printable.
  std::size_t busybox_links = 0;       ///< Names that lead to it: symbolic and hard links.
  std::vector<KernelModules> modules;  ///< By name.
};

/// "2 parts (microcode, gzip), 2387 entries, 131.1 MiB unpacked, /init -> /bin/sh (/bin/busybox),
/// x86-64": a line for people.
std::string describe(const Initramfs& initramfs);

/// Reads what the kernel would unpack (init/initramfs.c, Documentation/driver-api/early-userspace/
/// buffer-format.rst): cpio archives in the newc format, plain or compressed, one after the other;
/// later entries replace earlier ones. Streams once through all of it; what is kept are names and
/// the heads of programs. Findings are those of the first defect in each file, and those of what
/// the whole amounts to.
Initramfs read_initramfs(std::span<const InitramfsFile> files, const InitramfsContext& context,
                         Findings& findings);

}  // namespace bootproof::inspectors
