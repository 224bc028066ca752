#include "tests/fuzz/mutator.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace bootproof::fuzz {
namespace {

std::ptrdiff_t place(std::size_t at) { return static_cast<std::ptrdiff_t>(at); }

}  // namespace

Mutator::Mutator(std::vector<Input> corpus, std::uint32_t seed)
    : corpus_(std::move(corpus)), random_(seed) {}

Input Mutator::next() {
  static constexpr std::array kChanges{
      &Mutator::flip_a_bit,  &Mutator::overwrite_a_field, &Mutator::append_fields,
      &Mutator::cut_the_end, &Mutator::remove_a_piece,    &Mutator::repeat_a_piece,
      &Mutator::splice,
  };
  Input input = any();
  const std::size_t most = std::max(kMostBytes, input.size());
  if (input.size() < 8) {
    append_fields(input);  // Of so little nothing would be left.
  }
  for (std::size_t left = 1 + below(4); left > 0; --left) {
    (this->*kChanges.at(below(kChanges.size())))(input);
  }
  input.resize(std::min(input.size(), most));
  return input;
}

void Mutator::flip_a_bit(Input& input) {
  if (!input.empty()) {
    input[below(input.size())] ^= static_cast<std::uint8_t>(1U << below(8));
  }
}

/// Values at which counts, lengths and offsets go wrong, in either byte order.
void Mutator::overwrite_a_field(Input& input) {
  constexpr std::array<std::uint64_t, 8> kValues{
      0, 1, ~std::uint64_t{0}, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0x7FFFFFFF, 0xFFFF, 0x100};
  const std::size_t length = std::size_t{1} << below(4);
  if (input.size() < length) {
    return;
  }
  const std::size_t choice = below(kValues.size() + 1);
  const std::uint64_t value = choice < kValues.size() ? kValues.at(choice) : random_();
  const bool is_little = below(2) == 0;
  const std::span<std::uint8_t> field =
      std::span(input).subspan(below(input.size() - length + 1), length);
  for (std::size_t i = 0; i < length; ++i) {
    field[is_little ? i : length - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

/// Many, since most of what an input says may be such records (fuzz_support.h).
void Mutator::append_fields(Input& input) {
  for (std::size_t left = 1 + below(16); left > 0; --left) {
    Input field(8);
    std::generate(field.begin(), field.end(), [&] { return static_cast<std::uint8_t>(random_()); });
    overwrite_a_field(field);
    input.insert(input.end(), field.begin(), field.end());
  }
}

std::size_t Mutator::piece_of(std::size_t most) {
  constexpr std::size_t kShort = 16;
  return below((below(4) == 0 ? most : std::min(most, kShort)) + 1);
}

void Mutator::cut_the_end(Input& input) { input.resize(input.size() - piece_of(input.size())); }

void Mutator::remove_a_piece(Input& input) {
  const std::size_t begin = below(input.size() + 1);
  const std::size_t length = piece_of(input.size() - begin);
  input.erase(input.begin() + place(begin), input.begin() + place(begin + length));
}

void Mutator::repeat_a_piece(Input& input) {
  const std::size_t begin = below(input.size() + 1);
  const std::size_t length = piece_of(input.size() - begin);
  const Input piece(input.begin() + place(begin), input.begin() + place(begin + length));
  input.insert(input.begin() + place(begin), piece.begin(), piece.end());
}

/// Its begin and another one's end.
void Mutator::splice(Input& input) {
  const Input& other = any();
  const std::size_t begin = below(other.size() + 1);
  input.resize(below(input.size() + 1));
  input.insert(input.end(), other.begin() + place(begin), other.end());
}

}  // namespace bootproof::fuzz
