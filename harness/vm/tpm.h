#pragma once

#include <filesystem>

#include "harness/core/spawn.h"
#include "harness/core/unique_fd.h"

namespace bootproof {

/// A TPM 2.0 of one machine: swtpm, and the end of its control channel that QEMU is to inherit.
struct TpmProcess {
  SpawnedChild child;
  UniqueFd qemu_end;
};

/// Starts swtpm on an inherited socket pair. What the TPM keeps stands in `state` and outlives the
/// process, so that the next boot of a case finds it. It ends when QEMU's end closes, and the
/// kernel ends it with this thread. Its messages go to `log`. Error (kHost) names the package.
Result<TpmProcess> start_tpm(const std::filesystem::path& state, const std::filesystem::path& log);

}  // namespace bootproof
