#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/programs/kernel.h"

namespace bootproof::inspectors {

/// What a kernel says when it is unpacked whole.
struct KernelPayload {
  /// How its compressed payload ended; nothing where there is none.
  std::optional<UnpackEnd> end;
  std::uint64_t unpacked_bytes = 0;
  /// What follows "Linux version " in it, to the end of the line; printable, empty where there is
  /// no such text.
  std::string version_text;
  std::string release;  ///< Its first word: what read_kernel() leaves out for arm64 and riscv64.
};

/// Reads the whole kernel, unpacked where it is compressed, at most 256 MiB of it. Costs as much as
/// that takes: a second for a large kernel by xz. A payload that is damaged or cut is a finding,
/// but not one that read_kernel() has found to lie outside the file.
KernelPayload read_kernel_payload(const ImageView& file, const Kernel& kernel,
                                  const std::string& path, Findings& findings);

}  // namespace bootproof::inspectors
