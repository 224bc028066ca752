#include "inspectors/loaders/grub_modules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "inspectors/programs/compression.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kLongestModule = std::uint64_t{4} << 20U;
constexpr std::size_t kMostModules = 512;
constexpr std::size_t kMostDepth = 32;

struct CommandModule {
  std::string_view command;
  std::string_view module;
  bool loads_kernel;
};

/// As command.lst of GRUB 2.06 has them.
constexpr std::array kCommandModules{
    CommandModule{".", "configfile", false},
    CommandModule{"[", "test", false},
    CommandModule{"boot", "boot", false},
    CommandModule{"chainloader", "chain", true},
    CommandModule{"configfile", "configfile", false},
    CommandModule{"initrd", "linux", true},
    CommandModule{"initrd16", "linux16", true},
    CommandModule{"linux", "linux", true},
    CommandModule{"linux16", "linux16", true},
    CommandModule{"module", "multiboot", true},
    CommandModule{"module2", "multiboot2", true},
    CommandModule{"multiboot", "multiboot", true},
    CommandModule{"multiboot2", "multiboot2", true},
    CommandModule{"normal", "normal", false},
    CommandModule{"search", "search", false},
    CommandModule{"search.file", "search_fs_file", false},
    CommandModule{"search.fs_label", "search_label", false},
    CommandModule{"search.fs_uuid", "search_fs_uuid", false},
    CommandModule{"source", "configfile", false},
    CommandModule{"test", "test", false},
};

/// Modules by which GRUB reaches disks without the BIOS, under other names.
constexpr std::array<std::string_view, 4> kNativeDisks{"ahci", "ata", "pata", "usbms"};

}  // namespace

std::string_view grub_module_of(std::string_view command, bool& loads_kernel) {
  const auto* const row =
      std::find_if(kCommandModules.begin(), kCommandModules.end(),
                   [&](const CommandModule& one) { return one.command == command; });
  loads_kernel = row != kCommandModules.end() && row->loads_kernel;
  return row == kCommandModules.end() ? std::string_view() : row->module;
}

/// Unpacked where grub-mkrescue --compress has packed it and GRUB can unpack it.
std::optional<GrubModule> GrubModules::read(const ImageView& file) {
  if (file.size() > kLongestModule) {
    return std::nullopt;
  }
  const Compression compression = recognise_compression(file.read(0, kCompressionMagicBytes));
  const bool can_unpack = (compression == Compression::kXz && has("xzio")) ||
                          (compression == Compression::kGzip && has("gzio"));
  if (!can_unpack) {
    return read_grub_module(file);
  }
  Unpacker unpacker(file, compression, std::min(kLongestModule, unpacked_left_));
  Bytes bytes;
  std::array<std::uint8_t, 4096> piece{};
  while (const std::size_t got = unpacker.read(piece)) {
    bytes.insert(bytes.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got));
  }
  unpacked_left_ -= std::min<std::uint64_t>(unpacked_left_, bytes.size());
  MemoryImage unpacked{ByteSpan(bytes)};
  return read_grub_module(ImageView(unpacked));
}

Truth GrubModules::load(std::string_view name, const GrubModuleFolder& folder) {
  if (has(name)) {
    return Truth::kYes;
  }
  const LoaderWorld& world = files_.world();
  const std::string path =
      fmt::format("{}/{}/{}.mod", folder.path, inspectors::name_of(world.platform), name);
  const std::string file_name = files_.name_of(folder.volume, path);
  if (const auto known = failed_.find(file_name); known != failed_.end()) {
    missing_ = fmt::format("{} is not there", file_name);
    return known->second;
  }
  if (depth_ >= kMostDepth || loaded_.size() + failed_.size() >= kMostModules) {
    return Truth::kUnknown;
  }
  // There before its dependencies are: they may lead back to it.
  loaded_.emplace(name);
  ++depth_;
  const Truth truth = read_and_load(name, path, folder);
  --depth_;
  if (truth != Truth::kYes) {
    loaded_.erase(std::string(name));
    failed_.emplace(file_name, truth);
  }
  return truth;
}

Truth GrubModules::read_and_load(std::string_view name, const std::string& path,
                                 const GrubModuleFolder& folder) {
  if (const Truth is_readable = reads(folder.volume); is_readable != Truth::kYes) {
    missing_ = fmt::format("{} is on a volume without {}", name, missing_for(folder.volume));
    return is_readable;
  }
  const LoaderFile file = files_.look_up(folder.volume, path);
  const std::string file_name = files_.name_of(folder.volume, path);
  if (!file.node) {
    missing_ = fmt::format("{} is not there", file_name);
    return file.is_missing ? Truth::kNo : Truth::kUnknown;
  }
  FileContent content(*files_.world().volumes[folder.volume].volume, *file.node);
  const std::optional<GrubModule> module = read(ImageView(content));
  if (!module) {
    missing_ = fmt::format("{} is no module of GRUB's", file_name);
    return Truth::kNo;
  }
  for (const std::string& dependency : module->dependencies) {
    if (const Truth truth = load(dependency, folder); truth != Truth::kYes) {
      return truth;
    }
  }
  return Truth::kYes;
}

std::string_view GrubModules::file_system_of(std::size_t volume) const {
  const Volume* const opened = files_.world().volumes[volume].volume;
  if (opened == nullptr) {
    return {};
  }
  switch (opened->kind()) {
    case VolumeKind::kFat:
      return "fat";
    case VolumeKind::kExt:
      return "ext2";
    case VolumeKind::kIso9660:
    case VolumeKind::kJoliet:
      return "iso9660";
    case VolumeKind::kSquashfs:
      break;
  }
  return "squash4";
}

Truth GrubModules::reads(std::size_t volume) const {
  const bool has_native = std::any_of(kNativeDisks.begin(), kNativeDisks.end(),
                                      [&](std::string_view name) { return has(name); });
  if (has_native && !has("biosdisk")) {
    return Truth::kUnknown;
  }
  if (!missing_for(volume).empty()) {
    return Truth::kNo;
  }
  return files_.world().volumes[volume].volume == nullptr ? Truth::kUnknown : Truth::kYes;
}

std::string GrubModules::missing_for(std::size_t volume) const {
  const std::vector<LoaderVolume>& volumes = files_.world().volumes;
  const std::string& name = volumes[volume].grub_name;
  const std::size_t comma = name.find(',');
  if (name == "memdisk") {
    return has("memdisk") ? "" : "the module memdisk";
  }
  if (!has("biosdisk")) {
    return "the module biosdisk";
  }
  if (comma == std::string::npos) {
    const bool has_partitions = std::any_of(
        volumes.begin(), volumes.end(),
        [&](const LoaderVolume& other) { return other.grub_name.starts_with(name + ","); });
    if (volumes[volume].volume == nullptr && has_partitions) {
      return "a file system of its own beside its partitions";
    }
  } else {
    const std::string_view scheme = std::string_view(name).substr(comma + 1);
    const std::string_view module = scheme.starts_with("gpt") ? "part_gpt" : "part_msdos";
    if (!has(module)) {
      return fmt::format("the module {}", module);
    }
  }
  if (volumes[volume].is_unformatted) {
    return "a file system";
  }
  const std::string_view file_system = file_system_of(volume);
  return file_system.empty() || has(file_system) ? std::string()
                                                 : fmt::format("the module {}", file_system);
}

}  // namespace bootproof::inspectors
