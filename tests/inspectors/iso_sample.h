#pragma once

#include <cstdint>
#include <string_view>

#include "tests/inspectors/sample_images.h"

namespace bootproof::testing {

/// Places in hybrid_iso(), in sectors of 2048 bytes.
struct HybridPlaces {
  static constexpr std::uint64_t kPrimary = 16;
  static constexpr std::uint64_t kBootRecord = 17;
  static constexpr std::uint64_t kTerminator = 18;
  static constexpr std::uint64_t kContinuation = 19;
  static constexpr std::uint64_t kPathTableL = 20;
  static constexpr std::uint64_t kPathTableM = 21;
  static constexpr std::uint64_t kRoot = 22;
  static constexpr std::uint64_t kCatalog = 23;
  static constexpr std::uint64_t kBoot = 24;  ///< /boot
  static constexpr std::uint64_t kGrub = 25;  ///< /boot/grub, empty
  static constexpr std::uint64_t kDeep = 26;  ///< /boot/deep, relocated
  static constexpr std::uint64_t kLoader = 27;
  static constexpr std::uint64_t kReadme = 29;
  static constexpr std::uint64_t kEsp = 30;  ///< FAT, 28 sectors of 512 bytes.
  static constexpr std::uint64_t kBig = 37;  ///< A file of two extents, 2048 and 100 bytes.
  static constexpr std::uint64_t kSectors = 48;
  static constexpr std::uint64_t kLoaderBytes = 4000;
};

/// 96 KiB: an ISO with Rock Ridge, isolinux (no more of it than its marks) and an image for UEFI;
/// in the system area an isohybrid MBR that leads to both. In the root: boot, readme.txt, big, link
/// (to boot/../readme.txt), isolinux.bin, efi.img, and the relocated directory.
Bytes hybrid_iso();
/// The same with GRUB's image and hybrid MBR in place of isolinux.
Bytes grub_iso();
/// With a GPT beside the MBR: its ESP is the image for UEFI.
Bytes hybrid_iso_with_gpt();
/// With an Apple partition map of blocks of 2048 bytes.
Bytes hybrid_iso_with_apm();
/// Corrects the checksum in the boot info table.
void seal_boot_info(Bytes& iso);

/// Where the directory record with this identifier stands; "\0" and "\1" are "." and "..".
std::uint64_t record_at(const Bytes& iso, std::uint64_t directory_sector,
                        std::string_view identifier);
/// Where its system use entry with this signature stands.
std::uint64_t entry_at(const Bytes& iso, std::uint64_t record, std::string_view signature);

}  // namespace bootproof::testing
