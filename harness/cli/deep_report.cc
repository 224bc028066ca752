#include "harness/cli/deep_report.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "harness/core/files.h"
#include "harness/vm/accelerator.h"

namespace bootproof {
namespace {

namespace json = boost::json;

constexpr double kMillisecondsPerSecond = 1000;

std::string text_of(const GuestfsFile& file) {
  return file.kind == 'f' ? fmt::format("{} ({} bytes)", file.path, file.size)
                          : fmt::format("{}{}", file.path, file.kind == 'd' ? "/" : "");
}

std::string text_of(const GuestfsFileSystem& system) {
  std::string text = fmt::format("  {:<20} {}", system.device, system.type);
  if (!system.label.empty()) {
    text += fmt::format(" '{}'", system.label);
  }
  if (!system.uuid.empty()) {
    text += fmt::format(" {}", system.uuid);
  }
  if (system.size != 0) {
    text += fmt::format(", {} MiB", system.size >> 20U);
  }
  text += "\n";
  if (!system.problem.empty()) {
    text += fmt::format("    {}\n", system.problem);
  }
  for (const GuestfsFile& loader : system.loaders) {
    text += fmt::format("    loader {}\n", text_of(loader));
  }
  for (const GuestfsFile& file : system.files) {
    text += fmt::format("    {}\n", text_of(file));
  }
  if (system.is_cut) {
    text += "    ... (there are more files: see --deep-files)\n";
  }
  return text;
}

std::string text_of(const GuestfsSystem& system) {
  std::string text = fmt::format("  system on {}: {}", system.root, system.type);
  for (const std::string& word :
       {system.distribution, system.version, system.architecture, system.product}) {
    if (!word.empty()) {
      text += fmt::format(", {}", word);
    }
  }
  text += "\n";
  for (const std::string& mount : system.mounts) {
    text += fmt::format("    mounts {}\n", mount);
  }
  return text;
}

std::string line_of(std::string_view what, const std::vector<std::string>& names) {
  return names.empty() ? "" : fmt::format("  {}: {}\n", what, fmt::join(names, ", "));
}

json::array array_of(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) {
    array.push_back(json::string(text));
  }
  return array;
}

json::array array_of(const std::vector<GuestfsFile>& files) {
  json::array array;
  for (const GuestfsFile& file : files) {
    array.push_back(json::object{
        {"path", file.path}, {"kind", std::string(1, file.kind)}, {"size", file.size}});
  }
  return array;
}

json::object object_of(const GuestfsFileSystem& system) {
  return {{"device", system.device},
          {"type", system.type},
          {"label", system.label},
          {"uuid", system.uuid},
          {"size", system.size},
          {"mounted", system.is_mounted},
          {"problem", system.problem},
          {"loaders", array_of(system.loaders)},
          {"files", array_of(system.files)},
          {"files_complete", !system.is_cut}};
}

json::object object_of(const GuestfsSystem& system) {
  return {{"root", system.root},
          {"type", system.type},
          {"distribution", system.distribution},
          {"product", system.product},
          {"version", system.version},
          {"architecture", system.architecture},
          {"hostname", system.hostname},
          {"mounts", array_of(system.mounts)}};
}

}  // namespace

GuestfsReading read_deeply(const std::filesystem::path& image, std::size_t file_limit) {
  GuestfsHost host;
  host.worker = find_guestfs_worker();
  host.cache = cache_folder();
  const GuestfsFormat format = guestfs_format_of(image);
  const AcceleratorChoice choice = choose_accelerator(Accelerator::kAuto, host.cache);
  host.uses_kvm = choice.accelerator == Accelerator::kKvm;
  return read_by_guestfs(host, image, format, {file_limit});
}

std::string deep_text(const GuestfsReading& reading) {
  std::string text =
      fmt::format("read by libguestfs {} in {:.1f} s:\n", reading.library,
                  static_cast<double>(reading.times.launch_ms + reading.times.work_ms) /
                      kMillisecondsPerSecond);
  if (reading.file_systems.empty()) {
    text += "  no file system\n";
  }
  for (const GuestfsFileSystem& system : reading.file_systems) {
    text += text_of(system);
  }
  text += line_of("LVM physical volumes", reading.physical_volumes);
  text += line_of("LVM volume groups", reading.volume_groups);
  text += line_of("LVM logical volumes", reading.logical_volumes);
  for (const GuestfsSystem& system : reading.systems) {
    text += text_of(system);
  }
  for (const std::string& problem : reading.problems) {
    text += fmt::format("  not read: {}\n", problem);
  }
  return text;
}

json::object deep_json(const GuestfsReading& reading) {
  json::array file_systems;
  for (const GuestfsFileSystem& system : reading.file_systems) {
    file_systems.push_back(object_of(system));
  }
  json::array systems;
  for (const GuestfsSystem& system : reading.systems) {
    systems.push_back(object_of(system));
  }
  return {{"library", reading.library},
          {"launch_ms", reading.times.launch_ms},
          {"work_ms", reading.times.work_ms},
          {"file_systems", std::move(file_systems)},
          {"physical_volumes", array_of(reading.physical_volumes)},
          {"volume_groups", array_of(reading.volume_groups)},
          {"logical_volumes", array_of(reading.logical_volumes)},
          {"systems", std::move(systems)},
          {"problems", array_of(reading.problems)}};
}

}  // namespace bootproof
