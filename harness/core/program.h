#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/core/error.h"

namespace bootproof {

/// A program to be run to its end by run_program.
struct ProgramCall {
  std::vector<std::string> arguments;              ///< argv; the first is looked up in PATH.
  std::filesystem::path folder;                    ///< Working folder; empty: the caller's.
  std::map<std::string, std::string> environment;  ///< Set in addition to the caller's.
  std::string input;                               ///< Given as standard input.
  std::chrono::milliseconds limit{60'000};         ///< After this the program is killed.
  std::uint64_t output_limit = 16U << 20U;         ///< Bytes kept of each of stdout and stderr.
};

/// How it ended and what it printed.
struct ProgramResult {
  int exit_code = 0;  ///< Exit code, or 128 + signal number.
  std::string output;
  std::string error_output;
};

/// Runs a program and waits for it (blocking). The program dies with this process
/// (PR_SET_PDEATHSIG). Error (kHost) where it can't be started ("xorriso: not found in PATH") or
/// runs into the limit; an exit code other than 0 is no error here.
Result<ProgramResult> run_program(const ProgramCall& call);

/// As run_program, but throws Error of `kind` that quotes the last lines of stderr when the exit
/// code is not 0.
ProgramResult run_program_or_throw(const ProgramCall& call, ErrorKind kind);

}  // namespace bootproof
