#include "builders/disk_maker.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "builders/archive_writer.h"
#include "builders/disk_boot_code.h"
#include "builders/grub_image.h"
#include "builders/partition_table.h"
#include "builders/tools.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// A file whose bytes are on this host, made by the build or found.
ImageFile placed(std::string path, std::variant<InputFile, std::string> content) {
  constexpr unsigned kPlain = 0644;
  return {std::move(path), std::move(content), S_IFREG | kPlain};
}

void describe_partition(const PartitionRecipe& partition, const PartitionInput& input,
                        BuildKey& key) {
  const std::string byte = partition.type.byte ? std::to_string(*partition.type.byte) : "none";
  key.add("partition",
          fmt::format("{} {} {} {} {} {} {}", partition.name, partition.number, partition.type.guid,
                      byte, partition.size, partition.is_active, partition.uuid.value_or("-")));
  if (input.raw) {
    key.add("raw", *input.raw);
  }
  if (const FileSystemRecipe* const file_system = file_system_of(partition)) {
    key.add("file system", name_of(file_system->type));
    key.add("label", file_system->label);
    key.add("uuid", file_system->uuid.value_or("-"));
    key.add(input.files);
    add_file_system_tools(file_system->type, key);
  }
}

}  // namespace

DiskInput find_inputs(const DiskRecipe& recipe, const InputFinder& finder) {
  DiskInput input{recipe, {}, {}, {}, {}, {}};
  if (uses_guestfs(recipe)) {
    input.guestfs = finder.guestfs();
  }
  for (const PartitionRecipe& partition : recipe.partitions) {
    PartitionInput& found = input.partitions.emplace_back();
    if (const FileSystemRecipe* const file_system = file_system_of(partition)) {
      found.files = finder.files(file_system->files);
    } else if (const auto* raw = std::get_if<FileSource>(&partition.content)) {
      found.raw = finder.file(*raw);
    }
  }
  if (recipe.grub) {
    for (const GrubPlatform platform : recipe.grub->platforms) {
      input.grub.push_back(finder.grub(platform));
    }
  }
  if (recipe.syslinux) {
    const std::string_view name = recipe.table == PartitionTable::kGpt ? "gptmbr.bin" : "mbr.bin";
    input.syslinux_code = finder.file(
        {PackageFile{"syslinux-common", "amd64", fmt::format("/usr/lib/syslinux/mbr/{}", name)},
         recipe.syslinux->mark});
  }
  if (recipe.written) {
    input.written = finder.file(*recipe.written);
  }
  return input;
}

void describe(const DiskInput& input, BuildKey& key) {
  const DiskRecipe& recipe = input.recipe;
  key.add("disk",
          fmt::format("{} {} {}", static_cast<int>(recipe.table), recipe.sector_size, recipe.size));
  for (std::size_t i = 0; i < recipe.partitions.size(); ++i) {
    describe_partition(recipe.partitions[i], input.partitions[i], key);
  }
  if (recipe.grub) {
    key.add("grub", fmt::format("{} {}", recipe.grub->partition, recipe.grub->esp));
    key.add("folder", recipe.grub->folder);
    key.add("has grub.cfg", recipe.grub->grub_cfg ? "yes" : "no");
    key.add("grub.cfg", recipe.grub->grub_cfg.value_or(""));
    for (const GrubFolder& grub : input.grub) {
      key.add(grub);
    }
    key.add_tool("grub-mkimage");
  }
  if (recipe.syslinux) {
    key.add("syslinux", recipe.syslinux->partition);
    key.add("folder", recipe.syslinux->folder);
    key.add("code", *input.syslinux_code);
    key.add_tool("syslinux");
  }
  if (input.written) {
    key.add("written", *input.written);
  }
  if (uses_guestfs(recipe)) {  // Beside the tools, so that what is unique is that of both backends.
    key.add_library(input.guestfs);
  }
  if (recipe.format ==
      DiskFormat::kQcow2) {  // A tool, so that the identity is that of the raw disk.
    key.add_tool("qemu-img");
  }
}

std::string_view suffix_of(const DiskRecipe& recipe) {
  return recipe.format == DiskFormat::kQcow2 ? ".qcow2" : ".img";
}

DiskBuild::DiskBuild(const DiskInput& input, BuildPlace place)
    : input_(input),
      recipe_(input.recipe),
      place_(std::move(place)),
      disk_(recipe_.format == DiskFormat::kRaw ? place_.image : place_.work_folder / "disk.img") {}

void DiskBuild::begin() {
  const std::uint64_t taken =
      input_.written ? disk_.copy_from(input_.written->path, 0) : std::uint64_t{0};
  layout_ = lay_out(recipe_, taken);
  disk_.resize(layout_.size);
  if (input_.written) {
    extend_partition_table(disk_, recipe_, layout_, place_.identity);
  } else {
    write_partition_table(disk_, recipe_, layout_, place_.identity);
  }
  make_grub_images();
  for (std::size_t i = 0; i < recipe_.partitions.size(); ++i) {
    write_raw(i);
  }
}

fs::path DiskBuild::core(GrubPlatform platform) const {
  return place_.work_folder / fmt::format("core-{}", name_of(platform));
}

