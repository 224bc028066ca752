#include "harness/cli/doctor.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <set>

#include "builders/guestfs_appliance.h"
#include "builders/guestfs_job.h"
#include "builders/packages.h"
#include "harness/core/files.h"
#include "harness/core/program.h"
#include "harness/core/spawn.h"
#include "harness/core/text.h"
#include "harness/images/nbd_library.h"
#include "harness/run/budget.h"
#include "harness/vm/firmware.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

struct ProgramRow {
  const char* program;
  const char* version_flag;
  const char* package;
  const char* needed_for;
};
constexpr std::array<ProgramRow, 11> kPrograms{{
    {"qemu-system-x86_64", "--version", "qemu-system-x86", "x86_64 machines"},
    {"qemu-system-aarch64", "--version", "qemu-system-arm", "aarch64 machines"},
    {"qemu-img", "--version", "qemu-utils", "overlays that keep the medium unwritten"},
    {"qemu-io", "--version", "qemu-utils", "`hide: el-torito`"},
    {"swtpm", "--version", "swtpm", "`tpm: true`"},
    {"qemu-nbd", "--version", "qemu-utils", "inspecting qcow2 and other images that are not raw"},
    {"xorriso", "-version", "xorriso", "building ISO images"},
    {"grub-mkimage", "--version", "grub-common", "building media with GRUB"},
    {"mcopy", "--version", "mtools", "filling EFI system partitions"},
    {"mkfs.vfat", "--help", "dosfstools", "making EFI system partitions"},
    {"dpkg-deb", "--version", "dpkg", "unpacking fetched packages"},
}};

struct FileRow {
  const char* file;
  const char* package;
  const char* needed_for;
};
constexpr std::array<FileRow, 3> kFiles{{
    {"/usr/share/seabios/bios-256k.bin", "seabios", "firmware seabios"},
    {"/usr/lib/grub/i386-pc/boot.img", "grub-pc-bin", "GRUB for BIOS"},
    {"/usr/lib/grub/x86_64-efi/linux.mod", "grub-efi-amd64-bin", "GRUB for x86_64 UEFI"},
}};

struct FirmwareRow {
  Firmware firmware;
  MachineType machine;
  const char* package;
};
constexpr std::array<FirmwareRow, 7> kFirmware{{
    {Firmware::kOvmf, MachineType::kQ35, "ovmf"},
    {Firmware::kOvmfIa32, MachineType::kQ35, "ovmf-ia32"},
    {Firmware::kOvmfSecure, MachineType::kQ35, "ovmf"},
    {Firmware::kOvmfSecureOwn, MachineType::kQ35, "ovmf"},
    {Firmware::kAavmf, MachineType::kVirt, "qemu-efi-aarch64"},
    {Firmware::kAavmfSecure, MachineType::kVirt, "qemu-efi-aarch64"},
    {Firmware::kAavmfSecureOwn, MachineType::kVirt, "qemu-efi-aarch64"},
}};

HostCheck check_program(const ProgramRow& row) {
  HostCheck check{row.program, false, {}, row.package, row.needed_for};
  const Result<fs::path> path = find_program(row.program);
  if (!path) {
    check.found = "not found in PATH";
    return check;
  }
  ProgramCall call;
  call.arguments = {path->string(), row.version_flag};
  const Result<ProgramResult> result = run_program(call);
  check.ok = result.has_value();
  const std::string& said = !result || result->output.empty() ? path->string() : result->output;
  check.found = escape_for_terminal(said.substr(0, said.find('\n')));
  return check;
}

HostCheck check_grub_arm64() {
  const PackageFile file{"grub-efi-arm64-bin", "arm64", "/usr/lib/grub/arm64-efi/linux.mod"};
  HostCheck check{"GRUB arm64-efi", false, "not fetched", {}, "building aarch64 media with GRUB"};
  if (const auto path = find_package_file(cache_folder(), file)) {
    check.ok = true;
    check.found = path->parent_path().string();
  } else {
    check.found = "not fetched: bootproof fetch grub-efi-arm64-bin arm64";
  }
  return check;
}

HostCheck check_libnbd() {
  const Result<const NbdLibrary*> library = nbd_library();
  return {"libnbd", library.has_value(), library ? "loads" : library.error().message(), "libnbd0",
          "inspecting qcow2 and other images that are not raw"};
}

