#include "inspectors/iso9660.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "inspectors/cursor.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

template <std::size_t kLength>
using Text = std::array<std::uint8_t, kLength>;

/// What all volume descriptors begin with (ECMA-119, 8.1).
struct DescriptorHead {
  std::uint8_t type;
  Text<5> identifier;
  std::uint8_t version;
};

/// The root directory's record (9.1).
struct RootRecord {
  std::uint8_t length;
  std::uint8_t extended_attribute_length;
  Both32 extent;
  Both32 data_length;
  Text<7> recorded;
  std::uint8_t flags;
  std::uint8_t unit_size;
  std::uint8_t gap_size;
  Both16 volume_sequence_number;
  std::uint8_t identifier_length;
  std::uint8_t identifier;
};
static_assert(sizeof(RootRecord) == 34);

/// A primary or supplementary volume descriptor (8.4, 8.5).
struct VolumeDescriptor {
  DescriptorHead head;
  std::uint8_t flags;
  Text<32> system_id;
  Text<32> volume_id;
  Text<8> unused;
  Both32 volume_blocks;
  Text<32> escape_sequences;
  Both16 volume_set_size;
  Both16 volume_sequence_number;
  Both16 block_size;
  Both32 path_table_bytes;
  Le32 path_table_l;
  Le32 optional_path_table_l;
  Be32 path_table_m;
  Be32 optional_path_table_m;
  RootRecord root;
  Text<128> volume_set_id;
  Text<128> publisher_id;
  Text<128> preparer_id;
  Text<128> application_id;
  Text<37> copyright_file_id;
  Text<37> abstract_file_id;
  Text<37> bibliographic_file_id;
  Text<17> created;
  Text<17> modified;
  Text<17> expires;
  Text<17> effective;
  std::uint8_t file_structure_version;
  Text<1166> rest;
};
static_assert(sizeof(VolumeDescriptor) == kIsoSectorBytes);

/// A boot record as El Torito has it (8.2; El Torito 1.0, figure 7).
struct BootRecordDescriptor {
  DescriptorHead head;
  Text<32> system_id;
  Text<32> boot_id;
  Le32 catalog_lba;
};
static_assert(sizeof(BootRecordDescriptor) == 75);

constexpr std::string_view kIdentifier = "CD001";
constexpr std::string_view kElTorito = "EL TORITO SPECIFICATION";
/// Real media have a handful; a longer set is not read on.
constexpr std::uint64_t kMostDescriptors = 64;

enum DescriptorType : std::uint8_t {
  kBootRecordType = 0,
  kPrimaryType = 1,
  kSupplementaryType = 2,
  kTerminatorType = 255,
};

bool has_identifier(const DescriptorHead& head) {
  return std::equal(kIdentifier.begin(), kIdentifier.end(), head.identifier.begin());
}

std::string_view name_of(IsoVolumeKind kind) {
  switch (kind) {
    case IsoVolumeKind::kPrimary:
      return "primary volume descriptor";
    case IsoVolumeKind::kJoliet:
      return "Joliet volume descriptor";
    case IsoVolumeKind::kEnhanced:
      return "enhanced volume descriptor";
    case IsoVolumeKind::kOther:
      break;
  }
  return "supplementary volume descriptor";
}

IsoVolumeKind kind_of(const VolumeDescriptor& descriptor) {
  if (descriptor.head.type == kPrimaryType) {
    return IsoVolumeKind::kPrimary;
  }
  if (descriptor.head.version == 2) {
    return IsoVolumeKind::kEnhanced;
  }
  // Joliet specification, "Escape sequences": UCS-2 level 1, 2 or 3.
  const auto& escape = descriptor.escape_sequences;
  const bool is_ucs2 = escape[0] == '%' && escape[1] == '/' &&
                       (escape[2] == '@' || escape[2] == 'C' || escape[2] == 'E');
  return is_ucs2 ? IsoVolumeKind::kJoliet : IsoVolumeKind::kOther;
}

/// Reads the set sector by sector.
class Reader {
 public:
  Reader(const ImageView& image, Findings& findings) : image_(image), findings_(findings) {}

  Iso9660 read() {
    std::uint64_t sector = kFirstDescriptorSector;
    for (; !iso_.is_terminated && iso_.descriptor_count < kMostDescriptors; ++sector) {
      if (!read_descriptor(sector)) {
        break;
      }
      ++iso_.descriptor_count;
    }
    if (!iso_.is_terminated) {
      findings_.add(rule("iso9660.no-terminator"), sector * kIsoSectorBytes,
                    "volume descriptor set",
                    iso_.descriptor_count < kMostDescriptors
                        ? fmt::format("no volume descriptor at sector {}", sector)
                        : fmt::format("none within {} descriptors", kMostDescriptors),
                    "type 255 (ECMA-119, 8.3)");
    }
    if (!iso_.primary) {
      findings_.add(rule("iso9660.no-primary"), kFirstDescriptorSector * kIsoSectorBytes,
                    "volume descriptor set",
                    fmt::format("{} descriptors, none of type 1", iso_.descriptor_count),
                    "type 1 (ECMA-119, 8.4)");
    }
    return std::move(iso_);
  }

