#include "harness/vm/firmware.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <map>
#include <system_error>

#include "harness/core/files.h"
#include "harness/core/text.h"
#include "harness/vm/json_fields.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::vector<std::string> texts_at(const json::object& object, std::string_view key) {
  std::vector<std::string> out;
  const json::value* value = object.if_contains(key);
  const json::array* list = value == nullptr ? nullptr : value->if_array();
  if (list != nullptr) {
    for (const json::value& item : *list) {
      if (const json::string* text = item.if_string()) {
        out.emplace_back(*text);
      }
    }
  }
  return out;
}

std::vector<FirmwareDescriptor::Target> read_targets(const json::object& root) {
  std::vector<FirmwareDescriptor::Target> out;
  const json::value* value = root.if_contains("targets");
  const json::array* list = value == nullptr ? nullptr : value->if_array();
  if (list != nullptr) {
    for (const json::value& item : *list) {
      if (const json::object* target = item.if_object()) {
        out.push_back({text_at(*target, "architecture"), texts_at(*target, "machines")});
      }
    }
  }
  return out;
}

/// The flash file of a mapping; only raw files can be used as they are.
fs::path flash_file(const json::object& mapping, std::string_view key) {
  const json::object* part = object_at(mapping, key);
  return part == nullptr || text_at(*part, "format") != "raw"
             ? fs::path()
             : fs::path(text_at(*part, "filename"));
}

/// A versioned name as descriptors match it: their globs are made for names like "pc-q35-7.2".
std::string_view versioned_name(MachineType machine) {
  switch (machine) {
    case MachineType::kPc:
      return "pc-i440fx-7.2";
    case MachineType::kQ35:
      return "pc-q35-7.2";
    case MachineType::kVirt:
      break;
  }
  return "virt-7.2";
}

bool has_feature(const FirmwareDescriptor& descriptor, std::string_view feature) {
  return std::find(descriptor.features.begin(), descriptor.features.end(), feature) !=
         descriptor.features.end();
}

/// The target's architecture in a descriptor: that of the firmware's own code.
std::string_view descriptor_architecture(Firmware firmware, MachineType machine) {
  return firmware == Firmware::kOvmfIa32 ? "i386" : name_of(architecture_of(machine));
}

bool features_match(const FirmwareDescriptor& descriptor, Firmware firmware) {
  const bool has_secure_boot = has_feature(descriptor, "secure-boot");
  switch (firmware) {
    case Firmware::kOvmfSecure:
    case Firmware::kAavmfSecure:
      return has_secure_boot && has_feature(descriptor, "enrolled-keys");
    case Firmware::kOvmfSecureOwn:
    case Firmware::kAavmfSecureOwn:
      return has_secure_boot;
    case Firmware::kOvmfIa32:  // There is one build, with Secure Boot and no keys: it starts all.
      return !has_feature(descriptor, "enrolled-keys");
    case Firmware::kSeabios:
    case Firmware::kOvmf:
    case Firmware::kAavmf:
    case Firmware::kKernel:
      break;
  }
  return !has_secure_boot;
}

bool matches(const FirmwareDescriptor& descriptor, Firmware firmware, MachineType machine) {
  const std::string_view architecture = descriptor_architecture(firmware, machine);
  const bool target_matches =
      std::any_of(descriptor.targets.begin(), descriptor.targets.end(),
                  [&](const FirmwareDescriptor::Target& target) {
                    return target.architecture == architecture &&
                           std::any_of(target.machines.begin(), target.machines.end(),
                                       [&](const std::string& glob) {
                                         return matches_glob(glob, versioned_name(machine));
                                       });
                  });
  return target_matches && features_match(descriptor, firmware);
}

/// Debian's varstore with the throw-away key beside the template of a descriptor, which no
/// descriptor names: `OVMF_VARS_4M.ms.fd` -> `OVMF_VARS_4M.snakeoil.fd`.
fs::path snakeoil_varstore(const fs::path& varstore_template) {
  const std::string name = varstore_template.filename().string();
  return varstore_template.parent_path() / (name.substr(0, name.find('.')) + ".snakeoil.fd");
}