HostCheck check_cache() {
  HostCheck check{"cache folder", false, {}, {}, "built media, probe results"};
  const fs::path folder = cache_folder();
  try {
    create_folders(folder, kCacheRemedy);
    write_file_atomically(folder / ".writable", "");
    std::error_code code;
    const fs::space_info space = fs::space(folder, code);
    check.ok = true;
    check.found = fmt::format("{}, {} MiB free", folder.string(), space.available >> 20U);
  } catch (const Error& error) {
    check.found = error.message();
  }
  return check;
}

HostCheck check_accelerator() {
  HostCheck check{"accelerator", false, {}, {}, "speed"};
  try {
    const AcceleratorChoice choice = choose_accelerator(Accelerator::kAuto, cache_folder());
    check.ok = true;
    check.found = fmt::format("{}: {} (this host is {:.1f} times slower than the reference)",
                              name_of(choice.accelerator), choice.reason, choice.slowness);
  } catch (const Error& error) {
    check.found = error.message();
  }
  return check;
}

}  // namespace

std::vector<HostCheck> examine_host() {
  std::vector<HostCheck> checks;
  for (const ProgramRow& row : kPrograms) {
    checks.push_back(check_program(row));
  }
  for (const FileRow& row : kFiles) {
    std::error_code code;
    const bool there = fs::exists(row.file, code);
    checks.push_back({row.needed_for, there, there ? row.file : fmt::format("no {}", row.file),
                      row.package, row.needed_for});
  }
  const std::vector<fs::path> folders = firmware_descriptor_folders();
  const std::vector<FirmwareDescriptor> descriptors = read_firmware_descriptors(folders);
  for (const FirmwareRow& row : kFirmware) {
    const Result<FirmwareDescriptor> found = find_firmware(descriptors, row.firmware, row.machine);
    checks.push_back({fmt::format("firmware {}", name_of(row.firmware)), found.has_value(),
                      found ? found->code.string() : found.error().message(), row.package,
                      fmt::format("firmware {}", name_of(row.firmware))});
  }
  checks.push_back(check_libnbd());
  checks.push_back(check_grub_arm64());
  checks.push_back(check_cache());
  checks.push_back(check_accelerator());
  checks.push_back({"CPUs and memory",
                    true,
                    fmt::format("{} CPUs, {} MiB available", usable_cpus(), available_memory_mib()),
                    {},
                    "machines at once"});
  return checks;
}

std::vector<HostCheck> examine_guestfs(bool launches) {
  constexpr const char* kNeededFor = "inspect --deep, recipes with backend: guestfs";
  std::vector<HostCheck> checks;
  const auto check = [&](const char* what, const char* package, const auto& look) {
    HostCheck row{what, false, {}, package, kNeededFor};
    try {
      row.found = look();
      row.ok = true;
    } catch (const Error& error) {
      row.found = error.hint().empty()
                      ? error.message()
                      : fmt::format("{}; {}", error.message(),
                                    error.hint().substr(0, error.hint().find('\n')));
    }
    checks.push_back(std::move(row));
  };
  check("libguestfs", "libguestfs0", [] {
    const fs::path worker = find_guestfs_worker();
    return fmt::format("{} ({})", guestfs_version(worker), worker.string());
  });
  check("libguestfs appliance", "supermin", [] {
    if (const Result<fs::path> program = find_program("supermin"); !program) {
      throw program.error();
    }
    return supermin_folder().string();
  });
  check("libguestfs kernel", "",
        [] { return find_appliance_kernel(cache_folder()).image.string(); });
  if (launches) {
    check("libguestfs launch", "", [] {
      GuestfsHost host;
      host.worker = find_guestfs_worker();
      host.cache = cache_folder();
      const AcceleratorChoice choice = choose_accelerator(Accelerator::kAuto, host.cache);
      host.uses_kvm = choice.accelerator == Accelerator::kKvm;
      const GuestfsTimes times = try_guestfs(host);
      return fmt::format("in {} ms by {}", times.launch_ms, name_of(choice.accelerator));
    });
  }
  return checks;
}

std::string remedy(std::span<const HostCheck> checks) {
  std::set<std::string> packages;
  for (const HostCheck& check : checks) {
    if (!check.ok && !check.package.empty()) {
      packages.insert(check.package);
    }
  }
  return packages.empty() ? "" : fmt::format("apt-get install {}", fmt::join(packages, " "));
}

}  // namespace bootproof
