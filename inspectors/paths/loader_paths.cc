#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "inspectors/loaders/grub_config.h"
#include "inspectors/loaders/systemd_boot_config.h"
#include "inspectors/paths/path_finder.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// The entry that is looked at: the default, or the first that starts something.
const LoaderEntry* chosen(const LoaderConfig& config) {
  if (const LoaderEntry* entry = config.default_entry()) {
    return entry;
  }
  const auto found =
      std::find_if(config.entries.begin(), config.entries.end(), [](const LoaderEntry& entry) {
        return entry.kernel || entry.chain_target || !entry.modules.empty();
      });
  return found == config.entries.end() ? nullptr : &*found;
}

/// Takes from a world what GRUB passes over.
void hide(std::string_view thing, LoaderWorld& world) {
  std::vector<LoaderVolume> seen;
  std::size_t own = 0;
  for (std::size_t i = 0; i < world.volumes.size(); ++i) {
    LoaderVolume& volume = world.volumes[i];
    const bool is_partition = volume.grub_name.find(",gpt") != std::string::npos;
    if (thing == "GPT" && is_partition) {
      continue;
    }
    const bool is_iso = volume.volume != nullptr && volume.volume->kind() == VolumeKind::kIso9660;
    if (thing != "GPT" && is_iso) {
      volume.volume = nullptr;
      volume.is_unformatted = true;
    }
    own = i == world.own ? seen.size() : own;
    seen.push_back(std::move(volume));
  }
  world.volumes = std::move(seen);
  world.own = own;
}

std::string title_of(const LoaderEntry& entry) {
  const std::string& name = entry.title.empty() ? entry.id : entry.title;
  return name.empty() ? std::string("the first commands") : fmt::format("entry '{}'", name);
}

}  // namespace

bool PathFinder::runs(Architecture architecture) const {
  switch (architecture) {
    case Architecture::kX86:
      return firmware_ == FirmwareClass::kBios || firmware_ == FirmwareClass::kUefiIa32 ||
             firmware_ == FirmwareClass::kUefiX64;
    case Architecture::kX86_64:
      return firmware_ == FirmwareClass::kBios || firmware_ == FirmwareClass::kUefiX64 ||
             firmware_ == FirmwareClass::kUefiIa32;
    case Architecture::kArm64:
      return firmware_ == FirmwareClass::kUefiAarch64;
    case Architecture::kRiscv64:
      return firmware_ == FirmwareClass::kUefiRiscv64;
    case Architecture::kUnknown:
      return true;
    default:
      return false;
  }
}

const PathFinder::ReadConfig& PathFinder::config_of(const ConfigKey& key,
                                                    const ConfigReader& read) {
  std::unique_ptr<ReadConfig>& slot = configs_[key];
  if (!slot) {
    slot = std::make_unique<ReadConfig>();
    slot->world = medium_.world_of(*std::get<const Place*>(key), firmware_, attachment_);
    Findings found;
    slot->config = read(slot->world, found);
    slot->found = found.take();
  }
  return *slot;
}

void PathFinder::follow_grub(Trail& trail, Place& own, const EfiProgram& grub, EfiProgram* shim) {
  GrubStart start;
  if (grub.grub) {
    start.prefix = grub.grub->prefix;
    start.embedded_config = grub.grub->embedded_config;
  }
  start.program_folder = grub.path.substr(0, grub.path.rfind('/'));
  const ConfigKey key(&own, grub.content.get(),
                      fmt::format("GRUB {} {}", start.program_folder, start.prefix));
  follow_grub_start(trail, key, start, grub.memdisk.get(), shim);
}

void PathFinder::follow_grub_start(Trail& trail, const ConfigKey& key, const GrubStart& start,
                                   Volume* memdisk, EfiProgram* shim) {
  const Unseen unseen = unseen_by_grub();
  const bool is_boot_image = std::get<const Place*>(key)->kind == PlaceKind::kElToritoImage;
  const auto read = [&](LoaderWorld& world, Findings& findings) {
    if (is_boot_image && firmware_ != FirmwareClass::kBios) {
      // A boot image is no disk of GRUB's: the device that it came from is the disk around it, even
      // where a partition begins at the same sector (GRUB 2.06, grub_efidisk_get_device_name).
      world.own = 0;
    }
    if (!unseen.thing.empty()) {
      hide(unseen.thing, world);
    }
    if (memdisk != nullptr) {
      world.volumes.push_back({"memdisk", memdisk, {}, {}, false, false});
    }
    return read_grub_config(world, start, findings);
  };
  if (unseen.thing.empty()) {
    follow_config(trail, config_of(key, read), shim);
    return;
  }
  Trail tried = trail;
  std::vector<Finding> found = findings_.take();
  follow_config(tried, config_of(key, read), shim);
  if (tried.is_broken()) {
    // What it misses follows from this one thing, which has a finding of its own.
    findings_.take();
    trail.add(unseen.thing, unseen.offset);
    trail.break_off(unseen.problem);
  } else {
    trail = std::move(tried);
  }
  findings_.append(std::move(found));
}

