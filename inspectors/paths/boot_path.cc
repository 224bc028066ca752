#include "inspectors/paths/boot_path.h"

#include <fmt/format.h>

#include <algorithm>

namespace bootproof::inspectors {

std::string_view name_of(FirmwareClass firmware) {
  switch (firmware) {
    case FirmwareClass::kBios:
      return "BIOS";
    case FirmwareClass::kUefiX64:
      return "UEFI x64";
    case FirmwareClass::kUefiIa32:
      return "UEFI ia32";
    case FirmwareClass::kUefiAarch64:
      return "UEFI aarch64";
    case FirmwareClass::kUefiRiscv64:
      break;
  }
  return "UEFI riscv64";
}

std::string_view name_of(Attachment attachment) {
  switch (attachment) {
    case Attachment::kOptical:
      return "optical";
    case Attachment::kDisk:
      return "disk";
    case Attachment::kDisk4096:
      break;
  }
  return "disk, 4096-byte sectors";
}

std::string_view name_of(Forecast forecast) {
  switch (forecast) {
    case Forecast::kBoots:
      return "boots";
    case Forecast::kDoubtful:
      return "doubtful";
    case Forecast::kCannotBoot:
      break;
  }
  return "cannot boot";
}

std::string_view name_of(BootPart part) {
  switch (part) {
    case BootPart::kEntry:
      return "entry";
    case BootPart::kLoader:
      return "loader";
    case BootPart::kKernel:
      return "kernel";
    case BootPart::kInitramfs:
      break;
  }
  return "initramfs";
}

const BootLink* BootPath::weakest() const {
  if (forecast == Forecast::kBoots) {
    return nullptr;
  }
  const auto found = std::find_if(links.begin(), links.end(),
                                  [this](const BootLink& link) { return link.state == forecast; });
  return found == links.end() ? nullptr : &*found;
}

std::string chain_text(const BootPath& path) {
  std::string text;
  for (const BootLink& link : path.links) {
    text += text.empty() ? "" : " -> ";
    text += link.text;
  }
  if (const BootLink* weakest = path.weakest()) {
    text += path.links.size() > 1 && weakest != &path.links.back()
                ? fmt::format(": {}: {}", weakest->text, weakest->problem)
                : fmt::format(": {}", weakest->problem);
  }
  return text;
}

std::string title_of(const BootPath& path) {
  return fmt::format("{}{}, {}", name_of(path.firmware), path.is_secure ? " with Secure Boot" : "",
                     name_of(path.attachment));
}

}  // namespace bootproof::inspectors
