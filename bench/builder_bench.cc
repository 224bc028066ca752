// Times `bootproof build` beside programs that make the same media, in turn, and prints medians:
// ratios of one run are to be compared, never absolute times. What is compared with is told to be
// missing where the host does not have it.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "harness/core/files.h"
#include "harness/core/program.h"
#include "harness/core/spawn.h"

namespace {

namespace fs = std::filesystem;
using bootproof::bench::cpu_of_children;
using bootproof::bench::median;
using Clock = std::chrono::steady_clock;

constexpr const char* kKernel =
    "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64/linux";

/// A way to make a medium, and what its rounds took.
struct Contender {
  std::string name;
  std::function<void()> prepare;     ///< Not timed.
  std::vector<std::string> command;  ///< Empty: missing on this host.
  std::vector<double> milliseconds = {};
  std::vector<double> cpu_milliseconds =
      {};  ///< User and system time: other load disturbs it less.
  bool has_failed = false;
};

/// The surroundings of the timed commands: a cache and a folder of the benchmark's own.
class Bench {
 public:
  Bench() {
    std::string name = (fs::temp_directory_path() / "bootproof-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), name);
    }
    folder_ = name;
    fs::create_directories(cache());
    for (const char* const part : {"packages", "appliance", "accelerator.json"}) {
      fs::create_symlink(bootproof::cache_folder() / part, cache() / part);
    }
    ::setenv("BOOTPROOF_CACHE", cache().c_str(), 1);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  ~Bench() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  [[nodiscard]] const fs::path& folder() const { return folder_; }
  [[nodiscard]] fs::path cache() const { return folder_ / "cache"; }

  void write(const fs::path& name, std::string_view text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  /// Forgets what was built of the kinds that are timed, not what goes into them.
  [[nodiscard]] std::function<void()> forget_media() const { return forget({".img", ".iso"}); }

  /// Forgets also what media of the same kind have in common.
  [[nodiscard]] std::function<void()> forget_parts() const {
    return forget({".img", ".iso", ".core", ".fat"});
  }

 private:
  [[nodiscard]] std::function<void()> forget(std::vector<std::string> endings) const {
    return [built = cache() / "built", endings = std::move(endings)] {
      std::vector<fs::path> files;
      for (const fs::directory_entry& entry : fs::directory_iterator(built)) {
        const std::string ending = entry.path().extension().string();
        if (std::find(endings.begin(), endings.end(), ending) != endings.end()) {
          files.push_back(entry.path());
        }
      }
      for (const fs::path& file : files) {
        fs::remove(file);
      }
    };
  }

  fs::path folder_;
};

bool run(const std::vector<std::string>& command) {
  bootproof::ProgramCall call;
  call.arguments = command;
  call.limit = std::chrono::minutes(10);
  const bootproof::Result<bootproof::ProgramResult> result = bootproof::run_program(call);
  if (!result || result->exit_code != 0) {
    fmt::print(stderr, "{}: {}\n", command.front(),
               result ? result->error_output : result.error().what());
    return false;
  }
  return true;
}

bool has(const std::string& program) { return bootproof::find_program(program).has_value(); }

/// Runs all in turn. The first is what the others are held against.
void compare(const std::string& what, std::vector<Contender> contenders, int rounds) {
  fmt::print("{}, medians of {} rounds\n", what, rounds);
  for (int round = -1; round < rounds; ++round) {  // The first only warms up.
    for (Contender& contender : contenders) {
      if (contender.command.empty() || contender.has_failed) {
        continue;
      }
      if (contender.prepare) {
        contender.prepare();
      }
      const double cpu_before = cpu_of_children();
      const Clock::time_point begin = Clock::now();
      contender.has_failed = !run(contender.command);
      if (round >= 0) {
        contender.milliseconds.push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
        contender.cpu_milliseconds.push_back(cpu_of_children() - cpu_before);
      }
    }
  }
  const auto& first = contenders.front();
  const double own =
      first.has_failed || first.milliseconds.empty() ? 0 : median(first.milliseconds);
  for (const Contender& contender : contenders) {
    if (contender.command.empty() || contender.has_failed || contender.milliseconds.empty()) {
      fmt::print("  {:<46} {}\n", contender.name,
                 contender.command.empty() ? "missing on this host" : "failed");
      continue;
    }
    const double time = median(contender.milliseconds);
    fmt::print("  {:<46} {:9.1f} ms  {:6.2f} times the first  {:8.1f} ms of CPU\n", contender.name,
               time, own == 0 ? 0 : time / own, median(contender.cpu_milliseconds));
  }
  std::fflush(stdout);  // Who ends it early still has what was measured.
}

std::vector<std::string> shell(const std::string& script) { return {"sh", "-ec", script}; }

/// The shipped recipe with `backend: guestfs`.
void write_guestfs_recipes(const Bench& bench) {
  std::string text = *bootproof::read_file(BOOTPROOF_SOURCE_DIR "/scenarios/disk-recipes.yaml",
                                           std::uint64_t{1} << 20U);
  const auto replace = [&](const std::string& from, const std::string& to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  };
  replace("\n    disk:\n", "\n    disk:\n      backend: guestfs\n");
  for (const std::string file : {"payload-recipes.yaml", "iso-recipes.yaml"}) {
    replace(file, BOOTPROOF_SOURCE_DIR "/scenarios/" + file);
  }
  bench.write("guestfs.yaml", text);
}

/// The files of recipe 10 as trees, for those who take folders.
void write_trees(const Bench& bench, const fs::path& initrd) {
  bench.write("tree/rootfs/etc/os-release", "ID=bootproof\nNAME=bootproof\n");
  fs::create_directories(bench.folder() / "tree/rootfs/usr/lib");
  fs::create_symlink("../../etc/os-release", bench.folder() / "tree/rootfs/usr/lib/os-release");
  bench.write("tree/bootfs/grub/grub.cfg", "set timeout=0\n");
  fs::copy_file(kKernel, bench.folder() / "tree/bootfs/vmlinuz");
  fs::copy_file(initrd, bench.folder() / "tree/bootfs/initrd");
  fs::create_directories(bench.folder() / "input");
  bench.write("disc/boot/grub/grub.cfg", "set timeout=0\n");
  fs::copy_file(kKernel, bench.folder() / "disc/boot/vmlinuz");
  fs::copy_file(initrd, bench.folder() / "disc/boot/initrd");
  bench.write("genimage.cfg", R"(
image root.ext4 { ext4 { use-mke2fs = true label = "root" } size = 24M mountpoint = "/rootfs" }
image boot.ext4 { ext4 { use-mke2fs = true label = "boot" } size = 32M mountpoint = "/bootfs" }
image esp.vfat {
  vfat { label = "ESP" extraargs = "-F 32 -s 1" file EFI/BOOT/BOOTX64.EFI { image = "BOOTX64.EFI" } }
  size = 40M
}
image disk.img {
  hdimage { partition-table-type = "gpt" }
  partition root {
    image = "root.ext4" offset = 1M partition-type-uuid = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
  }
  partition esp { image = "esp.vfat" partition-type-uuid = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" }
  partition boot { image = "boot.ext4" partition-type-uuid = "bc13c2ff-59e6-4262-a352-b275fd6f7172" }
}
)");
  bench.write("disk.guestfish", R"(sparse fish.img 98M
run
part-init /dev/sda gpt
part-add /dev/sda p 2048 51199
part-add /dev/sda p 51200 133119
part-add /dev/sda p 133120 198655
mkfs ext4 /dev/sda1 label:root
mkfs vfat /dev/sda2 label:ESP
mkfs ext4 /dev/sda3 label:boot
mount /dev/sda1 /
copy-in tree/rootfs/etc tree/rootfs/usr /
umount /
mount /dev/sda2 /
mkdir-p /EFI/BOOT
upload input/BOOTX64.EFI /EFI/BOOT/BOOTX64.EFI
umount /
mount /dev/sda3 /
copy-in tree/bootfs/grub tree/bootfs/vmlinuz tree/bootfs/initrd /
umount /
)");
}

/// GRUB's core image by grub-mkimage with the modules that bootproof takes, as the others need it.
std::string grub_script() {
  return "grub-mkimage -O x86_64-efi -p /grub -o input/BOOTX64.EFI part_gpt part_msdos ext2 fat "
         "iso9660 normal linux search search_fs_uuid search_label configfile all_video serial "
         "echo ls cat test";
}

/// The appliance that bootproof made, for guestfish: it is the same for both then.
std::optional<fs::path> appliance(const Bench& bench) {
  std::error_code code;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(bench.cache() / "appliance", code)) {
    if (fs::exists(entry.path() / "README.fixed", code)) {
      return entry.path();
    }
  }
  return std::nullopt;
}

/// Builds the ISO once with a program before xorriso that keeps its command and its work folder.
void record_xorriso(const Bench& bench, const std::string& program, const std::string& recipes) {
  const std::string folder = bench.folder().string();
  bench.write("record/xorriso", fmt::format(R"sh(#!/bin/sh
if [ "$1" = -no_rc ]; then
  printf '%s\0' /usr/bin/xorriso "$@" >{0}/command
  while [ "$1" != -o ]; do shift; done
  dirname "$2" >{0}/work
  cp -a "$(dirname "$2")" {0}/kept
  exec xargs -0 -a {0}/command env
fi
exec /usr/bin/xorriso "$@"
)sh",
                                            folder));
  fs::permissions(bench.folder() / "record/xorriso", fs::perms::owner_all);
  run(shell(fmt::format("PATH={0}/record:$PATH '{1}' build '{2}' iso-grub -o {0}/recorded", folder,
                        program, recipes)));
}

void run_all(int rounds) {
  const Bench bench;
  const std::string program = BOOTPROOF_PROGRAM;
  const std::string scenarios = BOOTPROOF_SOURCE_DIR "/scenarios";
  const std::string disks = scenarios + "/disk-recipes.yaml";
  const std::string isos = scenarios + "/iso-recipes.yaml";
  const std::string folder = bench.folder().string();
  const std::string out = folder + "/out";
  const auto build = [&](const std::string& file, std::vector<std::string> names) {
    std::vector<std::string> command{program, "build", file};
    command.insert(command.end(), names.begin(), names.end());
    command.insert(command.end(), {"-o", out});
    return command;
  };
  if (!run(build(disks, {"shell-x86_64"}))) {
    return;
  }
  write_trees(bench, out + "/shell-x86_64.img");
  write_guestfs_recipes(bench);
  run(shell(fmt::format("cd {} && {}", folder, grub_script())));

  const std::string genimage = fmt::format(
      "cd {} && rm -rf tmp && genimage --rootpath tree --inputpath input --outputpath images "
      "--tmppath tmp --config genimage.cfg",
      folder);
  compare(
      "recipe 10, a GPT disk with three file systems, by files",
      {{"bootproof build", bench.forget_media(), build(disks, {"disk-gpt-uefi"})},
       {"genimage, GRUB's image there already",
        {},
        has("genimage") ? shell(genimage) : std::vector<std::string>{}},
       {"grub-mkimage and genimage",
        {},
        has("genimage") ? shell(fmt::format("cd {} && {} && {}", folder, grub_script(), genimage))
                        : std::vector<std::string>{}},
       {"bootproof build, cached", {}, build(disks, {"disk-gpt-uefi"})}},
      rounds);

  record_xorriso(bench, program, isos);
  std::string work;
  std::getline(std::ifstream(folder + "/work"), work);
  const auto restore = [&] {
    fs::remove_all(work);
    fs::copy(folder + "/kept", work, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  };
  compare("recipe 5, an ISO with GRUB for BIOS and UEFI",
          {{"bootproof build, another payload", bench.forget_media(), build(isos, {"iso-grub"})},
           {"bootproof build, GRUB's images too", bench.forget_parts(), build(isos, {"iso-grub"})},
           {"xorriso alone, the same command", restore,
            shell(fmt::format("xargs -0 -a {}/command env", folder))},
           {"grub-mkrescue",
            {},
            has("grub-mkrescue")
                ? shell(fmt::format("grub-mkrescue -o {0}/rescue.iso {0}/disc", folder))
                : std::vector<std::string>{}},
           {"bootproof build, cached", {}, build(isos, {"iso-grub"})}},
          rounds);

  const std::string guestfs = folder + "/guestfs.yaml";
  const std::vector<std::string> four{"disk-gpt-uefi", "disk-mbr-bios", "disk-systemd-boot",
                                      "stick-syslinux"};
  if (!run(build(guestfs, {"disk-gpt-uefi"}))) {
    return;
  }
  const std::optional<fs::path> fixed = appliance(bench);
  const std::string fish = fmt::format(
      "cd {} && LIBGUESTFS_PATH={} LIBGUESTFS_BACKEND=direct "
      "LIBGUESTFS_BACKEND_SETTINGS=force_tcg guestfish -f disk.guestfish",
      folder, fixed.value_or("").string());
  compare(
      "recipe 10 by libguestfs",
      {{"bootproof build, backend: guestfs", bench.forget_media(),
        build(guestfs, {"disk-gpt-uefi"})},
       {"guestfish with the same appliance",
        {},
        has("guestfish") && fixed ? shell(fish) : std::vector<std::string>{}},
       {"bootproof build, four disks in one launch", bench.forget_media(), build(guestfs, four)}},
      std::max(1, rounds / 5));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run_all(argc > 1 ? std::max(1, std::atoi(argv[1])) : 11);
  } catch (const std::exception& error) {
    fmt::print(stderr, "builder_bench: {}\n", error.what());
    return 3;
  }
}
