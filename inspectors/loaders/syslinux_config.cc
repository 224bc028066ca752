#include "inspectors/loaders/syslinux_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "inspectors/loaders/loader_checks.h"
#include "inspectors/loaders/loader_files.h"
#include "inspectors/loaders/syslinux_modules.h"
#include "inspectors/loaders/syslinux_parser.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// A folder and a name where a configuration may stand.
struct Place {
  std::string directory;
  std::string name;
};

/// In the order of the search.
std::vector<Place> places_of(const SyslinuxStart& start, LoaderPlatform platform) {
  std::vector<std::string> directories;
  std::vector<std::string> names;
  switch (start.kind) {
    case SyslinuxKind::kIsolinux:
      directories = {"/boot/isolinux", "/isolinux", "/boot/syslinux", "/syslinux", ""};
      names = {"isolinux.cfg", "syslinux.cfg"};
      break;
    case SyslinuxKind::kSyslinux:
      directories = {start.directory, "/boot/syslinux", "/syslinux", ""};
      names = {"extlinux.conf", "syslinux.cfg"};
      break;
    case SyslinuxKind::kSyslinuxEfi:
      directories = {start.directory, "/boot/syslinux", "/syslinux", ""};
      names = {platform == LoaderPlatform::kUefiIa32 ? "syslia32.cfg" : "syslx64.cfg",
               "extlinux.conf", "syslinux.cfg"};
      break;
  }
  std::vector<Place> places;
  for (const std::string& directory : directories) {
    for (const std::string& name : names) {
      places.push_back({directory == "/" ? "" : directory, name});
    }
  }
  return places;
}

/// The major version that a loader names: "ISOLINUX 6.04", "SYSLINUX 4.07", "Syslinux/6.04". 0
/// where it names none.
unsigned major_version_of(const ImageView& loader) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{512} * 1024;
  const Bytes bytes = loader.read(0, kMostBytes);
  constexpr auto kNames =
      std::to_array<std::string_view>({"ISOLINUX ", "SYSLINUX ", "EXTLINUX ", "Syslinux/"});
  for (const std::string_view name : kNames) {
    auto at = bytes.begin();
    while ((at = std::search(at, bytes.end(), name.begin(), name.end())) != bytes.end()) {
      at += static_cast<std::ptrdiff_t>(name.size());
      if (bytes.end() - at >= 2 && at[0] >= '1' && at[0] <= '9' && at[1] == '.') {
        return static_cast<unsigned>(at[0] - '0');
      }
    }
  }
  return 0;
}

class SyslinuxReader {
 public:
  SyslinuxReader(const LoaderWorld& world, const SyslinuxStart& start, Findings& findings)
      : world_(world), start_(start), findings_(findings), files_(world, findings) {}

  LoaderConfig read() {
    config_.kind = LoaderKind::kSyslinux;
    version_ = start_.kind == SyslinuxKind::kSyslinuxEfi ? 6
               : start_.loader                           ? major_version_of(*start_.loader)
                                                         : 0;
    if (!find_core_module() || !find_config()) {
      config_.ends_at_prompt = true;
      return std::move(config_);
    }
    for (SyslinuxLabel& label : script_.labels) {
      add_entry(label);
    }
    judge_duplicates();
    find_default();
    judge_entries(config_, world_, findings_);
    return std::move(config_);
  }

 private:
  [[nodiscard]] LoaderFile look_up(std::string_view name) {
    return files_.look_up(world_.own, syslinux_path(directory_, name));
  }

  /// ldlinux.c32, which versions from 5.00 on need before anything else.
  bool find_core_module() {
    constexpr unsigned kFirstWithModules = 5;
    if (version_ < kFirstWithModules) {
      return true;
    }
    const std::string_view name = start_.kind != SyslinuxKind::kSyslinuxEfi      ? "ldlinux.c32"
                                  : world_.platform == LoaderPlatform::kUefiIa32 ? "ldlinux.e32"
                                                                                 : "ldlinux.e64";
    std::set<std::string> directories;
    for (const Place& place : places_of(start_, world_.platform)) {
      directories.insert(printable_text(place.directory));
      const LoaderFile file =
          files_.look_up(world_.own, fmt::format("{}/{}", place.directory, name));
      const bool is_file = file.node && file.node->kind == NodeKind::kFile;
      if (is_file || (!file.node && !file.is_missing)) {
        core_directory_ = place.directory;
        return is_core_module(file);
      }
    }
    findings_.add(
        rule("syslinux-config.ldlinux-missing"), files_.offset_of(world_.own),
        files_.name_of(world_.own, start_.kind == SyslinuxKind::kIsolinux ? "/" : start_.directory),
        fmt::format("no {}", name),
        fmt::format("{} in one of {}/", name, fmt::join(directories, "/, ")));
    return false;
  }

