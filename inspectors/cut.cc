#include "inspectors/cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace bootproof::inspectors {
namespace {

constexpr std::size_t kMostNamed = 8;

/// Rules that say that something lies behind the end of the image.
constexpr std::array<std::string_view, 18> kBehindTheEnd{
    "apm.partition-outside",
    "el-torito.catalog-outside",
    "el-torito.image-outside",
    "ext.superblock-truncated",
    "fat.truncated",
    "gpt.backup-missing",
    "gpt.entries-outside",
    "gpt.partition-outside",
    "gpt.usable-range",
    "image.partial-sector",
    "iso9660.directory-extent",
    "iso9660.file-extent",
    "iso9660.path-table",
    "iso9660.root-directory",
    "mbr.partition-outside",
    "squashfs.truncated",
    "system-area.esp-short",
    "iso9660.truncated",
};

bool is_behind_the_end(const Finding& finding) {
  return std::find(kBehindTheEnd.begin(), kBehindTheEnd.end(), finding.rule) != kBehindTheEnd.end();
}

const Finding* first_of(const std::vector<Finding>& findings, std::string_view rule) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [&](const Finding& one) { return one.rule == rule; });
  return found == findings.end() ? nullptr : &*found;
}

/// The finding that tells of the cut. A partition outside is one where the backup of its table is
/// gone as well; otherwise its entry is wrong.
const Finding* root_of(const std::vector<Finding>& findings) {
  if (const Finding* const volume = first_of(findings, "iso9660.truncated")) {
    return volume;
  }
  const Finding* const backup = first_of(findings, "gpt.backup-missing");
  if (backup == nullptr) {
    return nullptr;
  }
  const Finding* const partition = first_of(findings, "gpt.partition-outside");
  return partition != nullptr ? partition : backup;
}

}  // namespace

void fold_cut(std::vector<Finding>& findings) {
  const Finding* const root = root_of(findings);
  if (root == nullptr) {
    return;
  }
  std::vector<Finding> left;
  std::size_t place = 0;
  std::size_t count = 0;
  std::string lost;
  for (const Finding& finding : findings) {
    if (&finding == root) {
      place = left.size();
    } else if (is_behind_the_end(finding)) {
      if (count++ < kMostNamed) {
        lost += fmt::format("{}{} ({})", lost.empty() ? "" : "; ", finding.path, finding.rule);
      }
      continue;
    }
    left.push_back(finding);
  }
  if (count == 0) {
    return;
  }
  if (count > kMostNamed) {
    lost += fmt::format("; {} more", count - kMostNamed);
  }
  left[place].found += fmt::format("; with it is lost: {}", lost);
  findings = std::move(left);
}

}  // namespace bootproof::inspectors
