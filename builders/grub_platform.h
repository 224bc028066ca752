#pragma once

#include <string_view>
#include <vector>

#include "harness/core/words.h"
#include "harness/core/yaml_reader.h"

namespace bootproof {

/// GRUB's name for what it runs on. Each is one folder of modules and one boot path of the medium.
enum class GrubPlatform { kI386Pc, kX86_64Efi, kArm64Efi };

/// "i386-pc", "x86_64-efi", "arm64-efi": as recipes and GRUB write it.
std::string_view name_of(GrubPlatform platform);

/// "BOOTX64.EFI" and so on: the file that firmware starts from removable media (UEFI 2.10, table
/// 3.2); empty for kI386Pc.
std::string_view removable_media_name(GrubPlatform platform);

/// Reads a list of platforms (or a single one), sorted. Throws Error (kScenario) for an unknown
/// word or one that stands there twice.
std::vector<GrubPlatform> read_grub_platforms(const YamlNode& node);

}  // namespace bootproof
