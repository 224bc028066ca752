#include "builders/guestfs_appliance.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include "builders/digest_memory.h"
#include "builders/file_lock.h"
#include "builders/guestfs_init.h"
#include "builders/initramfs_maker.h"
#include "builders/packages.h"
#include "builders/tools.h"
#include "harness/core/files.h"
#include "harness/core/program.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// Raised when what is built below changes.
constexpr std::string_view kApplianceVersion = "bootproof appliance 1";
constexpr std::string_view kKernelPackage = "linux-image-cloud-amd64";
constexpr std::string_view kKernelPackageArm = "linux-image-cloud-arm64";

/// What the initrd needs to reach the root file system and the daemon's channel.
constexpr std::array<std::string_view, 7> kInitrdModules{
    "virtio_pci", "virtio_mmio", "virtio_scsi", "sd_mod", "virtio_console", "virtio_rng", "ext4"};

/// Modules that no file system needs; most of a full kernel's size.
constexpr std::array<std::string_view, 9> kOmittedModules{
    "kernel/sound",       "kernel/net",           "kernel/drivers/net",
    "kernel/drivers/gpu", "kernel/drivers/media", "kernel/drivers/infiniband",
    "kernel/drivers/usb", "kernel/drivers/iio",   "kernel/drivers/staging"};

std::optional<ApplianceKernel> kernel_of(const fs::path& image, const fs::path& root) {
  constexpr std::string_view kPrefix = "vmlinuz-";
  const std::string name = image.filename().string();
  if (!name.starts_with(kPrefix) || ::access(image.c_str(), R_OK) != 0) {
    return std::nullopt;
  }
  const std::string release = name.substr(kPrefix.size());
  for (const char* const folder : {"lib/modules", "usr/lib/modules"}) {
    std::error_code code;
    const fs::path modules = root / folder / release;
    if (fs::is_directory(modules / "kernel", code)) {
      return ApplianceKernel{image, modules, release};
    }
  }
  return std::nullopt;
}

void add_kernels(std::vector<ApplianceKernel>& kernels, const fs::path& root) {
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(root / "boot", code)) {
    if (std::optional<ApplianceKernel> kernel = kernel_of(entry.path(), root)) {
      kernels.push_back(std::move(*kernel));
    }
  }
}

/// The small ones first, then the newest.
bool is_better(const ApplianceKernel& a, const ApplianceKernel& b) {
  const auto is_cloud = [](const ApplianceKernel& kernel) {
    return kernel.release.find("-cloud") != std::string::npos;
  };
  if (is_cloud(a) != is_cloud(b)) {
    return is_cloud(a);
  }
  return ::strverscmp(a.release.c_str(), b.release.c_str()) > 0;
}

/// Runs a program of the host. It may take minutes on a slow host.
void run_or_throw(std::vector<std::string> arguments) {
  constexpr std::chrono::minutes kLimit{20};
  ProgramCall call;
  call.arguments = std::move(arguments);
  call.environment = {{"LC_ALL", "C.UTF-8"}};
  call.limit = kLimit;
  run_program_or_throw(call, ErrorKind::kHost);
}

std::string key_of(const ApplianceKernel& kernel, const fs::path& supermin,
                   const DigestMemory& memory) {
  std::string text = fmt::format("{}\n{}\n{}\n{}\n", kApplianceVersion, kernel.release,
                                 appliance_initrd_init(), appliance_quick_init());
  text += memory.file(kernel.image);
  std::set<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(supermin)) {
    files.insert(entry.path());
  }
  for (const fs::path& file : files) {
    text += fmt::format("\n{} {}", file.filename().string(), memory.file(file));
  }
  // supermin copies them from this host.
  for (const std::string_view tool : {"mke2fs", "mkfs.vfat"}) {
    text += fmt::format("\n{}", tool_identity(tool, memory));
  }
  constexpr std::size_t kDigits = 32;
  return sha256_of(text).substr(0, kDigits);
}

