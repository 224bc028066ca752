#include "harness/run/read_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "harness/core/text.h"
#include "harness/run/case_texts.h"

namespace bootproof {
namespace {

using inspectors::BootLink;
using inspectors::BootPart;
using inspectors::BootPath;
using inspectors::ElToritoEntry;
using inspectors::FirmwareClass;
using inspectors::Forecast;

constexpr std::uint64_t kOpticalSector = 2048;
constexpr std::uint8_t kEfiPlatform = 0xEF;  // UEFI 2.10, 13.3.2.1.

/// Causes that no line of the console proves, or that say no more than that nothing came of it.
constexpr std::array<std::string_view, 6> kWanting{"machine.*",    "kernel.silent-console",
                                                   "kernel.hangs", "step.no-match",
                                                   "case.limit",   "firmware.*"};

/// The path of a file in a link's text: "(cd0)/boot/vmlinuz (x86, EFI stub)" names /boot/vmlinuz.
std::string_view path_in(std::string_view text) {
  if (text.starts_with('(')) {
    const std::size_t close = text.find(')');
    text.remove_prefix(close == std::string_view::npos ? text.size() : close + 1);
  }
  return text.starts_with('/') ? text.substr(0, text.find(' ')) : std::string_view();
}

/// The file of the first link of a part that names one on the medium, and that link.
struct LinkedFile {
  const BootLink* link = nullptr;
  std::size_t item = 0;
};

std::optional<LinkedFile> file_of(const MediumFacts& facts, BootPart part) {
  if (facts.path == nullptr || !facts.map) {
    return std::nullopt;
  }
  for (const BootLink& link : facts.path->links) {
    const std::string_view path = link.part == part ? path_in(link.text) : std::string_view();
    if (!path.empty()) {
      if (const std::optional<std::size_t> item = facts.map->find_file(path)) {
        return LinkedFile{&link, *item};
      }
    }
  }
  return std::nullopt;
}

/// Where the link of the kernel stands: in the loader's configuration.
std::optional<std::size_t> configuration_of(const MediumFacts& facts) {
  if (facts.path == nullptr || !facts.map) {
    return std::nullopt;
  }
  const auto& links = facts.path->links;
  const auto kernel = std::find_if(links.begin(), links.end(), [](const BootLink& link) {
    return link.part == BootPart::kKernel;
  });
  if (kernel == links.end()) {
    return std::nullopt;
  }
  const std::optional<std::size_t> item = facts.map->item_at(kernel->offset);
  return item && facts.map->items()[*item].is_file ? item : std::nullopt;
}

std::string with_problem(std::string text, const BootLink& link) {
  return link.problem.empty()
             ? text
             : fmt::format("{}; the inspection says of it: {}", text, link.problem);
}

/// The firmware read the boot catalog, and no boot image that it names.
void judge_catalog(const MediumReads& reads, const MediumFacts& facts,
                   std::vector<std::string>& lines) {
  if (facts.inspection == nullptr || !facts.inspection->el_torito) {
    return;
  }
  const auto& catalog = *facts.inspection->el_torito;
  if (!reads.has_read(std::uint64_t{catalog.catalog_lba} * kOpticalSector)) {
    return;
  }
  const bool is_uefi = facts.path != nullptr && facts.path->firmware != FirmwareClass::kBios;
  std::vector<std::string> entries;
  constexpr std::size_t kMostEntries = 4;
  bool has_efi = false;
  for (const ElToritoEntry& entry : catalog.entries) {
    if (reads.has_read(std::uint64_t{entry.load_rba} * kOpticalSector)) {
      return;
    }
    has_efi = has_efi || entry.platform_id == kEfiPlatform;
    if (entries.size() < kMostEntries) {
      entries.push_back(fmt::format("platform 0x{:02X}{}, image at sector {}", entry.platform_id,
                                    entry.is_bootable() ? "" : ", not bootable", entry.load_rba));
    }
  }
  std::string line =
      fmt::format("the firmware read the boot catalog (sector {}) and never {}",
                  catalog.catalog_lba, entries.size() == 1 ? "the boot image" : "a boot image");
  line += entries.empty() ? ": the catalog has no entry"
                          : fmt::format(": it has {}", fmt::join(entries, "; "));
  if (is_uefi && !has_efi && !entries.empty()) {
    line += "; 0xEF (EFI) expected";
  } else if (const BootLink* weakest = facts.path == nullptr ? nullptr : facts.path->weakest();
             weakest != nullptr && weakest->part == BootPart::kEntry) {
    line += fmt::format("; {}: {}", weakest->text, weakest->problem);
  }
  lines.push_back(std::move(line));
}

/// The loader, its configuration, the kernel and the initramfs, in that order: what was not read.
void judge_files(const Verdict& verdict, const MediumReads& reads, const MediumFacts& facts,
                 std::vector<std::string>& lines) {
  const std::optional<LinkedFile> loader = file_of(facts, BootPart::kLoader);
  const std::optional<std::size_t> configuration = configuration_of(facts);
  const std::optional<LinkedFile> kernel = file_of(facts, BootPart::kKernel);
  const std::optional<LinkedFile> initramfs = file_of(facts, BootPart::kInitramfs);
  const auto was_read = [&](std::size_t item) { return reads.progress(item) != nullptr; };

  const bool found_configuration = configuration && was_read(*configuration);
  if (loader && !was_read(loader->item) && !found_configuration &&
      !(kernel && was_read(kernel->item))) {
    lines.push_back(with_problem(fmt::format("{} was never read", facts.map->label(loader->item)),
                                 *loader->link));
    return;
  }
  if (!kernel) {
    return;
  }
  const std::string kernel_name = facts.map->label(kernel->item);
  if (!was_read(kernel->item)) {
    if (found_configuration) {
      lines.push_back(
          with_problem(fmt::format("the loader read its configuration ({}) and never the kernel {}",
                                   facts.map->label(*configuration), kernel_name),
                       *kernel->link));
    }
    return;
  }
  const bool kernel_is_whole = reads.percent(kernel->item) == 100U;
  if (!kernel_is_whole || !kernel->link->problem.empty()) {
    lines.push_back(with_problem(
        fmt::format("reads of the kernel stop: {}", reads.describe(kernel->item)), *kernel->link));
    return;
  }
  if (!initramfs) {
    return;
  }
  if (!was_read(initramfs->item)) {
    lines.push_back(
        with_problem(fmt::format("the kernel {} was read to its end, the initramfs {} never",
                                 kernel_name, facts.map->label(initramfs->item)),
                     *initramfs->link));
  } else if (reads.percent(initramfs->item) != 100U || !initramfs->link->problem.empty()) {
    lines.push_back(with_problem(
        fmt::format("reads of the initramfs stop: {}", reads.describe(initramfs->item)),
        *initramfs->link));
  } else if (verdict.stage == "loader" || verdict.stage == "kernel-load") {
    lines.push_back(fmt::format(
        "kernel and initramfs ({}, {}) were read to their ends, and nothing of a kernel came "
        "after that",
        kernel_name, facts.map->label(initramfs->item)));
  }
}

}  // namespace

bool wants_reads(const Verdict& verdict) {
  return verdict.outcome == Outcome::kFailed &&
         std::any_of(kWanting.begin(), kWanting.end(),
                     [&](std::string_view glob) { return matches_glob(glob, verdict.cause); });
}

std::vector<std::string> read_evidence(const Verdict& verdict, const MediumReads& reads,
                                       const MediumFacts& facts) {
  std::vector<std::string> lines;
  if (reads.empty()) {
    lines.emplace_back("nothing was read from the medium");
  } else {
    judge_catalog(reads, facts, lines);
    judge_files(verdict, reads, facts, lines);
    lines.push_back(fmt::format("read last: {}", reads.last_text()));
  }
  for (std::string& line : lines) {
    line = fmt::format("{}{}", kReadMark, shortened(escape_for_terminal(line)));
  }
  return lines;
}

Verdict explain_by_reads(Verdict verdict, const MediumReads& reads, const MediumFacts& facts) {
  if (wants_reads(verdict)) {
    std::vector<std::string> lines = read_evidence(verdict, reads, facts);
    verdict.evidence.insert(verdict.evidence.end(), std::make_move_iterator(lines.begin()),
                            std::make_move_iterator(lines.end()));
  }
  return verdict;
}

}  // namespace bootproof
