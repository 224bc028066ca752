#include "builders/module_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <system_error>
#include <utility>

#include "builders/elf_program.h"
#include "builders/kernel_module.h"
#include "harness/core/files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestList = 16U << 20U;

/// All modules of a folder by name: the path below the folder.
std::map<std::string, fs::path> modules_in(const fs::path& folder) {
  std::map<std::string, fs::path> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (is_module_file(name) && entry.is_regular_file()) {
      found.emplace(module_name(name), entry.path().lexically_relative(folder));
    }
  }
  return found;
}

/// The path of a module without its compression.
std::string plain_path(const fs::path& path) {
  return path.extension() == ".ko" ? path.string() : fs::path(path).replace_extension().string();
}

class Resolution {
 public:
  Resolution(const ModulesRecipe& recipe, const fs::path& folder, Architecture architecture,
             const AliasSearch& search)
      : recipe_(recipe),
        folder_(folder),
        architecture_(architecture),
        search_(search),
        known_(modules_in(folder)) {
    builtin_ = read_file(folder / "modules.builtin", kLargestList).value_or("");
    for (std::size_t at = 0; at < builtin_.size();) {
      const std::size_t end = std::min(builtin_.find('\n', at), builtin_.size());
      built_in_.insert(module_name(std::string_view(builtin_).substr(at, end - at)));
      at = end + 1;
    }
  }

  [[nodiscard]] ModuleSet run() {
    for (const ModulesRecipe::Name& wanted : recipe_.names) {
      if (known_.count(wanted.name) == 0 && built_in_.count(wanted.name) == 0) {
        throw unknown(wanted);
      }
      mark_ = wanted.mark;
      add(wanted.name);
    }
    ModuleSet set;
    set.release = folder_.filename().string();
    std::string dep;
    std::string alias;
    std::string softdep;
    for (const auto& [name, module] : taken_) {
      const fs::path& path = known_.at(name);
      set.files[plain_path(path)] = folder_ / path;
      dep += fmt::format("{}:{}\n", plain_path(path), needs(name));
      for (const std::string& pattern : module.aliases) {
        alias += fmt::format("alias {} {}\n", pattern, name);
      }
      for (const std::string& line : module.soft_lines) {
        softdep += fmt::format("softdep {} {}\n", name, line);
      }
    }
    set.lists = {{"modules.dep", std::move(dep)},
                 {"modules.alias", std::move(alias)},
                 {"modules.softdep", std::move(softdep)},
                 {"modules.builtin", builtin_}};
    return set;
  }

 private:
  [[nodiscard]] Error unknown(const ModulesRecipe::Name& wanted) const {
    std::vector<std::string_view> names;
    names.reserve(known_.size() + built_in_.size());
    for (const auto& [name, path] : known_) {
      names.push_back(name);
    }
    names.insert(names.end(), built_in_.begin(), built_in_.end());
    const std::string_view nearest = nearest_word(wanted.name, names);
    return error_at(
        wanted.mark,
        fmt::format("no module '{}' in {}", escape_for_terminal(wanted.name), folder_.string()),
        nearest.empty() ? "`modinfo -F filename NAME` knows the names of a kernel"
                        : fmt::format("did you mean '{}'?", nearest));
  }

  /// Takes the module and all that it needs. A recursion as deep as modules depend on each other.
  void add(const std::string& name) {
    if (built_in_.count(name) != 0 || taken_.count(name) != 0) {
      return;
    }
    const fs::path& path = known_.at(name);
    const KernelModule& module =
        taken_.emplace(name, read_kernel_module(module_bytes(folder_ / path), path.string()))
            .first->second;
    const std::string machine = elf_machine_name(module.machine);
    if (machine != name_of(architecture_)) {
      throw error_at(recipe_.folder.mark,
                     fmt::format("the module {} is {}, the recipe says {}", name, machine,
                                 name_of(architecture_)),
                     "take the modules of a kernel for the architecture of the initramfs");
    }
    for (const std::string& used : module.depends) {
      if (known_.count(used) == 0 && built_in_.count(used) == 0) {
        throw error_at(mark_, fmt::format("the module {} needs {}, which is not in {}", name, used,
                                          folder_.string()));
      }
      add(used);
    }
    for (const std::string& wanted : module.soft_depends) {
      add_soft(wanted);
    }
  }

