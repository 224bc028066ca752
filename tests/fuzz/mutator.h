#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace bootproof::fuzz {

using Input = std::vector<std::uint8_t>;

/// Makes inputs from those of a corpus: cut, with bits and fields changed, with pieces of others.
/// The same corpus and seed give the same inputs on any machine.
class Mutator {
 public:
  /// No input is longer, unless one of the corpus is.
  static constexpr std::size_t kMostBytes = 16384;

  /// `corpus` must not be empty.
  Mutator(std::vector<Input> corpus, std::uint32_t seed);

  /// One to four changes of an input of the corpus.
  Input next();

 private:
  void flip_a_bit(Input& input);
  void overwrite_a_field(Input& input);
  void append_fields(Input& input);
  void cut_the_end(Input& input);
  void remove_a_piece(Input& input);
  void repeat_a_piece(Input& input);
  void splice(Input& input);

  /// The length of a piece of at most `most` bytes: mostly a short one, so that what else an input
  /// says is still reached.
  std::size_t piece_of(std::size_t most);
  /// A number below `limit`, which is not zero.
  std::size_t below(std::size_t limit) { return random_() % limit; }
  const Input& any() { return corpus_[below(corpus_.size())]; }

  std::vector<Input> corpus_;
  std::mt19937 random_;
};

}  // namespace bootproof::fuzz
