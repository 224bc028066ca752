#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "inspectors/integers.h"

namespace bootproof::inspectors {

/// Where the bytes of an image come from: a file (file_image.h) or memory. Read-only. Not for use
/// by several threads at once: a source may cache.
class ImageSource {
 public:
  ImageSource() = default;
  ImageSource(const ImageSource&) = delete;
  ImageSource& operator=(const ImageSource&) = delete;
  virtual ~ImageSource() = default;

  /// In bytes.
  [[nodiscard]] virtual std::uint64_t size() const = 0;

  /// Fills `into` from `offset`. False, and the content of `into` is undefined, where a part of the
  /// range lies outside the image or can't be read.
  [[nodiscard]] bool read(std::uint64_t offset, std::span<std::uint8_t> into);

  /// Where the byte at `offset` stands in the medium; the same but for a file on a volume.
  [[nodiscard]] virtual std::uint64_t image_offset(std::uint64_t offset) const { return offset; }

  /// The offset of the first read inside the image that failed: a bad sector, a file that shrank.
  [[nodiscard]] std::optional<std::uint64_t> unreadable() const { return unreadable_; }

 private:
  /// Fills `into` from `offset`; the range lies inside the image and is not empty.
  virtual bool read_inside(std::uint64_t offset, std::span<std::uint8_t> into) = 0;

  std::optional<std::uint64_t> unreadable_;
};

/// An image that stands in memory. Does not own the bytes.
class MemoryImage final : public ImageSource {
 public:
  explicit MemoryImage(ByteSpan bytes) : bytes_(bytes) {}

  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }

 private:
  bool read_inside(std::uint64_t offset, std::span<std::uint8_t> into) override;

  ByteSpan bytes_;
};

/// A range of an image: what a parser gets, as narrow as it can be. A value, cheap to copy; the
/// source has to outlive it. No range that is asked for can be wrong: what lies outside is cut off.
class ImageView {
 public:
  /// The most that one read gives; loop over more.
  static constexpr std::size_t kLongestRead = std::size_t{1} << 20U;

  /// The whole image.
  explicit ImageView(ImageSource& source) : source_(&source), size_(source.size()) {}

  /// In bytes.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Where the view begins in the image, for findings.
  [[nodiscard]] std::uint64_t offset() const { return source_->image_offset(offset_); }
  /// Where the byte at `position` of the view stands in the image, for findings. For what lies
  /// outside, as if the view went on.
  [[nodiscard]] std::uint64_t image_offset(std::uint64_t position) const {
    return source_->image_offset(offset_ + position);
  }
  /// Whether `length` bytes at `offset` lie inside. Any values are safe.
  [[nodiscard]] bool contains(std::uint64_t offset, std::uint64_t length) const {
    return offset <= size_ && length <= size_ - offset;
  }

  /// The part of the range that lies inside, at most kLongestRead bytes. Empty where it can't be
  /// read.
  [[nodiscard]] Bytes read(std::uint64_t offset, std::uint64_t length) const;
  /// Fills `into`; false where a part of the range lies outside or can't be read.
  [[nodiscard]] bool read_into(std::uint64_t offset, std::span<std::uint8_t> into) const;

  /// The part of the range that lies inside, perhaps nothing.
  [[nodiscard]] ImageView subview(std::uint64_t offset, std::uint64_t length) const;

  /// The first offset that could not be read, by whomever.
  [[nodiscard]] std::optional<std::uint64_t> unreadable() const { return source_->unreadable(); }

 private:
  ImageSource* source_;
  std::uint64_t offset_ = 0;
  std::uint64_t size_;
};

/// Whether there are only zero bytes. What can't be read is not blank.
bool is_blank(ByteSpan bytes);
/// The same; reads until the first other byte.
bool is_blank(const ImageView& view);

}  // namespace bootproof::inspectors
