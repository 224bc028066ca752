#include "builders/disk_recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "builders/disk_layout.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

constexpr std::array<std::string_view, 3> kTables{"gpt", "mbr", "none"};
constexpr std::array<std::string_view, 2> kArchitectures{"x86_64", "aarch64"};
constexpr std::array<std::string_view, 3> kBackends{"auto", "files", "guestfs"};
constexpr std::array<std::string_view, 2> kFormats{"raw", "qcow2"};
constexpr int kGptEntries = 128;
constexpr int kMbrEntries = 4;

/// Whole MiB, which is what partitions are aligned to.
std::uint64_t read_size(const YamlNode& node) {
  return node.is_absent() ? 0 : std::uint64_t{node.memory_mib()} << 20U;
}

/// A name that a GPT, a command line and a shell can bear.
std::string read_name(const YamlNode& node) {
  constexpr std::size_t kLongest = 36;  // UEFI 2.10, table 5.6: 72 bytes of UTF-16.
  std::string name = node.text();
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (name.size() > kLongest || !std::all_of(name.begin(), name.end(), is_good)) {
    throw node.error(fmt::format("'{}' is no name of a partition", escape_for_terminal(name)),
                     "letters, digits and . _ - only, at most 36");
  }
  return name;
}

/// The default for what is in the partition.
std::string_view type_for(const PartitionRecipe& partition) {
  const FileSystemRecipe* const file_system = file_system_of(partition);
  return file_system != nullptr && is_fat(file_system->type) ? name_of(file_system->type) : "linux";
}

PartitionType read_type(const YamlNode& node, const PartitionRecipe& partition,
                        const DiskRecipe& disk) {
  if (node.is_absent()) {
    return *partition_type(type_for(partition));
  }
  const std::string text = node.text();
  const std::optional<PartitionType> type = partition_type(text);
  if (!type) {
    const std::vector<std::string_view> words = partition_type_words();
    const std::string_view nearest = nearest_word(text, words);
    const std::string list =
        fmt::format("one of {}, a GUID, or a byte such as 0x83", fmt::join(words, ", "));
    throw node.error(fmt::format("unknown type of a partition: '{}'", escape_for_terminal(text)),
                     nearest.empty() ? list : fmt::format("did you mean '{}'? {}", nearest, list));
  }
  if (disk.written) {
    return *type;  // Which table it is says the image.
  }
  if (disk.table == PartitionTable::kGpt && type->guid.empty()) {
    throw node.error(fmt::format("a GPT has no partition type '{}'", text),
                     "write a word or a GUID");
  }
  if (disk.table == PartitionTable::kMbr && !type->byte) {
    throw node.error(fmt::format("an MBR has no partition type '{}'", text),
                     "write a byte such as 0x83, or take 'table: gpt'");
  }
  return *type;
}

/// What the builder itself puts into a partition.
std::vector<ReservedPath> reserved_paths(const DiskRecipe& disk, const std::string& partition,
                                         std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::string_view>> found;
  if (disk.grub && disk.grub->grub_cfg && disk.grub->partition == partition) {
    found.emplace_back(disk.grub->folder + "/grub.cfg", "stands in 'grub_cfg' already");
  }
  if (disk.grub && disk.grub->esp == partition) {
    for (const GrubPlatform platform : disk.grub->platforms) {
      if (platform != GrubPlatform::kI386Pc) {
        found.emplace_back(fmt::format("/EFI/BOOT/{}", removable_media_name(platform)),
                           "is GRUB, which the builder puts there");
      }
    }
  }
  if (disk.syslinux && disk.syslinux->partition == partition) {
    for (const std::string_view name : {"ldlinux.sys", "ldlinux.c32"}) {
      found.emplace_back(fmt::format("{}/{}", disk.syslinux->folder, name),
                         "is a part of SYSLINUX, whose installer puts it there");
    }
  }
  std::vector<ReservedPath> reserved;
  names.reserve(found.size());
  for (auto& [path, reason] : found) {
    names.push_back(std::move(path));
    reserved.push_back({names.back(), reason});
  }
  return reserved;
}

