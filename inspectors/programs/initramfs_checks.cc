#include "inspectors/programs/initramfs_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint32_t kExecutable = 0111;
constexpr std::size_t kMostChain = 6;

/// The last part of a path.
std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// A link and what is not shown of it.
struct RawLink {
  InitLink link;
  std::string interpreter;  ///< Raw.
  std::string line;         ///< Raw first line of a script.
  std::vector<std::string> absent_libraries;
  std::uint64_t offset = 0;
};

/// The libraries that no directory has, wherever the dynamic linker may look. That of musl stands
/// for those of its C library itself.
std::vector<std::string> absent_libraries(const InitramfsTree& tree, const ProgramHead& head) {
  std::vector<std::string> absent = tree.absent(head.libraries);
  if (last_part(head.interpreter).starts_with("ld-musl")) {
    std::erase_if(absent, [](const std::string& name) {
      constexpr std::array<std::string_view, 8> kOwn{"libc.so",    "libc.musl-", "libpthread.so",
                                                     "librt.so",   "libm.so",    "libdl.so",
                                                     "libutil.so", "libxnet.so"};
      return std::any_of(kOwn.begin(), kOwn.end(),
                         [&](std::string_view own) { return name.starts_with(own); });
    });
  }
  std::erase_if(absent,
                [](const std::string& name) { return name.find('/') != std::string::npos; });
  return absent;
}

RawLink read_link(const InitramfsTree& tree, const std::string& path) {
  RawLink raw;
  raw.link.path = printable_text(path);
  const InitramfsTree::Found found = tree.find(path);
  raw.link.is_dangling_link = found.is_dangling_link;
  if (!found.node) {
    return raw;
  }
  const InitramfsTree::Node& node = tree.node(*found.node);
  raw.offset = node.image_offset;
  raw.link.target = printable_text(found.path);
  raw.link.mode = node.mode;
  if (!node.is(kTypeRegular)) {
    raw.link.kind = ProgramKind::kNotAFile;
    return raw;
  }
  raw.link.kind = ProgramKind::kUnknown;
  if (node.head) {
    raw.link.kind = node.head->kind;
    raw.link.architecture = node.head->architecture;
    raw.link.interpreter = printable_text(node.head->interpreter);
    raw.interpreter = node.head->interpreter;
    raw.line = node.head->line;
    raw.absent_libraries = absent_libraries(tree, *node.head);
  }
  return raw;
}

std::string init_path(const std::string& rdinit) { return rdinit.empty() ? "/init" : rdinit; }

std::vector<RawLink> raw_chain(const InitramfsTree& tree, const std::string& rdinit) {
  std::vector<RawLink> chain;
  std::string path = init_path(rdinit);
  while (!path.empty() && chain.size() < kMostChain) {
    chain.push_back(read_link(tree, path));
    // A dynamic linker is started as it is, whatever it asks for itself.
    const bool is_linker =
        chain.size() > 1 && chain[chain.size() - 2].link.kind == ProgramKind::kDynamicElf;
    path = is_linker ? std::string() : chain.back().interpreter;
  }
  return chain;
}

bool runs_on(Architecture program, Architecture kernel) {
  return program == kernel || (program == Architecture::kX86 && kernel == Architecture::kX86_64) ||
         (program == Architecture::kArm && kernel == Architecture::kArm64) ||
         (program == Architecture::kRiscv32 && kernel == Architecture::kRiscv64);
}

bool is_elf(const InitLink& link) {
  return link.kind == ProgramKind::kStaticElf || link.kind == ProgramKind::kDynamicElf;
}

std::string mode_text(std::uint32_t mode) { return fmt::format("mode {:04o}", mode & 07777U); }

/// Judges the chain from init on; ends at its first defect.
class ChainJudge {
 public:
  ChainJudge(const std::vector<RawLink>& chain, const InitramfsContext& context,
             const std::string& path, std::uint64_t offset, Findings& findings)
      : chain_(chain), context_(context), path_(path), offset_(offset), findings_(findings) {}

  void judge() {
    for (std::size_t i = 0; i < chain_.size(); ++i) {
      const bool is_right = i == 0 ? judge_init() : judge_interpreter(chain_[i - 1], chain_[i]);
      if (!is_right || !judge_architecture(i) || !judge_line(chain_[i])) {
        return;
      }
    }
    // The linker comes first: without it no library is asked for.
    for (const RawLink& link : chain_) {
      judge_libraries(link);
    }
  }

 private:
  bool add(const Rule& rule, const RawLink& link, std::string found, std::string expected) {
    findings_.add(rule, link.offset == 0 ? offset_ : link.offset,
                  fmt::format("{}: {}", path_, link.link.path), std::move(found),
                  std::move(expected));
    return false;
  }

