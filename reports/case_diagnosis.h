#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/result.h"
#include "reports/table.h"

namespace bootproof {

/// A case that was diagnosed afresh from the evidence in its folder.
struct CaseDiagnosis {
  CaseResult result;       ///< As the run recorded it; its last verdict is what was said then.
  bool was_judged = true;  ///< False where no verdict was kept, as of a run that was killed.
  std::string folder;      ///< Where the evidence is, as the user would name it; may be empty.
  Verdict now;             ///< What the evidence says by today's rules.
  std::string note;        ///< Why it says no more, or nothing else; may be empty.
  std::string order;       ///< In which order the streams were read; empty where they were not.
  std::vector<std::string> stages;   ///< "loader after 1.20 s", as they were reached.
  std::vector<std::string> files;    ///< The evidence there is: "serial.log (12 KiB)".
  std::vector<std::string> missing;  ///< What there should be and is not, with the reason if known.
  std::vector<std::string> problems;  ///< What could not be read.

  /// True where today's rules name another cause than was named then.
  [[nodiscard]] bool differs() const;
};

/// A case for people: the chain that was foretold beside the one that was seen, the verdict by
/// today's rules, what was said then where it differs, and what the folder holds.
std::string diagnosis_text(const CaseDiagnosis& diagnosis, const TextStyle& style);

/// What `diagnose --json` calls itself, whatever it has read.
inline constexpr std::string_view kDiagnosisFormat = "bootproof-diagnosis";
inline constexpr int kDiagnosisFormatVersion = 1;

/// `{"format": "bootproof-diagnosis", "version": 1, "file": ..., "kind": "run", "suite" or "case",
/// "cases": [...]}` as one line.
std::string diagnosis_json(const std::string& file, const std::string& kind,
                           const std::vector<CaseDiagnosis>& cases);

}  // namespace bootproof
