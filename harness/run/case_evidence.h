#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/diagnosis/own_signatures.h"
#include "reports/case_diagnosis.h"
#include "reports/result.h"

namespace bootproof {

/// What a case's folder holds.
struct FolderContents {
  std::vector<std::string> files;    ///< "serial.log (12 KiB)", sorted by name.
  std::vector<std::string> missing;  ///< Of the streams that a boot leaves; with the reason.
};

/// Looks what `folder` holds of the streams that a boot like that of `result` leaves: its last
/// attempt's verdict and its properties say which there have to be. Links are not followed.
FolderContents contents_of(const std::filesystem::path& folder, const CaseResult& result);

/// Diagnoses a case afresh from the evidence in its folder, by the rules of this program and the
/// user's own (`own`, may be null): firmware.log, serial.log and the machine's own screen in the
/// order of timeline.jsonl (one after the other where that is missing or none), then
/// kernel-log.txt where those prove no cause. A verdict that rests on other evidence than lines, or
/// that no line contradicts, stays. `result`: as the run recorded it, nothing where no verdict is
/// known. Whatever is in the folder, this is bounded and never throws for it; no link is followed.
CaseDiagnosis diagnose_case(const std::filesystem::path& folder,
                            const std::optional<CaseResult>& result,
                            const std::shared_ptr<const OwnSignatures>& own);

/// A case as a run has just left it, for the same report: its own verdict, and what its folder in
/// the run folder `run` holds.
CaseDiagnosis recorded_case(const std::filesystem::path& run, const CaseResult& result);

/// The folder of a case's attempt in the run folder `run`; nothing where `relative`, which a file
/// says, is empty or leads out of it, by links too.
std::optional<std::filesystem::path> folder_within(const std::filesystem::path& run,
                                                   const std::string& relative);

}  // namespace bootproof
