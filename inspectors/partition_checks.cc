#include "inspectors/partition_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "inspectors/rules.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kTable = 446;
constexpr std::uint64_t kAttributesField = 48;  ///< In a GPT entry.
constexpr std::uint64_t kFirstChsField = 1;     ///< In an MBR entry.

std::string path_of(const MbrPartition& entry) {
  return fmt::format("MBR, entry {}", entry.number);
}

/// Types that boot code addresses by cylinder, head and sector.
bool is_chs_type(std::uint8_t type) {
  return type == 0x01 || type == 0x04 || type == 0x06 || type == 0x0B;
}

class Judge {
 public:
  Judge(const Mbr& mbr, const MbrSurroundings& surroundings, const ImageView& image,
        Findings& findings)
      : mbr_(mbr), surroundings_(surroundings), image_(image), findings_(findings) {}

  void judge() {
    judge_active();
    judge_grub();
    judge_missing_code();
    if (surroundings_.gpt != nullptr) {
      judge_protection();
      judge_hybrid(*surroundings_.gpt);
      judge_gpt_code(*surroundings_.gpt);
      judge_esps(*surroundings_.gpt);
    }
  }

 private:
  /// The byte at the end of syslinux's boot code in which altmbr.bin has the partition's number.
  [[nodiscard]] bool names_its_partition() const {
    const Bytes byte = image_.read(439, 1);
    return !byte.empty() && byte[0] != 0;
  }

  void judge_active() {
    std::vector<MbrPartition> all = mbr_.partitions();
    const auto is_active = [](const MbrPartition& entry) { return entry.is_active(); };
    const bool starts_active = mbr_.boot_code == BootCode::kDos ||
                               (mbr_.boot_code == BootCode::kSyslinuxMbr && !names_its_partition());
    const bool has_active = std::any_of(mbr_.entries.begin(), mbr_.entries.end(), is_active) ||
                            std::any_of(all.begin(), all.end(), is_active);
    if (starts_active && !has_active && !all.empty()) {
      findings_.add(
          rule("mbr.no-active"), image_.image_offset(kTable), "MBR",
          fmt::format("{} boot code, no entry with the status 0x80", name_of(mbr_.boot_code)),
          "one entry with the status 0x80");
    }
    for (const MbrPartition& entry : all) {
      if (mbr_.boot_code == BootCode::kDos && entry.is_active() && is_chs_type(entry.type) &&
          !is_possible_chs(entry.first_chs, entry.first_lba)) {
        findings_.add(rule("mbr.chs"), entry.offset + kFirstChsField, path_of(entry),
                      fmt::format("cylinder {}, head {}, sector {}", entry.first_chs.cylinder,
                                  entry.first_chs.head, entry.first_chs.sector),
                      fmt::format("an address of LBA {} on some disk", entry.first_lba));
      }
    }
  }

  /// Whether boot.img leads to a core image. What it leads to is judged where the boot path is
  /// followed.
  void judge_grub() {
    if (mbr_.boot_code != BootCode::kGrub) {
      return;
    }
    const GrubCorePointer pointer = read_grub_core_pointer(image_, image_);
    if (!pointer.leads_somewhere()) {
      findings_.add(rule("mbr.grub-core"), pointer.offset, "MBR, boot code of GRUB",
                    fmt::format("sector {}, {}", pointer.sector,
                                pointer.is_inside ? "all zeros" : "outside the image"),
                    "the first sector of core.img");
    }
  }

  /// What is meant for a BIOS and for nobody else shows that boot code was there.
  void judge_missing_code() {
    if (mbr_.boot_code != BootCode::kNone) {
      return;
    }
    const auto is_active = [](const MbrPartition& entry) {
      return entry.is_active() && !entry.is_protective();
    };
    std::string found;
    if (surroundings_.gpt == nullptr &&
        std::any_of(mbr_.entries.begin(), mbr_.entries.end(), is_active)) {
      found = "zeros, and an active partition";
    } else if (surroundings_.gpt != nullptr) {
      for (const GptPartition& partition : surroundings_.gpt->partitions) {
        if (found.empty() && (partition.is_bios_boot() || partition.is_legacy_bootable())) {
          found = fmt::format(
              "zeros, and GPT partition {} is {}", partition.number,
              partition.is_bios_boot() ? "a BIOS boot partition" : "legacy BIOS bootable");
        }
      }
    }
    if (!found.empty()) {
      findings_.add(rule("mbr.boot-code-missing"), image_.image_offset(0), "MBR, boot code",
                    std::move(found), "boot code that starts it");
    }
  }

