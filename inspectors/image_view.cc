#include "inspectors/image_view.h"

#include <algorithm>

namespace bootproof::inspectors {

bool ImageSource::read(std::uint64_t offset, std::span<std::uint8_t> into) {
  if (offset > size() || into.size() > size() - offset) {
    return false;
  }
  if (into.empty() || read_inside(offset, into)) {
    return true;
  }
  if (!unreadable_) {
    unreadable_ = offset;
  }
  return false;
}

bool MemoryImage::read_inside(std::uint64_t offset, std::span<std::uint8_t> into) {
  const ByteSpan from = bytes_.subspan(static_cast<std::size_t>(offset), into.size());
  std::copy(from.begin(), from.end(), into.begin());
  return true;
}

Bytes ImageView::read(std::uint64_t offset, std::uint64_t length) const {
  const std::uint64_t there = offset < size_ ? size_ - offset : 0;
  Bytes bytes(static_cast<std::size_t>(std::min({length, there, std::uint64_t{kLongestRead}})));
  if (!read_into(offset, bytes)) {
    bytes.clear();
  }
  return bytes;
}

bool ImageView::read_into(std::uint64_t offset, std::span<std::uint8_t> into) const {
  return contains(offset, into.size()) && source_->read(offset_ + offset, into);
}

ImageView ImageView::subview(std::uint64_t offset, std::uint64_t length) const {
  ImageView part = *this;
  const std::uint64_t begin = std::min(offset, size_);
  part.offset_ = offset_ + begin;
  part.size_ = std::min(length, size_ - begin);
  return part;
}

bool is_blank(ByteSpan bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool is_blank(const ImageView& view) {
  constexpr std::uint64_t kPiece = 16U << 10U;
  for (std::uint64_t at = 0; at < view.size(); at += kPiece) {
    const Bytes bytes = view.read(at, kPiece);
    if (bytes.empty() || !is_blank(bytes)) {
      return false;
    }
  }
  return true;
}

}  // namespace bootproof::inspectors