 private:
  /// False where there is no volume descriptor.
  bool read_descriptor(std::uint64_t sector) {
    const std::uint64_t offset = sector * kIsoSectorBytes;
    const auto head = read_struct<DescriptorHead>(image_, offset);
    if (!head || !image_.contains(offset, kIsoSectorBytes)) {
      return false;
    }
    if (!has_identifier(*head)) {
      iso_.unidentified_sector = iso_.unidentified_sector.value_or(sector);
      // One damaged descriptor among good ones is a defect; otherwise the set just ends.
      const auto next = read_struct<DescriptorHead>(image_, offset + kIsoSectorBytes);
      if (!next || !has_identifier(*next)) {
        return false;
      }
      findings_.add(rule("iso9660.descriptor-identifier"), offset + 1,
                    fmt::format("volume descriptor at sector {}", sector),
                    hex_bytes(head->identifier), "43 44 30 30 31, CD001 (ECMA-119, 8.1.2)");
    }
    switch (head->type) {
      case kBootRecordType:
        check_version(*head, offset, "boot record", 1);
        read_boot_record(sector);
        break;
      case kPrimaryType:
        check_version(*head, offset, name_of(IsoVolumeKind::kPrimary), 1);
        read_volume(offset);
        break;
      case kSupplementaryType:
        check_version(*head, offset, name_of(IsoVolumeKind::kOther), 2);
        read_volume(offset);
        break;
      case kTerminatorType:
        check_version(*head, offset, "volume descriptor set terminator", 1);
        iso_.is_terminated = true;
        break;
      default:  // Volume partitions (8.6) and types that are reserved.
        break;
    }
    return true;
  }

  void check_version(const DescriptorHead& head, std::uint64_t offset, std::string_view path,
                     unsigned most) {
    if (head.version < 1 || head.version > most) {
      findings_.add(rule("iso9660.descriptor-version"), offset + 6, std::string(path),
                    fmt::format("{}", head.version),
                    most == 1 ? "1 (ECMA-119, 8.1.3)" : "1 or 2 (ECMA-119, 8.5.2)");
    }
  }

  void read_boot_record(std::uint64_t sector) {
    const auto descriptor = read_struct<BootRecordDescriptor>(image_, sector * kIsoSectorBytes);
    if (!descriptor) {
      return;
    }
    IsoBootRecord record;
    record.sector = sector;
    record.system_id = printable_text(descriptor->system_id);
    record.is_el_torito = record.system_id == kElTorito;
    record.catalog_lba = descriptor->catalog_lba.value();
    iso_.boot_records.push_back(std::move(record));
  }

  void read_volume(std::uint64_t offset) {
    const auto descriptor = read_struct<VolumeDescriptor>(image_, offset);
    if (!descriptor) {
      return;
    }
    IsoVolume volume;
    volume.kind = kind_of(*descriptor);
    volume.offset = offset;
    const bool is_ucs2 = volume.kind == IsoVolumeKind::kJoliet;
    const auto text = [&](ByteSpan field) {
      return is_ucs2 ? printable_utf16(field, ByteOrder::kBig) : printable_text(field);
    };
    volume.system_id = text(descriptor->system_id);
    volume.volume_id = text(descriptor->volume_id);
    volume.volume_set_id = text(descriptor->volume_set_id);
    volume.publisher_id = text(descriptor->publisher_id);
    volume.preparer_id = text(descriptor->preparer_id);
    volume.application_id = text(descriptor->application_id);
    volume.volume_blocks = descriptor->volume_blocks.value();
    volume.block_size = descriptor->block_size.value();
    volume.path_table_bytes = descriptor->path_table_bytes.value();
    volume.path_table_l = descriptor->path_table_l.value();
    volume.path_table_m = descriptor->path_table_m.value();
    volume.root_block = descriptor->root.extent.value();
    volume.root_bytes = descriptor->root.data_length.value();
    judge_both_endian(*descriptor, volume);
    judge_places(volume);
    judge_root(descriptor->root, volume);
    if (volume.kind != IsoVolumeKind::kPrimary) {
      iso_.supplementary.push_back(std::move(volume));
    } else if (!iso_.primary) {  // More of them are copies (6.7.1.1).
      iso_.primary = std::move(volume);
    }
  }

