#include "inspectors/loaders/syslinux_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::size_t kMostLabels = 4096;
constexpr std::size_t kMostIncludes = 256;
constexpr std::size_t kMostNested = 16;
constexpr std::size_t kMostMenus = 16;

/// How a label says what it starts.
constexpr auto kKernelKeywords = std::to_array<std::string_view>(
    {"kernel", "linux", "boot", "bss", "pxe", "fdimage", "comboot", "com32"});

/// Keywords that change nothing which is followed here.
constexpr auto kOtherKeywords = std::to_array<std::string_view>(
    {"allowoptions", "background",   "console",  "devicetree", "fdt",      "fdtdir",
     "fdtoverlays",  "display",      "font",     "implicit",   "ipappend", "kbdmap",
     "nocomplete",   "noescape",     "nohalt",   "onerror",    "say",      "sendcookies",
     "sysappend",    "totaltimeout", "help",     "hidden",     "rows",     "tabmsg",
     "width",        "margin",       "ontimeout"});

template <typename Words>
bool is_among(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// F1 to F12.
bool is_function_key(std::string_view word) {
  return word.size() >= 2 && word.size() <= 3 && word[0] == 'f' &&
         std::all_of(word.begin() + 1, word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The first word, in lower case, taken from the front of `line`.
std::string take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  std::string word = lower_case(line.substr(0, end));
  line = trimmed(line.substr(end));
  return word;
}

std::string without_hot_key(std::string_view text) {
  std::string out(text);
  out.erase(std::remove(out.begin(), out.end(), '^'), out.end());
  return out;
}

class Parser {
 public:
  Parser(LoaderFiles& files, std::string directory, Findings& findings)
      : files_(files), directory_(std::move(directory)), findings_(findings) {}

  SyslinuxScript parse(const LoaderFile& file) {
    read(file);
    return std::move(script_);
  }

 private:
  void read(const LoaderFile& file) {
    if (script_.files.size() >= kMostIncludes || reading_.size() >= kMostNested) {
      if (script_.not_followed.empty()) {
        script_.not_followed.emplace_back("includes that go too deep");
      }
      return;
    }
    const std::optional<ConfigText> text = files_.read(file);
    if (!text) {
      return;
    }
    script_.files.push_back(text->name);
    reading_.push_back(text->name);
    const ConfigText* const text_before = text_;
    text_ = &*text;
    bool is_help = false;
    for (const ConfigLine& line : lines_of(text->text)) {
      std::string_view rest = line.text;
      line_ = line.number;
      const std::string word = take_word(rest);
      if (is_help) {
        is_help = word != "endtext";
      } else if (word == "text") {
        is_help = true;
      } else if (!word.empty() && word[0] != '#') {
        read_line(word, rest);
      }
    }
    text_ = text_before;
    reading_.pop_back();
  }

  [[nodiscard]] std::string place() const { return fmt::format("{}, line {}", text_->name, line_); }
  [[nodiscard]] std::uint64_t offset() const { return text_->offset_of(line_); }
  [[nodiscard]] SyslinuxSetting setting(std::string_view value) const {
    return {std::string(value), place(), offset()};
  }
  [[nodiscard]] SyslinuxLabel* label() {
    return has_label_ && !script_.labels.empty() ? &script_.labels.back() : nullptr;
  }

  void read_line(const std::string& word, std::string_view rest) {
    SyslinuxLabel* const current = label();
    if (word == "label") {
      begin_label(rest);
    } else if (word == "menu") {
      std::string_view arguments = rest;
      const std::string menu_word = take_word(arguments);
      read_menu(menu_word, arguments);
    } else if (word == "include") {
      include(rest);
    } else if (word == "default") {
      script_.default_command = setting(rest);
    } else if (word == "ui") {
      script_.user_interface = setting(rest);
    } else if (word == "ontimeout") {
      script_.on_timeout = setting(rest);
    } else if (word == "path") {
      script_.path = setting(rest);
    } else if (word == "prompt") {
      script_.prompts = number_of(rest) != 0;
    } else if (word == "timeout") {
      script_.timeout_tenths = number_of(rest);
    } else if (word == "serial") {
      script_.has_serial = true;
    } else if (word == "append") {
      read_append(rest);
    } else if (is_among(kKernelKeywords, word)) {
      if (current != nullptr) {
        current->keyword = word;
        current->kernel = rest;
      }
    } else if (word == "initrd" || word == "config" || word == "localboot") {
      if (current != nullptr) {
        read_label_line(*current, word, rest);
      }
    } else if (!is_among(kOtherKeywords, word) && !is_function_key(word)) {
      findings_.add(rule("syslinux-config.unknown-keyword"), offset(), place(),
                    printable_text(word), "a keyword of Syslinux's");
    }
  }

  static void read_label_line(SyslinuxLabel& label, std::string_view word, std::string_view rest) {
    if (word == "initrd") {
      label.initrd = rest;
    } else if (word == "config") {
      label.config = rest;
    } else {
      label.localboot = std::string(rest);
    }
  }

  void read_append(std::string_view rest) {
    std::string value(rest == "-" ? std::string_view() : rest);
    if (SyslinuxLabel* const current = label()) {
      current->append = std::move(value);
    } else {
      script_.append = std::move(value);
    }
  }

  void begin_label(std::string_view name) {
    has_label_ = script_.labels.size() < kMostLabels;
    if (!has_label_) {
      return;
    }
    SyslinuxLabel label;
    label.name = name;
    label.menus = menus_;
    label.file = text_->name;
    label.line = line_;
    label.offset = offset();
    script_.labels.push_back(std::move(label));
  }

  void read_menu(std::string_view word, std::string_view rest) {
    SyslinuxLabel* const current = label();
    if (word == "include") {
      // A second word names a submenu for what is included.
      include(rest.substr(0, rest.find_first_of(" \t")));
    } else if (word == "begin") {
      if (menus_.size() < kMostMenus) {
        menus_.emplace_back(rest);
      }
      has_label_ = false;
    } else if (word == "end") {
      if (!menus_.empty()) {
        menus_.pop_back();
      }
      has_label_ = false;
    } else if (word == "title" || word == "label") {
      if (current != nullptr && word == "label") {
        current->menu_label = without_hot_key(rest);
      } else if (!menus_.empty() && current == nullptr &&
                 (word == "label" || menus_.back().empty())) {
        menus_.back() = without_hot_key(rest);
      }
    } else if (word == "default") {
      if (current != nullptr) {
        current->is_menu_default = true;
      }
    } else if (word == "exit" || word == "goto" || word == "quit" || word == "separator" ||
               word == "disable") {
      if (current != nullptr && word != "separator") {
        current->is_for_menu = true;
      }
    }
  }

  void include(std::string_view name) {
    LoaderFile file = files_.look_up(files_.world().own, syslinux_path(directory_, name));
    const std::string full = files_.name_of(files_.world().own, file.path);
    if (std::find(reading_.begin(), reading_.end(), full) != reading_.end()) {
      findings_.add(rule("syslinux-config.include-loop"), offset(), place(), full,
                    "a file that does not include this one");
      return;
    }
    if (file.is_missing) {
      findings_.add(rule("syslinux-config.include-missing"), offset(), place(),
                    fmt::format("{} is not there", full), "the configuration that is included");
      return;
    }
    const std::size_t line = line_;
    read(file);
    line_ = line;
  }

  LoaderFiles& files_;
  std::string directory_;
  Findings& findings_;
  SyslinuxScript script_;
  std::vector<std::string> reading_;
  std::vector<std::string> menus_;
  const ConfigText* text_ = nullptr;
  std::size_t line_ = 0;
  bool has_label_ = false;
};

}  // namespace

std::string syslinux_path(const std::string& directory, std::string_view name) {
  const bool is_whole = name.starts_with('/');
  return is_whole ? std::string(name) : with_slash(fmt::format("{}/{}", directory, name));
}

SyslinuxScript parse_syslinux_config(LoaderFiles& files, const LoaderFile& file,
                                     const std::string& directory, Findings& findings) {
  return Parser(files, directory, findings).parse(file);
}

}  // namespace bootproof::inspectors