/// Copies the modules that a file system may need.
void copy_modules(const ApplianceKernel& kernel, const fs::path& target) {
  fs::create_directories(target);
  for (auto entry = fs::recursive_directory_iterator(kernel.modules);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const fs::path relative = entry->path().lexically_relative(kernel.modules);
    if (entry->is_symlink()) {
      continue;  // `build` and `source` of a developer's kernel.
    }
    if (entry->is_directory()) {
      const bool is_omitted = std::find(kOmittedModules.begin(), kOmittedModules.end(),
                                        relative.generic_string()) != kOmittedModules.end();
      if (is_omitted) {
        entry.disable_recursion_pending();
      } else {
        fs::create_directories(target / relative);
      }
    } else if (entry->is_regular_file()) {
      fs::copy_file(entry->path(), target / relative);
    }
  }
}

/// The files of `modules.dep` that the named modules are made of, dependencies included. What is
/// built into the kernel has none.
std::set<std::string> module_files(const fs::path& modules) {
  std::set<std::string> files;
  std::ifstream list(modules / "modules.dep");
  for (std::string line; std::getline(list, line);) {
    const std::size_t colon = line.find(':');
    const std::string stem = fs::path(line.substr(0, colon)).stem().string();
    std::string name = stem.substr(0, stem.find('.'));
    std::replace(name.begin(), name.end(), '-', '_');
    if (colon == std::string::npos ||
        std::find(kInitrdModules.begin(), kInitrdModules.end(), name) == kInitrdModules.end()) {
      continue;
    }
    files.insert(line.substr(0, colon));
    for (std::size_t start = colon + 1; start < line.size();) {
      const std::size_t end = std::min(line.find(' ', start), line.size());
      if (end > start) {
        files.insert(line.substr(start, end - start));
      }
      start = end + 1;
    }
  }
  return files;
}

void make_initrd(const fs::path& cache, const fs::path& modules, const std::string& release,
                 const fs::path& initrd) {
  const PackageFile package{"busybox-static", std::string(host_debian_architecture()),
                            "/bin/busybox"};
  const std::optional<fs::path> busybox = find_package_file(cache, package);
  if (!busybox) {
    throw missing_package(package);
  }
  InitramfsRecipe recipe;
  recipe.architecture =
      host_debian_architecture() == "arm64" ? Architecture::kAarch64 : Architecture::kX86_64;
  InitramfsInput input{recipe, InputFile{*busybox, {}, true}, {}};
  std::set<std::string> files = module_files(modules);
  files.insert({"modules.dep", "modules.builtin"});
  for (const std::string& file : files) {
    input.files.files.push_back({fmt::format("/lib/modules/{}/{}", release, file),
                                 InputFile{modules / file, {}, false}, S_IFREG | 0644U});
  }
  input.files.files.push_back({"/init", std::string(appliance_initrd_init()), S_IFREG | 0755U});
  make(input, {initrd.parent_path() / "unpacked", initrd, {}});
}

/// Gives this user all rights on its own copies: some of the packages' folders are read-only.
std::uint64_t make_accessible(const fs::path& root) {
  std::uint64_t size = 0;
  for (auto entry = fs::recursive_directory_iterator(root);
       entry != fs::recursive_directory_iterator(); ++entry) {
    constexpr std::uint64_t kBlock = 4096;
    size += kBlock;
    if (entry->is_symlink()) {
      continue;
    }
    fs::permissions(entry->path(),
                    entry->is_directory() ? fs::perms::owner_all : fs::perms::owner_read,
                    fs::perm_options::add);
    if (entry->is_regular_file()) {
      size += entry->file_size();
    }
  }
  return size;
}

void build(const fs::path& cache, const ApplianceKernel& kernel, const fs::path& supermin,
           const fs::path& work) {
  constexpr std::uint64_t kRoom = 256U << 20U;  // For what the appliance writes: it is a snapshot.
  const fs::path root = work / "tree";
  const fs::path made = work / "made";
  fs::create_directories(made);
  run_or_throw(
      {tool_path("supermin"), "--build", "-f", "chroot", "-o", root.string(), supermin.string()});
  const fs::path modules = root / "lib" / "modules" / kernel.release;
  copy_modules(kernel, modules);
  run_or_throw({tool_path("depmod"), "-b", root.string(), kernel.release});
  write_file_atomically(root / "init.quick", appliance_quick_init());
  fs::permissions(root / "init.quick", fs::perms::owner_all);
  const std::uint64_t size = make_accessible(root) * 5 / 4 + kRoom;
  make_initrd(cache, modules, kernel.release, made / "initrd");
  run_or_throw({tool_path("mke2fs"), "-q", "-F", "-t", "ext2", "-d", root.string(),
                (made / "root").string(), fmt::format("{}k", size >> 10U)});
  fs::copy_file(kernel.image, made / "kernel");
  // libguestfs takes a folder with a file of this name for a fixed appliance.
  write_file_atomically(made / "README.fixed", "made by bootproof; may be removed at any time\n");
}

