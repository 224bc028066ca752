#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "inspectors/block_cache.h"
#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// An image in a file or block device, read piece by piece with a small cache: the cost follows
/// what is looked at, not the size of the image.
class FileImage final : public ImageSource {
 public:
  /// Opens the file for reading; nothing is ever written. The error says what could not be done and
  /// why, the file first: it is no regular file or block device, or can't be opened.
  static tl::expected<std::unique_ptr<FileImage>, std::string> open(
      const std::filesystem::path& path);

  ~FileImage() override;
  FileImage(const FileImage&) = delete;
  FileImage& operator=(const FileImage&) = delete;

  [[nodiscard]] std::uint64_t size() const override { return size_; }

  /// Of the open file; it stays this object's.
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  FileImage(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}

  bool read_inside(std::uint64_t offset, std::span<std::uint8_t> into) override;
  [[nodiscard]] bool read_file(std::uint64_t offset, std::span<std::uint8_t> into) const;

  int descriptor_;
  std::uint64_t size_;
  BlockCache cache_{16U << 10U, 64};
};

}  // namespace bootproof::inspectors
