#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "builders/image_input.h"
#include "builders/initramfs_recipe.h"
#include "builders/source_date.h"

namespace bootproof {

/// Forms of an archive: cpio as the kernel unpacks it (`newc`, see Linux,
/// Documentation/driver-api/early-userspace/buffer-format.rst), tar as pax has it (POSIX.1-2001).
enum class ArchiveForm { kCpio, kTar };

/// An archive being written, compressed: owners, modes, links and device nodes as they are, every
/// time `date`. The same members give the same bytes. Throws Error (kHost) for what can't be
/// read or written.
class ArchiveWriter {
 public:
  ArchiveWriter(const std::filesystem::path& file, ArchiveForm form, Compression compression,
                std::int64_t date = kSourceDate);
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;
  ~ArchiveWriter();

  void add(const ImageFile& file);
  /// Writes the end. Without it the archive is not whole.
  void close();

 private:
  class Archive;
  std::unique_ptr<Archive> archive_;
};

/// Writes files to a plain tar in their order. Throws Error as ArchiveWriter does.
void write_tar(const std::vector<ImageFile>& files, const std::filesystem::path& tar,
               std::int64_t date = kSourceDate);

}  // namespace bootproof
