#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "builders/guestfs/supervisor.h"
#include "builders/guestfs/work.h"

namespace bootproof::guestfs {
namespace {

std::string read_stdin() {
  constexpr std::size_t kLargestJob = 4U << 20U;
  constexpr std::size_t kBlock = 16U << 10U;
  std::string text;
  std::string block(kBlock, '\0');
  while (text.size() <= kLargestJob) {
    const std::size_t got = std::fread(block.data(), 1, block.size(), stdin);
    if (got == 0) {
      break;
    }
    text.append(block, 0, got);
  }
  return text;
}

int run(int argument_count, char** arguments) {
  if (argument_count == 2 && std::string_view(arguments[1]) == "--version") {
    fmt::print("libguestfs {}\n", library_version());
    return 0;
  }
  if (argument_count != 1) {
    fmt::print(stderr, "bootproof-guestfs is run by bootproof, with a job on its stdin\n");
    return 2;
  }
  Job job;
  try {
    job = parse_job(read_stdin());
  } catch (const std::exception& error) {
    print_failure("job", error.what());
    return 1;
  }
  return supervise(job, [&job] { return do_work(job); });
}

}  // namespace
}  // namespace bootproof::guestfs

int main(int argument_count, char** arguments) {
  try {
    return bootproof::guestfs::run(argument_count, arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bootproof-guestfs: {}\n", error.what());
    return 1;
  }
}
