#include "inspectors/el_torito_checks.h"

#include <fmt/format.h>

#include <utility>

#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

// Places of fields in an entry.
constexpr std::uint64_t kMediaTypeField = 1;
constexpr std::uint64_t kSectorCountField = 6;
constexpr std::uint64_t kLoadRbaField = 8;

std::string path_of(const ElToritoEntry& entry) {
  const std::string platform = platform_name(entry.platform_id);
  return entry.section == 0
             ? fmt::format("boot catalog, initial entry ({})", platform)
             : fmt::format("boot catalog, section {} entry ({})", entry.section, platform);
}

/// Judges what stands at the load RBA. One defect there is one finding.
void judge_image(const ElToritoEntry& entry, const ImageView& image, Findings& findings) {
  const std::string path = path_of(entry);
  const std::uint64_t field = entry.offset + kLoadRbaField;
  if (entry.load_rba <= kFirstDescriptorSector + 1) {
    findings.add(rule("el-torito.load-rba"), field, path, fmt::format("sector {}", entry.load_rba),
                 "a sector behind the descriptors");
  } else if (!entry.is_inside) {
    findings.add(rule("el-torito.image-outside"), field, path,
                 fmt::format("{} bytes from sector {}", bytes_that_are_read(entry), entry.load_rba),
                 fmt::format("inside the image of {} sectors", image.size() / kIsoSectorBytes));
  } else if (entry.content == BootImage::kBlank) {
    findings.add(rule("el-torito.image-blank"), entry.load_rba * kIsoSectorBytes, path, "zeros",
                 "a boot image");
  } else if (entry.platform_id == kPlatformUefi && !entry.fat) {
    findings.add(rule("el-torito.uefi-not-fat"), entry.load_rba * kIsoSectorBytes, path,
                 std::string(name_of(entry.content)), "FAT volume (UEFI 2.10, 13.3.2.1)");
  }
}

}  // namespace

std::uint64_t bytes_that_are_read(const ElToritoEntry& entry) {
  constexpr std::uint64_t kSectorBytes = 512;
  constexpr std::uint64_t kKibibyte = 1024;
  switch (entry.media_type) {
    case 1:
      return 1200 * kKibibyte;
    case 2:
      return 1440 * kKibibyte;
    case 3:
      return 2880 * kKibibyte;
    default:
      break;
  }
  // UEFI takes a count of 0 or 1 for "to the end of the medium": one sector has to be there.
  return entry.sector_count == 0 ? kSectorBytes : entry.sector_count * kSectorBytes;
}

void judge_platform(std::uint8_t platform_id, std::uint64_t offset, std::string path,
                    Findings& findings) {
  switch (platform_id) {
    case kPlatformX86:
    case kPlatformPowerPc:
    case kPlatformMac:
    case kPlatformUefi:
      return;
    default:
      findings.add(rule("el-torito.platform-unknown"), offset, std::move(path),
                   fmt::format("0x{:02X}", platform_id),
                   "0x00, 0x01, 0x02 or 0xEF (UEFI 2.10, 13.3.2.1)");
  }
}

void judge_validation(const ElToritoValidation& validation, ByteSpan bytes, Findings& findings) {
  constexpr std::string_view kPath = "boot catalog, validation entry";
  constexpr std::uint64_t kChecksumField = 28;
  constexpr std::uint64_t kKeyField = 30;
  if (!validation.has_header_id) {
    findings.add(rule("el-torito.validation-header"), validation.offset, std::string(kPath),
                 fmt::format("0x{:02X}", bytes[0]), "0x01 (El Torito 1.0, figure 2)");
  }
  if (!validation.has_key) {
    findings.add(rule("el-torito.validation-key"), validation.offset + kKeyField,
                 std::string(kPath), hex_bytes(bytes.subspan(kKeyField, 2)),
                 "55 aa (El Torito 1.0, figure 2)");
  }
  // A record without its marks is no validation entry: its sum says nothing.
  if (validation.has_header_id && validation.has_key) {
    judge_platform(validation.platform_id, validation.offset + 1, std::string(kPath), findings);
    if (!validation.adds_up) {
      findings.add(rule("el-torito.validation-checksum"), validation.offset + kChecksumField,
                   std::string(kPath), hex_bytes(bytes.subspan(kChecksumField, 2)),
                   "words that add up to 0 (El Torito 1.0, figure 2)");
    }
  }
}

