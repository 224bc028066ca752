#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/unique_fd.h"

namespace bootproof {

/// What a child process is started with.
struct SpawnOptions {
  std::vector<std::string> arguments;              ///< argv; the first is looked up in PATH.
  std::filesystem::path folder;                    ///< Working folder; empty: the caller's.
  std::map<std::string, std::string> environment;  ///< Set in addition to the caller's.
  int standard_input = -1;                         ///< Descriptor to become fd 0; -1: /dev/null.
  int standard_output = -1;                        ///< As above, for fd 1.
  int standard_error = -1;                         ///< As above, for fd 2.
  std::vector<int> inherited;  ///< Descriptors that stay open in the child under their own numbers.
};

/// A started child: its process id and a pidfd that becomes readable when it has ended. The child
/// is killed by the kernel when the thread that started it ends (PR_SET_PDEATHSIG), so no child
/// outlives us however we end; start children from threads that live as long as the child may.
struct SpawnedChild {
  pid_t pid = -1;
  UniqueFd pidfd;
};

/// Starts a program. The child has its own process group (a terminal's Ctrl-C reaches the harness
/// alone), default signal dispositions and no descriptors but those named. Error (kHost) "NAME: not
/// found in PATH" or the reason why exec failed.
Result<SpawnedChild> spawn(const SpawnOptions& options);

/// The full path of a program in PATH; Error (kHost) with a hint where it isn't there.
Result<std::filesystem::path> find_program(const std::string& name);

/// What waitpid() says of a child that has ended: its exit code, or 128 + signal number.
int exit_code_of_status(int status);

/// Waits for a child that has ended or will end (blocking) and gives its exit_code_of_status().
int reap(const SpawnedChild& child);

}  // namespace bootproof
