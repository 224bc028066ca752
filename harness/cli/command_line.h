#pragma once

namespace bootproof {

/// Parses the command line, runs the command and gives the exit code (DESIGN, section 1): 0 all
/// passed, 1 something failed, 2 usage or scenario file wrong, 3 the host or the harness failed,
/// 128 + signal when interrupted. Errors are printed on stderr.
int run_command_line(int argc, char** argv);

}  // namespace bootproof
