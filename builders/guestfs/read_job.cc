#include "builders/guestfs/read_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>
#include <string_view>

#include "harness/core/text.h"

namespace bootproof::guestfs {
namespace {

namespace json = boost::json;

/// More file systems than a sane image has: btrfs subvolumes and LVM volumes can be made in any
/// number.
constexpr std::size_t kMostFileSystems = 64;

/// What starts a system, as patterns of `find -ipath`, from the root of its file system.
constexpr std::array<std::string_view, 16> kLoaders{
    "./EFI/*.efi",          "*/grub.cfg",         "*/grub/*/core.img",
    "./loader/loader.conf", "./loader/entries/*", "*/boot/loader/entries/*",
    "*/syslinux.cfg",       "*/extlinux.conf",    "*/isolinux.cfg",
    "*/isolinux.bin",       "*/ldlinux.sys",      "./bootmgr",
    "*/boot/bcd",           "*/vmlinu[xz]*",      "*/init[r][da]*",
    "*/kernel8.img"};

std::string error_of(const Guest& guest) {
  const char* const why = guestfs_last_error(guest.raw());
  return why == nullptr ? "no reason was given" : escape_for_terminal(why);
}

json::string printable(std::string_view text) { return json::string(escape_for_terminal(text)); }

/// `find` in the mounted file system, with at most `limit` lines of "KIND SIZE PATH". Line feeds in
/// names become \x01; the shell can't give out more than the API takes (4 MiB).
std::string find(const Guest& guest, const std::string& tests, std::size_t limit) {
  return guest.shell(
      fmt::format("cd /sysroot && {{ timeout 60 find . -xdev -mindepth 1 {} "
                  "-printf '%y %s /%P\\0' 2>/dev/null | tr '\\n\\0' '\\1\\n' | head -n {} | "
                  "head -c 2000000; }}",
                  tests, limit));
}

/// The lines of find(); sorted by path.
json::array files_of(std::string_view text) {
  struct Entry {
    std::string path;
    char kind;
    std::uint64_t size;
  };
  std::vector<Entry> entries;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    constexpr std::size_t kNumber = 2;
    const std::size_t blank = line.size() > kNumber ? line.find(' ', kNumber) : line.npos;
    if (blank == std::string_view::npos) {
      continue;
    }
    std::uint64_t size = 0;
    std::from_chars(line.data() + kNumber, line.data() + blank, size);
    entries.push_back({std::string(line.substr(blank + 1)), line[0], size});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.path < b.path; });
  json::array files;
  for (const Entry& entry : entries) {
    files.push_back(json::object{{"path", printable(entry.path)},
                                 {"kind", std::string(1, entry.kind)},
                                 {"size", entry.size}});
  }
  return files;
}

std::string loader_tests() {
  std::string tests = "-maxdepth 7 -not -type d \\( -false";
  for (const std::string_view pattern : kLoaders) {
    tests += fmt::format(" -o -ipath '{}'", pattern);
  }
  return tests + " \\)";
}

/// Why a file system of this type is not mounted; empty where it can be tried.
std::string_view no_mount_reason(std::string_view type) {
  if (type == "crypto_LUKS") {
    return "locked: LUKS needs its key";
  }
  if (type == "BitLocker") {
    return "locked: BitLocker needs its key";
  }
  if (type == "swap") {
    return "swap space has no files";
  }
  if (type == "unknown" || type.empty()) {
    return "no file system that is known";
  }
  return {};
}

void list_files(const Guest& guest, std::size_t limit, json::object& system) {
  constexpr std::size_t kMostLoaders = 200;
  system["loaders"] = files_of(find(guest, loader_tests(), kMostLoaders));
  json::array files = files_of(find(guest, "-maxdepth 12", limit + 1));
  system["cut"] = files.size() > limit;
  if (files.size() > limit) {
    files.resize(limit);
  }
  system["files"] = std::move(files);
}

json::object read_file_system(const Guest& guest, const std::string& device,
                              const std::string& type, std::size_t limit) {
  guestfs_h* const handle = guest.raw();
  json::object system{{"device", printable(device)}, {"type", printable(type)}, {"mounted", false}};
  const std::optional<std::string> label =
      guest.maybe_text(guestfs_vfs_label(handle, device.c_str()));
  const std::optional<std::string> uuid =
      guest.maybe_text(guestfs_vfs_uuid(handle, device.c_str()));
  system["label"] = printable(label.value_or(""));
  system["uuid"] = printable(uuid.value_or(""));
  if (device.starts_with("/dev/")) {
    const std::int64_t size = guestfs_blockdev_getsize64(handle, device.c_str());
    system["size"] = size < 0 ? 0U : static_cast<std::uint64_t>(size);
  }
  if (const std::string_view reason = no_mount_reason(type); !reason.empty()) {
    system["problem"] = json::string(reason);
    return system;
  }
  if (guestfs_mount_ro(handle, device.c_str(), "/") != 0) {
    guest.check(guestfs_is_ready(handle) == 0 ? -1 : 0);
    system["problem"] = json::string("cannot be mounted: " + error_of(guest));
    return system;
  }
  system["mounted"] = true;
  try {
    list_files(guest, limit, system);
  } catch (const Failure& failure) {
    if (failure.stage() == "appliance") {
      throw;
    }
    system["problem"] = json::string("cannot be listed: " + escape_for_terminal(failure.what()));
  }
  guest.check(guestfs_umount_all(handle));
  return system;
}

