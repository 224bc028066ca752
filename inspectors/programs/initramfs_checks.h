#pragma once

#include <cstdint>
#include <string>

#include "inspectors/finding.h"
#include "inspectors/programs/initramfs.h"
#include "inspectors/programs/initramfs_tree.h"

namespace bootproof::inspectors {

/// The programs that start init: itself, its interpreter, that one's. At most 6: the kernel gives
/// up after 5 (fs/exec.c).
std::vector<InitLink> init_chain(const InitramfsTree& tree, const std::string& rdinit);

/// The modules directories: /lib/modules/* and /usr/lib/modules/*, each once.
std::vector<KernelModules> modules_of(const InitramfsTree& tree);

/// Where busybox is and how many names lead to it.
void count_busybox(const InitramfsTree& tree, Initramfs& initramfs);

/// Judges what the whole amounts to: init and what it needs, the console, modules. `path` names the
/// files, printable; `offset` is that of the first in its image. For what was read to its end.
void judge_initramfs(const InitramfsTree& tree, const Initramfs& initramfs,
                     const InitramfsContext& context, const std::string& path, std::uint64_t offset,
                     Findings& findings);

}  // namespace bootproof::inspectors
