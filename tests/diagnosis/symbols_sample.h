#pragma once

#include <cstdint>

#include "tests/diagnosis/kernel_sample.h"

namespace bootproof::testing {

/// Where the samples' kernels have what symbols name, as distance from the beginning of the image.
constexpr std::uint64_t kFirstSymbolAt = 0x1000;
constexpr std::uint64_t kSecondSymbolAt = 0x1100;

/// Adds a table of two symbols, init_first (by a token) and second, to a sample of the styles kX86
/// or kArm, as scripts/kallsyms.c makes it. `image`: the virtual address of physical 0.
void add_symbols(KernelSample& sample, std::uint64_t image, bool has_absolute_symbols);

/// The virtual addresses of physical 0 in the samples' images.
constexpr std::uint64_t kX86SampleImage = 0xFFFF'FFFF'8000'0000;
constexpr std::uint64_t kArmSampleImage = 0xFFFF'8000'0800'0000;

}  // namespace bootproof::testing
