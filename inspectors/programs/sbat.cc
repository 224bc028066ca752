#include "inspectors/programs/sbat.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "inspectors/cursor.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 10U;
constexpr std::size_t kMostLines = 256;

/// The newest revocations that are published (shim's SbatLevel_Variable.txt).
constexpr std::string_view kNewestLevel = "sbat,1,2025051000\nshim,4\ngrub,5\ngrub.proxmox,2\n";

/// A line and where it begins.
struct Line {
  std::uint64_t offset = 0;
  std::string_view text;
};

/// The lines up to a zero byte that are not empty.
std::vector<Line> lines_of(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  std::vector<Line> lines;
  for (std::size_t at = 0; at < text.size() && lines.size() < kMostLines;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (!line.empty()) {
      lines.push_back({at, line});
    }
    at = end + 1;
  }
  return lines;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  constexpr std::size_t kMostFields = 16;
  std::vector<std::string_view> fields;
  while (fields.size() < kMostFields) {
    const std::size_t end = line.find(',');
    fields.push_back(line.substr(0, end));
    if (end == std::string_view::npos) {
      break;
    }
    line.remove_prefix(end + 1);
  }
  return fields;
}

std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  return end.ec == std::errc() && end.ptr == text.data() + text.size() ? std::optional(number)
                                                                       : std::nullopt;
}

/// Adds what is wrong in a section .sbat.
class Judge {
 public:
  /// An unsigned program is not judged: Secure Boot refuses it before SBAT is looked at.
  Judge(const ImageView& view, const PeImage& pe, const std::string& path, Findings& findings)
      : view_(view),
        is_judged_(pe.directory(kCertificateTable).size != 0),
        where_(fmt::format("{}, section .sbat", path)),
        findings_(findings) {}

  void add(const Rule& rule, std::uint64_t offset, std::string found, std::string expected) {
    if (is_judged_) {
      findings_.add(rule, view_.image_offset(offset), where_, std::move(found),
                    std::move(expected));
    }
  }

 private:
  const ImageView& view_;
  bool is_judged_;
  std::string where_;
  Findings& findings_;
};

std::string characters_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

std::string shortened(std::string_view line) {
  constexpr std::size_t kLongest = 80;
  return printable_text(line.substr(0, kLongest));
}

}  // namespace

std::optional<std::vector<SbatEntry>> read_sbat(const ImageView& file, const PeImage& pe,
                                                const std::string& path, Findings& findings) {
  constexpr std::size_t kFields = 6;
  const PeSection* const section = pe.section(".sbat");
  if (section == nullptr) {
    return std::nullopt;
  }
  const ImageView view = content_of(file, *section);
  Judge judge(view, pe, path, findings);
  const std::string text = characters_of(view.read(0, kMostBytes));
  std::vector<SbatEntry> entries;
  bool is_whole = true;
  for (const Line& line : lines_of(text)) {
    const std::vector<std::string_view> fields = fields_of(line.text);
    const auto generation = fields.size() > 1 ? number_of(fields[1]) : std::nullopt;
    if (fields.size() < kFields || fields[0].empty()) {
      is_whole = false;
      judge.add(rule("sbat.line"), line.offset, shortened(line.text),
                "component,generation,vendor,package,version,url");
    } else if (!generation || *generation == 0) {
      is_whole = false;
      judge.add(rule("sbat.generation"), line.offset, shortened(fields[1]), "a number from 1 on");
    } else {
      entries.push_back({printable_text(fields[0]), *generation, printable_text(fields[2]),
                         printable_text(fields[3]), printable_text(fields[4]),
                         printable_text(fields[5])});
    }
  }
  if (entries.empty() && is_whole && view.size() == section->content_size()) {
    judge.add(rule("sbat.empty"), 0, "no line",
              "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md");
  }
  for (const SbatEntry& entry : revoked_entries(entries, read_sbat_level(kNewestLevel))) {
    judge.add(rule("sbat.revoked"), 0, fmt::format("{} {}", entry.component, entry.generation),
              "a generation that SbatLevel 2025051000 allows");
  }
  return entries;
}

SbatLevel read_sbat_level(std::string_view text) {
  SbatLevel level;
  for (const Line& line : lines_of(text.substr(0, kMostBytes))) {
    const std::vector<std::string_view> fields = fields_of(line.text);
    const auto generation = fields.size() > 1 ? number_of(fields[1]) : std::nullopt;
    if (fields[0].empty() || !generation) {
      continue;
    }
    level.minimums.push_back({printable_text(fields[0]), *generation});
    if (fields[0] == "sbat" && fields.size() > 2) {
      level.date = printable_text(fields[2]);
    }
  }
  return level;
}

std::optional<SbatLevel> read_shim_sbat_level(const ImageView& shim, const PeImage& pe) {
  // A version, then the offsets of two texts, counted from behind the version: the level that shim
  // sets by itself, and the newest, which it sets when it is told to (shim's sbat_var.S).
  struct LevelHeader {
    Le32 version;
    Le32 automatic;
    Le32 latest;
  };
  static_assert(sizeof(LevelHeader) == 12);
  const PeSection* const section = pe.section(".sbatlevel");
  const ImageView view = section == nullptr ? shim.subview(0, 0) : content_of(shim, *section);
  const auto header = read_struct<LevelHeader>(view, 0);
  if (!header || header->version.value() != 0) {
    return std::nullopt;
  }
  const std::uint64_t offset = sizeof(Le32) + std::uint64_t{header->automatic.value()};
  return read_sbat_level(characters_of(view.read(offset, kMostBytes)));
}

std::vector<SbatEntry> revoked_entries(const std::vector<SbatEntry>& entries,
                                       const SbatLevel& level) {
  std::vector<SbatEntry> revoked;
  for (const SbatEntry& entry : entries) {
    if (std::any_of(level.minimums.begin(), level.minimums.end(), [&](const SbatMinimum& minimum) {
          return minimum.component == entry.component && entry.generation < minimum.generation;
        })) {
      revoked.push_back(entry);
    }
  }
  return revoked;
}

}  // namespace bootproof::inspectors
