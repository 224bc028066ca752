#include "harness/vm/tpm.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace bootproof {

Result<TpmProcess> start_tpm(const std::filesystem::path& state, const std::filesystem::path& log) {
  const Result<std::filesystem::path> program = find_program("swtpm");
  if (!program) {
    return tl::unexpected(Error(ErrorKind::kHost, program.error().message(),
                                "install the package swtpm (apt-get install swtpm)"));
  }
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return tl::unexpected(system_error("cannot make a socket pair for the TPM", errno));
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  const UniqueFd messages(
      ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!messages) {
    return tl::unexpected(system_error(fmt::format("cannot write {}", log.string()), errno));
  }
  SpawnOptions options;
  // The folder by being in it: swtpm's options end a name at a comma.
  options.folder = state;
  options.arguments = {program->string(),
                       "socket",
                       "--tpm2",
                       "--tpmstate",
                       "dir=.",
                       "--ctrl",
                       fmt::format("type=unixio,clientfd={}", theirs.get()),
                       "--terminate"};
  options.inherited = {theirs.get()};
  options.standard_output = messages.get();
  options.standard_error = messages.get();
  Result<SpawnedChild> child = spawn(options);
  if (!child) {
    return tl::unexpected(child.error());
  }
  return TpmProcess{std::move(*child), std::move(ours)};
}

}  // namespace bootproof
