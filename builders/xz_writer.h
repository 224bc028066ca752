#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

namespace bootproof {

/// A file in the .xz format with CRC32 checks, the one integrity check besides "none" that the
/// decoder of the Linux kernel knows (Linux, Documentation/staging/xz.rst). libarchive's own xz
/// filter always writes CRC64. The same bytes give the same file.
class XzWriter {
 public:
  /// Throws Error (kHost) where the file can't be made.
  explicit XzWriter(const std::filesystem::path& file);
  XzWriter(const XzWriter&) = delete;
  XzWriter& operator=(const XzWriter&) = delete;
  ~XzWriter();

  /// Throws Error (kHost) where the bytes can't be written.
  void write(std::string_view bytes);
  /// Writes the end of the stream. Without it the file is not whole. Throws Error as write() does.
  void close();

 private:
  class Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace bootproof