fs::path folder_of(const fs::path& cache, const ApplianceKernel& kernel) {
  return fs::absolute(cache) / "appliance" /
         key_of(kernel, supermin_folder(), DigestMemory(fs::absolute(cache) / "digests"));
}

}  // namespace

ApplianceKernel find_appliance_kernel(const fs::path& cache) {
  const fs::path named = environment_path("SUPERMIN_KERNEL");
  const fs::path named_modules = environment_path("SUPERMIN_MODULES");
  if (!named.empty() && !named_modules.empty()) {
    return {named, named_modules, named_modules.filename().string()};
  }
  std::vector<ApplianceKernel> kernels;
  std::error_code code;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(cache / "packages" / std::string(host_debian_architecture()), code)) {
    if (entry.path().filename().string().starts_with("linux-image")) {
      add_kernels(kernels, entry.path());
    }
  }
  if (kernels.empty()) {
    add_kernels(kernels, "/");
  }
  if (kernels.empty()) {
    throw Error(
        ErrorKind::kHost,
        "the appliance of libguestfs has no kernel: no linux-image package is fetched, "
        "and /boot has none that this user may read",
        fmt::format("run `bootproof fetch {} {}`",
                    host_debian_architecture() == "arm64" ? kKernelPackageArm : kKernelPackage,
                    host_debian_architecture()));
  }
  return *std::min_element(kernels.begin(), kernels.end(), is_better);
}

fs::path supermin_folder() {
  std::error_code code;
  std::vector<fs::path> folders{"/usr/lib/guestfs/supermin.d", "/usr/lib64/guestfs/supermin.d"};
  for (const fs::directory_entry& entry : fs::directory_iterator("/usr/lib", code)) {
    folders.push_back(entry.path() / "guestfs" / "supermin.d");
  }
  for (const fs::path& folder : folders) {
    if (fs::is_directory(folder, code)) {
      return folder;
    }
  }
  throw Error(ErrorKind::kHost, "libguestfs's appliance is not on this host (guestfs/supermin.d)",
              "install the package libguestfs0: apt-get install libguestfs0");
}

std::string guestfs_appliance_key(const fs::path& cache) {
  const fs::path named = environment_path("LIBGUESTFS_PATH");
  if (named.empty()) {
    return folder_of(cache, find_appliance_kernel(cache)).filename().string();
  }
  std::string text;
  for (const std::string_view part : {"kernel", "initrd", "root"}) {
    const Result<FileStamp> stamp = stamp_of(named / part);
    text += fmt::format("{} {}\n", part, stamp ? stamp->text() : std::string("none"));
  }
  return sha256_of(text);
}

bool has_guestfs_appliance(const fs::path& cache) {
  std::error_code code;
  return fs::exists(folder_of(cache, find_appliance_kernel(cache)) / "README.fixed", code);
}

fs::path guestfs_appliance(const fs::path& cache) {
  if (fs::path named = environment_path("LIBGUESTFS_PATH"); !named.empty()) {
    return named;
  }
  const ApplianceKernel kernel = find_appliance_kernel(cache);
  const fs::path folder = folder_of(cache, kernel);
  std::error_code code;
  if (fs::exists(folder / "README.fixed", code)) {
    return folder;
  }
  create_folders(folder.parent_path(), kCacheRemedy);
  const FileLock lock(folder.parent_path() / "lock");
  if (fs::exists(folder / "README.fixed", code)) {
    return folder;
  }
  const fs::path work = folder.parent_path() / "work";
  fs::remove_all(work, code);  // Left by a killed build: the lock is ours.
  try {
    build(cache, kernel, supermin_folder(), work);
    fs::rename(work / "made", folder);
  } catch (const fs::filesystem_error& error) {
    fs::remove_all(work, code);
    throw system_error("cannot put the appliance of libguestfs together: " + error.path1().string(),
                       error.code().value());
  } catch (Error& error) {
    fs::remove_all(work, code);
    throw error.add_context("while putting the appliance of libguestfs together");
  }
  fs::remove_all(work, code);
  return folder;
}

}  // namespace bootproof
