#pragma once

#include <string>

#include "builders/image_input.h"
#include "harness/core/yaml_reader.h"

namespace bootproof {

/// A keymap as busybox's loadkmap takes it: the file's own bytes where they begin with `bkeymap`,
/// else what loadkeys makes of it (keymaps(5), plain or compressed, with the files that it
/// includes). Throws Error: kScenario at the mark for a file that is no keymap, kHost where
/// loadkeys is missing.
std::string binary_keymap(const InputFile& file, const SourceMark& mark);

}  // namespace bootproof
