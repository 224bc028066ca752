#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace bootproof::inspectors {

/// An answer that may depend on what only the running machine knows.
enum class Truth : std::uint8_t { kNo, kYes, kUnknown };

Truth operator!(Truth truth);
Truth operator&(Truth a, Truth b);
Truth operator|(Truth a, Truth b);
constexpr Truth truth_of(bool is_true) { return is_true ? Truth::kYes : Truth::kNo; }

/// An argument of a command of GRUB's, after its variables were replaced. Raw bytes.
struct GrubArgument {
  std::string text;
  /// What only the running machine knows went into it: the text is one possibility.
  bool is_uncertain = false;
  /// The search whose failure left a variable of it as it was; see GrubEvaluator.
  std::ptrdiff_t failed_search = -1;
};

/// What a test asks of the file system.
enum class GrubFileTest : std::uint8_t { kExists, kIsDirectory, kIsFile, kIsNotEmpty };

using GrubFileAnswer = std::function<Truth(GrubFileTest test, const GrubArgument& name)>;

/// The value of an expression of `test` or `[` (without the `]`) (GNU GRUB 2.06, 16.3.80).
Truth evaluate_grub_test(std::span<const GrubArgument> words, const GrubFileAnswer& ask_file);

}  // namespace bootproof::inspectors
