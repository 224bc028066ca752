#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "harness/core/error.h"
#include "harness/diagnosis/signature.h"
#include "harness/run/memory_file.h"

namespace bootproof {

/// How much of a log is read at most; more of it is told by the caller.
inline constexpr std::uint64_t kLongestLog = 256U << 20U;

/// Feeds what a console said to `watch` as a case does that hears it from its guest, the rendered
/// screen included; what terminal programs, console servers and journals have put round it is
/// taken away (LogCleaner). Reads at most kLongestLog. Throws Error (kHost) where the file can't be
/// read.
void read_console(const FileBytes& file, SignatureWatch& watch);

/// Feeds plain lines (a firmware's or kernel's log) to `watch`; lines that begin with "# " are
/// bootproof's own and passed over. Throws Error (kHost).
void read_lines(const FileBytes& file, SignatureWatch& watch, TextStream stream);

/// The text of a small file, at most `most` bytes of it. Throws Error (kHost).
std::string read_text(const FileBytes& file, std::uint64_t most);

}  // namespace bootproof
