#include <fmt/format.h>

#include "inspectors/programs/initramfs.h"

namespace bootproof::inspectors {

std::string describe(const Initramfs& initramfs) {
  constexpr double kMebibyte = 1048576;
  std::string text =
      fmt::format("{} part{}", initramfs.parts.size(), initramfs.parts.size() == 1 ? "" : "s");
  std::string compressions;
  for (const InitramfsPart& part : initramfs.parts) {
    constexpr std::size_t kMostShown = 60;
    if (compressions.size() > kMostShown) {
      compressions += ", ...";
      break;
    }
    compressions += compressions.empty() ? "" : ", ";
    compressions += part.has_microcode ? "microcode" : name_of(part.compression);
  }
  if (!compressions.empty()) {
    text += fmt::format(" ({})", compressions);
  }
  if (initramfs.entry_count > 0) {
    text += fmt::format(", {} entries, {:.1f} MiB unpacked", initramfs.entry_count,
                        static_cast<double>(initramfs.unpacked_size) / kMebibyte);
  }
  if (!initramfs.init.empty()) {
    text += ", ";
    for (std::size_t i = 0; i < initramfs.init.size(); ++i) {
      const InitLink& link = initramfs.init[i];
      text += i == 0 ? "" : " -> ";
      text += link.target.empty() || link.target == link.path
                  ? link.path
                  : fmt::format("{} ({})", link.path, link.target);
    }
    const InitLink& last = initramfs.init.back();
    if (last.kind == ProgramKind::kMissing || last.kind == ProgramKind::kNotAFile ||
        last.kind == ProgramKind::kUnknown) {
      text += fmt::format(" ({})", name_of(last.kind));
    } else if (last.architecture != Architecture::kUnknown) {
      text += fmt::format(", {}", name_of(last.architecture));
    }
  }
  return text;
}

}  // namespace bootproof::inspectors
