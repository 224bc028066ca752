#include "inspectors/paths/programs.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "inspectors/programs/sbat.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"
#include "inspectors/volumes/fat_volume.h"

namespace bootproof::inspectors {
namespace {

/// What is there of a file; a part of it may stand outside or in no cluster chain.
std::string missing_part(const FileContent& content, const Node& node) {
  return content.size() >= node.size
             ? std::string()
             : fmt::format("only {} of its {} bytes can be read", content.size(), node.size);
}

/// Why a file is no good: a part of it is missing, or the first error that was found in it. Empty
/// for a good one.
std::string defect_of(std::string missing, const std::vector<Finding>& found) {
  return missing.empty() ? first_error(found) : std::move(missing);
}

/// Whether a text stands in the first part of the program.
bool mentions(const ImageView& program, std::string_view text) {
  constexpr std::uint64_t kLooked = 256U << 10U;
  const Bytes bytes = program.read(0, kLooked);
  return std::search(bytes.begin(), bytes.end(), text.begin(), text.end()) != bytes.end();
}

void recognise(EfiProgram& program, const ImageView& view, Findings& findings) {
  if (is_shim(*program.pe)) {
    program.role = ProgramRole::kShim;
    std::ignore = read_shim_vendor(view, *program.pe, program.path, findings);
  } else if (is_uki(view, *program.pe)) {
    program.role = ProgramRole::kUki;
    program.uki = read_uki(view, *program.pe, program.path, findings);
    program.version = program.uki->kernel_version;
  } else if (const std::string magic = sd_magic(view, *program.pe);
             magic.starts_with("systemd-boot")) {
    program.role = ProgramRole::kSystemdBoot;
    program.version = magic.substr(std::min(magic.size(), std::size_t{13}));
  } else if ((program.grub = read_grub_image(view))) {
    program.role = ProgramRole::kGrub;
    program.memdisk = program.grub->memdisk ? open_fat_volume(*program.grub->memdisk) : nullptr;
  } else if ((program.kernel = read_kernel(view, program.path, findings))) {
    program.role = program.kernel->is_linux() ? ProgramRole::kLinux : ProgramRole::kUnknown;
    program.version =
        program.kernel->is_linux() ? program.kernel->release : program.kernel->version_text;
  } else if (mentions(view, "ldlinux.e")) {
    program.role = ProgramRole::kSyslinux;
  }
}

}  // namespace

std::string_view name_of(ProgramRole role) {
  switch (role) {
    case ProgramRole::kShim:
      return "shim";
    case ProgramRole::kGrub:
      return "GRUB";
    case ProgramRole::kSystemdBoot:
      return "systemd-boot";
    case ProgramRole::kSyslinux:
      return "SYSLINUX";
    case ProgramRole::kUki:
      return "unified kernel image";
    case ProgramRole::kLinux:
      return "Linux";
    case ProgramRole::kUnknown:
      break;
  }
  return "EFI program";
}

std::string first_error(const std::vector<Finding>& findings) {
  const auto found = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.severity == Severity::kError;
  });
  if (found == findings.end()) {
    return {};
  }
  const Rule* const row = find_rule(found->rule);
  return fmt::format("{} ({}; expected {})", row == nullptr ? found->rule : row->sentence,
                     found->found, found->expected);
}

EfiProgram& Programs::efi_program(Volume& volume, const Node& node, const std::string& path) {
  std::unique_ptr<EfiProgram>& slot = programs_[{&volume, node.id}];
  if (slot) {
    return *slot;
  }
  slot = std::make_unique<EfiProgram>();
  slot->path = printable_text(path);
  slot->content = std::make_unique<FileContent>(volume, node);
  const ImageView view(*slot->content);
  Findings own;
  slot->pe = read_pe(view, slot->path, own);
  if (slot->pe) {
    recognise(*slot, view, own);
    slot->authenticode = read_authenticode(view, *slot->pe, slot->path, own);
    std::ignore = read_sbat(view, *slot->pe, slot->path, own);
  }
  std::vector<Finding> found = own.take();
  slot->defect = defect_of(missing_part(*slot->content, node), found);
  findings_.append(std::move(found));
  return *slot;
}

KernelFile& Programs::kernel(Volume& volume, const Node& node, const std::string& path) {
  std::unique_ptr<KernelFile>& slot = kernels_[{&volume, node.id}];
  if (slot) {
    return *slot;
  }
  slot = std::make_unique<KernelFile>();
  slot->content = std::make_unique<FileContent>(volume, node);
  Findings own;
  slot->kernel = read_kernel(ImageView(*slot->content), printable_text(path), own);
  std::vector<Finding> found = own.take();
  slot->defect = defect_of(missing_part(*slot->content, node), found);
  findings_.append(std::move(found));
  return *slot;
}

