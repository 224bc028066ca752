#include "inspectors/loaders/loader_config.h"

#include <algorithm>

#include "inspectors/loaders/loader_files.h"

namespace bootproof::inspectors {

std::string_view name_of(LoaderPlatform platform) {
  switch (platform) {
    case LoaderPlatform::kBios:
      return "i386-pc";
    case LoaderPlatform::kUefiX64:
      return "x86_64-efi";
    case LoaderPlatform::kUefiIa32:
      return "i386-efi";
    case LoaderPlatform::kUefiAarch64:
      return "arm64-efi";
    case LoaderPlatform::kUefiArm:
      return "arm-efi";
    case LoaderPlatform::kUefiRiscv64:
      break;
  }
  return "riscv64-efi";
}

std::string_view name_of(LoaderKind kind) {
  switch (kind) {
    case LoaderKind::kGrub:
      return "GRUB";
    case LoaderKind::kSyslinux:
      return "SYSLINUX";
    case LoaderKind::kSystemdBoot:
      return "systemd-boot";
    case LoaderKind::kEfiShell:
      break;
  }
  return "EFI shell";
}

bool LoaderEntry::is_quiet() const {
  const std::vector<std::string_view> words = words_of(arguments);
  return std::find(words.begin(), words.end(), "quiet") != words.end();
}

const LoaderEntry* LoaderConfig::default_entry() const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [](const LoaderEntry& entry) { return entry.is_default; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace bootproof::inspectors
