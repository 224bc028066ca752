#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string_view>

#include "inspectors/finding.h"
#include "inspectors/rules/apm_rules.h"
#include "inspectors/rules/authenticode_rules.h"
#include "inspectors/rules/boot_rules.h"
#include "inspectors/rules/el_torito_rules.h"
#include "inspectors/rules/ext_rules.h"
#include "inspectors/rules/fat_rules.h"
#include "inspectors/rules/gpt_rules.h"
#include "inspectors/rules/grub_rules.h"
#include "inspectors/rules/image_rules.h"
#include "inspectors/rules/initramfs_rules.h"
#include "inspectors/rules/iso9660_rules.h"
#include "inspectors/rules/kernel_rules.h"
#include "inspectors/rules/loader_rules.h"
#include "inspectors/rules/mbr_rules.h"
#include "inspectors/rules/pe_rules.h"
#include "inspectors/rules/rock_ridge_rules.h"
#include "inspectors/rules/sbat_rules.h"
#include "inspectors/rules/secure_boot_rules.h"
#include "inspectors/rules/squashfs_rules.h"
#include "inspectors/rules/startup_nsh_rules.h"
#include "inspectors/rules/syslinux_config_rules.h"
#include "inspectors/rules/syslinux_rules.h"
#include "inspectors/rules/system_area_rules.h"
#include "inspectors/rules/systemd_boot_rules.h"
#include "inspectors/rules/uki_rules.h"
#include "inspectors/rules/varstore_rules.h"

namespace bootproof::inspectors {

namespace detail {

/// Arrays of rules one after the other.
template <std::size_t... kSizes>
constexpr auto joined(const std::array<Rule, kSizes>&... tables) {
  std::array<Rule, (kSizes + ...)> all{};
  std::size_t at = 0;
  const auto append = [&](const auto& table) {
    for (const Rule& row : table) {
      all[at++] = row;
    }
  };
  (append(tables), ...);
  return all;
}

}  // namespace detail

/// All rules, sorted by id; each family stands in a file of inspectors/rules. Adding one is adding
/// a row there, the lines that judge, and a medium with that defect in tests/inspectors.
inline constexpr std::array kRules =
    detail::joined(kApmRules, kAuthenticodeRules, kBootRules, kElToritoRules, kExtRules, kFatRules,
                   kGptRules, kGrubRules, kImageRules, kInitramfsRules, kIso9660Rules, kKernelRules,
                   kLoaderRules, kMbrRules, kPeRules, kRockRidgeRules, kSbatRules, kSecureBootRules,
                   kSquashfsRules, kStartupNshRules, kSyslinuxConfigRules, kSyslinuxRules,
                   kSystemAreaRules, kSystemdBootRules, kUkiRules, kVarstoreRules);

/// The row with this id. For the code of inspectors: an id that is not in the table doesn't
/// compile.
consteval const Rule& rule(std::string_view id) {
  const auto* const row =
      std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) { return r.id == id; });
  if (row == kRules.end()) {
    throw std::logic_error("there is no such rule");
  }
  return *row;
}

/// The row with the id of a finding; null where there is none.
const Rule* find_rule(std::string_view id);

}  // namespace bootproof::inspectors
