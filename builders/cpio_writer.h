#pragma once

#include <filesystem>
#include <memory>

#include "builders/image_input.h"
#include "builders/initramfs_recipe.h"

namespace bootproof {

/// A cpio archive in the `newc` form being written (Linux,
/// Documentation/driver-api/early-userspace/buffer-format.rst), compressed. Every member bears one
/// time; the same members give the same bytes. Throws Error (kHost) where writing fails.
class CpioWriter {
 public:
  CpioWriter(const std::filesystem::path& file, Compression compression);
  CpioWriter(const CpioWriter&) = delete;
  CpioWriter& operator=(const CpioWriter&) = delete;
  ~CpioWriter();

  void add(const ImageFile& file);
  /// Writes the end. Without it the archive is not whole.
  void close();

 private:
  class Archive;
  std::unique_ptr<Archive> archive_;
};

}  // namespace bootproof
