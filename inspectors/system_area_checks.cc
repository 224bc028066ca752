#include "inspectors/system_area_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "inspectors/fat_boot_sector.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

std::string path_of(const MediumRange& range) {
  return range.source == RangeSource::kElTorito
             ? fmt::format("boot catalog, entry {}", range.number)
             : fmt::format("{}, partition {}", name_of(range.source), range.number);
}

std::string place_of(const MediumRange& range) {
  return range.byte_count == 0
             ? fmt::format("from byte {}", range.first_byte)
             : fmt::format("{} bytes from byte {}", range.byte_count, range.first_byte);
}

/// Judges what a stick with the ISO would show.
class Judge {
 public:
  Judge(const ImageView& image, const SystemArea& area, const SystemAreaSurroundings& surroundings,
        Findings& findings)
      : image_(image), area_(area), surroundings_(surroundings), findings_(findings) {}

  void judge() {
    if (area_.pointer) {
      judge_pointer(*area_.pointer);
    }
    const MediumRange* const by_mbr = area_.find(RangeSource::kMbr, RangeRole::kEsp);
    const MediumRange* const by_gpt = area_.find(RangeSource::kGpt, RangeRole::kEsp);
    const bool mbr_is_good = by_mbr != nullptr && judge_esp(*by_mbr);
    const bool gpt_is_good =
        by_gpt != nullptr && (same_place(by_gpt, by_mbr) ? mbr_is_good : judge_esp(*by_gpt));
    if (by_mbr != nullptr && by_gpt != nullptr && !same_place(by_gpt, by_mbr)) {
      // Which of the two is wrong where one of them is no FAT volume has been said.
      if (mbr_is_good && gpt_is_good) {
        findings_.add(
            rule("system-area.esp-differs"), by_mbr->entry_offset, path_of(*by_mbr),
            place_of(*by_mbr),
            fmt::format("{} as in the GPT's partition {}", place_of(*by_gpt), by_gpt->number));
      }
    } else if (mbr_is_good || gpt_is_good) {
      judge_against_el_torito(mbr_is_good ? *by_mbr : *by_gpt);
    }
    if (area_.esp_of_stick() == nullptr) {
      judge_missing_esp();
    }
    judge_active();
    judge_missing_code();
  }

 private:
  static bool same_place(const MediumRange* a, const MediumRange* b) {
    return a != nullptr && b != nullptr && a->first_byte == b->first_byte;
  }

  void judge_pointer(const HybridPointer& pointer) {
    const bool is_grub = surroundings_.mbr->boot_code == BootCode::kGrubHybrid;
    if (pointer.expected_lba && pointer.lba != *pointer.expected_lba) {
      findings_.add(
          is_grub ? rule("system-area.grub-pointer") : rule("system-area.isohybrid-pointer"),
          pointer.offset, "MBR boot code", fmt::format("LBA {}", pointer.lba),
          fmt::format("LBA {}, {} the boot catalog's image for a BIOS", *pointer.expected_lba,
                      is_grub ? "four sectors into" : "that of"));
    } else if (!is_grub) {
      judge_isolinux(pointer);
    }
  }

  /// isohybrid code looks for a mark in isolinux.bin before it starts it.
  void judge_isolinux(const HybridPointer& pointer) {
    constexpr std::uint64_t kMarkField = 64;
    constexpr std::array<std::uint8_t, 4> kMark{0xFB, 0xC0, 0x78, 0x70};
    const std::uint64_t at = pointer.lba * kSectorBytes + kMarkField;
    const Bytes mark = image_.read(at, kMark.size());
    if (mark.empty()) {
      return;  // el-torito.image-outside has it.
    }
    if (!std::equal(mark.begin(), mark.end(), kMark.begin(), kMark.end())) {
      findings_.add(rule("system-area.isohybrid-image"), image_.image_offset(at), "MBR boot code",
                    hex_bytes(mark), hex_bytes(kMark) + " at byte 64 of isolinux.bin");
    }
  }

