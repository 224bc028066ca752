#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <variant>

#include "scenarios/reader.h"

namespace bootproof {
namespace {

Architecture read_kernel_architecture(const YamlNode& node) {
  constexpr std::array<std::string_view, 2> kWords{"x86_64", "aarch64"};
  return *parse_word<Architecture>(kWords[node.one_of(kWords, "architecture")]);
}

FileSource read_source(const YamlNode& node, bool has_recipes) {
  FileSource source = read_file_source(node);
  if (!has_recipes && std::holds_alternative<RecipeName>(source.source)) {
    throw node.error_at_key("build", "'build' needs 'recipes' in this file",
                            "name the recipe file at the top: `recipes: recipes.yaml`");
  }
  return source;
}

DirectKernel read_direct_kernel(const YamlNode& node, bool has_recipes) {
  for (const std::string_view key : {"path", "build", "package", "file"}) {
    if (!node.find(key).is_absent()) {
      throw node.error_at_key(key, fmt::format("'{}' and 'kernel' can't stand together", key),
                              "a medium is an image or a kernel; for a kernel out of a package "
                              "write `kernel: {package: NAME, file: PATH}`");
    }
  }
  DirectKernel kernel;
  kernel.kernel = read_source(node.require("kernel"), has_recipes);
  const YamlNode initrd = node.find("initrd");
  if (!initrd.is_absent()) {
    kernel.initrd = read_source(initrd, has_recipes);
  }
  const YamlNode append = node.find("append");
  if (!append.is_absent()) {
    kernel.append = append.text_or_empty().empty() ? std::string() : read_plain_text(append);
  }
  const YamlNode architecture = node.find("architecture");
  if (!architecture.is_absent()) {
    kernel.architecture = read_kernel_architecture(architecture);
  }
  return kernel;
}

/// Bytes as pairs of hexadecimal digits with blanks between them.
std::string read_bytes(const YamlNode& node) {
  constexpr std::size_t kMostBytes = 4096;
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  std::istringstream pairs(node.text());
  std::string bytes;
  bool good = true;
  for (std::string pair; good && pairs >> pair;) {
    good = pair.size() % 2 == 0 && pair.find_first_not_of(kDigits) == std::string::npos;
    for (std::size_t i = 0; good && i < pair.size(); i += 2) {
      bytes.push_back(static_cast<char>(std::stoi(pair.substr(i, 2), nullptr, 16)));
    }
  }
  if (!good || bytes.empty() || bytes.size() > kMostBytes) {
    throw node.error(
        fmt::format("'bytes' must be from 1 to {} bytes in hexadecimal digits", kMostBytes),
        "write two digits for each, in quotes: `bytes: '00 ff 1a'`");
  }
  return bytes;
}

MediumChange read_change(const YamlNode& node) {
  constexpr std::int64_t kLargestOffset = std::int64_t{1} << 56U;
  constexpr std::int64_t kLargestByte = 255;
  check_section(node, Section::kChange);
  MediumChange change;
  change.mark = node.mark();
  const YamlNode file = node.find("file");
  if (!file.is_absent()) {
    change.file = read_plain_text(file);
    if (change.file[0] != '/') {
      throw file.error(fmt::format("'file' must be an absolute path, found '{}'", change.file),
                       fmt::format("write `file: /{}`", change.file));
    }
  }
  change.at = static_cast<std::uint64_t>(node.require("at").integer(0, kLargestOffset));
  const YamlNode bits = node.find("xor");
  const YamlNode bytes = node.find("bytes");
  if (bits.is_absent() == bytes.is_absent()) {
    throw node.error("a change needs exactly one of 'xor' and 'bytes'",
                     "write for example `xor: 1`, which turns the lowest bit of the byte over");
  }
  if (bits.is_absent()) {
    change.bytes = read_bytes(bytes);
  } else {
    change.bits = static_cast<std::uint8_t>(bits.integer(1, kLargestByte));
  }
  return change;
}

AlteredMedium read_altered(const YamlNode& node, const std::vector<Medium>& before) {
  constexpr std::size_t kMostChanges = 100;
  for (const std::string_view key :
       {"path", "build", "package", "file", "kernel", "initrd", "append", "architecture"}) {
    if (!node.find(key).is_absent()) {
      throw node.error_at_key(key, fmt::format("'{}' and 'alter' can't stand together", key),
                              "'alter' names another medium of this file");
    }
  }
  AlteredMedium altered;
  const YamlNode original = node.require("alter");
  const auto found = std::find_if(before.begin(), before.end(),
                                  [&](const Medium& one) { return one.name == original.text(); });
  if (found == before.end()) {
    throw original.error(fmt::format("no medium '{}' stands before this one", original.text()),
                         "name an image that stands above in this file");
  }
  const Medium& medium = *found;
  if (!std::holds_alternative<FileSource>(medium.source)) {
    throw original.error(
        fmt::format(
            "'{}' is {}", medium.name,
            std::holds_alternative<DirectKernel>(medium.source) ? "a kernel" : "altered itself"),
        "name an image, and put all changes into one list");
  }
  altered.original = medium.name;
  altered.source = std::get<FileSource>(medium.source);
  const YamlNode changes = node.require("changes");
  for (const YamlNode& entry : changes.list_or_single()) {
    altered.changes.push_back(read_change(entry));
  }
  if (altered.changes.empty() || altered.changes.size() > kMostChanges) {
    throw changes.error(fmt::format("from 1 to {} changes can stand here, found {}", kMostChanges,
                                    altered.changes.size()));
  }
  return altered;
}

FirmwareBuild read_firmware_build(const std::string& name, const YamlNode& node, bool has_recipes) {
  check_section(node, Section::kFirmwareBuild);
  FirmwareBuild build;
  build.name = name;
  build.mark = node.mark();
  build.like = read_firmware_word(node.require("like"));
  const YamlNode code = node.find("code");
  const YamlNode vars = node.find("vars");
  if (build.like == Firmware::kKernel) {
    throw node.find("like").error("'kernel' is no firmware: QEMU starts the kernel itself",
                                  "choose the word that the build stands for, such as ovmf");
  }
  if (!has_varstore(build.like) && !vars.is_absent()) {
    throw node.error_at_key("vars", "'vars' is for firmware with a varstore, seabios has none",
                            "remove it");
  }
  if (!code.is_absent() && vars.is_absent() && has_varstore(build.like)) {
    throw node.error_at_key("code", "'code' needs 'vars'",
                            "name the varstore that was built with it: another one need not fit");
  }
  if (code.is_absent() && vars.is_absent()) {
    throw node.error(fmt::format("'{}' is what is installed already", name),
                     "give it 'code' and 'vars', or 'vars' alone for keys of your own");
  }
  if (!code.is_absent()) {
    build.code = read_source(code, has_recipes);
  }
  if (!vars.is_absent()) {
    build.vars = read_source(vars, has_recipes);
  }
  return build;
}

DiskEntry read_disk(const YamlNode& node, const MediaNames& media) {
  check_section(node, Section::kDisk);
  DiskEntry disk;
  disk.mark = node.mark();
  const YamlNode medium = node.find("medium");
  const YamlNode size = node.find("size");
  if (medium.is_absent() == size.is_absent()) {
    throw node.error("a disk needs exactly one of 'medium' and 'size'",
                     "write `size: 1G` for an empty disk");
  }
  disk.device = read_device_word(node.require("device"));
  const YamlNode controller = node.find("controller");
  if (!controller.is_absent()) {
    disk.controller = read_controller_word(controller);
    if (is_usb(disk.controller) ? !is_usb(disk.device) : !is_scsi(disk.device)) {
      throw controller.error(fmt::format("controller {} is not for {}", name_of(disk.controller),
                                         name_of(disk.device)),
                             "remove it, or choose another");
    }
  }
  if (!medium.is_absent()) {
    const Medium& found = media.find(medium);
    if (std::holds_alternative<DirectKernel>(found.source)) {
      throw medium.error(fmt::format("'{}' is a kernel and no disk", found.name), "name an image");
    }
    disk.medium = found.name;
    return disk;
  }
  if (is_optical(disk.device)) {
    throw size.error(fmt::format("{} takes a disc, not an empty disk", name_of(disk.device)),
                     "name a 'medium'");
  }
  disk.size_mib = size.memory_mib();
  return disk;
}

}  // namespace

Medium read_medium(const std::string& name, const YamlNode& node, bool has_recipes,
                   const std::vector<Medium>& before) {
  Medium medium;
  medium.name = name;
  medium.mark = node.mark();
  if (!node.is_map()) {
    medium.source = read_source(node, has_recipes);
    return medium;
  }
  check_section(node, Section::kMedium);
  if (!node.find("alter").is_absent()) {
    medium.source = read_altered(node, before);
    return medium;
  }
  if (!node.find("changes").is_absent()) {
    throw node.error_at_key("changes", "'changes' needs 'alter'",
                            "name the medium that they are made to: `alter: NAME`");
  }
  if (!node.find("kernel").is_absent()) {
    medium.source = read_direct_kernel(node, has_recipes);
    return medium;
  }
  for (const std::string_view key : {"initrd", "append"}) {
    if (!node.find(key).is_absent()) {
      throw node.error_at_key(key, fmt::format("'{}' needs 'kernel'", key),
                              "an image brings its own; for a direct start give `kernel: FILE`");
    }
  }
  medium.source = read_source(node, has_recipes);
  return medium;
}

std::vector<FirmwareBuild> read_firmware_builds(const YamlNode& node, bool has_recipes) {
  std::vector<FirmwareBuild> builds;
  if (node.is_absent()) {
    return builds;
  }
  for (const auto& [name, entry] : node.entries()) {
    if (!is_name(name)) {
      throw node.error_at_key(name, fmt::format("'{}' can't be the name of a firmware", name),
                              std::string(kNameRule));
    }
    if (parse_word<Firmware>(name)) {
      throw node.error_at_key(name, fmt::format("'{}' is the name of an installed firmware", name),
                              "choose another name");
    }
    builds.push_back(read_firmware_build(name, entry, has_recipes));
  }
  return builds;
}

std::vector<DiskEntry> read_disks(const YamlNode& node, const MediaNames& media) {
  std::vector<DiskEntry> disks;
  if (node.is_absent()) {
    return disks;
  }
  for (const YamlNode& entry : node.list_or_single()) {
    disks.push_back(read_disk(entry, media));
  }
  if (disks.size() > kMostDisks) {
    throw node.error(
        fmt::format("at most {} disks can stand here, found {}", kMostDisks, disks.size()));
  }
  return disks;
}

MediaNames::MediaNames(const std::vector<Medium>& media) : media_(media) {
  names_.reserve(media.size());
  for (const Medium& medium : media) {
    index_.emplace(medium.name, names_.size());
    names_.push_back(medium.name);
  }
}

const Medium& MediaNames::find(const YamlNode& node) const {
  const auto found = index_.find(node.text());
  return media_[found != index_.end() ? found->second : node.one_of(names_, "medium")];
}

FirmwareNames::FirmwareNames(const std::vector<FirmwareBuild>& builds) : builds_(builds) {
  for (const Word<Firmware>& word : words<Firmware>()) {
    names_.push_back(word.name);
  }
  for (const FirmwareBuild& build : builds) {
    names_.push_back(build.name);
  }
}

FirmwareChoice FirmwareNames::find(const YamlNode& node) const {
  const std::size_t index = node.one_of(names_, "firmware");
  const std::size_t words_count = words<Firmware>().size();
  if (index < words_count) {
    return words<Firmware>()[index].value;
  }
  const FirmwareBuild& build = builds_[index - words_count];
  return {build.like, build.name};
}

}  // namespace bootproof
