#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "harness/core/error.h"
#include "harness/core/words.h"

namespace bootproof {

/// What executes guest code on this host, why, and how fast that is.
struct AcceleratorChoice {
  Accelerator accelerator = Accelerator::kTcg;  ///< kKvm or kTcg.
  std::string reason;  ///< For reports: "KVM does not run SeaBIOS here: no boot sector within 5 s".
  /// How many times slower than the reference machine a boot is here; limits are multiplied by it.
  /// At least 1, at most 20.
  double slowness = 1.0;
};

/// Chooses the accelerator. kAuto takes KVM only where SeaBIOS reached a boot sector under it; kKvm
/// throws Error (kHost) with the reason where it did not; kTcg takes TCG. The boot sector runs a
/// loop of fixed length and ends QEMU through isa-debug-exit; its time gives `slowness`. Results
/// are remembered in `cache` for this boot of the host (boot_id) and this QEMU. Blocking, a few
/// seconds the first time.
AcceleratorChoice choose_accelerator(Accelerator wanted, const std::filesystem::path& cache);

/// The 512 bytes of the probe's boot sector. It counts to 2^26 and writes to isa-debug-exit at port
/// 0xF4.
std::string probe_boot_sector();

}  // namespace bootproof