void judge_entry(const ElToritoEntry& entry, const ImageView& image, Findings& findings) {
  constexpr std::uint8_t kNotBootable = 0x00;
  constexpr std::uint8_t kHighestMediaType = 4;
  const std::string path = path_of(entry);
  if (!entry.is_bootable()) {
    if (entry.indicator != kNotBootable) {
      findings.add(rule("el-torito.entry-indicator"), entry.offset, path,
                   fmt::format("0x{:02X}", entry.indicator),
                   "0x88 or 0x00 (El Torito 1.0, figure 3)");
    } else {
      findings.add(entry.section == 0 ? rule("el-torito.initial-not-bootable")
                                      : rule("el-torito.entry-not-bootable"),
                   entry.offset, path, "0x00", "0x88 (El Torito 1.0, figure 3)");
    }
    return;  // Nobody follows the rest.
  }
  if (entry.media_type > kHighestMediaType) {
    findings.add(rule("el-torito.media-type"), entry.offset + kMediaTypeField, path,
                 fmt::format("{}", entry.media_type), "0 to 4 (El Torito 1.0, figure 3)");
  } else if (entry.media_type != 0 && entry.platform_id == kPlatformUefi) {
    findings.add(rule("el-torito.uefi-emulation"), entry.offset + kMediaTypeField, path,
                 media_type_name(entry.media_type), "no emulation (UEFI 2.10, 13.3.2.1)");
  }
  if (entry.media_type != 0 && entry.platform_id == kPlatformX86 && is_cd_loader(entry.content)) {
    findings.add(
        rule("el-torito.emulation"), entry.offset + kMediaTypeField, path,
        fmt::format("{} for {}", media_type_name(entry.media_type), name_of(entry.content)),
        "no emulation (El Torito 1.0, figure 3)");
  }
  if (is_cd_loader(entry.content) && entry.platform_id != kPlatformX86 &&
      entry.platform_id != kPlatformUefi) {
    findings.add(rule("el-torito.platform-loader"), entry.offset, path,
                 fmt::format("{} for {}", name_of(entry.content), platform_name(entry.platform_id)),
                 "the platform ID 0x00 (El Torito 1.0, figure 2)");
  }
  if (entry.sector_count == 0 && entry.platform_id == kPlatformX86) {
    findings.add(rule("el-torito.sector-count"), entry.offset + kSectorCountField, path, "0",
                 "the load size in sectors of 512 bytes, 4 for most loaders");
  }
  judge_image(entry, image, findings);
}

bool ends_before_its_begin(const ElToritoEntry& entry, const Iso9660& iso) {
  return entry.sector_count < 2 && iso.primary && iso.primary->block_size == kIsoSectorBytes &&
         entry.load_rba >= iso.primary->volume_blocks;
}

void judge_sizes(const ElTorito& el_torito, const Iso9660& iso, Findings& findings) {
  for (const ElToritoEntry& entry : el_torito.entries) {
    if (entry.platform_id == kPlatformUefi && entry.is_bootable() && entry.is_inside &&
        ends_before_its_begin(entry, iso)) {
      findings.add(rule("el-torito.uefi-behind-volume"), entry.offset + kSectorCountField,
                   "boot catalog",
                   fmt::format("{} sectors at block {}, the volume ends at {}", entry.sector_count,
                               entry.load_rba, iso.primary->volume_blocks),
                   "a size in sectors of 512 bytes, or an image inside the volume");
    }
  }
}

}  // namespace bootproof::inspectors
