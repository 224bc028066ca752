#include "harness/run/memory_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "harness/core/text.h"
#include "harness/core/unique_fd.h"

namespace bootproof {
namespace {

constexpr std::uint64_t kPage = 4096;

}  // namespace

Result<FileBytes> open_bytes(const std::filesystem::path& file) {
  // A pipe would keep us waiting for its writer.
  auto opened = std::make_shared<UniqueFd>(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!*opened || ::fstat(opened->get(), &status) != 0) {
    return tl::unexpected(
        system_error(fmt::format("cannot open {}", escape_for_terminal(file.string())), errno));
  }
  const std::string shown = escape_for_terminal(file.string());
  if (!S_ISREG(status.st_mode)) {
    return tl::unexpected(Error(ErrorKind::kUsage, fmt::format("{} is no regular file", shown),
                                "name a log or a file of memory; what comes by a pipe has to be "
                                "kept in a file first"));
  }
  // Files of /proc have no size, and what they hold is not known before it is read.
  std::uint8_t byte = 0;
  const ssize_t more = status.st_size == 0 ? ::pread(opened->get(), &byte, 1, 0) : 0;
  if (more < 0) {
    return tl::unexpected(system_error(fmt::format("cannot read {}", shown), errno,
                                       "copy what it holds to a file first, and name that"));
  }
  if (more > 0) {
    return tl::unexpected(Error(ErrorKind::kUsage,
                                fmt::format("{} does not say how large it is", shown),
                                "copy it to a file first, and name that"));
  }
  FileBytes bytes;
  bytes.size = static_cast<std::uint64_t>(status.st_size);
  bytes.read = [opened = std::move(opened)](std::uint64_t offset, std::span<std::uint8_t> out) {
    while (!out.empty()) {
      const ssize_t count =
          ::pread(opened->get(), out.data(), out.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count <= 0) {
        return false;
      }
      out = out.subspan(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return true;
  };
  return bytes;
}

KernelLog read_kernel_log_file(const FileBytes& file, std::optional<std::uint64_t> base) {
  std::array<std::uint8_t, 8> first{};
  if (!file.read(0, first)) {
    KernelLog log;
    log.problems.emplace_back("the file is empty or can't be read");
    return log;
  }
  constexpr std::string_view kCompressed = "KDUMP   ";
  if (std::equal(first.begin(), first.end(), kCompressed.begin(), kCompressed.end(),
                 [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); })) {
    KernelLog log;
    log.problems.emplace_back(
        "the file is compressed by makedumpfile, which is not read here: `makedumpfile "
        "--dump-dmesg` prints its log, `makedumpfile -E` or QEMU's dump-guest-memory make ELF "
        "cores");
    return log;
  }
  if (!is_elf(first)) {
    KernelLog log = read_raw_kernel_log(file.read, file.size, base);
    if (const std::uint64_t rest = file.size % kPage; rest != 0) {
      log.problems.push_back(
          fmt::format("the image was cut: {} bytes are {} more than whole pages of {}, so what "
                      "lay behind is missing",
                      file.size, rest, kPage));
    }
    return log;
  }
  MemoryFile core = read_elf_core(file.read, file.size);
  KernelLog log = read_kernel_log(core.memory, core.note);
  log.problems.insert(log.problems.begin(), core.problems.begin(), core.problems.end());
  return log;
}

}  // namespace bootproof