  template <typename Field>
  void judge_agreement(const Field& field, std::size_t at, std::string_view name,
                       const IsoVolume& volume) {
    if (!field.agrees()) {
      findings_.add(
          rule("iso9660.both-endian"), volume.offset + at,
          fmt::format("{}, {}", name_of(volume.kind), name),
          fmt::format("{} little-endian, {} big-endian", field.little.value(), field.big.value()),
          "the same number twice (ECMA-119, 7.2.3 and 7.3.3)");
    }
  }

  void judge_both_endian(const VolumeDescriptor& d, const IsoVolume& volume) {
    judge_agreement(d.volume_blocks, 80, "volume space size", volume);
    judge_agreement(d.volume_set_size, 120, "volume set size", volume);
    judge_agreement(d.volume_sequence_number, 124, "volume sequence number", volume);
    judge_agreement(d.block_size, 128, "logical block size", volume);
    judge_agreement(d.path_table_bytes, 132, "path table size", volume);
    judge_agreement(d.root.extent, 158, "root directory extent", volume);
    judge_agreement(d.root.data_length, 166, "root directory length", volume);
    judge_agreement(d.root.volume_sequence_number, 184, "root directory volume sequence number",
                    volume);
  }

  [[nodiscard]] bool holds(const IsoVolume& volume, std::uint64_t block,
                           std::uint64_t bytes) const {
    return block != 0 && image_.contains(block * volume.block_size, bytes);
  }

  void judge_places(const IsoVolume& volume) {
    const std::string path(name_of(volume.kind));
    if (volume.block_size != kIsoSectorBytes) {
      findings_.add(rule("iso9660.block-size"), volume.offset + 128, path,
                    fmt::format("{} bytes", volume.block_size), "2048 bytes (ECMA-119, 6.2.2)");
    }
    const std::uint64_t volume_bytes = volume.volume_blocks * volume.block_size;
    if (volume_bytes > image_.size()) {
      findings_.add(rule("iso9660.truncated"), volume.offset + 80, path,
                    fmt::format("an image of {} bytes", image_.size()),
                    fmt::format("at least {} bytes, {} blocks of {} (ECMA-119, 8.4.8)",
                                volume_bytes, volume.volume_blocks, volume.block_size));
    }
    judge_path_table(volume, "little-endian path table", volume.path_table_l, 140);
    judge_path_table(volume, "big-endian path table", volume.path_table_m, 148);
  }

  void judge_path_table(const IsoVolume& volume, std::string_view name, std::uint64_t block,
                        std::uint64_t field) {
    if (!holds(volume, block, volume.path_table_bytes)) {
      findings_.add(rule("iso9660.path-table"), volume.offset + field,
                    fmt::format("{}, {}", name_of(volume.kind), name),
                    fmt::format("{} bytes at block {}", volume.path_table_bytes, block),
                    fmt::format("inside the image of {} bytes (ECMA-119, 8.4.14)", image_.size()));
    }
  }

  void judge_root(const RootRecord& root, const IsoVolume& volume) {
    constexpr unsigned kDirectory = 0x02;
    const std::string path = fmt::format("{}, root directory record", name_of(volume.kind));
    if (root.length != sizeof(RootRecord) || (root.flags & kDirectory) == 0) {
      findings_.add(rule("iso9660.root-not-directory"), volume.offset + 156, path,
                    fmt::format("length {}, flags 0x{:02X}", root.length, root.flags),
                    "length 34, flags with 0x02 (ECMA-119, 9.1.6)");
    }
    if (!holds(volume, volume.root_block, volume.root_bytes)) {
      findings_.add(rule("iso9660.root-directory"), volume.offset + 158, path,
                    fmt::format("{} bytes at block {}", volume.root_bytes, volume.root_block),
                    fmt::format("inside the image of {} bytes (ECMA-119, 8.4.18)", image_.size()));
    }
  }

  ImageView image_;
  Findings& findings_;
  Iso9660 iso_;
};

}  // namespace

const IsoBootRecord* Iso9660::el_torito() const {
  const auto found = std::find_if(boot_records.begin(), boot_records.end(),
                                  [](const IsoBootRecord& record) { return record.is_el_torito; });
  return found == boot_records.end() ? nullptr : &*found;
}

std::optional<Iso9660> read_iso9660(const ImageView& image, Findings& findings) {
  for (const std::uint64_t sector : {kFirstDescriptorSector, kFirstDescriptorSector + 1}) {
    const auto head = read_struct<DescriptorHead>(image, sector * kIsoSectorBytes);
    if (head && has_identifier(*head)) {
      return Reader(image, findings).read();
    }
  }
  return std::nullopt;
}

}  // namespace bootproof::inspectors
