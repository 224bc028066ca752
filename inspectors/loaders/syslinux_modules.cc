#include "inspectors/loaders/syslinux_modules.h"

#include <fmt/format.h>

#include <set>
#include <string_view>
#include <utility>

#include "inspectors/loaders/com32_module.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

bool is_right_kind(Com32Kind kind, const SyslinuxModuleSearch& search, LoaderPlatform platform) {
  constexpr unsigned kFirstWithElf = 5;
  if (search.kind == SyslinuxKind::kSyslinuxEfi) {
    return kind == (platform == LoaderPlatform::kUefiIa32 ? Com32Kind::kElf32 : Com32Kind::kElf64);
  }
  if (search.version == 0) {
    return kind == Com32Kind::kOld || kind == Com32Kind::kElf32;
  }
  return kind == (search.version < kFirstWithElf ? Com32Kind::kOld : Com32Kind::kElf32);
}

std::string_view kind_name(Com32Kind kind) {
  switch (kind) {
    case Com32Kind::kOld:
      return "a module of before 5.00";
    case Com32Kind::kElf32:
      return "a 32-bit module of 5.00 or later";
    case Com32Kind::kElf64:
      return "a 64-bit module";
    case Com32Kind::kNone:
      break;
  }
  return "no module";
}

LoaderFile find_library(LoaderFiles& files, std::string_view name,
                        const SyslinuxModuleSearch& search) {
  LoaderFile library;
  for (const std::string& folder : search.folders) {
    library = files.look_up(files.world().own, fmt::format("{}/{}", folder, name));
    if (!library.is_missing) {
      break;
    }
  }
  return library;
}

}  // namespace

std::vector<SyslinuxModuleProblem> problems_of_module(LoaderFiles& files, const LoaderFile& module,
                                                      const SyslinuxModuleSearch& search) {
  constexpr std::size_t kMostLibraries = 32;
  const LoaderWorld& world = files.world();
  std::vector<SyslinuxModuleProblem> problems;
  std::vector<LoaderFile> left{module};
  std::set<std::string> seen;
  while (!left.empty() && seen.size() < kMostLibraries) {
    const LoaderFile file = std::move(left.back());
    left.pop_back();
    if (!file.volume || !file.node || file.node->kind != NodeKind::kFile) {
      continue;
    }
    FileContent content(*world.volumes[*file.volume].volume, *file.node);
    const Com32Module read = read_com32_module(ImageView(content));
    const std::string name = files.name_of(*file.volume, file.path);
    if (!is_right_kind(read.kind, search, world.platform)) {
      problems.push_back({rule("syslinux-config.module-kind"),
                          fmt::format("{} is {}", name, kind_name(read.kind)),
                          search.kind == SyslinuxKind::kSyslinuxEfi ? "a module for this UEFI"
                                                                    : "a module for a BIOS"});
      continue;
    }
    for (const std::string& needed : read.needed) {
      if (!seen.insert(needed).second) {
        continue;
      }
      LoaderFile library = find_library(files, needed, search);
      if (library.is_missing) {
        const std::string printable = printable_text(needed);
        problems.push_back({rule("syslinux-config.library-missing"),
                            fmt::format("no {}, which {} needs", printable, name),
                            fmt::format("{} where the loader looks for modules", printable)});
      } else {
        left.push_back(std::move(library));
      }
    }
  }
  return problems;
}

}  // namespace bootproof::inspectors
