#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// The read that failed first.
struct CursorError {
  std::string_view field;    ///< As the reader named it.
  std::uint64_t offset = 0;  ///< In the image.
};

/// Reads one field after the other from a view. The first failure sticks: from then on reads give
/// zeros, so ten fields are read and the error is looked at once.
class Cursor {
 public:
  explicit Cursor(const ImageView& view, std::uint64_t position = 0)
      : view_(view), position_(position) {}

  /// The next sizeof(Field) bytes: a byte, one of integers.h or a struct of those. All zeros after
  /// an error. `field` has to outlive the cursor.
  template <typename Field>
  Field read(std::string_view field) {
    static_assert(std::is_trivially_copyable_v<Field> && alignof(Field) == 1);
    std::array<std::uint8_t, sizeof(Field)> bytes{};
    if (!error_ && !view_.read_into(position_, bytes)) {
      error_ = CursorError{field, offset()};
    }
    Field result{};
    if (!error_) {
      std::memcpy(&result, bytes.data(), bytes.size());
      position_ += bytes.size();
    }
    return result;
  }

  /// From the begin of the view.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  /// In the image.
  [[nodiscard]] std::uint64_t offset() const { return view_.image_offset(position_); }
  /// The first failure, if there was one.
  [[nodiscard]] const std::optional<CursorError>& error() const { return error_; }

 private:
  ImageView view_;
  std::uint64_t position_;
  std::optional<CursorError> error_;
};

/// A struct of integers.h at `offset` of a view; nothing where it doesn't lie inside.
template <typename Struct>
std::optional<Struct> read_struct(const ImageView& view, std::uint64_t offset) {
  Cursor cursor(view, offset);
  const auto result = cursor.read<Struct>("struct");
  return cursor.error() ? std::nullopt : std::optional<Struct>(result);
}

}  // namespace bootproof::inspectors