/// part_gpt reads the primary header alone, behind an MBR with its signature and an entry of type
/// 0xEE, and no CRC32 (GRUB 2.06, grub-core/partmap/gpt.c); iso9660 takes a medium whose
/// descriptors lack an identifier for none (grub-core/fs/iso9660.c).
PathFinder::Unseen PathFinder::unseen_by_grub() const {
  const Inspection& inspection = medium_.inspection();
  const std::optional<Iso9660>& iso = inspection.iso9660;
  if (iso && iso->unidentified_sector) {
    return {"ISO 9660",
            fmt::format("GRUB does not read it: the volume descriptor at sector {} has not the "
                        "identifier CD001",
                        *iso->unidentified_sector),
            *iso->unidentified_sector * kIsoSectorBytes};
  }
  const std::optional<Gpt>& gpt = inspection.gpt;
  if (iso || !gpt || !inspection.mbr) {
    return {};
  }
  constexpr std::uint64_t kTable = 446;
  if (!inspection.mbr->has_signature) {
    return {"GPT", "GRUB does not use it: the MBR has no signature 55 aa", kTable};
  }
  const auto& entries = inspection.mbr->entries;
  if (std::none_of(entries.begin(), entries.end(),
                   [](const MbrPartition& entry) { return entry.is_protective(); })) {
    return {"GPT", "GRUB does not use it: the MBR has no entry of type 0xEE", kTable};
  }
  if (!gpt->primary && firmware_ == FirmwareClass::kBios) {
    // For UEFI EDK II writes the primary one anew before it starts a loader.
    return {"GPT", "GRUB does not use it: it reads the primary header alone, and there is none",
            gpt->sector_bytes};
  }
  return {};
}

void PathFinder::follow_syslinux(Trail& trail, Place& own, const EfiProgram* program,
                                 const SyslinuxStart& start) {
  const auto read = [&](const LoaderWorld& world, Findings& findings) {
    return read_syslinux_config(world, start, findings);
  };
  const ConfigKey key(&own, program == nullptr ? nullptr : program->content.get(),
                      fmt::format("SYSLINUX {} {}", static_cast<int>(start.kind), start.directory));
  follow_config(trail, config_of(key, read), nullptr);
}

void PathFinder::follow_systemd_boot(Trail& trail, Place& own, EfiProgram* shim) {
  follow_config(trail, config_of({&own, nullptr, "systemd-boot"}, read_systemd_boot_config), shim);
}

void PathFinder::follow_config(Trail& trail, const ReadConfig& read, EfiProgram* shim) {
  const LoaderConfig& config = read.config;
  trail.enter(BootPart::kLoader);
  if (!config.files.empty()) {
    trail.add(config.files.back(), trail.links().back().offset);
  }
  // What is wrong with an entry (loader.*) is told where the entry is followed.
  std::vector<Finding> of_the_whole;
  std::copy_if(read.found.begin(), read.found.end(), std::back_inserter(of_the_whole),
               [](const Finding& finding) { return !finding.rule.starts_with("loader."); });
  const std::string defect = first_error(of_the_whole);
  findings_.append(read.found);
  if (!defect.empty()) {
    trail.break_off(defect);
    return;
  }
  if (config.files.empty()) {
    trail.doubt(
        config.not_followed.empty()
            ? fmt::format("{} finds no configuration and stops at its prompt", name_of(config.kind))
            : fmt::format("its configuration was not followed: {}", config.not_followed.front()));
    return;
  }
  const LoaderEntry* entry = chosen(config);
  if (entry == nullptr) {
    trail.doubt(config.not_followed.empty()
                    ? std::string("there is nothing in it to start")
                    : fmt::format("not followed to its end: {}", config.not_followed.front()));
    return;
  }
  if (config.waits_for_input || config.ends_at_prompt) {
    trail.doubt("it waits for a person");
  }
  follow_entry(trail, read, *entry, shim);
}

void PathFinder::follow_entry(Trail& trail, const ReadConfig& read, const LoaderEntry& entry,
                              EfiProgram* shim) {
  const LoaderWorld& world = read.world;
  trail.add(title_of(entry), entry.offset);
  if (entry.is_conditional) {
    trail.doubt("what it does depends on the machine");
  }
  if (entry.kernel) {
    follow_kernel(trail, read, entry, shim);
  } else if (entry.chain_target) {
    const LoaderFile& target = *entry.chain_target;
    if (target.is_missing) {
      trail.add(target.name, target.offset);
      trail.break_off("the file is not there");
    } else if (target.volume && target.node && firmware_ != FirmwareClass::kBios) {
      Volume* volume = world.volumes[*target.volume].volume;
      const auto place = std::find_if(
          medium_.places().begin(), medium_.places().end(),
          [&](const Place& one) { return volume != nullptr && one.volume.get() == volume; });
      if (place != medium_.places().end()) {
        follow_program(trail, *place, *target.node, target.path, shim);
      }
    } else {
      trail.add(target.name, target.offset);
      trail.doubt("it is not on this medium");
    }
  } else if (!entry.modules.empty()) {
    trail.add(entry.modules.front().name, entry.modules.front().offset);
    if (entry.modules.front().is_missing) {
      trail.break_off("the file is not there");
    }
  } else {
    trail.doubt(entry.action.empty() ? "it starts nothing"
                                     : fmt::format("it does '{}'", entry.action));
  }
}

