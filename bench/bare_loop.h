#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace bootproof::bench {

/// One boot of the bare loop: QEMU's words, with its serial line on stdout, and the text to wait
/// for.
struct BareBoot {
  std::vector<std::string>
      prepare;  ///< A shell line that makes varstore and overlay anew; may be empty.
  std::vector<std::string> command;
  std::string expected;
};

/// What a loop in a shell would do: `jobs` boots at a time, each killed as soon as the text has
/// come. Returns the wall time. Exits the program with a message where a text does not come within
/// three minutes.
std::chrono::milliseconds run_bare_loop(const std::vector<BareBoot>& boots, unsigned jobs);

}  // namespace bootproof::bench
