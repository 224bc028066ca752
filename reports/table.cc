#include "reports/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/escape.h"
#include "reports/terminal_width.h"
#include "reports/time_text.h"

namespace bootproof {
namespace {

constexpr std::size_t kConsoleLines = 12;
constexpr std::size_t kEvidenceLines = 40;
constexpr std::size_t kNarrowestText = 16;
constexpr std::string_view kIndent = "  ";
constexpr std::string_view kGap = "  ";

std::string_view colour_of(const CaseResult& result) {
  if (result.flaky()) {
    return colours::kYellow;
  }
  switch (result.verdict().outcome) {
    case Outcome::kPassed:
      return colours::kGreen;
    case Outcome::kFailed:
      return colours::kRed;
    case Outcome::kError:
      return colours::kMagenta;
    case Outcome::kSkipped:
      return colours::kYellow;
  }
  return {};
}

std::string_view word_of(const CaseResult& result) {
  switch (result.verdict().outcome) {
    case Outcome::kPassed:
      return result.flaky() ? "passed (flaky)" : "passed";
    case Outcome::kFailed:
      return "FAILED";
    case Outcome::kError:
      return "ERROR";
    case Outcome::kSkipped:
      return "skipped";
  }
  return {};
}

/// The stage of a pass, the cause of a failure, the reason of a skip.
std::string reason_of(const Verdict& verdict) {
  if (verdict.outcome == Outcome::kSkipped || (verdict.cause.empty() && verdict.stage.empty())) {
    return one_line(summary_of(verdict));
  }
  return one_line(verdict.cause.empty() ? verdict.stage : verdict.cause);
}

/// Whether it came as it was foretold; what was foretold where it was not booted. Empty where
/// nothing was.
std::string forecast_of(const CaseResult& result) {
  const Foretold& foretold = result.foretold;
  if (foretold.forecast.empty()) {
    return {};
  }
  switch (foretold.agreement) {
    case Agreement::kHeld:
      return "held";
    case Agreement::kContradicted:
      return "CONTRADICTED";
    case Agreement::kDoubtful:
      return "doubtful";
    case Agreement::kUnproved:
      break;
  }
  return one_line(foretold.forecast);
}

constexpr std::size_t kColumnCount = 6;

/// A row as text, before it is fitted.
struct Row {
  const CaseResult* result = nullptr;
  std::array<std::string, kColumnCount> cells;
};

enum Column : std::size_t { kId, kResult, kReason, kForecast, kTime, kTries };

using Widths = std::array<std::size_t, kColumnCount>;

Row heading() {
  return {.result = nullptr,
          .cells = {"case", "result", "stage or cause", "forecast", "time", "tries"}};
}

Row row_of(const CaseResult& result) {
  return {.result = &result,
          .cells = {one_line(result.id), std::string(word_of(result)), reason_of(result.verdict()),
                    forecast_of(result), duration_text(result.duration()),
                    std::to_string(result.attempts.size())}};
}

/// Of a whole line.
std::size_t width_of(const Widths& widths) {
  std::size_t width = kIndent.size() + widths[kId];
  for (std::size_t column = kId + 1; column < kColumnCount; ++column) {
    width += widths[column] == 0 && column == kForecast ? 0 : kGap.size() + widths[column];
  }
  return width;
}

/// The columns' widths, cut down to what the terminal has.
Widths widths_of(std::span<const Row> rows, std::size_t terminal_width) {
  Widths widths{};
  for (const Row& row : rows) {
    for (std::size_t column = 0; column < kColumnCount; ++column) {
      widths[column] = std::max(widths[column], columns_of(row.cells[column]));
    }
  }
  if (terminal_width == 0) {
    return widths;
  }
  std::size_t needed = width_of(widths);
  for (const Column column : {kReason, kId}) {
    if (needed > terminal_width && widths[column] > kNarrowestText) {
      const std::size_t less = std::min(needed - terminal_width, widths[column] - kNarrowestText);
      widths[column] -= less;
      needed -= less;
    }
  }
  return widths;
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::size_t columns = columns_of(text);
  return std::string(columns < width ? width - columns : 0, ' ').append(text);
}

std::string line_of(const Row& row, const Widths& widths, const TextStyle& style) {
  std::string result = pad(row.cells[kResult], widths[kResult]);
  if (row.result != nullptr) {
    result = coloured(std::move(result), colour_of(*row.result), style);
  }
  std::string forecast(widths[kForecast] == 0 ? "" : kGap);
  forecast += pad(row.cells[kForecast], widths[kForecast]);
  return fmt::format("{}{}{}{}{}{}{}{}{}{}{}\n", kIndent,
                     pad(cut_middle(row.cells[kId], widths[kId]), widths[kId]), kGap, result, kGap,
                     pad(cut_end(row.cells[kReason], widths[kReason]), widths[kReason]), forecast,
                     kGap, pad_left(row.cells[kTime], widths[kTime]), kGap,
                     pad_left(row.cells[kTries], widths[kTries]));
}

/// The cases of each scenario together, in order of first appearance.
std::vector<const CaseResult*> by_suite(const RunResult& run) {
  std::vector<std::string_view> names;
  for (const CaseResult& result : run.cases) {
    if (std::find(names.begin(), names.end(), result.suite) == names.end()) {
      names.push_back(result.suite);
    }
  }
  std::vector<const CaseResult*> cases;
  cases.reserve(run.cases.size());
  for (const std::string_view name : names) {
    for (const CaseResult& result : run.cases) {
      if (result.suite == name) {
        cases.push_back(&result);
      }
    }
  }
  return cases;
}

/// The last lines that are not blank, without line feeds.
std::vector<std::string_view> last_lines(std::string_view text, std::size_t count) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < count) {
    const std::size_t feed = text.rfind('\n');
    std::string_view line = feed == std::string_view::npos ? text : text.substr(feed + 1);
    text = feed == std::string_view::npos ? std::string_view{} : text.substr(0, feed);
    while (line.ends_with('\r') || line.ends_with(' ')) {
      line.remove_suffix(1);
    }
    if (!line.empty()) {
      lines.push_back(line);
    }
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

std::string evidence_of(const CaseResult& result) {
  std::string out;
  const std::vector<std::string>& evidence = result.verdict().evidence;
  if (evidence.empty()) {
    for (const std::string_view line : last_lines(result.console_tail, kConsoleLines)) {
      out += fmt::format("    {}\n", one_line(line));
    }
    return out.empty() ? out : "  last on the console:\n" + out;
  }
  const std::size_t shown = std::min(evidence.size(), kEvidenceLines);
  for (const std::string& line : std::span(evidence).first(shown)) {
    out += fmt::format("    {}\n", one_line(line));
  }
  if (shown < evidence.size()) {
    out += fmt::format("    [{} lines left out]\n", evidence.size() - shown);
  }
  return out;
}

std::string path_in(const std::string& run_folder, const std::string& folder) {
  return run_folder.empty() || run_folder.ends_with('/') ? run_folder + folder
                                                         : run_folder + "/" + folder;
}

/// What a case that passed only on retry had said before.
std::string flaky_text(const CaseResult& result, const TextStyle& style) {
  std::string out =
      fmt::format("{}: {}  at try {}\n", one_line(result.full_id()),
                  coloured("passed (flaky)", colour_of(result), style), result.attempts.size());
  for (std::size_t i = 0; i + 1 < result.attempts.size(); ++i) {
    const Attempt& attempt = result.attempts[i];
    out += fmt::format("    try {}: {}\n", i + 1, one_line(summary_of(attempt.verdict)));
  }
  return out;
}

/// What was foretold and did not come so.
std::string contradiction_text(const RunResult& run, const TextStyle& style) {
  std::string out;
  for (const CaseResult* result : by_suite(run)) {
    if (result->foretold.agreement == Agreement::kContradicted) {
      out += fmt::format("{}: {}  foretold for {}: {}\n", one_line(result->full_id()),
                         coloured("FORECAST CONTRADICTED", colours::kRed, style),
                         one_line(result->foretold.path),
                         one_line(result->foretold.forecast + ": " + chain_of(result->foretold)));
      out +=
          "  what to do: either the medium is read wrongly, which is a bug of bootproof's to "
          "report with the image, or the machine failed for another reason\n";
    }
  }
  return out;
}

/// Each reason for which cases were skipped, once.
std::string skipped_text(const RunResult& run) {
  struct Reason {
    const CaseResult* first;
    std::size_t count;
  };
  std::vector<Reason> reasons;
  for (const CaseResult& result : run.cases) {
    const Verdict& verdict = result.verdict();
    if (verdict.outcome != Outcome::kSkipped) {
      continue;
    }
    const auto known = std::find_if(reasons.begin(), reasons.end(), [&](const Reason& reason) {
      const Verdict& other = reason.first->verdict();
      return other.message == verdict.message && other.cause == verdict.cause &&
             other.hint == verdict.hint;
    });
    if (known == reasons.end()) {
      reasons.push_back({.first = &result, .count = 1});
    } else {
      ++known->count;
    }
  }
  std::string out;
  for (const Reason& reason : reasons) {
    const Verdict& verdict = reason.first->verdict();
    const std::string who = reason.count == 1 ? one_line(reason.first->full_id()) + ": skipped"
                                              : fmt::format("{} cases skipped", reason.count);
    out += fmt::format("{}  {}\n", who, one_line(summary_of(verdict)));
    if (!verdict.hint.empty()) {
      out += fmt::format("  what to do: {}\n", one_line(verdict.hint));
    }
  }
  return out;
}

}  // namespace

std::string case_table(const RunResult& run, const TextStyle& style) {
  if (run.cases.empty()) {
    return {};
  }
  const std::vector<const CaseResult*> cases = by_suite(run);
  std::vector<Row> rows{heading()};
  rows.reserve(cases.size() + 1);
  for (const CaseResult* result : cases) {
    rows.push_back(row_of(*result));
  }
  const bool has_forecast = std::any_of(
      rows.begin() + 1, rows.end(), [](const Row& row) { return !row.cells[kForecast].empty(); });
  if (!has_forecast) {
    rows.front().cells[kForecast].clear();
  }
  Widths widths = widths_of(rows, style.width);
  if (has_forecast && style.width != 0 && width_of(widths) > style.width) {
    // What was contradicted is told in full below the table.
    for (Row& row : rows) {
      row.cells[kForecast].clear();
    }
    widths = widths_of(rows, style.width);
  }
  std::string out = line_of(rows.front(), widths, style);
  const std::string* suite = nullptr;
  for (const Row& row : std::span(rows).subspan(1)) {
    if (suite == nullptr || *suite != row.result->suite) {
      suite = &row.result->suite;
      out += one_line(*suite) + "\n";
    }
    out += line_of(row, widths, style);
  }
  return out;
}

std::string failure_text(const CaseResult& result, const std::string& run_folder,
                         const TextStyle& style) {
  const Verdict& verdict = result.verdict();
  if (verdict.outcome != Outcome::kFailed && verdict.outcome != Outcome::kError) {
    return {};
  }
  std::string out = fmt::format("{}: {}  {}\n", one_line(result.full_id()),
                                coloured(std::string(word_of(result)), colour_of(result), style),
                                one_line(summary_of(verdict)));
  if (verdict.certainty != Certainty::kNone) {
    out += fmt::format("  {}: {}\n", name_of(verdict.certainty), one_line(verdict.basis));
  }
  out += evidence_of(result);
  for (const Candidate& candidate : shown_candidates(verdict)) {
    out += fmt::format("  or: {}\n", one_line(candidate.cause + ": " + candidate.sentence));
  }
  if (!verdict.hint.empty()) {
    out += fmt::format("  what to do: {}\n", one_line(verdict.hint));
  }
  if (!verdict.link.empty()) {
    out += fmt::format("  see: {}\n", one_line(verdict.link));
  }
  if (!result.attempts.empty() && !result.attempts.back().folder.empty()) {
    out += fmt::format("  evidence in: {}\n",
                       one_line(path_in(run_folder, result.attempts.back().folder)));
  }
  return out;
}

std::string totals_line(const RunResult& run, const TextStyle& style) {
  const Totals totals = totals_of(run);
  const auto part = [&](std::size_t count, std::string_view word, std::string_view colour) {
    std::string text = fmt::format("{} {}", count, word);
    return count == 0 ? text : coloured(std::move(text), colour, style);
  };
  return fmt::format(
      "{}{}, {}, {}, {}, {} in {}\n", run.interrupted ? "interrupted: " : "",
      part(totals.passed, "passed", colours::kGreen), part(totals.failed, "failed", colours::kRed),
      part(totals.errors, totals.errors == 1 ? "error" : "errors", colours::kMagenta),
      part(totals.skipped, "skipped", colours::kYellow),
      part(totals.flaky, "flaky", colours::kYellow), duration_text(run.duration));
}

std::string closing_text(const RunResult& run, const std::string& run_folder,
                         const TextStyle& style) {
  return closing_text(case_table(run, style), skipped_text(run), run, run_folder, style);
}

std::string closing_text(std::string table, std::string skipped, const RunResult& run,
                         const std::string& run_folder, const TextStyle& style) {
  std::vector<std::string> parts{std::move(table), contradiction_text(run, style)};
  for (const CaseResult* result : by_suite(run)) {
    parts.push_back(failure_text(*result, run_folder, style));
  }
  std::string flaky;
  for (const CaseResult* result : by_suite(run)) {
    if (result->flaky()) {
      flaky += flaky_text(*result, style);
    }
  }
  parts.push_back(std::move(flaky));
  parts.push_back(std::move(skipped));
  parts.push_back(totals_line(run, style));
  std::string out;
  for (const std::string& part : parts) {
    if (!part.empty()) {
      out += out.empty() ? part : "\n" + part;
    }
  }
  return out;
}

}  // namespace bootproof
