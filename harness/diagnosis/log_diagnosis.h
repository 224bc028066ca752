#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/diagnosis/kernel_log.h"
#include "harness/diagnosis/signature.h"

namespace bootproof {

/// What a log shows of a boot that is over.
struct LogDiagnosis {
  Stage stage = Stage::kNone;      ///< The furthest that any line shows.
  std::optional<Finding> finding;  ///< The loss that it shows, if any.
  /// True where a line proves the loss by itself; else it is a prompt at its end, or an error that
  /// explains why nothing came after it.
  bool is_certain = false;
  std::vector<std::string> let_pass{};  ///< Causes of the user's own that lines show and that are
                                        ///< ignored (SignatureWatch::ignored()).
  std::shared_ptr<const OwnSignatures> own{};  ///< What the finding may refer to.
};

/// What the watch has seen, at the end of all that it was given. `unproved`: the cause, if any,
/// that a watchdog gave, for which a remembered line is the reason.
LogDiagnosis diagnose_end(const SignatureWatch& watch, std::string_view unproved = "machine.silent",
                          std::span<const std::string> tolerated = {});

/// What the signatures make of a kernel's log.
LogDiagnosis diagnose_kernel_log(const KernelLog& log, std::string_view unproved = "machine.silent",
                                 std::span<const std::string> tolerated = {},
                                 std::shared_ptr<const OwnSignatures> own = nullptr);

}  // namespace bootproof