/// Devices with their types, as guestfs_list_filesystems gives them, and the locked ones, which it
/// leaves out.
std::vector<std::string> list_file_systems(const Guest& guest) {
  guestfs_h* const handle = guest.raw();
  std::vector<std::string> found = guest.list(guestfs_list_filesystems(handle));
  for (char** list :
       {guestfs_list_devices(handle), guestfs_list_partitions(handle), guestfs_lvs(handle)}) {
    for (const std::string& device : guest.list(list)) {
      const std::string type =
          guest.maybe_text(guestfs_vfs_type(handle, device.c_str())).value_or("");
      if (type == "crypto_LUKS" || type == "BitLocker") {
        found.insert(found.end(), {device, type});
      }
    }
  }
  return found;
}

void read_file_systems(const Guest& guest, const Job& job, json::object& answer,
                       json::array& problems) {
  json::array systems;
  const std::vector<std::string> found = list_file_systems(guest);
  for (std::size_t i = 0; i + 1 < found.size(); i += 2) {
    if (systems.size() == kMostFileSystems) {
      problems.push_back(json::string(fmt::format("only the first {} of {} file systems were read",
                                                  kMostFileSystems, found.size() / 2)));
      break;
    }
    systems.push_back(read_file_system(guest, found[i], found[i + 1], job.file_limit));
  }
  answer["file_systems"] = std::move(systems);
}

void read_volumes(const Guest& guest, json::object& answer) {
  const auto keep = [&](const char* key, char** result) {
    json::array texts;
    for (const std::string& text : guest.list(result)) {
      texts.push_back(printable(text));
    }
    answer[key] = std::move(texts);
  };
  keep("physical_volumes", guestfs_pvs(guest.raw()));
  keep("volume_groups", guestfs_vgs(guest.raw()));
  keep("logical_volumes", guestfs_lvs(guest.raw()));
}

json::object read_system(const Guest& guest, const std::string& root) {
  guestfs_h* const handle = guest.raw();
  const auto ask = [&](char* (*what)(guestfs_h*, const char*)) {
    const std::string text = guest.maybe_text(what(handle, root.c_str())).value_or("unknown");
    return printable(text == "unknown" ? "" : text);
  };
  json::object system{{"root", printable(root)},
                      {"type", ask(guestfs_inspect_get_type)},
                      {"distribution", ask(guestfs_inspect_get_distro)},
                      {"product", ask(guestfs_inspect_get_product_name)},
                      {"architecture", ask(guestfs_inspect_get_arch)},
                      {"hostname", ask(guestfs_inspect_get_hostname)}};
  const int major = guestfs_inspect_get_major_version(handle, root.c_str());
  const int minor = guestfs_inspect_get_minor_version(handle, root.c_str());
  if (major > 0) {
    system["version"] = json::string(fmt::format("{}.{}", major, std::max(minor, 0)));
  }
  json::array mounts;
  const std::vector<std::string> points =
      guest.list(guestfs_inspect_get_mountpoints(handle, root.c_str()));
  for (std::size_t i = 0; i + 1 < points.size(); i += 2) {
    mounts.push_back(printable(fmt::format("{} on {}", points[i], points[i + 1])));
  }
  system["mounts"] = std::move(mounts);
  return system;
}

void read_systems(const Guest& guest, json::object& answer, json::array& problems) {
  json::array systems;
  try {
    for (const std::string& root : guest.list(guestfs_inspect_os(guest.raw()))) {
      systems.push_back(read_system(guest, root));
    }
  } catch (const Failure& failure) {
    if (failure.stage() == "appliance") {
      throw;
    }
    problems.push_back(json::string("operating systems were not all recognised: " +
                                    escape_for_terminal(failure.what())));
  }
  answer["systems"] = std::move(systems);
}

}  // namespace

void read_image(const Guest& guest, const Job& job, json::object& answer) {
  json::array problems;
  read_file_systems(guest, job, answer, problems);
  read_volumes(guest, answer);
  read_systems(guest, answer, problems);
  answer["problems"] = std::move(problems);
}

}  // namespace bootproof::guestfs