  bool judge_init() {
    const RawLink& init = chain_.front();
    switch (init.link.kind) {
      case ProgramKind::kMissing:
        return judge_missing_init(init);
      case ProgramKind::kNotAFile:
        return add(rule("initramfs.init-not-file"), init,
                   (init.link.mode & kTypeMask) == kTypeDirectory ? "a directory" : "a device",
                   "a program");
      case ProgramKind::kUnknown:
        if ((init.link.mode & kExecutable) != 0) {
          return add(rule("initramfs.init-format"), init, "neither a script nor an ELF program",
                     "\"#!\" and an interpreter, or an ELF program");
        }
        break;
      case ProgramKind::kScript:
      case ProgramKind::kStaticElf:
      case ProgramKind::kDynamicElf:
        break;
    }
    return (init.link.mode & kExecutable) != 0 ||
           add(rule("initramfs.init-not-executable"), init, mode_text(init.link.mode), "mode 0755");
  }

  bool judge_missing_init(const RawLink& init) {
    if (init.link.is_dangling_link) {
      return add(rule("initramfs.init-dangling"), init, "a symbolic link to nothing",
                 "a program in the initramfs");
    }
    return context_.has_root == false
               ? add(rule("initramfs.init-missing"), init, "no such file, and no root= to mount",
                     "a program")
               : add(rule("initramfs.init-missing-root"), init, "no such file",
                     "a program, or a root= that the kernel can mount by itself");
  }

  bool judge_interpreter(const RawLink& by, const RawLink& link) {
    const std::string found = fmt::format("{} asks for {}", by.link.path, link.link.path);
    switch (link.link.kind) {
      case ProgramKind::kMissing:
        return add(rule("initramfs.interpreter-missing"), by, found + ", which is not there",
                   "that file in the initramfs");
      case ProgramKind::kNotAFile:
      case ProgramKind::kUnknown:
        return add(rule("initramfs.interpreter-format"), by,
                   fmt::format("{}, which is {}", found, name_of(link.link.kind)),
                   "an ELF program or a script");
      case ProgramKind::kScript:
      case ProgramKind::kStaticElf:
      case ProgramKind::kDynamicElf:
        break;
    }
    return (link.link.mode & kExecutable) != 0 ||
           add(rule("initramfs.interpreter-not-executable"), by,
               fmt::format("{}, which has {}", found, mode_text(link.link.mode)), "mode 0755");
  }

  /// Against the kernel, or against the program that asked for it.
  bool judge_architecture(std::size_t i) {
    const RawLink& link = chain_[i];
    if (!is_elf(link.link)) {
      return true;
    }
    if (context_.architecture != Architecture::kUnknown) {
      return runs_on(link.link.architecture, context_.architecture) ||
             add(rule("initramfs.architecture"), link,
                 fmt::format("{} for {}", name_of(link.link.kind), name_of(link.link.architecture)),
                 fmt::format("one for {}, as the kernel", name_of(context_.architecture)));
    }
    const bool has_asker = i > 0 && is_elf(chain_[i - 1].link);
    return !has_asker || chain_[i - 1].link.architecture == link.link.architecture ||
           add(rule("initramfs.architecture"), link,
               fmt::format("a dynamic linker for {}", name_of(link.link.architecture)),
               fmt::format("one for {}, as {}", name_of(chain_[i - 1].link.architecture),
                           chain_[i - 1].link.path));
  }

  bool judge_line(const RawLink& link) {
    return link.link.kind != ProgramKind::kScript || !link.line.ends_with('\r') ||
           add(rule("initramfs.script-crlf"), link, printable_text(link.line),
               "a line that ends with a newline alone");
  }

  void judge_libraries(const RawLink& link) {
    if (link.absent_libraries.empty() || link.link.kind != ProgramKind::kDynamicElf) {
      return;
    }
    constexpr std::size_t kMostShown = 4;
    std::string names;
    for (std::size_t i = 0; i < std::min(link.absent_libraries.size(), kMostShown); ++i) {
      names += (i == 0 ? "" : ", ") + printable_text(link.absent_libraries[i]);
    }
    names += link.absent_libraries.size() > kMostShown ? " and more" : "";
    add(rule("initramfs.library-missing"), link, "no file " + names, "it in a library directory");
  }

  const std::vector<RawLink>& chain_;
  const InitramfsContext& context_;
  const std::string& path_;
  std::uint64_t offset_;
  Findings& findings_;
};

