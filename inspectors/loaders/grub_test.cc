#include "inspectors/loaders/grub_test.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace bootproof::inspectors {
namespace {

using Words = std::span<const GrubArgument>;

/// As GRUB reads numbers: what is none counts as 0.
long long number_of(std::string_view text) {
  long long number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

struct Comparison {
  std::string_view name;
  bool is_of_numbers;
  bool takes_less;
  bool takes_equal;
  bool takes_greater;
};

constexpr std::array kComparisons{
    Comparison{"=", false, false, true, false}, Comparison{"==", false, false, true, false},
    Comparison{"!=", false, true, false, true}, Comparison{"<", false, true, false, false},
    Comparison{"<=", false, true, true, false}, Comparison{">", false, false, false, true},
    Comparison{">=", false, false, true, true}, Comparison{"-eq", true, false, true, false},
    Comparison{"-ne", true, true, false, true}, Comparison{"-lt", true, true, false, false},
    Comparison{"-le", true, true, true, false}, Comparison{"-gt", true, false, false, true},
    Comparison{"-ge", true, false, true, true},
};

Truth compare(const Comparison& row, const GrubArgument& left, const GrubArgument& right) {
  if (left.is_uncertain || right.is_uncertain) {
    return Truth::kUnknown;
  }
  const int order = row.is_of_numbers ? (number_of(left.text) < number_of(right.text)   ? -1
                                         : number_of(left.text) > number_of(right.text) ? 1
                                                                                        : 0)
                                      : left.text.compare(right.text);
  return truth_of(order < 0 ? row.takes_less : order > 0 ? row.takes_greater : row.takes_equal);
}

std::optional<GrubFileTest> file_test_of(std::string_view word) {
  if (word == "-e") {
    return GrubFileTest::kExists;
  }
  if (word == "-d") {
    return GrubFileTest::kIsDirectory;
  }
  if (word == "-f") {
    return GrubFileTest::kIsFile;
  }
  return word == "-s" ? std::optional(GrubFileTest::kIsNotEmpty) : std::nullopt;
}

/// From left to right; -a and -o as GRUB joins them: alternatives of conjunctions.
class Expression {
 public:
  Expression(Words words, const GrubFileAnswer& ask_file) : words_(words), ask_file_(ask_file) {}

  Truth evaluate() {
    Truth any = Truth::kNo;
    Truth all = Truth::kYes;
    bool is_empty = true;
    while (at_ < words_.size() && words_[at_].text != ")") {
      const std::string& word = words_[at_].text;
      if (word == "-a") {
        ++at_;
      } else if (word == "-o") {
        ++at_;
        any = any | all;
        all = Truth::kYes;
      } else {
        all = all & evaluate_term();
        is_empty = false;
      }
    }
    return is_empty ? Truth::kNo : any | all;
  }

 private:
  Truth evaluate_term() {
    bool is_inverted = false;
    while (at_ < words_.size() && words_[at_].text == "!") {
      is_inverted = !is_inverted;
      ++at_;
    }
    const Truth truth = at_ < words_.size() ? evaluate_primary() : Truth::kNo;
    return is_inverted ? !truth : truth;
  }

  Truth evaluate_primary() {
    constexpr int kMostNested = 32;
    const GrubArgument& word = words_[at_];
    if (at_ + 2 < words_.size()) {
      const auto* const row = std::find_if(
          kComparisons.begin(), kComparisons.end(),
          [&](const Comparison& comparison) { return comparison.name == words_[at_ + 1].text; });
      if (row != kComparisons.end()) {
        at_ += 3;
        return compare(*row, word, words_[at_ - 1]);
      }
    }
    if (word.text == "(" && depth_ < kMostNested) {
      ++at_;
      ++depth_;
      const Truth truth = evaluate();
      --depth_;
      at_ = std::min(at_ + 1, words_.size());
      return truth;
    }
    if (at_ + 1 < words_.size()) {
      const GrubArgument& operand = words_[at_ + 1];
      if (word.text == "-n" || word.text == "-z") {
        at_ += 2;
        return operand.is_uncertain ? Truth::kUnknown
                                    : truth_of(operand.text.empty() == (word.text == "-z"));
      }
      if (const auto test = file_test_of(word.text)) {
        at_ += 2;
        return ask_file_(*test, operand);
      }
    }
    ++at_;
    return word.is_uncertain ? Truth::kUnknown : truth_of(!word.text.empty());
  }

  Words words_;
  const GrubFileAnswer& ask_file_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Truth operator!(Truth truth) {
  switch (truth) {
    case Truth::kNo:
      return Truth::kYes;
    case Truth::kYes:
      return Truth::kNo;
    case Truth::kUnknown:
      break;
  }
  return Truth::kUnknown;
}

Truth operator&(Truth a, Truth b) {
  if (a == Truth::kNo || b == Truth::kNo) {
    return Truth::kNo;
  }
  return a == Truth::kYes && b == Truth::kYes ? Truth::kYes : Truth::kUnknown;
}

Truth operator|(Truth a, Truth b) { return !((!a) & (!b)); }

Truth evaluate_grub_test(std::span<const GrubArgument> words, const GrubFileAnswer& ask_file) {
  return Expression(words, ask_file).evaluate();
}

}  // namespace bootproof::inspectors
