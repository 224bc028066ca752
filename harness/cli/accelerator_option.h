#pragma once

#include <string>

#include "harness/core/words.h"

namespace CLI {
class App;
}

namespace bootproof {

/// Declares `--accel auto|kvm|tcg`.
void add_accelerator_option(CLI::App& app, std::string& word);

/// The accelerator of that word. Throws Error (kUsage) with the known words.
Accelerator parse_accelerator(const std::string& word);

}  // namespace bootproof
