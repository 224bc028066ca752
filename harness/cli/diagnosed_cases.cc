#include "harness/cli/diagnosed_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/files.h"
#include "harness/run/case_evidence.h"
#include "harness/run/run_folder.h"
#include "reports/read_run.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 20'000;
constexpr std::size_t kMostCases = 200;

bool is_regular(const fs::path& file) {
  std::error_code code;
  return fs::is_regular_file(fs::symlink_status(file, code));
}

/// The folders in `folder`, links left out; `entries` counts what was looked at.
std::vector<fs::path> folders_in(const fs::path& folder, std::size_t& entries) {
  std::vector<fs::path> found;
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end;
       !code && entry != end && entries < kMostEntries; entry.increment(code)) {
    ++entries;
    std::error_code unknown;
    if (fs::is_directory(entry->symlink_status(unknown))) {
      found.push_back(entry->path());
    }
  }
  return found;
}

/// Whether a later attempt of the same case is among them (attempt_folder()).
bool was_tried_again(const fs::path& folder, const std::set<fs::path>& all) {
  const std::string name = folder.string();
  if (all.contains(attempt_folder(name, 2))) {
    return true;
  }
  const std::size_t dot = name.rfind('.');
  int attempt = 0;
  if (dot == std::string::npos || !all.contains(name.substr(0, dot))) {
    return false;
  }
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + dot + 1, end, attempt);
  return error == std::errc{} && stop == end && attempt > 1 && attempt < 1000 &&
         all.contains(attempt_folder(name.substr(0, dot), attempt + 1));
}

}  // namespace

bool is_case_folder(const fs::path& folder) {
  return is_regular(folder / "verdict.json") || is_regular(folder / "serial.log");
}

bool is_unended_run(const fs::path& folder) {
  return !is_regular(folder / "run.json") &&
         (is_regular(folder / ".bootproof-run") || is_regular(folder / "events.jsonl"));
}

CaseFolders find_case_folders(const fs::path& folder) {
  CaseFolders found;
  std::size_t entries = 0;
  std::set<fs::path> all;
  for (const fs::path& outer : folders_in(folder, entries)) {
    if (is_case_folder(outer)) {
      all.insert(outer);
      continue;
    }
    for (const fs::path& inner : folders_in(outer, entries)) {
      if (is_case_folder(inner)) {
        all.insert(inner);
      }
    }
  }
  found.is_cut = entries >= kMostEntries;
  for (const fs::path& one : all) {
    if (was_tried_again(one, all)) {
      continue;
    }
    if (found.folders.size() == kMostCases) {
      found.is_cut = true;
      break;
    }
    found.folders.push_back(one);
  }
  return found;
}

CaseDiagnosis diagnose_case_folder(const fs::path& folder,
                                   const std::shared_ptr<const OwnSignatures>& own) {
  constexpr std::uint64_t kLargestVerdict = 16U << 20U;
  std::optional<CaseResult> result;
  std::string problem;
  const fs::path file = folder / "verdict.json";
  std::error_code code;
  if (fs::is_regular_file(fs::symlink_status(file, code))) {
    try {
      result = read_verdict_json(value_or_throw(read_file(file, kLargestVerdict)));
    } catch (const NotARun& error) {
      problem = fmt::format("verdict.json: {}", error.what());
    } catch (const Error& error) {
      problem = fmt::format("verdict.json: {}", error.message());
    }
  }
  CaseDiagnosis diagnosis = diagnose_case(folder, result, own);
  if (!problem.empty()) {
    diagnosis.problems.push_back(std::move(problem));
  }
  return diagnosis;
}

std::vector<CaseDiagnosis> diagnose_cases(const fs::path& run,
                                          const std::vector<const CaseResult*>& cases,
                                          const std::shared_ptr<const OwnSignatures>& own) {
  std::vector<CaseDiagnosis> diagnoses;
  for (const CaseResult* one : cases) {
    const std::string relative = one->attempts.empty() ? "" : one->attempts.back().folder;
    if (const std::optional<fs::path> folder = folder_within(run, relative)) {
      diagnoses.push_back(diagnose_case(*folder, *one, own));
      continue;
    }
    CaseDiagnosis diagnosis;
    diagnosis.result = *one;
    diagnosis.now = one->verdict();
    diagnosis.note =
        relative.empty()
            ? "nothing was started, so there is no evidence"
            : fmt::format("its folder '{}' is not there, or not within the run's", relative);
    diagnoses.push_back(std::move(diagnosis));
  }
  return diagnoses;
}

bool is_lost(const Verdict& verdict) {
  return verdict.outcome == Outcome::kFailed || verdict.outcome == Outcome::kError;
}

std::vector<const CaseResult*> lost_cases(const RunResult& run) {
  std::vector<const CaseResult*> cases;
  for (const CaseResult& one : run.cases) {
    if (is_lost(one.verdict())) {
      cases.push_back(&one);
    }
  }
  return cases;
}

}  // namespace bootproof
