#include "harness/diagnosis/log_diagnosis.h"

#include <utility>

namespace bootproof {

LogDiagnosis diagnose_end(const SignatureWatch& watch, std::string_view unproved,
                          std::span<const std::string> tolerated) {
  LogDiagnosis diagnosis;
  diagnosis.stage = watch.stage();
  diagnosis.let_pass = watch.ignored();
  diagnosis.finding = watch.certain(tolerated);
  diagnosis.is_certain = diagnosis.finding.has_value();
  if (!diagnosis.finding) {
    diagnosis.finding = watch.settled(tolerated);
  }
  if (!diagnosis.finding) {
    diagnosis.finding = watch.repeating(tolerated);
  }
  if (!diagnosis.finding) {
    diagnosis.finding = watch.explanation(unproved, tolerated);
  }
  return diagnosis;
}

LogDiagnosis diagnose_kernel_log(const KernelLog& log, std::string_view unproved,
                                 std::span<const std::string> tolerated,
                                 std::shared_ptr<const OwnSignatures> own) {
  SignatureWatch watch(own);
  watch.add_text(console_text(log));
  LogDiagnosis diagnosis = diagnose_end(watch, unproved, tolerated);
  diagnosis.own = std::move(own);
  return diagnosis;
}

}  // namespace bootproof
