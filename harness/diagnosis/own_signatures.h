#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/diagnosis/line_matcher.h"
#include "harness/diagnosis/signature.h"

namespace bootproof {

/// A signature that a user wrote. Its fields are those of Signature.
struct OwnSignature {
  std::string cause;
  std::string pattern;
  std::string sentence;
  std::string hint;
  std::string link;
  std::string explains;
  std::chrono::milliseconds settle{};
  Stage stage = Stage::kNone;
  Proof proof = Proof::kCertain;
  bool is_ignored = false;
};

/// A user's own signatures, followed by failure_signatures(): what a watch reads lines with that
/// knows both. Compiled once, shared by all watches of a run; safe to use from any thread.
class OwnSignatures {
 public:
  /// Throws Error (kScenario) where a pattern does not compile, or where all of them together need
  /// more memory than they may have.
  explicit OwnSignatures(std::vector<OwnSignature> own);
  OwnSignatures(const OwnSignatures&) = delete;
  OwnSignatures& operator=(const OwnSignatures&) = delete;

  /// The user's rows first: where they match the same line, theirs counts.
  [[nodiscard]] std::span<const Signature> rows() const { return rows_; }
  [[nodiscard]] const LineMatcher& matcher() const { return *matcher_; }

 private:
  std::vector<OwnSignature> own_;
  std::vector<Signature> rows_;  ///< Views of own_, then the tables.
  std::unique_ptr<const LineMatcher> matcher_;
};

}  // namespace bootproof