PartitionRecipe read_partition(const YamlNode& node, const DiskRecipe& disk, int number) {
  constexpr std::array<std::string_view, 8> kKeys{"name",   "number", "type", "size",
                                                  "active", "uuid",   "raw",  "filesystem"};
  node.check_keys(kKeys, "a partition");
  PartitionRecipe partition;
  partition.mark = node.mark();
  partition.name = read_name(node.require("name"));
  partition.number = number;
  if (const YamlNode own = node.find("number"); !own.is_absent()) {
    partition.number = static_cast<int>(
        own.integer(1, disk.table == PartitionTable::kMbr ? kMbrEntries : kGptEntries));
  }
  const YamlNode size = node.find("size");
  partition.size = read_size(size);
  partition.size_mark = size.is_absent() ? node.mark() : size.mark();
  if (const YamlNode active = node.find("active"); !active.is_absent()) {
    partition.is_active = active.boolean();
  }
  if (const YamlNode uuid = node.find("uuid"); !uuid.is_absent()) {
    partition.uuid = uuid.text();
    if (!is_guid(*partition.uuid) || disk.table != PartitionTable::kGpt) {
      throw uuid.error(disk.table == PartitionTable::kGpt
                           ? fmt::format("'{}' is no GUID", escape_for_terminal(*partition.uuid))
                           : "only a GPT gives its partitions a 'uuid'");
    }
  }
  const YamlNode raw = node.find("raw");
  if (const YamlNode file_system = node.find("filesystem"); !file_system.is_absent()) {
    if (!raw.is_absent()) {
      throw raw.error("a partition has either 'raw' bytes or a 'filesystem'");
    }
    std::vector<std::string> names;
    partition.content =
        read_file_system_recipe(file_system, reserved_paths(disk, partition.name, names));
  } else if (!raw.is_absent()) {
    partition.content = read_file_source(raw);
  }
  partition.type = read_type(node.find("type"), partition, disk);
  return partition;
}

void read_partitions(const YamlNode& node, DiskRecipe& disk) {
  std::set<std::string> names;
  std::set<int> numbers;
  int next = 1;
  const auto most = static_cast<std::size_t>(kGptEntries);
  for (const YamlNode& element : node.list()) {
    if (disk.partitions.size() == most) {
      throw element.error("a GPT of this builder has 128 partitions");
    }
    if (disk.table == PartitionTable::kMbr && !disk.written && next > kMbrEntries) {
      throw element.error("an MBR has four partitions, and this is the fifth", "take 'table: gpt'");
    }
    PartitionRecipe partition = read_partition(element, disk, next);
    if (!names.insert(partition.name).second) {
      throw element.error(fmt::format("two partitions have the name '{}'", partition.name));
    }
    if (!numbers.insert(partition.number).second) {
      throw element.error(fmt::format("two partitions have the number {}", partition.number),
                          "without 'number' a partition has its place in the list");
    }
    disk.partitions.push_back(std::move(partition));
    ++next;
  }
}

/// A folder on the medium, without a slash at its end; empty for the root.
std::string read_folder(const YamlNode& node) {
  std::string folder = node.text();
  if (folder == "/") {
    return {};
  }
  if (const std::string_view problem = medium_path_problem(folder); !problem.empty()) {
    throw node.error(fmt::format("the path '{}' {}", escape_for_terminal(folder), problem),
                     "write the path on the medium as /folder/name");
  }
  return folder;
}

GrubInstallation read_grub(const YamlNode& node) {
  constexpr std::array<std::string_view, 5> kKeys{"platforms", "partition", "folder", "grub_cfg",
                                                  "esp"};
  node.check_keys(kKeys, "'grub' of a disk");
  GrubInstallation grub;
  grub.mark = node.mark();
  grub.platforms = read_grub_platforms(node.require("platforms"));
  grub.partition = node.require("partition").text();
  if (const YamlNode folder = node.find("folder"); !folder.is_absent()) {
    grub.folder = read_folder(folder);
  }
  if (const YamlNode grub_cfg = node.find("grub_cfg"); !grub_cfg.is_absent()) {
    grub.grub_cfg = grub_cfg.text_or_empty();
  }
  if (const YamlNode esp = node.find("esp"); !esp.is_absent()) {
    grub.esp = esp.text();
  }
  return grub;
}

SyslinuxInstallation read_syslinux(const YamlNode& node) {
  constexpr std::array<std::string_view, 2> kKeys{"partition", "folder"};
  node.check_keys(kKeys, "'syslinux' of a disk");
  SyslinuxInstallation syslinux;
  syslinux.mark = node.mark();
  syslinux.partition = node.require("partition").text();
  if (const YamlNode folder = node.find("folder"); !folder.is_absent()) {
    syslinux.folder = read_folder(folder);
  }
  return syslinux;
}

