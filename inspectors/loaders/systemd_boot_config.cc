#include "inspectors/loaders/systemd_boot_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "inspectors/loaders/loader_checks.h"
#include "inspectors/loaders/loader_files.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// The names of architectures that systemd-boot compares with its own.
struct ArchitectureName {
  std::string_view name;
  std::optional<LoaderPlatform> platform;
};

constexpr std::array kArchitectures{
    ArchitectureName{"x64", LoaderPlatform::kUefiX64},
    ArchitectureName{"ia32", LoaderPlatform::kUefiIa32},
    ArchitectureName{"aa64", LoaderPlatform::kUefiAarch64},
    ArchitectureName{"arm", LoaderPlatform::kUefiArm},
    ArchitectureName{"riscv64", LoaderPlatform::kUefiRiscv64},
    ArchitectureName{"loongarch64", std::nullopt},
};

/// Keys of an entry that change nothing which is followed here.
constexpr auto kOtherKeys = std::to_array<std::string_view>(
    {"devicetree-overlay", "id", "profile", "extra", "uki-url", "tries-left", "tries-done"});

/// What systemd-boot adds to the menu by itself where it finds it (systemd-boot(7)).
struct AutomaticEntry {
  std::string_view path;
  std::string_view id;
  std::string_view title;
};

