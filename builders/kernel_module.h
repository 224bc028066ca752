#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof {

/// What a module of the Linux kernel says of itself in the section `.modinfo` of its ELF file
/// (modinfo(8)). Names are as module_name() writes them.
struct KernelModule {
  std::uint16_t machine = 0;              ///< e_machine.
  std::vector<std::string> depends;       ///< Modules that it uses symbols of.
  std::vector<std::string> aliases;       ///< Patterns by which the kernel asks for it.
  std::vector<std::string> soft_depends;  ///< Names or aliases that its softdep lines list.
  std::vector<std::string> soft_lines;    ///< Those lines: "pre: crc32c".
};

/// The bytes of a module, unpacked where it is compressed (.ko.xz, .ko.zst, .ko.gz). Throws Error
/// (kScenario) for a file that can't be read or has more than 256 MiB.
std::string module_bytes(const std::filesystem::path& file);

/// Reads the bytes of a module. Throws Error (kScenario), which begins with `name`, for what is no
/// 64-bit little-endian ELF file with a `.modinfo`.
KernelModule read_kernel_module(std::string_view bytes, std::string_view name);

/// "usb_storage" for "usb-storage", "kernel/drivers/usb/storage/usb-storage.ko.xz" and
/// "usb_storage": what modprobe takes for one name.
std::string module_name(std::string_view text);

/// True for the name of a file that holds a module: x.ko, x.ko.xz, x.ko.zst, x.ko.gz.
bool is_module_file(std::string_view file_name);

}  // namespace bootproof
