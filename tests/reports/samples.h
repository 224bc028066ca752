#pragma once

#include <string>

#include "reports/result.h"

namespace bootproof::testing {

/// A passed attempt of 12.345 s that ended at the prompt.
Attempt passed_attempt();
/// A failed attempt of 5.2 s: the firmware found nothing to boot.
Attempt failed_attempt();
/// An error: QEMU did not start.
Attempt error_attempt();
/// Skipped: no firmware on this host.
Attempt skipped_attempt();

/// A case of scenario `reaches-a-shell` with these attempts, numbered from 1.
CaseResult case_of(const std::string& id, std::vector<Attempt> attempts);

/// A run that has one case of each kind: passed, failed, error, skipped, flaky, failed on each of
/// two tries; in two scenarios that stand mixed.
RunResult sample_run();

/// Foretold to boot by five links, and so it came.
Foretold foretold_to_boot();
/// Foretold to break at its only link, and so it came.
Foretold foretold_to_break();

/// A run of two media with forecasts: held, contradicted, doubtful, not booted for what was
/// foretold (twice for the same reason) or for the host, failed as it should, an error.
RunResult foretold_run();

/// Bytes no guest should print and some do: each byte value, ill-formed UTF-8 of every kind, U+FFFE
/// and U+FFFF, surrogates, C1, a terminal's escape sequences, markup, the end of CDATA,
/// bidirectional controls.
std::string hostile_bytes();

/// sample_run with hostile_bytes in every text.
RunResult hostile_run();

}  // namespace bootproof::testing
