#include "builders/keymap.h"

#include <fmt/format.h>

#include "builders/tools.h"
#include "harness/core/files.h"

namespace bootproof {

std::string binary_keymap(const InputFile& file, const SourceMark& mark) {
  constexpr std::string_view kMagic = "bkeymap";  // busybox, console-tools/loadkmap.c.
  constexpr std::uint64_t kLargest = 1U << 20U;
  Result<std::string> bytes = read_file(file.path, kLargest);
  if (!bytes) {
    throw error_at(mark, bytes.error().message(), bytes.error().hint());
  }
  if (bytes->starts_with(kMagic)) {
    return std::move(*bytes);
  }
  std::string made;
  try {
    made = run_tool({"loadkeys", "-b", file.path.string()}).output;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kBuild) {
      throw;
    }
    throw error_at(mark, fmt::format("{} is no keymap: {}", file.path.string(), error.message()),
                   error.hint());
  }
  if (!made.starts_with(kMagic)) {
    throw error_at(mark, fmt::format("loadkeys makes no binary keymap of {}", file.path.string()),
                   "take for example {package: console-data, file: "
                   "/usr/share/keymaps/i386/qwertz/de.kmap.gz}");
  }
  return made;
}

}  // namespace bootproof
