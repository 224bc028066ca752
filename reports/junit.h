#pragma once

#include <string>

#include "reports/result.h"

namespace bootproof {

/// Which readers a JUnit report is for.
enum class JunitDialect {
  /// What Jenkins's `junit` step, GitLab and the GitHub reporters read: each case has its own
  /// properties.
  kCommon,
  /// What Jenkins's xUnit plugin accepts: it refuses a whole report that has `properties` in a
  /// `testcase`,
  /// or `skipped` and `timestamp` in `testsuites`. A case's properties stand at its suite, "ID:
  /// NAME".
  kJenkinsXunit,
};

/// The run as a JUnit XML document: a suite per scenario in order of first appearance, `failure`,
/// `error` and `skipped` kept apart, earlier attempts as `flakyFailure` and `flakyError` (of a case
/// that passed in the end) or `rerunFailure` and `rerunError`, which Maven's Surefire introduced.
/// Times are seconds, the timestamp is UTC.
///
/// Valid XML 1.0 whatever bytes the texts hold (xml_text); a console tail takes at most
/// kLongestTail, a line at most kLongestLine bytes of its own.
std::string junit_xml(const RunResult& run, JunitDialect dialect = JunitDialect::kCommon);

}  // namespace bootproof