/// systemd-boot starts any kernel by LoadImage(); so does GRUB where the architecture has no boot
/// protocol of its own (GRUB 2.06, grub-core/loader/arm64/linux.c).
bool PathFinder::starts_kernels_as_programs(LoaderKind loader) const {
  const bool has_protocol =
      firmware_ == FirmwareClass::kUefiX64 || firmware_ == FirmwareClass::kUefiIa32;
  return firmware_ != FirmwareClass::kBios &&
         (loader == LoaderKind::kSystemdBoot || (loader == LoaderKind::kGrub && !has_protocol));
}

void PathFinder::follow_kernel(Trail& trail, const ReadConfig& config, const LoaderEntry& entry,
                               EfiProgram* shim) {
  const LoaderWorld& world = config.world;
  const LoaderFile& file = *entry.kernel;
  trail.enter(BootPart::kKernel);
  trail.add(file.name, file.offset);
  if (file.is_missing) {
    trail.break_off("the file is not there");
    return;
  }
  if (!file.volume || !file.node || world.volumes[*file.volume].volume == nullptr) {
    trail.doubt("it can't be looked at: it is not on this medium, or its name is not certain");
    return;
  }
  Volume& volume = *world.volumes[*file.volume].volume;
  KernelFile& read = programs_.kernel(volume, *file.node, file.path);
  const std::uint64_t offset = read.content->image_offset(0);
  if (!read.kernel) {
    findings_.add(rule("boot.no-kernel"), offset, printable_text(file.path),
                  "none of the formats of a kernel", "a kernel, as the loader's entry says");
    trail.break_off("it is no kernel");
    return;
  }
  if (!read.defect.empty()) {
    trail.break_off(read.defect);
    return;
  }
  if (!runs(read.kernel->architecture)) {
    findings_.add(rule("boot.kernel-machine"), offset, printable_text(file.path),
                  std::string(name_of(read.kernel->architecture)),
                  fmt::format("a kernel for {}", name_of(firmware_)));
    trail.break_off(fmt::format("it is for {}", name_of(read.kernel->architecture)));
    return;
  }
  const std::optional<std::uint16_t>& machine = read.kernel->pe_machine;
  if (starts_kernels_as_programs(config.config.kind) && machine != machine_of(firmware_)) {
    findings_.add(rule("boot.kernel-not-efi"), offset, printable_text(file.path),
                  machine ? fmt::format("an EFI program for {}", machine_name(*machine))
                          : std::string("no EFI program"),
                  fmt::format("an EFI program for {}", machine_name(machine_of(firmware_))));
    trail.break_off(machine ? fmt::format("it is an EFI program for {}", machine_name(*machine))
                            : std::string("it is no EFI program, and the loader starts no other"));
    return;
  }
  if (is_secure_ && firmware_ != FirmwareClass::kBios) {
    check_signature(trail, programs_.efi_program(volume, *file.node, file.path), shim);
  }
  follow_initrds(trail, world, entry, &*read.kernel);
}

void PathFinder::follow_initrds(Trail& trail, const LoaderWorld& world, const LoaderEntry& entry,
                                const Kernel* kernel) {
  if (entry.initrds.empty() || trail.is_broken()) {
    return;
  }
  std::vector<std::pair<Volume*, Node>> files;
  std::vector<std::string> paths;
  std::string names;
  for (const LoaderFile& file : entry.initrds) {
    names += (names.empty() ? "" : " + ") + file.name;
    if (file.volume && file.node && world.volumes[*file.volume].volume != nullptr) {
      files.emplace_back(world.volumes[*file.volume].volume, *file.node);
      paths.push_back(file.path);
    }
  }
  trail.enter(BootPart::kInitramfs);
  trail.add(names, entry.initrds.front().offset);
  const bool is_missing = std::any_of(entry.initrds.begin(), entry.initrds.end(),
                                      [](const LoaderFile& file) { return file.is_missing; });
  if (is_missing) {
    trail.break_off("the file is not there");
    return;
  }
  if (files.size() < entry.initrds.size()) {
    trail.doubt("it can't be looked at: it is not on this medium, or its name is not certain");
    return;
  }
  const InitramfsImage& image = programs_.initramfs(files, paths, kernel, entry.arguments);
  if (!image.defect.empty()) {
    trail.break_off(image.defect);
  } else {
    add_init(trail, image);
  }
}

void PathFinder::add_init(Trail& trail, const InitramfsImage& image) {
  std::string chain;
  for (const InitLink& link : image.initramfs.init) {
    chain += (chain.empty() ? "" : " -> ") + link.path;
  }
  if (!chain.empty()) {
    trail.add(chain, trail.links().back().offset);
  }
}

}  // namespace bootproof::inspectors