  void judge_protection() {
    if (!mbr_.protects_gpt()) {
      return;  // That has been said.
    }
    const MbrPartition* begins_elsewhere = nullptr;
    for (const MbrPartition& entry : mbr_.entries) {
      if (!entry.is_protective()) {
        continue;
      }
      if (entry.first_lba != 1) {
        begins_elsewhere = &entry;
        continue;
      }
      if (entry.is_active()) {
        findings_.add(rule("mbr.protective-active"), entry.offset, path_of(entry), "0x80",
                      "0x00 (UEFI 2.10, table 5.4)");
      }
      return;
    }
    if (begins_elsewhere != nullptr) {
      constexpr std::uint64_t kFirstLbaField = 8;
      findings_.add(rule("mbr.protective-begin"), begins_elsewhere->offset + kFirstLbaField,
                    path_of(*begins_elsewhere), fmt::format("LBA {}", begins_elsewhere->first_lba),
                    "LBA 1 (UEFI 2.10, table 5.4)");
    }
  }

  void judge_hybrid(const Gpt& gpt) {
    if (mbr_.kind != MbrKind::kHybrid) {
      return;
    }
    bool differs = false;
    for (const MbrPartition& entry : mbr_.partitions()) {
      const bool is_known =
          std::any_of(gpt.partitions.begin(), gpt.partitions.end(), [&](const GptPartition& p) {
            return p.first_lba == entry.first_lba &&
                   p.last_lba - p.first_lba + 1 == entry.sector_count;
          });
      if (!is_known) {
        differs = true;
        findings_.add(rule("mbr.hybrid-differs"), entry.offset, path_of(entry),
                      fmt::format("{} sectors from {}", entry.sector_count, entry.first_lba),
                      "the range of a partition of the GPT");
      }
    }
    if (!differs) {
      findings_.add(rule("mbr.hybrid"), image_.image_offset(kTable), "MBR",
                    "other entries beside the one of type 0xEE",
                    "one of type 0xEE alone (UEFI 2.10, 5.2.3)");
    }
  }

  void judge_gpt_code(const Gpt& gpt) {
    const auto bootable = std::count_if(gpt.partitions.begin(), gpt.partitions.end(),
                                        [](const auto& p) { return p.is_legacy_bootable(); });
    if (mbr_.boot_code == BootCode::kSyslinuxGpt && bootable != 1) {
      const Rule& row =
          bootable == 0 ? rule("gpt.no-legacy-bootable") : rule("gpt.several-legacy-bootable");
      findings_.add(row, offset_of(gpt), "GPT",
                    fmt::format("{} partitions with attribute bit 2", bootable),
                    "1 (UEFI 2.10, table 5.8)");
    }
    const bool has_bios_boot = std::any_of(gpt.partitions.begin(), gpt.partitions.end(),
                                           [](const auto& p) { return p.is_bios_boot(); });
    if (mbr_.boot_code == BootCode::kGrub && !has_bios_boot) {
      findings_.add(rule("gpt.no-bios-boot"), offset_of(gpt), "GPT",
                    "no partition of the type BIOS boot", "one, for core.img");
    }
  }

  void judge_esps(const Gpt& gpt) {
    const GptPartition* first = nullptr;
    for (const GptPartition& partition : gpt.partitions) {
      if (!partition.is_esp()) {
        continue;
      }
      const std::string path = fmt::format("GPT, partition {}", partition.number);
      if (partition.has_no_block_io()) {
        findings_.add(rule("gpt.esp-no-block-io"), partition.offset + kAttributesField, path,
                      fmt::format("{}", fmt::join(attribute_names(partition), ", ")),
                      "without bit 1 (UEFI 2.10, table 5.8)");
      }
      if (first != nullptr) {
        findings_.add(rule("gpt.several-esp"), partition.offset, path,
                      fmt::format("an ESP beside partition {}", first->number), "one ESP");
        return;
      }
      first = &partition;
    }
  }

  /// Where the table begins that is used.
  static std::uint64_t offset_of(const Gpt& gpt) {
    return gpt.is_from_backup ? gpt.backup->offset : gpt.primary->offset;
  }

  const Mbr& mbr_;
  const MbrSurroundings& surroundings_;
  ImageView image_;
  Findings& findings_;
};

}  // namespace

bool is_possible_chs(const ChsAddress& chs, std::uint64_t lba) {
  constexpr std::uint64_t kMostSectors = 63;
  constexpr std::uint64_t kMostHeads = 256;
  constexpr std::uint32_t kHighestCylinder = 1023;
  if (chs == ChsAddress{} || chs.cylinder == kHighestCylinder) {
    return true;
  }
  if (chs.sector == 0) {
    return false;
  }
  for (std::uint64_t sectors = chs.sector; sectors <= kMostSectors; ++sectors) {
    for (std::uint64_t heads = chs.head + 1U; heads <= kMostHeads; ++heads) {
      if ((chs.cylinder * heads + chs.head) * sectors + chs.sector - 1 == lba) {
        return true;
      }
    }
  }
  return false;
}

void judge_partition_tables(const Mbr& mbr, const MbrSurroundings& surroundings,
                            const ImageView& image, Findings& findings) {
  if (!surroundings.is_iso) {
    Judge(mbr, surroundings, image, findings).judge();
  }
}

}  // namespace bootproof::inspectors
