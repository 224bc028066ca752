#include "inspectors/loaders/loader_checks.h"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>

#include "inspectors/loaders/kernel_arguments.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// Judges files; one that several entries name is found missing once.
class FileChecks {
 public:
  FileChecks(const LoaderWorld& world, Findings& findings) : world_(world), findings_(findings) {}

  void judge(LoaderEntry& entry) {
    if (entry.kernel) {
      judge(entry, *entry.kernel, rule("loader.kernel-missing"), "kernel");
    }
    for (const LoaderFile& file : entry.initrds) {
      judge(entry, file, rule("loader.initrd-missing"), "initramfs");
    }
    for (const LoaderFile& file : entry.modules) {
      judge(entry, file, rule("loader.module-missing"), "module");
    }
    if (entry.chain_target) {
      judge(entry, *entry.chain_target, rule("loader.chain-target-missing"), "program");
    }
  }

 private:
  void judge(LoaderEntry& entry, const LoaderFile& file, const Rule& missing,
             std::string_view what) {
    const bool is_no_file = file.node && file.node->kind != NodeKind::kFile;
    if (file.is_explained || (!file.is_missing && !is_no_file)) {
      return;
    }
    const std::string name =
        printable_text(fmt::format("({}){}", world_.volumes[*file.volume].grub_name, file.path));
    const std::string_view state = is_no_file ? "is not a file" : "is not there";
    entry.problems.push_back(fmt::format("the {} {} {}", what, name, state));
    if (!judged_.insert({*file.volume, file.path}).second) {
      return;
    }
    const Rule& broken = entry.is_default && !entry.is_conditional
                             ? (file.other_case.empty() ? missing : rule("loader.path-case"))
                             : rule("loader.other-entry-broken");
    findings_.add(broken, file.offset,
                  fmt::format("{}, line {}, entry '{}'", entry.file, file.line, entry.title),
                  fmt::format("{} {}", name, state),
                  file.other_case.empty()
                      ? fmt::format("the {} where the loader looks", what)
                      : fmt::format("{}, as the volume has it", file.other_case));
  }

  const LoaderWorld& world_;
  Findings& findings_;
  std::set<std::pair<std::size_t, std::string>> judged_;
};

}  // namespace

void judge_entries(LoaderConfig& config, const LoaderWorld& world, Findings& findings) {
  FileChecks files(world, findings);
  for (const bool wants_default : {true, false}) {
    for (LoaderEntry& entry : config.entries) {
      if (entry.is_default == wants_default) {
        files.judge(entry);
      }
    }
  }
  for (LoaderEntry& entry : config.entries) {
    if (!entry.is_default) {
      continue;
    }
    if (entry.problems.empty()) {
      judge_kernel_arguments(entry, world, findings);
    }
    if (config.waits_for_input && !config.ends_at_prompt) {
      findings.add(rule("loader.waits-for-input"), entry.offset, entry.file,
                   "no timeout after which an entry is taken", "a timeout, for an unattended boot");
    }
    return;
  }
}

}  // namespace bootproof::inspectors