  /// The loader ends with "Failed to load ldlinux.c32" where it is none, whatever its name says.
  bool is_core_module(const LoaderFile& file) {
    const std::vector<SyslinuxModuleProblem> problems =
        problems_of_module(files_, file, {start_.kind, version_, {core_directory_}});
    for (const SyslinuxModuleProblem& problem : problems) {
      const std::uint64_t offset =
          FileContent(*world_.volumes[*file.volume].volume, *file.node).image_offset(0);
      findings_.add(problem.rule, offset, files_.name_of(*file.volume, file.path), problem.found,
                    problem.expected);
    }
    return problems.empty();
  }

  bool find_config() {
    const std::vector<Place> places = places_of(start_, world_.platform);
    for (const Place& place : places) {
      const LoaderFile file =
          files_.look_up(world_.own, fmt::format("{}/{}", place.directory, place.name));
      if (file.node && file.node->kind == NodeKind::kFile) {
        directory_ = place.directory;
        script_ = parse_syslinux_config(files_, file, directory_, findings_);
        config_.files = script_.files;
        config_.not_followed = script_.not_followed;
        config_.has_serial_terminal = script_.has_serial;
        return true;
      }
    }
    findings_.add(
        rule("syslinux-config.missing"), files_.offset_of(world_.own),
        files_.name_of(world_.own, places.front().directory), "no configuration file",
        printable_text(fmt::format("{}/{}", places.front().directory, places.front().name)));
    return false;
  }

  LoaderFile file_of(std::string_view name, const LoaderEntry& entry) {
    constexpr auto kExtensions =
        std::to_array<std::string_view>({".cbt", ".bss", ".bs", ".com", ".c32"});
    LoaderFile file = look_up(name);
    for (const std::string_view extension : kExtensions) {
      if (!file.is_missing) {
        break;
      }
      const LoaderFile other = look_up(fmt::format("{}{}", name, extension));
      file = other.node ? other : file;
    }
    const bool is_bare_module =
        lower_case(name).ends_with(".c32") && name.find('/') == std::string_view::npos;
    if (file.is_missing && is_bare_module) {
      for (const std::string& folder : module_folders()) {
        const LoaderFile other = files_.look_up(world_.own, fmt::format("{}/{}", folder, name));
        file = other.node ? other : file;
      }
    }
    file.name = printable_text(name);
    file.line = entry.line;
    file.offset = entry.offset;
    return file;
  }

  void add_entry(SyslinuxLabel& label) {
    if (label.is_for_menu) {
      return;
    }
    LoaderEntry entry;
    entry.title = printable_text(label.menu_label.empty() ? label.name : label.menu_label);
    entry.id = printable_text(label.name);
    for (const std::string& menu : label.menus) {
      entry.menus.push_back(printable_text(menu));
    }
    entry.file = label.file;
    entry.line = label.line;
    entry.offset = label.offset;
    if (label.localboot) {
      entry.action = printable_text(fmt::format("localboot {}", *label.localboot));
    } else if (label.kernel.empty() && !label.config.empty()) {
      add_config(entry, label.config);
    } else {
      const bool is_itself = label.kernel.empty();
      start_program(entry, is_itself ? label.name : label.kernel, label);
      const bool is_nothing = is_itself && entry.kernel && entry.kernel->is_missing;
      if (is_nothing) {
        entry.kernel->is_explained = true;
        entry.problems.emplace_back("it names nothing to start");
        findings_.add(rule("syslinux-config.entry-without-kernel"), entry.offset,
                      fmt::format("{}, line {}", entry.file, entry.line), entry.id,
                      "KERNEL, LINUX, COM32 or LOCALBOOT");
      }
    }
    if (label.is_menu_default && !menu_default_) {
      menu_default_ = config_.entries.size();
    }
    config_.entries.push_back(std::move(entry));
  }

  void add_config(LoaderEntry& entry, std::string_view name) {
    entry.action = "menu";
    const std::string line = fmt::format("CONFIG {}", printable_text(name));
    std::vector<std::string>& told = config_.not_followed;
    if (told.size() < kMostFiles && std::find(told.begin(), told.end(), line) == told.end()) {
      told.push_back(line);
    }
    const LoaderFile file = look_up(name.substr(0, name.find_first_of(" \t")));
    if (file.is_missing) {
      const std::string full = files_.name_of(world_.own, file.path);
      entry.problems.push_back(fmt::format("the configuration {} is not there", full));
      findings_.add(rule("loader.include-missing"), entry.offset,
                    fmt::format("{}, line {}, entry '{}'", entry.file, entry.line, entry.title),
                    fmt::format("{} is not there", full), "the configuration that is to be read");
    }
  }