void DiskBuild::make_grub_images() const {
  for (const GrubFolder& grub : input_.grub) {
    const PartitionRecipe& home = *find_partition(recipe_, recipe_.grub->partition);
    GrubOptions options;
    options.search = {GrubSearchKey::kUuid,
                      file_system_uuid(*file_system_of(home), home.name, place_.identity)};
    options.folder = recipe_.grub->folder;
    options.modules = {"ext2"};
    options.start = GrubStart::kDisk;
    make_grub_image(grub, options, place_.work_folder, core(grub.platform));
  }
}

/// What the builder itself puts into a partition's file system.
void DiskBuild::add_own_files(const std::string& partition, ImageFiles& files) const {
  if (!recipe_.grub) {
    return;
  }
  if (recipe_.grub->grub_cfg && recipe_.grub->partition == partition) {
    files.files.push_back(placed(recipe_.grub->folder + "/grub.cfg", *recipe_.grub->grub_cfg));
  }
  for (const GrubPlatform platform : recipe_.grub->platforms) {
    if (platform != GrubPlatform::kI386Pc && recipe_.grub->esp == partition) {
      files.files.push_back(placed(fmt::format("/EFI/BOOT/{}", removable_media_name(platform)),
                                   InputFile{core(platform), {}, false}));
    }
  }
}

void DiskBuild::write_raw(std::size_t index) const {
  const std::optional<InputFile>& raw = input_.partitions[index].raw;
  if (!raw) {
    return;
  }
  const PartitionRecipe& partition = recipe_.partitions[index];
  const PartitionPlace& where = layout_.partitions[index];
  const std::uint64_t size = fs::file_size(raw->path);
  if (size > where.size) {
    throw error_at(
        std::get<FileSource>(partition.content).mark,
        fmt::format("{} has {}, '{}' {}: {} too little", raw->path.string(), shown_size(size),
                    partition.name, shown_size(where.size), shown_size(size - where.size)),
        "make the partition larger");
  }
  static_cast<void>(disk_.copy_from(raw->path, where.start));
}

std::optional<FileSystemJob> DiskBuild::job_of(std::size_t index) const {
  const PartitionRecipe& partition = recipe_.partitions[index];
  const FileSystemRecipe* const file_system = file_system_of(partition);
  if (file_system == nullptr) {
    return std::nullopt;
  }
  const fs::path work = place_.work_folder / fmt::format("partition-{}", index);
  ImageFiles files = input_.partitions[index].files;
  add_own_files(partition.name, files);
  return FileSystemJob{*file_system,
                       partition.name,
                       layout_.partitions[index],
                       recipe_.sector_size,
                       file_system_uuid(*file_system, partition.name, place_.identity),
                       place_.identity,
                       all_files(files, work),
                       work,
                       place_.date};
}

void DiskBuild::make_file_systems() const {
  const std::size_t count = recipe_.partitions.size();
  std::vector<std::exception_ptr> problems(count);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {  // Each writes to its own part of the disk.
    for (std::size_t i = 0; (i = next++) < count;) {
      try {
        if (const std::optional<FileSystemJob> job = job_of(i)) {
          make_file_system(*job, disk_);
        }
      } catch (...) {
        problems[i] = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    const std::size_t most = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
    for (std::size_t i = 1; i < std::min(most, count); ++i) {
      threads.emplace_back(work);
    }
    work();
  }
  for (const std::exception_ptr& problem : problems) {  // The first one of the recipe's order.
    if (problem) {
      std::rethrow_exception(problem);
    }
  }
}

GuestfsDisk DiskBuild::guestfs_disk(std::string name) const {
  GuestfsDisk disk;
  disk.name = std::move(name);
  disk.file = disk_.path();
  disk.sector_size = recipe_.sector_size;
  for (std::size_t i = 0; i < recipe_.partitions.size(); ++i) {
    const std::optional<FileSystemJob> job = job_of(i);
    if (!job) {
      continue;
    }
    check_files(*job);
    GuestfsVolume& volume = disk.volumes.emplace_back();
    const bool is_whole = recipe_.table == PartitionTable::kNone && !recipe_.written;
    volume.partition = is_whole ? 0 : recipe_.partitions[i].number;
    volume.type = job->recipe.type;
    volume.label = job->recipe.label;
    volume.uuid = job->uuid;
    volume.command = {"env", "MKE2FS_CONFIG=/nonexistent",
                      fmt::format("E2FSPROGS_FAKE_TIME={}", place_.date)};
    for (std::string& word : mkfs_command(*job, 0)) {
      volume.command.push_back(std::move(word));
    }
    if (!job->files.empty()) {
      volume.tar = job->work_folder / "files.tar";
      write_tar(job->files, volume.tar, place_.date);
    }
  }
  return disk;
}

void DiskBuild::finish() const {
  for (const GrubFolder& grub : input_.grub) {
    if (grub.platform == GrubPlatform::kI386Pc) {
      install_grub_bios(disk_, recipe_, layout_, grub.folder, core(grub.platform));
    }
  }
  if (recipe_.syslinux) {
    install_syslinux(disk_, recipe_, layout_, input_.syslinux_code->path, place_.date);
  }
  if (recipe_.format == DiskFormat::kQcow2) {
    run_tool({"qemu-img", "convert", "-f", "raw", "-O", "qcow2", disk_.path().string(),
              place_.image.string()});
  }
}

void make(const DiskInput& input, const BuildPlace& place) {
  DiskBuild build(input, place);
  build.begin();
  build.make_file_systems();
  build.finish();
}

}  // namespace bootproof
