#pragma once

#include <cstdint>
#include <string>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/programs/kernel.h"

namespace bootproof::inspectors {

/// What the model leaves out and the rules want.
struct KernelEvidence {
  bool has_boot_flag = false;        ///< 55 aa at the end of the boot sector.
  std::uint8_t header_end = 0;       ///< The jump's displacement: the header ends at 0x202 + it.
  std::uint32_t version_offset = 0;  ///< kernel_version; 0: none.
  bool has_mz = false;               ///< The file begins with "MZ".
  std::uint32_t pe_offset = 0;       ///< Where the MZ header says the PE header is.
  Bytes payload_magic;               ///< The payload's first bytes.
};

/// Judges an x86 kernel of Linux by its setup header.
void judge_x86_kernel(const Kernel& kernel, const KernelEvidence& evidence, const ImageView& file,
                      const std::string& path, Findings& findings);

/// Judges an arm64 or riscv64 Image.
void judge_image_kernel(const Kernel& kernel, const KernelEvidence& evidence, const ImageView& file,
                        const std::string& path, Findings& findings);

/// Judges a compressed EFI kernel.
void judge_zboot_kernel(const Kernel& kernel, const KernelEvidence& evidence, const ImageView& file,
                        const std::string& path, Findings& findings);

}  // namespace bootproof::inspectors
