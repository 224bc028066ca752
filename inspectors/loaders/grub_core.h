#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/loaders/grub_image.h"

namespace bootproof::inspectors {

/// How far GRUB's core image for a BIOS could be read.
enum class GrubCoreState : std::uint8_t {
  kRead,
  kUnknown,   ///< A way of packing that is not read here: nothing is known of what is in it.
  kDamaged,   ///< It does not unpack, and has Reed-Solomon codes that may mend it.
  kUnusable,  ///< It does not start; a finding says why.
};

/// GRUB's core image for i386-pc (core.img): the code that follows diskboot.img or cdboot.img. It
/// has a decompressor (grub-core/boot/i386/pc/startup_raw.S) and behind it, as a raw LZMA stream,
/// the kernel and the area of modules, configuration and prefix.
struct GrubCore {
  GrubCoreState state = GrubCoreState::kUnknown;
  std::string problem;  ///< Why it is not kRead, for people; else empty.
  /// Where the decompressor begins in the image (include/grub/offsets.h:
  /// GRUB_DECOMPRESSOR_I386_PC_...).
  std::uint64_t offset = 0;
  std::uint32_t compressed_bytes = 0;  ///< As it says.
  std::uint32_t unpacked_bytes = 0;    ///< As it says.
  std::uint32_t redundancy_bytes = 0;  ///< Of Reed-Solomon codes behind it, as it says.
  /// Counted from 0, where the boot device was written into it instead of into the prefix.
  std::optional<std::uint8_t> dos_partition;
  std::optional<GrubImage> image;         ///< Where it was read.
  std::unique_ptr<ImageSource> unpacked;  ///< What the views in `image` read from.
};

/// The most that is unpacked of a core image. GRUB itself refuses to make one of more than 480 KiB
/// packed.
inline constexpr std::uint64_t kMostUnpackedCore = std::uint64_t{32} << 20U;

/// Reads and judges the core image whose first sector boot.img loads, as diskboot.img there would
/// load the rest: by the list of blocks at its end. `sector` counts 512 bytes from the begin of the
/// medium; what is outside is judged by the caller (`mbr.grub-core`) and gives kUnusable.
GrubCore read_grub_core(const ImageView& medium, std::uint64_t sector, Findings& findings);

/// The same of what cdboot.img has loaded, without diskboot.img: `content` begins with the
/// decompressor.
GrubCore read_loaded_grub_core(const ImageView& content, Findings& findings);

}  // namespace bootproof::inspectors