  /// What KERNEL and APPEND say together.
  void start_program(LoaderEntry& entry, const std::string& command, const SyslinuxLabel& label) {
    const std::vector<std::string_view> words = words_of(command);
    if (words.empty()) {
      return;
    }
    LoaderFile program = file_of(words.front(), entry);
    std::string arguments = label.append.value_or(script_.append);
    for (std::size_t i = words.size(); i > 1; --i) {
      arguments = fmt::format("{} {}", words[i - 1], arguments);
    }
    std::string rest;
    std::string initrds = label.initrd;
    for (const std::string_view word : words_of(arguments)) {
      if (word.starts_with("initrd=")) {
        initrds = word.substr(7);
      } else {
        rest += fmt::format("{}{}", rest.empty() ? "" : " ", word);
      }
    }
    const bool is_module = label.keyword == "com32" || lower_case(program.path).ends_with(".c32");
    if (is_module) {
      start_module(entry, std::move(program), rest, label);
    } else if (label.keyword == "boot" || label.keyword == "bss" || label.keyword == "pxe" ||
               label.keyword == "fdimage" || label.keyword == "comboot") {
      entry.chain_target = std::move(program);
    } else {
      entry.kernel = std::move(program);
    }
    entry.arguments = printable_text(rest);
    std::string_view left = initrds;
    while (!left.empty()) {
      const std::size_t end = std::min(left.find(','), left.size());
      if (end > 0 && entry.initrds.size() < kMostFiles) {
        entry.initrds.push_back(file_of(left.substr(0, end), entry));
      }
      left.remove_prefix(std::min(end + 1, left.size()));
    }
  }

  /// A COM32 module, which may load a kernel itself.
  void start_module(LoaderEntry& entry, LoaderFile module, std::string& arguments,
                    const SyslinuxLabel& label) {
    const std::string path = lower_case(module.path);
    const std::string name = path.substr(path.rfind('/') + 1);
    std::vector<std::string_view> words = words_of(arguments);
    if (!module.is_missing) {
      judge_module(module,
                   fmt::format("{}, line {}, entry '{}'", entry.file, entry.line, entry.title),
                   entry.offset, &entry);
    }
    entry.modules.push_back(std::move(module));
    if (name == "linux.c32" && !words.empty()) {
      entry.kernel = file_of(words.front(), entry);
      arguments = std::string(trimmed(std::string_view(arguments).substr(words.front().size())));
    } else if (name == "mboot.c32") {
      add_multiboot(entry, words);
    } else if (name == "menu.c32" || name == "vesamenu.c32" || name == "config.c32") {
      entry.action = "menu";
      if (!label.config.empty()) {
        add_config(entry, label.config);
      }
    } else {
      entry.action = printable_text(name);
    }
  }

  /// "kernel arguments --- module arguments --- ..."
  void add_multiboot(LoaderEntry& entry, const std::vector<std::string_view>& words) {
    bool is_begin = true;
    for (const std::string_view word : words) {
      if (is_begin && word != "---" && entry.modules.size() < kMostFiles) {
        LoaderFile file = file_of(word, entry);
        if (entry.kernel) {
          entry.modules.push_back(std::move(file));
        } else {
          entry.kernel = std::move(file);
        }
      }
      is_begin = word == "---";
    }
  }

  void judge_duplicates() {
    std::set<std::string> names;
    for (const SyslinuxLabel& label : script_.labels) {
      if (label.is_for_menu || label.name.empty()) {
        continue;
      }
      if (!names.insert(fmt::format("{}\n{}", fmt::join(label.menus, "\n"), label.name)).second) {
        findings_.add(rule("syslinux-config.duplicate-label"), label.offset,
                      fmt::format("{}, line {}", label.file, label.line),
                      printable_text(label.name), "a name that no other label has");
      }
    }
  }

  /// In the folder of the configuration, those of PATH, and that of ldlinux.c32.
  [[nodiscard]] std::vector<std::string> module_folders() const {
    std::vector<std::string> folders{directory_};
    std::string path = script_.path ? script_.path->value : std::string();
    std::replace(path.begin(), path.end(), ':', ' ');
    for (const std::string_view folder : words_of(path)) {
      folders.push_back(syslinux_path(directory_, folder));
    }
    folders.push_back(core_directory_);
    return folders;
  }

  /// Whether a COM32 module and the libraries that it needs are there and of the right kind.
  bool judge_module(const LoaderFile& module, const std::string& place, std::uint64_t offset,
                    LoaderEntry* entry) {
    const std::vector<SyslinuxModuleProblem> problems =
        problems_of_module(files_, module, {start_.kind, version_, module_folders()});
    for (const SyslinuxModuleProblem& problem : problems) {
      tell(problem, place, offset, entry);
    }
    return problems.empty();
  }

