#include "harness/diagnosis/own_signatures.h"

#include <fmt/format.h>

#include <utility>

#include "harness/core/error.h"

namespace bootproof {

OwnSignatures::OwnSignatures(std::vector<OwnSignature> own) : own_(std::move(own)) {
  for (const OwnSignature& one : own_) {
    Signature row;
    row.cause = one.cause;
    row.pattern = one.pattern;
    row.sentence = one.sentence;
    row.hint = one.hint;
    row.link = one.link;
    row.explains = one.explains;
    row.settle = one.settle;
    row.stage = one.stage;
    row.proof = one.proof;
    row.is_ignored = one.is_ignored;
    rows_.push_back(row);
  }
  const std::span<const Signature> tables = failure_signatures();
  rows_.insert(rows_.end(), tables.begin(), tables.end());
  try {
    matcher_ = std::make_unique<const LineMatcher>(rows_);
  } catch (const Error& error) {
    throw Error(ErrorKind::kScenario, fmt::format("the patterns of 'causes': {}", error.message()),
                "make them simpler, or fewer");
  }
}

}  // namespace bootproof
