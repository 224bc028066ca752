#pragma once

#include <string>

#include "reports/result.h"

namespace bootproof {

/// The version of the document that verdict_json writes. It grows when a key goes or changes its
/// meaning, not when one is added.
inline constexpr int kVerdictFormatVersion = 1;

/// `verdict.json` of a case's folder: one JSON object and a line feed. Keys (README.md has the
/// table): `format` ("bootproof-verdict"), `version`, `suite`, `id`, `properties`, `attempt`,
/// `outcome`, `stage`, `cause`, `message`, `evidence`, `hint`, `started`, `duration_ms`, `folder`,
/// `console_tail`. All are always there; what is not known is empty. Valid JSON in valid UTF-8
/// whatever bytes the texts hold (json_text).
std::string verdict_json(const CaseResult& result, const Attempt& attempt);

}  // namespace bootproof