bool has_own_key(Firmware firmware) {
  return firmware == Firmware::kOvmfSecureOwn || firmware == Firmware::kAavmfSecureOwn;
}

std::string_view package_of(Firmware firmware, MachineType machine) {
  if (firmware == Firmware::kOvmfIa32) {
    return "ovmf-ia32";
  }
  return machine == MachineType::kVirt ? "qemu-efi-aarch64" : "ovmf";
}

bool files_are_there(const FirmwareDescriptor& descriptor) {
  std::error_code code;
  return fs::is_regular_file(descriptor.code, code) &&
         fs::is_regular_file(descriptor.varstore_template, code);
}

}  // namespace

Result<FirmwareDescriptor> parse_firmware_descriptor(std::string_view text, const fs::path& file) {
  boost::system::error_code code;
  const json::value parsed = json::parse(text, code);
  const json::object* root = parsed.if_object();
  if (code || root == nullptr) {
    return tl::unexpected(Error(ErrorKind::kHost,
                                fmt::format("{} is not a firmware descriptor", file.string()),
                                "reinstall the package that owns it"));
  }
  FirmwareDescriptor descriptor;
  descriptor.file = file;
  descriptor.description = text_at(*root, "description");
  descriptor.features = texts_at(*root, "features");
  descriptor.targets = read_targets(*root);
  const json::object* mapping = object_at(*root, "mapping");
  if (mapping != nullptr && text_at(*mapping, "device") == "flash") {
    descriptor.code = flash_file(*mapping, "executable");
    descriptor.varstore_template = flash_file(*mapping, "nvram-template");
  }
  return descriptor;
}

std::vector<fs::path> firmware_descriptor_folders() {
  std::vector<fs::path> folders;
  if (const fs::path xdg = environment_path("XDG_CONFIG_HOME"); xdg.is_absolute()) {
    folders.push_back(xdg / "qemu/firmware");
  } else if (const fs::path home = environment_path("HOME"); home.is_absolute()) {
    folders.push_back(home / ".config/qemu/firmware");
  }
  folders.emplace_back("/etc/qemu/firmware");
  folders.emplace_back("/usr/share/qemu/firmware");
  return folders;
}

std::vector<FirmwareDescriptor> read_firmware_descriptors(std::span<const fs::path> folders) {
  std::map<std::string, fs::path> files;  // By name: the convention's order and masking.
  for (const fs::path& folder : folders) {
    std::error_code code;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
      if (entry.path().extension() == ".json") {
        files.emplace(entry.path().filename().string(), entry.path());
      }
    }
  }
  constexpr std::uint64_t kLargestDescriptor = 1U << 20U;
  std::vector<FirmwareDescriptor> descriptors;
  for (const auto& [name, file] : files) {
    const Result<std::string> text = read_file(file, kLargestDescriptor);
    if (!text || text->empty()) {
      continue;
    }
    if (Result<FirmwareDescriptor> descriptor = parse_firmware_descriptor(*text, file)) {
      descriptors.push_back(std::move(*descriptor));
    }
  }
  return descriptors;
}

Result<FirmwareDescriptor> find_firmware(std::span<const FirmwareDescriptor> descriptors,
                                         Firmware firmware, MachineType machine) {
  for (FirmwareDescriptor descriptor : descriptors) {
    if (!matches(descriptor, firmware, machine)) {
      continue;
    }
    if (has_own_key(firmware)) {
      descriptor.varstore_template = snakeoil_varstore(descriptor.varstore_template);
    }
    if (files_are_there(descriptor)) {
      return descriptor;
    }
  }
  const std::string_view package = package_of(firmware, machine);
  return tl::unexpected(
      Error(ErrorKind::kHost,
            fmt::format("no firmware {} for machine {}: none of the {} descriptors found matches",
                        name_of(firmware), name_of(machine), descriptors.size()),
            fmt::format("install the package {} (apt-get install {})", package, package)));
}

}  // namespace bootproof
