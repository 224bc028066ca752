#include <csignal>
#include <cstdio>
#include <exception>

#include "harness/cli/command_line.h"

int main(int argc, char** argv) {
  // A closed pipe and a limit of file sizes are errors of write(), not our end.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return bootproof::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr,
                 "bootproof: internal error: %s\nplease report this with the command line\n",
                 error.what());
    return 3;
  }
}
