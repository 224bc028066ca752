#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/program.h"
#include "harness/core/spawn.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::testing {

/// Why no Slurm can be started here; empty where it can.
std::string why_no_slurm();

/// A Slurm of one node with two CPUs, started for a test: munged with a key of its own, slurmctld
/// and slurmd as root, everything in a temporary folder, on ports of 127.0.0.1 that were free. All
/// processes that it starts, the steps of jobs included, are gone with the object; the daemons also
/// die with this process.
class SlurmCluster {
 public:
  /// Starts the daemons. Adds a failure to the test where one can't be started.
  SlurmCluster();
  SlurmCluster(const SlurmCluster&) = delete;
  SlurmCluster& operator=(const SlurmCluster&) = delete;
  ~SlurmCluster();

  /// Submits an array job, `sbatch --array=ARRAY --wait`, that runs `command` by a shell in
  /// `folder`, and waits for the end of all its tasks. The exit code is the highest of them; output
  /// of the tasks is in `slurm-TASK.txt` in `folder`.
  ProgramResult run_array(const std::string& array, const std::string& command,
                          const std::filesystem::path& folder);
  /// The last that the daemons said.
  [[nodiscard]] std::string logs() const;

 private:
  void write_configuration() const;
  void start(std::vector<std::string> arguments, const std::string& log);

  TemporaryFolder folder_;
  std::vector<SpawnedChild> daemons_;
};

}  // namespace bootproof::testing