  void tell(const SyslinuxModuleProblem& problem, const std::string& place, std::uint64_t offset,
            LoaderEntry* entry) {
    if (entry != nullptr) {
      entry->problems.push_back(problem.found);
    }
    if (told_.insert(problem.found).second) {
      // A label beside the default one takes nothing from the others.
      findings_.add(entry == nullptr ? problem.rule : rule("loader.other-entry-broken"), offset,
                    place, problem.found, problem.expected);
    }
  }

  std::optional<std::size_t> entry_named(std::string_view name) const {
    const auto found = std::find_if(config_.entries.begin(), config_.entries.end(),
                                    [&](const LoaderEntry& e) { return e.id == name; });
    return found == config_.entries.end()
               ? std::nullopt
               : std::optional<std::size_t>(found - config_.entries.begin());
  }

  void set_timeout() {
    constexpr double kTenths = 10;
    if (script_.timeout_tenths > 0) {
      config_.timeout_seconds = static_cast<double>(script_.timeout_tenths) / kTenths;
    } else {
      config_.waits_for_input = true;
    }
  }

  void choose(std::size_t index) {
    const auto other = script_.on_timeout && config_.timeout_seconds
                           ? entry_named(printable_text(script_.on_timeout->value))
                           : std::nullopt;
    config_.entries[other.value_or(index)].is_default = true;
  }

  void find_default() {
    const std::optional<SyslinuxSetting>& setting =
        script_.user_interface ? script_.user_interface : script_.default_command;
    const std::vector<std::string_view> words =
        setting ? words_of(setting->value) : std::vector<std::string_view>{};
    if (words.empty()) {
      config_.ends_at_prompt = true;
      const std::string name =
          config_.files.empty() ? std::string("the configuration") : config_.files.front();
      findings_.add(rule("syslinux-config.no-default"), first_offset(), name,
                    "no DEFAULT and no UI", "DEFAULT LABEL, or UI MODULE");
      return;
    }
    const std::string name = printable_text(words.front());
    if (const auto index = entry_named(name)) {
      if (script_.prompts) {
        set_timeout();
      } else {
        config_.timeout_seconds = 0;
      }
      choose(*index);
      return;
    }
    LoaderEntry direct;
    direct.file = setting->place.substr(0, setting->place.rfind(", line "));
    direct.offset = setting->offset;
    const LoaderFile file = file_of(words.front(), direct);
    if (lower_case(file.path).ends_with(".c32")) {
      show_menu(*setting, file);
      return;
    }
    if (file.is_missing) {
      config_.ends_at_prompt = true;
      findings_.add(rule("syslinux-config.default-unknown"), setting->offset, setting->place, name,
                    "a LABEL, or a file that is there");
      return;
    }
    // A kernel and its arguments, without a label.
    SyslinuxLabel label;
    label.kernel = setting->value;
    direct.title = name;
    start_program(direct, label.kernel, label);
    config_.timeout_seconds = script_.prompts ? std::nullopt : std::optional<double>(0);
    config_.entries.push_back(std::move(direct));
    choose(config_.entries.size() - 1);
  }

  void show_menu(const SyslinuxSetting& setting, const LoaderFile& module) {
    if (module.is_missing) {
      config_.ends_at_prompt = true;
      findings_.add(rule("syslinux-config.ui-missing"), setting.offset, setting.place,
                    fmt::format("{} is not there", files_.name_of(world_.own, module.path)),
                    "the module of the menu");
    } else if (!judge_module(module, setting.place, setting.offset, nullptr)) {
      config_.ends_at_prompt = true;
    }
    set_timeout();
    if (config_.entries.empty()) {
      return;
    }
    const std::vector<std::string_view> words = script_.default_command
                                                    ? words_of(script_.default_command->value)
                                                    : std::vector<std::string_view>{};
    const auto named = words.empty() ? std::nullopt : entry_named(printable_text(words.front()));
    choose(menu_default_ ? *menu_default_ : named.value_or(0));
  }

  [[nodiscard]] std::uint64_t first_offset() {
    return config_.entries.empty() ? files_.offset_of(world_.own) : config_.entries.front().offset;
  }

  static constexpr std::size_t kMostFiles = 256;

  const LoaderWorld& world_;
  const SyslinuxStart& start_;
  Findings& findings_;
  LoaderFiles files_;
  LoaderConfig config_;
  SyslinuxScript script_;
  std::string directory_;
  std::string core_directory_;
  unsigned version_ = 0;
  std::optional<std::size_t> menu_default_;
  std::set<std::string> told_;
};

}  // namespace

LoaderConfig read_syslinux_config(const LoaderWorld& world, const SyslinuxStart& start,
                                  Findings& findings) {
  return SyslinuxReader(world, start, findings).read();
}

}  // namespace bootproof::inspectors
