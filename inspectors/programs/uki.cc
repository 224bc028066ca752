#include "inspectors/programs/uki.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "inspectors/cursor.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kMostText = std::uint64_t{64} << 10U;

/// The sections of a UKI (UKI specification, "UKI Components").
constexpr std::array<std::string_view, 15> kSections{
    ".linux", ".osrel", ".cmdline", ".initrd", ".ucode",  ".splash",  ".dtb",    ".dtbauto",
    ".efifw", ".hwids", ".uname",   ".sbat",   ".pcrsig", ".pcrpkey", ".profile"};

bool belongs_to_uki(std::string_view name) {
  return std::find(kSections.begin(), kSections.end(), name) != kSections.end();
}

/// The content of a section that lies whole in the file; a cut one is a finding of read_pe().
std::optional<ImageView> view_of(const ImageView& file, const PeImage& pe, std::string_view name) {
  const PeSection* const section = pe.section(name);
  if (section == nullptr || !file.contains(section->raw_offset, section->content_size())) {
    return std::nullopt;
  }
  return content_of(file, *section);
}

std::string text_of(const std::optional<ImageView>& view) {
  const Bytes bytes = view ? view->read(0, kMostText) : Bytes{};
  return {bytes.begin(), bytes.end()};
}

/// A text that may end at a zero byte and has a line's end behind it.
std::string line_of(const std::string& text) {
  return std::string(trimmed_end(std::string_view(text).substr(0, text.find('\0'))));
}

/// The value of a line KEY=VALUE of os-release, without quotes; empty where there is none.
std::string value_of(std::string_view text, std::string_view key) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.starts_with(key) && line.substr(key.size()).starts_with('=')) {
      line.remove_prefix(key.size() + 1);
      if (line.size() > 1 && (line[0] == '"' || line[0] == '\'') && line.back() == line[0]) {
        line = line.substr(1, line.size() - 2);
      }
      return printable_text(line);
    }
    at = end + 1;
  }
  return {};
}

/// Whether text is one line that a stub can hand over: no controls, nothing behind a zero byte.
/// UTF-8 is left alone.
bool is_plain(std::string_view text) {
  const std::size_t end = std::min(text.find('\0'), text.size());
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r') ||
           c == 0x7F;
  };
  return std::none_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), is_control) &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(end), text.end(),
                     [](char c) { return c == 0; });
}

/// Judges the parts of one UKI.
class Judge {
 public:
  Judge(const ImageView& file, const PeImage& pe, const std::string& path, Findings& findings)
      : file_(file), pe_(pe), path_(path), findings_(findings) {}

  void judge() {
    judge_names();
    judge_kernel();
    if (const auto cmdline = view_of(file_, pe_, ".cmdline");
        cmdline && !is_plain(text_of(cmdline))) {
      add(rule("uki.cmdline-text"), ".cmdline", shown(*cmdline), "one line of text");
    }
    judge_begin(rule("uki.devicetree"), ".dtb", {0xD0, 0x0D, 0xFE, 0xED});
    judge_begin(rule("uki.splash"), ".splash", {'B', 'M'});
    if (pe_.section(".osrel") == nullptr && pe_.section(".linux") != nullptr) {
      findings_.add(rule("uki.no-os-release"), file_.image_offset(pe_.header_offset), path_,
                    "no section .osrel", "a section .osrel (UKI specification)");
    }
  }

 private:
  void add(const Rule& rule, std::string_view section, std::string found, std::string expected) {
    findings_.add(rule, file_.image_offset(pe_.section(section)->raw_offset),
                  fmt::format("{}, section {}", path_, section), std::move(found),
                  std::move(expected));
  }

  static std::string shown(const ImageView& view) {
    constexpr std::uint64_t kShown = 16;
    return hex_bytes(view.read(0, kShown));
  }