constexpr std::array kAutomaticEntries{
    AutomaticEntry{"/EFI/Microsoft/Boot/bootmgfw.efi", "auto-windows", "Windows Boot Manager"},
    AutomaticEntry{"/shellx64.efi", "auto-efi-shell", "EFI Shell"},
    AutomaticEntry{"/shellaa64.efi", "auto-efi-shell", "EFI Shell"},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Numbers in texts by their value, the rest by its bytes: -1, 0 or 1 (Version Format
/// Specification, in short).
int compare_versions(std::string_view a, std::string_view b) {
  const auto take_number = [](std::string_view& text) {
    std::size_t end = 0;
    while (end < text.size() && is_digit(text[end])) {
      ++end;
    }
    std::string_view digits = text.substr(0, end);
    text.remove_prefix(end);
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    return digits;
  };
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const std::string_view x = take_number(a);
      const std::string_view y = take_number(b);
      const int order = x.size() != y.size() ? (x.size() < y.size() ? -1 : 1) : x.compare(y);
      if (order != 0) {
        return order < 0 ? -1 : 1;
      }
    } else if (a.front() != b.front()) {
      return a.front() < b.front() ? -1 : 1;
    } else {
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.empty() == b.empty() ? 0 : a.empty() ? -1 : 1;
}

/// Whether a name matches a pattern with "*" and "?".
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

/// An entry with what it is sorted by.
struct Candidate {
  LoaderEntry entry;
  std::string sort_key;
  std::string machine_id;
  std::string version;
  bool is_automatic = false;
  bool has_no_tries_left = false;
};

/// The order of the menu (systemd-boot(7), Boot Loader Specification 1.0, "Sorting").
bool comes_before(const Candidate& a, const Candidate& b) {
  const auto group = [](const Candidate& c) {
    return std::make_tuple(c.is_automatic, c.has_no_tries_left, c.sort_key.empty());
  };
  if (group(a) != group(b)) {
    return group(a) < group(b);
  }
  if (!a.sort_key.empty()) {
    const auto keys = [](const Candidate& c) { return std::tie(c.sort_key, c.machine_id); };
    if (keys(a) != keys(b)) {
      return keys(a) < keys(b);
    }
    const int order = compare_versions(a.version, b.version);
    if (order != 0) {
      return order > 0;
    }
  }
  return compare_versions(a.entry.id, b.entry.id) > 0;
}

/// "name+3-1.conf" to "name.conf" and the tries that are left.
std::string without_counter(std::string_view name, std::optional<unsigned>& tries_left) {
  const std::size_t suffix = name.rfind('.');
  const std::size_t plus = name.substr(0, suffix).rfind('+');
  if (suffix == std::string_view::npos || plus == std::string_view::npos) {
    return std::string(name);
  }
  const std::string_view counter = name.substr(plus + 1, suffix - plus - 1);
  unsigned left = 0;
  const auto parsed = std::from_chars(counter.data(), counter.data() + counter.size(), left);
  const std::string_view rest(
      parsed.ptr, static_cast<std::size_t>(counter.data() + counter.size() - parsed.ptr));
  const bool is_counter = parsed.ec == std::errc() &&
                          (rest.empty() || (rest.front() == '-' && rest.size() > 1 &&
                                            std::all_of(rest.begin() + 1, rest.end(), is_digit)));
  if (!is_counter) {
    return std::string(name);
  }
  tries_left = left;
  return fmt::format("{}{}", name.substr(0, plus), name.substr(suffix));
}

/// Key and value of a line, "key value".
std::pair<std::string, std::string_view> key_and_value(std::string_view line) {
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  return {std::string(line.substr(0, end)), trimmed(line.substr(end))};
}

std::string path_of(std::string_view value) {
  std::string path(value);
  std::replace(path.begin(), path.end(), '\\', '/');
  return with_slash(path);
}

class SystemdBootReader {
 public:
  SystemdBootReader(const LoaderWorld& world, Findings& findings)
      : world_(world), findings_(findings), files_(world, findings) {}

  LoaderConfig read() {
    config_.kind = LoaderKind::kSystemdBoot;
    config_.timeout_seconds = 0;
    read_loader_conf();
    for (std::size_t i = 0; i < world_.volumes.size(); ++i) {
      if (i == world_.own || world_.volumes[i].is_xbootldr) {
        read_entries(i);
        read_unified_images(i);
      }
    }
    if (has_automatic_entries_) {
      add_automatic_entries();
    }
    std::sort(candidates_.begin(), candidates_.end(), comes_before);
    choose_default();
    for (Candidate& candidate : candidates_) {
      config_.entries.push_back(std::move(candidate.entry));
    }
    if (config_.entries.empty()) {
      config_.ends_at_prompt = true;
      judge_emptiness();
    } else {
      for (LeftOut& entry : left_out_) {
        findings_.add(entry.rule, entry.offset, std::move(entry.path), std::move(entry.found),
                      std::move(entry.expected));
      }
    }
    judge_entries(config_, world_, findings_);
    return std::move(config_);
  }

 private:
  /// An entry that is never shown, and why. Where it would have been the only one, that is the
  /// defect.
  struct LeftOut {
    Rule rule;
    std::uint64_t offset = 0;
    std::string path;
    std::string found;
    std::string expected;
  };

  void judge_emptiness() {
    if (left_out_.empty()) {
      findings_.add(rule("systemd-boot.no-entries"), files_.offset_of(world_.own),
                    files_.name_of(world_.own, "/loader/entries"), "no entry for this machine",
                    "NAME.conf here, or NAME.efi in /EFI/Linux");
    } else {
      LeftOut& first = left_out_.front();
      findings_.add(rule("systemd-boot.no-entries"), first.offset, std::move(first.path),
                    fmt::format("the only entry is left out: {}", first.found),
                    std::move(first.expected));
    }
  }

  void read_loader_conf() {
    const auto text = files_.read(files_.look_up(world_.own, "/loader/loader.conf"));
    if (!text) {
      return;
    }
    config_.files.push_back(text->name);
    for (const ConfigLine& line : lines_of(text->text)) {
      const auto [key, value] = key_and_value(line.text);
      if (key == "default") {
        default_ = lower_case(value);
        default_place_ = fmt::format("{}, line {}", text->name, line.number);
        default_offset_ = text->offset_of(line.number);
      } else if (key == "timeout") {
        read_timeout(value);
      } else if (key == "auto-entries") {
        has_automatic_entries_ =
            value != "no" && value != "0" && value != "false" && value != "off";
      }
    }
  }

  void read_timeout(std::string_view value) {
    unsigned seconds = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (value == "menu-force") {
      config_.timeout_seconds.reset();
      config_.waits_for_input = true;
    } else if (parsed.ec == std::errc()) {
      config_.timeout_seconds = seconds;
    }
  }

  void read_entries(std::size_t volume) {
    constexpr std::string_view kFolder = "/loader/entries";
    for (const Node& node : files_.names_in(volume, kFolder)) {
      if (node.kind != NodeKind::kFile || candidates_.size() >= kMostEntries) {
        continue;
      }
      const std::string path = fmt::format("{}/{}", kFolder, node.name);
      if (!lower_case(node.name).ends_with(".conf")) {
        findings_.add(rule("systemd-boot.entry-name"), files_.offset_of(volume),
                      files_.name_of(volume, path), printable_text(node.name), "NAME.conf");
      } else if (const auto text = files_.read(files_.look_up(volume, path))) {
        config_.files.push_back(text->name);
        read_entry(volume, node.name, *text);
      }
    }
  }

  void read_entry(std::size_t volume, const std::string& file_name, const ConfigText& text) {
    Candidate candidate;
    LoaderEntry& entry = candidate.entry;
    std::optional<unsigned> tries_left;
    entry.id = printable_text(lower_case(without_counter(file_name, tries_left)));
    candidate.has_no_tries_left = tries_left == 0U;
    entry.file = text.name;
    entry.line = 1;
    entry.offset = text.offset_of(1);
    bool is_for_other_machine = false;
    for (const ConfigLine& line : lines_of(text.text)) {
      const auto [key, value] = key_and_value(line.text);
      if (key.empty() || key[0] == '#') {
        continue;
      }
      if (key == "architecture") {
        is_for_other_machine |= !is_own_architecture(value, text, line.number);
      } else {
        read_entry_line(candidate, key, value, {volume, &text, line.number});
      }
    }
    if (is_for_other_machine) {
      return;
    }
    if (!entry.kernel && !entry.chain_target) {
      left_out_.push_back({rule("systemd-boot.no-program"), entry.offset, text.name,
                           "neither linux nor efi", "the key linux or efi"});
      return;
    }
    entry.title = entry.title.empty() ? entry.id : entry.title;
    candidates_.push_back(std::move(candidate));
  }

  struct Where {
    std::size_t volume = 0;
    const ConfigText* text = nullptr;
    std::size_t line = 0;
  };

  LoaderFile file_of(std::string_view value, const Where& where) {
    LoaderFile file = files_.look_up(where.volume, path_of(value));
    file.name = printable_text(value);
    file.line = where.line;
    file.offset = where.text->offset_of(where.line);
    return file;
  }

  void read_entry_line(Candidate& candidate, const std::string& key, std::string_view value,
                       const Where& where) {
    constexpr std::size_t kMostInitrds = 256;
    LoaderEntry& entry = candidate.entry;
    if (key == "title") {
      entry.title = printable_text(value);
    } else if (key == "version") {
      candidate.version = value;
    } else if (key == "machine-id") {
      candidate.machine_id = value;
    } else if (key == "sort-key") {
      candidate.sort_key = value;
    } else if (key == "linux") {
      entry.kernel = file_of(value, where);
      entry.chain_target.reset();
    } else if (key == "efi" || key == "uki") {
      entry.chain_target = file_of(value, where);
      entry.kernel.reset();
    } else if (key == "initrd") {
      if (entry.initrds.size() < kMostInitrds) {
        entry.initrds.push_back(file_of(value, where));
      }
    } else if (key == "devicetree") {
      entry.modules = {file_of(value, where)};
    } else if (key == "options") {
      entry.arguments += (entry.arguments.empty() ? "" : " ") + printable_text(value);
    } else if (!key.starts_with("grub_") &&
               std::find(kOtherKeys.begin(), kOtherKeys.end(), key) == kOtherKeys.end()) {
      findings_.add(rule("systemd-boot.unknown-key"), where.text->offset_of(where.line),
                    fmt::format("{}, line {}", where.text->name, where.line), printable_text(key),
                    "title, linux, initrd, options, efi and the like");
    }
  }

  bool is_own_architecture(std::string_view value, const ConfigText& text, std::size_t line) {
    const auto* const row = std::find_if(
        kArchitectures.begin(), kArchitectures.end(),
        [&](const ArchitectureName& name) { return same_ignoring_case(name.name, value); });
    if (row == kArchitectures.end()) {
      left_out_.push_back({rule("systemd-boot.architecture"), text.offset_of(line),
                           fmt::format("{}, line {}", text.name, line), printable_text(value),
                           "x64, ia32, aa64, arm, riscv64 or loongarch64"});
      return false;
    }
    return row->platform == world_.platform;
  }

  void read_unified_images(std::size_t volume) {
    constexpr std::string_view kFolder = "/EFI/Linux";
    for (const Node& node : files_.names_in(volume, kFolder)) {
      const bool is_image = node.kind == NodeKind::kFile && lower_case(node.name).ends_with(".efi");
      if (!is_image || candidates_.size() >= kMostEntries) {
        continue;
      }
      Candidate candidate;
      LoaderEntry& entry = candidate.entry;
      std::optional<unsigned> tries_left;
      const std::string path = fmt::format("{}/{}", kFolder, node.name);
      entry.id = printable_text(lower_case(without_counter(node.name, tries_left)));
      candidate.has_no_tries_left = tries_left == 0U;
      entry.title = printable_text(node.name);
      entry.file = files_.name_of(volume, path);
      entry.chain_target = files_.look_up(volume, path);
      entry.chain_target->name = printable_text(path);
      candidates_.push_back(std::move(candidate));
    }
  }

  void add_automatic_entries() {
    for (const AutomaticEntry& automatic : kAutomaticEntries) {
      LoaderFile file = files_.look_up(world_.own, automatic.path);
      if (!file.node) {
        continue;
      }
      Candidate candidate;
      candidate.is_automatic = true;
      candidate.entry.id = automatic.id;
      candidate.entry.title = automatic.title;
      candidate.entry.file = files_.name_of(world_.own, automatic.path);
      file.name = automatic.path;
      candidate.entry.chain_target = std::move(file);
      candidates_.push_back(std::move(candidate));
    }
  }

  /// systemd-boot leaves out an entry whose program is not there, so it is no default while there
  /// are others.
  static bool is_shown(const Candidate& candidate) {
    const std::optional<LoaderFile>& program =
        candidate.entry.kernel ? candidate.entry.kernel : candidate.entry.chain_target;
    return program && !program->is_missing;
  }

  void choose_default() {
    if (candidates_.empty()) {
      return;
    }
    auto chosen = candidates_.end();
    const bool has_pattern = !default_.empty() && default_ != "@saved";
    if (has_pattern) {
      chosen = std::find_if(candidates_.begin(), candidates_.end(), [&](const Candidate& c) {
        return matches(default_, c.entry.id) || matches(default_ + ".conf", c.entry.id);
      });
      if (chosen == candidates_.end() && left_out_.empty()) {
        findings_.add(rule("systemd-boot.default-unknown"), default_offset_, default_place_,
                      printable_text(default_), "an entry, as " + candidates_.front().entry.id);
      }
    }
    if (chosen == candidates_.end()) {
      chosen = std::find_if(candidates_.begin(), candidates_.end(), is_shown);
    }
    chosen = chosen == candidates_.end() ? candidates_.begin() : chosen;
    chosen->entry.is_default = true;
  }

  static constexpr std::size_t kMostEntries = 1024;

  const LoaderWorld& world_;
  Findings& findings_;
  LoaderFiles files_;
  LoaderConfig config_;
  std::vector<Candidate> candidates_;
  std::string default_;
  std::string default_place_;
  std::uint64_t default_offset_ = 0;
  bool has_automatic_entries_ = true;
  std::vector<LeftOut> left_out_;
};

}  // namespace

LoaderConfig read_systemd_boot_config(const LoaderWorld& world, Findings& findings) {
  return SystemdBootReader(world, findings).read();
}

}  // namespace bootproof::inspectors
