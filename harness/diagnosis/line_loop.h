#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/diagnosis/line_reader.h"
#include "harness/diagnosis/signature.h"

namespace bootproof {

/// Counts how often the lines at the end of a stream came that rows of one cause match
/// (Signature::repeats): `can't run '/bin/x'`, told anew each second. Lines are the same where they
/// differ in digits, stars and blanks alone; any other line ends the loop. Memory is bounded.
class LineLoop {
 public:
  /// A finished line of the stream and the row that counts it, which must stay valid; null: none
  /// does, and the loop is over.
  void add(const Signature* row, const TextLine& line);
  /// The machine was reset.
  void clear() { *this = {}; }

  /// The row whose line came last; null where the last line was none of a loop.
  [[nodiscard]] const Signature* row() const { return row_; }
  /// How often the line came that came most often since the loop began.
  [[nodiscard]] std::size_t count() const { return count_; }
  /// The line that came last, and its number.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::uint64_t line_id() const { return line_id_; }
  /// True where a row of this cause has come as often as `times`.
  [[nodiscard]] bool goes_round(std::string_view cause, std::size_t times) const {
    return row_ != nullptr && row_->cause == cause && count_ >= times;
  }

 private:
  struct Counted {
    std::size_t key;
    std::size_t count;
  };
  static constexpr std::size_t kMostLines = 8;  ///< Different ones of one loop.

  const Signature* row_ = nullptr;
  std::vector<Counted> lines_;
  std::size_t count_ = 0;
  std::string text_;
  std::uint64_t line_id_ = 0;
};

}  // namespace bootproof