  void add_soft(const std::string& wanted) {
    const std::string name = module_name(wanted);
    if (known_.count(name) != 0 || built_in_.count(name) != 0) {
      add(name);
      return;
    }
    for (const std::string& bearer : search_(wanted)) {
      if (known_.count(bearer) != 0) {
        add(bearer);
      }
    }
  }

  /// All that a module needs, as a line of modules.dep: what is needed by others comes after them.
  [[nodiscard]] std::string needs(const std::string& name) const {
    std::vector<std::string> order;
    std::set<std::string> seen{name};
    visit(name, seen, order);
    order.pop_back();  // The module itself.
    std::string line;
    for (auto used = order.rbegin(); used != order.rend(); ++used) {
      line += fmt::format(" {}", plain_path(known_.at(*used)));
    }
    return line;
  }

  void visit(const std::string& name, std::set<std::string>& seen,
             std::vector<std::string>& order) const {
    for (const std::string& used : taken_.at(name).depends) {
      if (taken_.count(used) != 0 && seen.insert(used).second) {
        visit(used, seen, order);
      }
    }
    order.push_back(name);
  }

  const ModulesRecipe& recipe_;
  const fs::path& folder_;
  Architecture architecture_;
  const AliasSearch& search_;
  std::map<std::string, fs::path> known_;
  std::string builtin_;
  std::set<std::string> built_in_;
  std::map<std::string, KernelModule> taken_;
  SourceMark mark_;
};

}  // namespace

ModulesRecipe read_modules_recipe(const YamlNode& node) {
  constexpr std::array<std::string_view, 4> kKeys{"package", "architecture", "folder", "names"};
  constexpr std::array<std::string_view, 2> kDebianArchitectures{"amd64", "arm64"};
  node.check_keys(kKeys, "modules");
  const YamlNode package = node.find("package");
  const YamlNode folder = node.find("folder");
  const YamlNode architecture = node.find("architecture");
  if (package.is_absent() == folder.is_absent()) {
    throw node.error("modules need one of 'package' and 'folder'",
                     "write {package: linux-image-amd64, names: [usb_storage]}");
  }
  ModulesRecipe modules;
  if (package.is_absent()) {
    if (!architecture.is_absent()) {
      throw node.error_at_key("architecture", "'architecture' belongs to 'package'");
    }
    modules.folder = read_file_source(folder);
    if (!std::holds_alternative<fs::path>(modules.folder.source)) {
      throw folder.error("'folder' must be a path of a folder",
                         "write for example /lib/modules/6.1.0-50-amd64");
    }
  } else {
    if (!is_package_name(package.text())) {
      throw package.error(
          fmt::format("'{}' is no name of a Debian package", escape_for_terminal(package.text())),
          "lower case letters, digits and + - . only");
    }
    PackageFile source{package.text(), std::string(kDebianArchitectures[0]), "/lib/modules/*"};
    if (!architecture.is_absent()) {
      source.architecture =
          kDebianArchitectures[architecture.one_of(kDebianArchitectures, "Debian architecture")];
    }
    modules.folder = {std::move(source), node.mark()};
  }
  for (const YamlNode& name : node.require("names").list_or_single()) {
    const std::string text = name.text();
    if (text.find('/') != std::string::npos) {
      throw name.error(fmt::format("'{}' is no name of a module", escape_for_terminal(text)),
                       "write it as modprobe takes it: usb_storage");
    }
    modules.names.push_back({module_name(text), name.mark()});
  }
  return modules;
}

ModuleSet find_modules(const ModulesRecipe& recipe, const fs::path& folder,
                       Architecture architecture, const AliasSearch& search) {
  return Resolution(recipe, folder, architecture, search).run();
}

std::vector<std::string> all_with_alias(const fs::path& folder, std::string_view alias) {
  std::vector<std::string> found;
  for (const auto& [name, path] : modules_in(folder)) {
    const KernelModule module = read_kernel_module(module_bytes(folder / path), path.string());
    if (std::any_of(module.aliases.begin(), module.aliases.end(),
                    [&](const std::string& pattern) { return matches_glob(pattern, alias); })) {
      found.push_back(name);
    }
  }
  return found;
}

}  // namespace bootproof
