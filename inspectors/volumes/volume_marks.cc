#include "inspectors/volumes/volume_marks.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace bootproof::inspectors {
namespace {

using namespace std::string_view_literals;

struct Mark {
  std::string_view name;
  std::uint64_t offset;  ///< From the volume's begin.
  std::string_view bytes;
};

/// As the modules of GRUB 2.06 look for them (grub-core/fs, grub-core/disk).
constexpr std::array kMarks{
    Mark{"ext", 0x438, "\x53\xEF"sv},
    Mark{"FAT", 0x36, "FAT"sv},
    Mark{"FAT", 0x52, "FAT"sv},
    Mark{"exFAT", 3, "EXFAT   "sv},
    Mark{"NTFS", 3, "NTFS    "sv},
    Mark{"ISO 9660", 0x8001, "CD001"sv},
    Mark{"UDF", 0x8001, "BEA01"sv},
    Mark{"UDF", 0x8001, "NSR0"sv},
    Mark{"btrfs", 0x10040, "_BHRfS_M"sv},
    Mark{"XFS", 0, "XFSB"sv},
    Mark{"F2FS", 0x400, "\x10\x20\xF5\xF2"sv},
    Mark{"squashfs", 0, "hsqs"sv},
    Mark{"squashfs", 0, "sqsh"sv},
    Mark{"ReiserFS", 0x10034, "ReIsEr"sv},
    Mark{"ReiserFS", 0x2034, "ReIsEr"sv},
    Mark{"JFS", 0x8000, "JFS1"sv},
    Mark{"HFS", 0x400, "BD"sv},
    Mark{"HFS+", 0x400, "H+"sv},
    Mark{"HFS+", 0x400, "HX"sv},
    Mark{"NILFS2", 0x406, "\x34\x34"sv},
    Mark{"ROMFS", 0, "-rom1fs-"sv},
    Mark{"CBFS", 0, "LARCHIVE"sv},
    Mark{"BFS", 0x220, "1SFB"sv},
    Mark{"AFFS", 0, "DOS"sv},
    Mark{"SFS", 0, "SFS"sv},
    Mark{"cpio", 0, "070701"sv},
    Mark{"cpio", 0, "070702"sv},
    Mark{"cpio", 0, "070707"sv},
    Mark{"cpio", 0, "\xC7\x71"sv},
    Mark{"tar", 257, "ustar"sv},
    Mark{"Minix", 0x410, "\x7F\x13"sv},
    Mark{"Minix", 0x410, "\x8F\x13"sv},
    Mark{"Minix", 0x410, "\x68\x24"sv},
    Mark{"Minix", 0x410, "\x78\x24"sv},
    Mark{"Minix", 0x418, "\x5A\x4D"sv},
    Mark{"UFS", 0x255C, "\x54\x19\x01\x00"sv},
    Mark{"UFS", 0x255C, "\x00\x01\x19\x54"sv},
    Mark{"UFS", 0x1055C, "\x19\x01\x54\x19"sv},
    Mark{"UFS", 0x4055C, "\x19\x01\x54\x19"sv},
    Mark{"EROFS", 0x400, "\xE2\xE1\xF5\xE0"sv},
    Mark{"bcachefs", 0x1018, "\xC6\x85\x73\xF6"sv},
    Mark{"LUKS", 0, "LUKS\xBA\xBE"sv},
    Mark{"LVM", 0x000, "LABELONE"sv},
    Mark{"LVM", 0x200, "LABELONE"sv},
    Mark{"LVM", 0x400, "LABELONE"sv},
    Mark{"LVM", 0x600, "LABELONE"sv},
    Mark{"RAID", 0x0, "\xFC\x4E\x2B\xA9"sv},
    Mark{"RAID", 0x1000, "\xFC\x4E\x2B\xA9"sv},
    Mark{"BitLocker", 3, "-FVE-FS-"sv},
};

bool stands_at(const ImageView& volume, std::uint64_t offset, std::string_view bytes) {
  const Bytes read = volume.read(offset, bytes.size());
  return std::equal(read.begin(), read.end(), bytes.begin(), bytes.end(),
                    [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
}

/// Records of RAID that stand at the end (md 0.90 and 1.0; grub-core/disk/mdraid_linux.c) and the
/// labels of ZFS, whose uberblocks stand anywhere in the first 256 KiB behind a pair list.
bool has_mark_elsewhere(const ImageView& volume) {
  constexpr std::uint64_t kBlock = 64U << 10U;
  constexpr auto kRaid = "\xFC\x4E\x2B\xA9"sv;
  constexpr std::uint64_t kLastSectors = 16;
  constexpr std::uint64_t kSector = 512;
  if (volume.size() >= 2 * kBlock) {
    const std::uint64_t at_end = volume.size() / kBlock * kBlock - kBlock;
    if (stands_at(volume, at_end, kRaid)) {
      return true;
    }
    const std::uint64_t version_1 = (volume.size() / kSector - kLastSectors) / 8 * 8 * kSector;
    if (stands_at(volume, version_1, kRaid)) {
      return true;
    }
  }
  constexpr std::uint64_t kZfsPairs = 0x4000;
  constexpr std::uint64_t kZfsPairBytes = 4096;
  constexpr auto kZfsName = "pool_guid"sv;
  const Bytes pairs = volume.read(kZfsPairs, kZfsPairBytes);
  return std::search(pairs.begin(), pairs.end(), kZfsName.begin(), kZfsName.end(),
                     [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }) !=
         pairs.end();
}

}  // namespace

std::string_view mark_of_volume(const ImageView& volume) {
  const auto* const mark = std::find_if(kMarks.begin(), kMarks.end(), [&](const Mark& one) {
    return stands_at(volume, one.offset, one.bytes);
  });
  if (mark != kMarks.end()) {
    return mark->name;
  }
  return has_mark_elsewhere(volume) ? "RAID or ZFS" : std::string_view();
}

}  // namespace bootproof::inspectors
