#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "inspectors/rules.h"
#include "inspectors/volumes/ext_features.h"
#include "inspectors/volumes/ext_volume.h"
#include "inspectors/volumes/syslinux.h"

namespace bootproof::inspectors {
namespace {

// Places of fields, from the volume's begin.
constexpr std::uint64_t kSuperblock = 1024;
constexpr std::uint64_t kBlockCountField = kSuperblock + 0x4;
constexpr std::uint64_t kStateField = kSuperblock + 0x3A;
constexpr std::uint64_t kIncompatibleField = kSuperblock + 0x60;
constexpr std::uint64_t kChecksumField = kSuperblock + 0x3FC;

constexpr std::uint16_t kClean = 1;
constexpr std::uint16_t kHasErrors = 2;

void judge_state(const ExtSuperblock& super, const ImageView& view, Findings& findings) {
  const std::string path = "ext superblock, state";
  const bool has_journal = (super.compatible & ExtFeature::kHasJournal) != 0;
  if ((super.state & kHasErrors) != 0) {
    findings.add(rule("ext.errors"), view.image_offset(kStateField), path,
                 fmt::format("0x{:04X}", super.state), "0x0001");
  } else if (super.needs_recovery()) {
    findings.add(rule("ext.needs-recovery"), view.image_offset(kIncompatibleField),
                 "ext superblock, features", "needs_recovery", "a journal without transactions");
  } else if ((super.state & kClean) == 0 && !has_journal) {
    findings.add(rule("ext.unclean"), view.image_offset(kStateField), path,
                 fmt::format("0x{:04X}", super.state), "0x0001");
  }
}

/// Because of such libext2fs does not open a volume.
bool has_unknown_feature(const ExtSuperblock& super) {
  return std::any_of(super.features.begin(), super.features.end(),
                     [](const std::string& name) { return name.starts_with("FEATURE_"); });
}

}  // namespace

void judge_ext_volume(const ImageView& view, Findings& findings) {
  const auto super = read_ext_superblock(view);
  if (!super || (super->incompatible & ExtFeature::kJournalDevice) != 0) {
    return;  // The journal of another volume has no files.
  }
  if (super->geometry_defect) {
    findings.add(rule("ext.geometry"), view.image_offset(super->geometry_defect->offset),
                 "ext superblock", super->geometry_defect->found, super->geometry_defect->expected);
    return;
  }
  if (super->computed_checksum && *super->computed_checksum != super->checksum) {
    findings.add(rule("ext.superblock-checksum"), view.image_offset(kChecksumField),
                 "ext superblock", fmt::format("0x{:08X}", super->checksum),
                 fmt::format("0x{:08X}", *super->computed_checksum));
  }
  const bool is_cut = super->total_bytes() > view.size();
  if (is_cut) {
    findings.add(rule("ext.superblock-truncated"), view.image_offset(kBlockCountField),
                 "ext superblock, block count",
                 fmt::format("{} blocks of {} bytes", super->block_count, super->block_bytes),
                 fmt::format("at most the {} bytes that are there", view.size()));
  }
  if (const auto names = features_unknown_to_grub(*super); !names.empty()) {
    findings.add(rule("ext.unsupported-by-grub"), view.image_offset(kIncompatibleField),
                 "ext superblock, features", fmt::format("{}", fmt::join(names, ", ")),
                 "none of these");
  }
  judge_state(*super, view, findings);
  const auto volume = open_ext_volume(view);
  if (volume && volume->has_readable_root()) {
    judge_syslinux(*volume, findings);
  } else if (!is_cut && !has_unknown_feature(*super)) {
    findings.add(rule("ext.no-root"), view.offset(), "ext volume, inode 2",
                 "no directory that can be read", "the root directory");
  }
}

}  // namespace bootproof::inspectors
