#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "harness/core/error.h"
#include "harness/diagnosis/guest_memory.h"
#include "harness/diagnosis/kernel_log.h"

namespace bootproof {

/// A file's bytes, read on demand; the file stays open as long as the reader lives.
struct FileBytes {
  ReadBytes read;
  std::uint64_t size = 0;
};

/// Opens a regular file for reading. Error (kHost) where that or reading it fails, kUsage for what
/// is no regular file or does not tell its size.
Result<FileBytes> open_bytes(const std::filesystem::path& file);

/// The kernel's log in a file of memory: an ELF core, or a raw image whose first byte's physical
/// address is `base` (read_raw_kernel_log). What is wrong with the file is among the log's
/// problems.
KernelLog read_kernel_log_file(const FileBytes& file,
                               std::optional<std::uint64_t> base = std::nullopt);

}  // namespace bootproof