void judge_console(const InitramfsTree& tree, const std::string& path, Findings& findings) {
  const InitramfsTree::Found found = tree.find("/dev/console");
  if (!found.node) {
    return;
  }
  const InitramfsTree::Node& node = tree.node(*found.node);
  constexpr std::uint32_t kMajor = 5;
  constexpr std::uint32_t kMinor = 1;
  if (!node.is(kTypeCharacter) || node.rdev_major != kMajor || node.rdev_minor != kMinor) {
    findings.add(rule("initramfs.console"), node.image_offset, path + ": /dev/console",
                 node.is(kTypeCharacter)
                     ? fmt::format("character device {}:{}", node.rdev_major, node.rdev_minor)
                     : "no character device",
                 "character device 5:1, or none: the kernel brings one");
  }
}

/// Counts the modules below a directory.
void count_modules(const InitramfsTree& tree, InitramfsTree::Index directory,
                   KernelModules& modules) {
  std::vector<InitramfsTree::Index> pending{directory};
  while (!pending.empty()) {
    const InitramfsTree::Index at = pending.back();
    pending.pop_back();
    for (const auto& [name, child] : tree.node(at).children) {
      const InitramfsTree::Node& node = tree.node(child);
      if (node.is(kTypeDirectory)) {
        pending.push_back(child);
      }
      const bool is_module = name.ends_with(".ko") || name.ends_with(".ko.xz") ||
                             name.ends_with(".ko.zst") || name.ends_with(".ko.gz");
      modules.count += is_module ? 1 : 0;
      modules.has_index = modules.has_index ||
                          (at == directory && (name == "modules.dep" || name == "modules.dep.bin"));
    }
  }
}

}  // namespace

std::vector<InitLink> init_chain(const InitramfsTree& tree, const std::string& rdinit) {
  std::vector<InitLink> chain;
  for (RawLink& raw : raw_chain(tree, rdinit)) {
    chain.push_back(std::move(raw.link));
  }
  return chain;
}

std::vector<KernelModules> modules_of(const InitramfsTree& tree) {
  std::vector<KernelModules> all;
  std::set<InitramfsTree::Index> seen;
  for (const std::string_view path : {"/lib/modules", "/usr/lib/modules"}) {
    const InitramfsTree::Found found = tree.find(path);
    if (!found.node || !seen.insert(*found.node).second) {
      continue;
    }
    for (const auto& [name, child] : tree.node(*found.node).children) {
      if (tree.node(child).is(kTypeDirectory)) {
        KernelModules modules;
        modules.release = printable_text(name);
        count_modules(tree, child, modules);
        all.push_back(std::move(modules));
      }
    }
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.release < b.release; });
  return all;
}

void count_busybox(const InitramfsTree& tree, Initramfs& initramfs) {
  std::optional<InitramfsTree::Index> busybox;
  for (const std::string_view path :
       {"/bin/busybox", "/usr/bin/busybox", "/sbin/busybox", "/usr/sbin/busybox", "/busybox"}) {
    const InitramfsTree::Found found = tree.find(path);
    if (found.node && tree.node(*found.node).is(kTypeRegular)) {
      busybox = found.node;
      initramfs.busybox = printable_text(found.path);
      break;
    }
  }
  if (!busybox) {
    return;
  }
  for (InitramfsTree::Index i = 0; i < tree.size(); ++i) {
    const InitramfsTree::Node& node = tree.node(i);
    if (node.names > 0 && node.is(kTypeSymlink) && last_part(node.target) == "busybox") {
      ++initramfs.busybox_links;
    }
  }
  initramfs.busybox_links += tree.node(*busybox).names - 1;
}

void judge_initramfs(const InitramfsTree& tree, const Initramfs& initramfs,
                     const InitramfsContext& context, const std::string& path, std::uint64_t offset,
                     Findings& findings) {
  const std::vector<RawLink> chain = raw_chain(tree, context.rdinit);
  ChainJudge(chain, context, path, offset, findings).judge();
  judge_console(tree, path, findings);
  std::vector<std::string_view> releases;
  for (const KernelModules& modules : initramfs.modules) {
    if (modules.count > 0) {
      releases.push_back(modules.release);
    }
  }
  const bool has_own =
      std::find(releases.begin(), releases.end(), context.kernel_release) != releases.end();
  if (!context.kernel_release.empty() && !releases.empty() && !has_own) {
    constexpr std::size_t kMostShown = 4;
    const std::size_t shown = std::min(releases.size(), kMostShown);
    findings.add(rule("initramfs.modules-version"), offset, path + ": /lib/modules",
                 fmt::format("modules for {}{}",
                             fmt::join(releases.begin(),
                                       releases.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                             releases.size() > shown ? " and others" : ""),
                 fmt::format("modules for {}, as the kernel", context.kernel_release));
  }
}

}  // namespace bootproof::inspectors