InitramfsImage& Programs::initramfs(const std::vector<std::pair<Volume*, Node>>& files,
                                    const std::vector<std::string>& paths, const Kernel* kernel,
                                    const std::string& arguments) {
  const InitramfsContext context = context_of(kernel, arguments);
  std::vector<Key> key;
  key.reserve(files.size());
  for (const auto& [volume, node] : files) {
    key.emplace_back(volume, node.id);
  }
  std::unique_ptr<InitramfsImage>& slot =
      archives_[{key, context.architecture, context.kernel_release, context.rdinit,
                 context.has_root.value_or(false)}];
  if (slot) {
    return *slot;
  }
  slot = std::make_unique<InitramfsImage>();
  std::vector<InitramfsFile> given;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& content = slot->contents.emplace_back(
        std::make_unique<FileContent>(*files[i].first, files[i].second));
    given.push_back({ImageView(*content), printable_text(paths[i])});
    if (slot->defect.empty()) {
      slot->defect = missing_part(*content, files[i].second);
    }
  }
  Findings own;
  slot->initramfs = read_initramfs(given, context, own);
  std::vector<Finding> found = own.take();
  slot->defect = defect_of(std::move(slot->defect), found);
  std::vector<Finding>& told = told_[key];
  std::erase_if(found, [&](const Finding& finding) {
    return std::find(told.begin(), told.end(), finding) != told.end();
  });
  told.insert(told.end(), found.begin(), found.end());
  findings_.append(std::move(found));
  return *slot;
}

InitramfsImage& Programs::initramfs_in(const EfiProgram& program) {
  std::unique_ptr<InitramfsImage>& slot = built_in_[&program];
  if (slot) {
    return *slot;
  }
  slot = std::make_unique<InitramfsImage>();
  Findings own;
  const std::string path = program.path + ", section .linux";
  const std::optional<Kernel> kernel =
      program.uki->kernel ? read_kernel(*program.uki->kernel, path, own) : std::nullopt;
  std::vector<Finding> found = own.take();
  slot->defect = first_error(found);
  findings_.append(std::move(found));
  if (program.uki->initrd) {
    const InitramfsFile file{*program.uki->initrd, program.path + ", section .initrd"};
    slot->initramfs = read_initramfs(
        {&file, 1}, context_of(kernel ? &*kernel : nullptr, program.uki->cmdline.value_or("")),
        own);
    found = own.take();
    slot->defect = defect_of(std::move(slot->defect), found);
    findings_.append(std::move(found));
  }
  return *slot;
}

InitramfsContext Programs::context_of(const Kernel* kernel, const std::string& arguments) const {
  InitramfsContext context;
  if (kernel != nullptr) {
    context.architecture = kernel->architecture;
    context.kernel_release = kernel->release;
  }
  context.rdinit = argument_value(arguments, "rdinit").value_or("");
  context.has_root = argument_value(arguments, "root").has_value();
  context.is_unpacked = unpacks_;
  return context;
}

const SecureBootAnswer* Programs::secure_boot(const EfiProgram& program, const EfiProgram* shim) {
  const Varstore* const keys = keys_ ? keys_() : nullptr;
  if (keys == nullptr) {
    return nullptr;
  }
  const auto known = answers_.find({&program, shim});
  if (known != answers_.end()) {
    return &known->second;
  }
  const ImageView view(*program.content);
  SecureBootAnswer answer =
      shim == nullptr ? secure_boot_answer(view, *program.pe, *keys)
                      : shim_answer(ImageView(*shim->content), *shim->pe, view, *program.pe, *keys,
                                    program.role == ProgramRole::kLinux ? ShimRequest::kVerify
                                                                        : ShimRequest::kStart);
  return &answers_.emplace(std::pair(&program, shim), std::move(answer)).first->second;
}

std::optional<std::string> argument_value(std::string_view arguments, std::string_view name) {
  std::optional<std::string> value;
  while (!arguments.empty()) {
    const std::size_t end = std::min(arguments.find(' '), arguments.size());
    const std::string_view word = arguments.substr(0, end);
    if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=') {
      value = std::string(word.substr(name.size() + 1));
    }
    arguments.remove_prefix(std::min(end + 1, arguments.size()));
  }
  return value;
}

}  // namespace bootproof::inspectors
