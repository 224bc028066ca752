#include <csignal>
#include <cstdio>
#include <exception>

#include "harness/cli/command_line.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // A closed pipe is an error of write(), not our end.
  try {
    return bootproof::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr,
                 "bootproof: internal error: %s\nplease report this with the command line\n",
                 error.what());
    return 3;
  }
}
