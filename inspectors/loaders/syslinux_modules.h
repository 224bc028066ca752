#pragma once

#include <string>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/loaders/loader_files.h"
#include "inspectors/loaders/syslinux_config.h"

namespace bootproof::inspectors {

/// What a loader of the Syslinux project takes for a module, and where it looks for libraries.
struct SyslinuxModuleSearch {
  SyslinuxKind kind = SyslinuxKind::kIsolinux;
  unsigned version = 0;              ///< The major one; 0 where it is not known.
  std::vector<std::string> folders;  ///< From the root on, in order.
};

/// Why a module will not run. The texts are printable.
struct SyslinuxModuleProblem {
  Rule rule;
  std::string found;
  std::string expected;
};

/// Whether a COM32 module, and the libraries that it needs, and those that they need, are there and
/// of the right kind. Nothing for a good one.
std::vector<SyslinuxModuleProblem> problems_of_module(LoaderFiles& files, const LoaderFile& module,
                                                      const SyslinuxModuleSearch& search);

}  // namespace bootproof::inspectors