  /// Whether it is one that UEFI can read.
  bool judge_esp(const MediumRange& esp) {
    if (!image_.contains(esp.first_byte, std::max<std::uint64_t>(esp.byte_count, 1))) {
      return false;  // Rules of its table have it.
    }
    const auto fat = recognise_fat(image_.subview(esp.first_byte, esp.byte_count));
    if (!fat) {
      findings_.add(rule("system-area.esp-not-fat"), image_.image_offset(esp.first_byte),
                    path_of(esp), "no boot sector of a FAT volume",
                    fmt::format("FAT volume, {}", place_of(esp)));
      return false;
    }
    if (fat->total_bytes() > esp.byte_count) {
      findings_.add(rule("system-area.esp-short"), esp.entry_offset, path_of(esp), place_of(esp),
                    fmt::format("at least {} bytes, {} sectors of {}", fat->total_bytes(),
                                fat->total_sectors, fat->bytes_per_sector));
      return false;
    }
    return true;
  }

  void judge_against_el_torito(const MediumRange& esp) {
    const MediumRange* first = nullptr;
    for (const MediumRange& range : area_.ranges) {
      if (range.source == RangeSource::kElTorito && range.role == RangeRole::kEsp) {
        if (range.first_byte == esp.first_byte) {
          return;
        }
        first = first == nullptr ? &range : first;
      }
    }
    if (first != nullptr) {
      findings_.add(rule("system-area.esp-not-el-torito"), esp.entry_offset, path_of(esp),
                    place_of(esp),
                    fmt::format("{} as in the {}", place_of(*first), path_of(*first)));
    }
  }

  /// An ISO that is made for sticks, and for UEFI on discs alone.
  void judge_missing_esp() {
    const MediumRange* const image = area_.find(RangeSource::kElTorito, RangeRole::kEsp);
    const bool is_for_sticks = area_.pointer ||
                               area_.find(RangeSource::kMbr, RangeRole::kWholeIso) != nullptr ||
                               area_.find(RangeSource::kGpt, RangeRole::kWholeIso) != nullptr;
    if (image != nullptr && is_for_sticks) {
      constexpr std::uint64_t kTable = 446;
      findings_.add(rule("system-area.no-esp"), image_.image_offset(kTable), "MBR",
                    "no partition of type 0xEF",
                    fmt::format("one, {} as in the {}", place_of(*image), path_of(*image)));
    }
  }

  void judge_active() {
    constexpr std::uint64_t kTable = 446;
    const Mbr* const mbr = surroundings_.mbr;
    if (!area_.pointer || mbr == nullptr || mbr->kind == MbrKind::kNoTable) {
      return;
    }
    const bool is_active = std::any_of(mbr->entries.begin(), mbr->entries.end(),
                                       [](const auto& entry) { return entry.is_active(); });
    const bool is_used = std::any_of(mbr->entries.begin(), mbr->entries.end(),
                                     [](const auto& entry) { return entry.is_used(); });
    if (is_used && !is_active) {
      findings_.add(rule("system-area.no-active"), image_.image_offset(kTable), "MBR",
                    "no entry with status 0x80", "one");
    }
  }

  /// An active entry is for a BIOS alone; that one is meant shows the boot catalog.
  void judge_missing_code() {
    const Mbr* const mbr = surroundings_.mbr;
    const ElTorito* const el_torito = surroundings_.el_torito;
    if (mbr == nullptr || mbr->boot_code != BootCode::kNone || mbr->kind == MbrKind::kNoTable ||
        el_torito == nullptr || el_torito->entries.empty()) {
      return;
    }
    const bool is_active = std::any_of(mbr->entries.begin(), mbr->entries.end(), [](const auto& e) {
      return e.is_active() && !e.is_protective();
    });
    const ElToritoEntry& initial = el_torito->entries.front();
    if (is_active && initial.is_bootable() && initial.platform_id == kPlatformX86) {
      findings_.add(rule("mbr.boot-code-missing"), image_.image_offset(0), "MBR, boot code",
                    "zeros, and an active partition", "boot code that starts the boot image");
    }
  }

  ImageView image_;
  const SystemArea& area_;
  const SystemAreaSurroundings& surroundings_;
  Findings& findings_;
};

}  // namespace

void judge_system_area(const ImageView& image, const SystemArea& area,
                       const SystemAreaSurroundings& surroundings, Findings& findings) {
  Judge(image, area, surroundings, findings).judge();
}

}  // namespace bootproof::inspectors
