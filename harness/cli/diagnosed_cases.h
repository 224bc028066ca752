#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "harness/diagnosis/own_signatures.h"
#include "reports/case_diagnosis.h"
#include "reports/result.h"

namespace bootproof {

/// True where a folder holds what a case leaves: a verdict.json or a serial.log that is no link.
bool is_case_folder(const std::filesystem::path& folder);

/// True for the folder of a run that did not end, or not yet: it has no run.json.
bool is_unended_run(const std::filesystem::path& folder);

/// Folders of cases, sorted by name.
struct CaseFolders {
  std::vector<std::filesystem::path> folders;
  bool is_cut = false;  ///< There are more than are looked at.
};

/// The cases' folders in a run's folder or in one of its scenarios', of each case the last attempt
/// alone. No link is followed; bounded by 20000 entries and 200 cases.
CaseFolders find_case_folders(const std::filesystem::path& folder);

/// The case of a folder: as its verdict.json has it, where there is one that can be read.
CaseDiagnosis diagnose_case_folder(const std::filesystem::path& folder,
                                   const std::shared_ptr<const OwnSignatures>& own);

/// Cases of a run, each from its last attempt's folder.
std::vector<CaseDiagnosis> diagnose_cases(const std::filesystem::path& run,
                                          const std::vector<const CaseResult*>& cases,
                                          const std::shared_ptr<const OwnSignatures>& own);

/// True for a case that failed or ended as error.
bool is_lost(const Verdict& verdict);

/// The cases of a run that are lost.
std::vector<const CaseResult*> lost_cases(const RunResult& run);

}  // namespace bootproof