  void judge_names() {
    if (pe_.section(".profile") != nullptr) {
      return;  // Each profile may bring sections of its own.
    }
    std::set<std::string_view> seen;
    for (const PeSection& section : pe_.sections) {
      const bool may_repeat = section.name == ".dtbauto" || section.name == ".efifw";
      if (belongs_to_uki(section.name) && !seen.insert(section.name).second && !may_repeat) {
        findings_.add(rule("uki.duplicate-section"), file_.image_offset(section.header_offset),
                      fmt::format("{}, section {}", path_, section.name), "a second one", "one");
      }
    }
  }

  void judge_kernel() {
    const PeSection* const section = pe_.section(".linux");
    if (section == nullptr) {
      findings_.add(rule("uki.no-kernel"), file_.image_offset(pe_.header_offset), path_,
                    "no section .linux", "a kernel in the section .linux");
      return;
    }
    if (section->content_size() == 0) {
      return;  // A finding of read_pe() already.
    }
    const auto kernel = view_of(file_, pe_, ".linux");
    if (!kernel) {
      return;
    }
    Findings of_the_kernel;  // Whoever reads the kernel reports them.
    const auto program = read_pe(*kernel, path_, of_the_kernel);
    if (!program) {
      add(rule("uki.kernel-not-efi"), ".linux", shown(*kernel), "an EFI program, beginning 4d 5a");
    } else if (program->machine != pe_.machine) {
      add(rule("uki.kernel-machine"), ".linux", machine_name(program->machine),
          machine_name(pe_.machine));
    }
  }

  void judge_begin(const Rule& rule, std::string_view name, const Bytes& expected) {
    const auto view = view_of(file_, pe_, name);
    if (view && view->read(0, expected.size()) != expected) {
      add(rule, name, hex_bytes(view->read(0, expected.size())), hex_bytes(expected));
    }
  }

  const ImageView& file_;
  const PeImage& pe_;
  const std::string& path_;
  Findings& findings_;
};

}  // namespace

std::string sd_magic(const ImageView& file, const PeImage& pe) {
  constexpr std::string_view kBegin = "#### LoaderInfo: ";
  constexpr std::string_view kEnd = " ####";
  const std::string text = line_of(text_of(view_of(file, pe, ".sdmagic")));
  if (!text.starts_with(kBegin) || !text.ends_with(kEnd) ||
      text.size() < kBegin.size() + kEnd.size()) {
    return {};
  }
  return printable_text(
      std::string_view(text).substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size()));
}

bool is_uki(const ImageView& file, const PeImage& pe) {
  if (pe.section(".linux") != nullptr) {
    return true;
  }
  const bool has_parts = pe.section(".osrel") != nullptr || pe.section(".cmdline") != nullptr ||
                         pe.section(".initrd") != nullptr;
  return has_parts && sd_magic(file, pe).starts_with("systemd-stub");
}

Uki read_uki(const ImageView& file, const PeImage& pe, const std::string& path,
             Findings& findings) {
  Uki uki;
  if (!is_uki(file, pe)) {
    return uki;
  }
  uki.stub = sd_magic(file, pe);
  uki.kernel = view_of(file, pe, ".linux");
  uki.initrd = view_of(file, pe, ".initrd");
  uki.microcode = view_of(file, pe, ".ucode");
  uki.devicetree = view_of(file, pe, ".dtb");
  uki.splash = view_of(file, pe, ".splash");
  if (const auto cmdline = view_of(file, pe, ".cmdline")) {
    uki.cmdline = printable_text(line_of(text_of(cmdline)));
  }
  const std::string os_release = line_of(text_of(view_of(file, pe, ".osrel")));
  uki.os_name = value_of(os_release, "PRETTY_NAME");
  uki.kernel_version = printable_text(line_of(text_of(view_of(file, pe, ".uname"))));
  for (const PeSection& section : pe.sections) {
    if (belongs_to_uki(section.name)) {
      uki.sections.push_back(section.name);
    }
  }
  Judge(file, pe, path, findings).judge();
  return uki;
}

}  // namespace bootproof::inspectors
