#include "inspectors/loaders/startup_nsh.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/loaders/loader_checks.h"
#include "inspectors/loaders/loader_files.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// The name of the program that firmware of a platform starts from removable media, and the names
/// for other machines (UEFI 2.10, 3.5.1.1).
struct MachineName {
  LoaderPlatform platform;
  std::string_view file;
};

constexpr std::array kMachineNames{
    MachineName{LoaderPlatform::kUefiX64, "bootx64.efi"},
    MachineName{LoaderPlatform::kUefiIa32, "bootia32.efi"},
    MachineName{LoaderPlatform::kUefiAarch64, "bootaa64.efi"},
    MachineName{LoaderPlatform::kUefiArm, "bootarm.efi"},
    MachineName{LoaderPlatform::kUefiRiscv64, "bootriscv64.efi"},
};

constexpr std::array<std::string_view, 2> kScripts{"/startup.nsh", "/efi/tools/startup.nsh"};

/// Scripts are UCS-2 with a byte order mark, or ASCII: the low bytes are what matters.
std::string as_ascii(const std::string& text) {
  if (!text.starts_with("\xFF\xFE")) {
    return text;
  }
  std::string out;
  for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
    out.push_back(text[i + 1] == 0 ? text[i] : '?');
  }
  return out;
}

/// Without quotes, with "/" for "\".
std::string cleaned(std::string_view word) {
  std::string out(word);
  out.erase(std::remove(out.begin(), out.end(), '"'), out.end());
  std::replace(out.begin(), out.end(), '\\', '/');
  return out;
}

class ScriptReader {
 public:
  ScriptReader(const LoaderWorld& world, Findings& findings)
      : world_(world), findings_(findings), files_(world, findings) {}

  std::optional<LoaderConfig> read() {
    for (const std::string_view path : kScripts) {
      const LoaderFile file = files_.look_up(world_.own, path);
      if (auto text = files_.read(file)) {
        read(*text);
        return std::move(config_);
      }
    }
    return std::nullopt;
  }

 private:
  void read(const ConfigText& text) {
    config_.kind = LoaderKind::kEfiShell;
    config_.files.push_back(text.name);
    config_.timeout_seconds = 5;  // "Press ESC in 5 seconds to skip startup.nsh".
    const std::string ascii = as_ascii(text.text);
    for (const ConfigLine& line : lines_of(ascii)) {
      read_line(line, text);
    }
    if (config_.entries.empty()) {
      config_.ends_at_prompt = true;
      findings_.add(rule("startup-nsh.no-program"), text.offset_of(1), text.name,
                    "no line that starts a program", "the path of an EFI program");
      return;
    }
    config_.entries.front().is_default = true;
    judge_entries(config_, world_, findings_);
  }

  void read_line(const ConfigLine& line, const ConfigText& text) {
    constexpr std::size_t kMostEntries = 256;
    std::string_view rest = line.text.substr(0, line.text.find('#'));
    while (rest.starts_with('@')) {
      rest.remove_prefix(1);
    }
    std::vector<std::string_view> words = words_of(rest);
    if (words.empty() || config_.entries.size() >= kMostEntries) {
      return;
    }
    const std::string command = lower_case(words.front());
    if (command == "if" || command == "else" || command == "endif" || command == "for" ||
        command == "endfor") {
      depth_ += command == "if" || command == "for" ? 1 : 0;
      depth_ -= command.starts_with("end") && depth_ > 0 ? 1 : 0;
      return;
    }
    if (command == "cd" && words.size() > 1) {
      folder_ = path_of(cleaned(words[1]));
      return;
    }
    if (command == "start" || command == "load") {
      words.erase(words.begin());
    }
    const std::string program = words.empty() ? std::string() : cleaned(words.front());
    if (program.ends_with(':')) {
      folder_.clear();  // Another volume, at its root.
    } else if (lower_case(program).ends_with(".efi")) {
      add_entry(line, text, program, rest, words.front());
    }
  }

  /// From the root on, without the volume's name.
  [[nodiscard]] std::string path_of(std::string_view name) const {
    const std::size_t colon = name.find(':');
    const std::string_view path = colon == std::string_view::npos ? name : name.substr(colon + 1);
    const bool is_whole = path.starts_with('/') || colon != std::string_view::npos;
    return with_slash(is_whole ? std::string(path) : fmt::format("{}/{}", folder_, path));
  }

  void add_entry(const ConfigLine& line, const ConfigText& text, const std::string& program,
                 std::string_view rest, std::string_view word) {
    LoaderEntry entry;
    entry.title = printable_text(program);
    entry.file = text.name;
    entry.line = line.number;
    entry.offset = text.offset_of(line.number);
    entry.is_conditional = depth_ > 0;
    const auto after = static_cast<std::size_t>(word.data() - rest.data()) + word.size();
    entry.arguments = printable_text(trimmed(rest.substr(after)));
    const bool has_variable = program.find('%') != std::string::npos;
    LoaderFile target = has_variable ? LoaderFile{} : find_program(path_of(program));
    target.name = entry.title;
    target.line = line.number;
    target.offset = entry.offset;
    const std::string place = fmt::format("{}, line {}", text.name, line.number);
    if (target.is_missing) {
      entry.problems.push_back(fmt::format("{} is on no volume of this medium", entry.title));
      findings_.add(
          depth_ > 0 ? rule("loader.other-entry-broken") : rule("startup-nsh.program-missing"),
          entry.offset, place, fmt::format("{} is on no volume", entry.title),
          "a program that is there");
      target.is_explained = true;
    }
    judge_machine(entry, program, place);
    entry.chain_target = std::move(target);
    config_.entries.push_back(std::move(entry));
  }

  void judge_machine(LoaderEntry& entry, const std::string& program, const std::string& place) {
    const std::string name = lower_case(program.substr(program.find_last_of("/:") + 1));
    const auto* const row =
        std::find_if(kMachineNames.begin(), kMachineNames.end(),
                     [&](const MachineName& machine) { return machine.file == name; });
    if (row != kMachineNames.end() && row->platform != world_.platform && depth_ == 0) {
      entry.problems.push_back(fmt::format("{} is for another machine", entry.title));
      findings_.add(rule("startup-nsh.wrong-machine"), entry.offset, place, entry.title,
                    fmt::format("a program for {}", name_of(world_.platform)));
    }
  }

  /// On the own volume or any other that firmware can read.
  LoaderFile find_program(const std::string& path) {
    LoaderFile own = files_.look_up(world_.own, path);
    for (std::size_t i = 0; i < world_.volumes.size() && own.is_missing; ++i) {
      LoaderFile other = files_.look_up(i, path);
      if (other.node) {
        return other;
      }
    }
    return own;
  }

  const LoaderWorld& world_;
  Findings& findings_;
  LoaderFiles files_;
  LoaderConfig config_;
  std::string folder_;
  int depth_ = 0;
};

}  // namespace

bool has_startup_nsh(Volume& volume) {
  return std::any_of(kScripts.begin(), kScripts.end(), [&](std::string_view path) {
    const Lookup found = find(volume, path);
    return found.node && found.node->kind == NodeKind::kFile;
  });
}

std::optional<LoaderConfig> read_startup_nsh(const LoaderWorld& world, Findings& findings) {
  return ScriptReader(world, findings).read();
}

}  // namespace bootproof::inspectors
