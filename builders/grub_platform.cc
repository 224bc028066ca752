#include "builders/grub_platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bootproof {
namespace {

constexpr std::array<std::string_view, 3> kNames{"i386-pc", "x86_64-efi", "arm64-efi"};
constexpr std::array<std::string_view, 3> kRemovableMediaNames{"", "BOOTX64.EFI", "BOOTAA64.EFI"};

}  // namespace

std::string_view name_of(GrubPlatform platform) {
  return kNames.at(static_cast<std::size_t>(platform));
}

std::string_view removable_media_name(GrubPlatform platform) {
  return kRemovableMediaNames.at(static_cast<std::size_t>(platform));
}

std::vector<GrubPlatform> read_grub_platforms(const YamlNode& node) {
  std::vector<GrubPlatform> platforms;
  for (const YamlNode& element : node.list_or_single()) {
    const auto platform = GrubPlatform{static_cast<int>(element.one_of(kNames, "GRUB platform"))};
    if (std::find(platforms.begin(), platforms.end(), platform) != platforms.end()) {
      throw element.error(fmt::format("{} stands in the list twice", name_of(platform)));
    }
    platforms.push_back(platform);
  }
  std::sort(platforms.begin(), platforms.end());
  return platforms;
}

}  // namespace bootproof
