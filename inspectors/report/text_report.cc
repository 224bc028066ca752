#include "inspectors/report/text_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "inspectors/rules.h"

namespace bootproof::inspectors {
namespace {

/// Paths that say the same with and without Secure Boot, as one row.
struct Row {
  std::string title;
  Forecast forecast = Forecast::kCannotBoot;
  std::string chain;
};

std::string_view sentence_of(std::string_view rule_id) {
  const Rule* const row = find_rule(rule_id);
  return row == nullptr ? rule_id : row->sentence;
}

/// Whether any path of this firmware gets anywhere, or breaks at something that is this firmware's.
bool is_of_interest(const Inspection& inspection, FirmwareClass firmware) {
  return std::any_of(inspection.paths.begin(), inspection.paths.end(), [&](const BootPath& path) {
    constexpr std::size_t kBehindTheTables = 3;
    return path.firmware == firmware &&
           (path.forecast != Forecast::kCannotBoot || path.links.size() > kBehindTheTables);
  });
}

void add_paths(std::string& out, const Inspection& inspection, bool shows_all) {
  std::vector<Row> rows;
  std::vector<FirmwareClass> passed_over;
  for (const BootPath& path : inspection.paths) {
    const bool is_shown = shows_all || path.firmware == FirmwareClass::kBios ||
                          path.firmware == FirmwareClass::kUefiX64 ||
                          is_of_interest(inspection, path.firmware);
    if (!is_shown) {
      if (std::find(passed_over.begin(), passed_over.end(), path.firmware) == passed_over.end()) {
        passed_over.push_back(path.firmware);
      }
      continue;
    }
    Row row{title_of(path), path.forecast, chain_text(path)};
    if (path.is_secure && !rows.empty() && rows.back().forecast == row.forecast &&
        rows.back().chain == row.chain) {
      BootPath both = path;
      both.is_secure = false;
      rows.back().title = title_of(both) + " (with Secure Boot as well)";
    } else {
      rows.push_back(std::move(row));
    }
  }
  out += "boot paths\n";
  for (const Row& row : rows) {
    fmt::format_to(std::back_inserter(out), "  {:<11}  {}\n               {}\n",
                   name_of(row.forecast), row.title, row.chain);
  }
  if (!passed_over.empty()) {
    std::string names;
    for (const FirmwareClass firmware : passed_over) {
      names += names.empty() ? "" : ", ";
      names += name_of(firmware);
    }
    fmt::format_to(std::back_inserter(out), "  cannot boot  {}: nothing on the medium is for it\n",
                   names);
  }
}

void add_findings(std::string& out, const Inspection& inspection, bool shows_notes) {
  std::vector<const Finding*> shown;
  for (const Severity severity : {Severity::kError, Severity::kWarning, Severity::kNote}) {
    for (const Finding& finding : inspection.findings) {
      if (finding.severity == severity && (shows_notes || severity != Severity::kNote)) {
        shown.push_back(&finding);
      }
    }
  }
  out += shown.empty() ? "no findings\n" : "findings\n";
  for (const Finding* finding : shown) {
    fmt::format_to(std::back_inserter(out),
                   "  {}: {} [{}]\n"
                   "      where:    {}, offset {}\n"
                   "      found:    {}\n"
                   "      expected: {}\n"
                   "      to do:    {}\n",
                   name_of(finding->severity), sentence_of(finding->rule), finding->rule,
                   finding->path, finding->offset, finding->found, finding->expected,
                   finding->remedy);
  }
}

}  // namespace

std::string text_report(std::string_view name, const Inspection& inspection,
                        const ReportStyle& style) {
  std::string out = fmt::format("{}: {}\n", name, summary(inspection));
  add_paths(out, inspection, style.shows_all);
  add_findings(out, inspection, style.shows_notes);
  return out;
}

std::string text_tree(const Layout& layout) {
  std::vector<ByteRange> lines = layout.ranges();
  const std::vector<ByteRange> gaps = layout.gaps();
  lines.insert(lines.end(), gaps.begin(), gaps.end());
  std::stable_sort(lines.begin(), lines.end(), [](const ByteRange& a, const ByteRange& b) {
    return a.offset != b.offset ? a.offset < b.offset : a.length > b.length;
  });
  std::string out = fmt::format("{:>14}  {:>14}  {}\n", "offset", "bytes", "what");
  for (const ByteRange& range : lines) {
    fmt::format_to(std::back_inserter(out), "{:>14}  {:>14}  {}{}{}\n", range.offset, range.length,
                   range.place.empty() ? "" : "  ", range.name,
                   range.place.empty() ? "" : fmt::format("  ({})", range.place));
  }
  if (!layout.is_complete()) {
    out += "there are more files than were looked at\n";
  }
  return out;
}

std::string rules_reference() {
  std::string out =
      "# Rules\n\n"
      "What `bootproof inspect` finds wrong with a medium. An *error* will not boot, or not where "
      "it "
      "was made for; a\n*warning* boots on some firmware only, or is fragile; a *note* is worth "
      "knowing.\n\n| rule | severity | what is wrong | what to do |\n|---|---|---|---|\n";
  for (const Rule& rule : kRules) {
    fmt::format_to(std::back_inserter(out), "| `{}` | {} | {} | {} |\n", rule.id,
                   name_of(rule.severity), rule.sentence, rule.remedy);
  }
  return out;
}

}  // namespace bootproof::inspectors