/// The first partition of type `esp`, where the recipe names none. It is looked for in the YAML,
/// since what a partition may hold depends on it.
std::string find_esp(const YamlNode& partitions, const DiskRecipe& disk) {
  for (const YamlNode& element : partitions.list()) {
    const YamlNode type = element.is_map() ? element.find("type") : element;
    const bool is_esp = type.is_scalar() && type.text_or_empty() == "esp";
    if (element.is_map() && (is_esp || disk.table == PartitionTable::kNone)) {
      return element.require("name").text();
    }
  }
  return {};
}

void read_table(const YamlNode& node, DiskRecipe& disk) {
  if (const YamlNode written = node.find("written"); !written.is_absent()) {
    disk.written = read_file_source(written);
    for (const std::string_view key : {"table", "sector_size", "grub", "syslinux"}) {
      if (!node.find(key).is_absent()) {
        throw node.error_at_key(key, fmt::format("'{}' beside 'written'", key),
                                "the written image brings its own table and boot code");
      }
    }
    return;
  }
  const YamlNode table = node.require("table");
  disk.table = PartitionTable{static_cast<int>(table.one_of(kTables, "partition table"))};
  if (const YamlNode sector = node.find("sector_size"); !sector.is_absent()) {
    constexpr std::int64_t kSmall = 512;
    constexpr std::int64_t kLarge = 4096;
    const std::int64_t size = sector.integer(kSmall, kLarge);
    if (size != kSmall && size != kLarge) {
      throw sector.error(fmt::format("'sector_size' must be 512 or 4096, found {}", size));
    }
    disk.sector_size = static_cast<std::uint32_t>(size);
  }
}

}  // namespace

const FileSystemRecipe* file_system_of(const PartitionRecipe& partition) {
  return std::get_if<FileSystemRecipe>(&partition.content);
}

bool uses_guestfs(const DiskRecipe& recipe) { return recipe.backend == DiskBackend::kGuestfs; }

const PartitionRecipe* find_partition(const DiskRecipe& recipe, std::string_view name) {
  const auto found =
      std::find_if(recipe.partitions.begin(), recipe.partitions.end(),
                   [&](const PartitionRecipe& partition) { return partition.name == name; });
  return found == recipe.partitions.end() ? nullptr : &*found;
}

DiskRecipe read_disk_recipe(const YamlNode& node) {
  constexpr std::array<std::string_view, 10> kKeys{
      "table", "architecture", "sector_size", "size",    "partitions",
      "grub",  "syslinux",     "written",     "backend", "format"};
  node.check_keys(kKeys, "a disk recipe");
  DiskRecipe disk;
  disk.mark = node.mark();
  read_table(node, disk);
  const YamlNode size = node.find("size");
  disk.size = read_size(size);
  disk.size_mark = size.is_absent() ? node.mark() : size.mark();
  if (const YamlNode word = node.find("architecture"); !word.is_absent()) {
    disk.architecture = word.one_of(kArchitectures, "architecture") == 0 ? Architecture::kX86_64
                                                                         : Architecture::kAarch64;
  }
  if (const YamlNode backend = node.find("backend"); !backend.is_absent()) {
    disk.backend = DiskBackend{static_cast<int>(backend.one_of(kBackends, "backend"))};
    disk.backend_mark = backend.mark();
  }
  if (const YamlNode format = node.find("format"); !format.is_absent()) {
    disk.format = DiskFormat{static_cast<int>(format.one_of(kFormats, "format"))};
  }
  const YamlNode partitions = node.find("partitions");
  if (const YamlNode grub = node.find("grub"); !grub.is_absent()) {
    disk.grub = read_grub(grub);
    if (disk.grub->esp.empty() && !partitions.is_absent()) {
      disk.grub->esp = find_esp(partitions, disk);
    }
  }
  if (const YamlNode syslinux = node.find("syslinux"); !syslinux.is_absent()) {
    disk.syslinux = read_syslinux(syslinux);
  }
  if (!partitions.is_absent()) {
    read_partitions(partitions, disk);
  } else if (!disk.written) {
    static_cast<void>(node.require("partitions"));
  }
  check_disk(disk);
  if (!disk.written) {
    static_cast<void>(lay_out(disk, 0));
  }
  return disk;
}

}  // namespace bootproof
