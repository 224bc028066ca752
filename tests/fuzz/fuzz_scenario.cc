#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/core/error.h"
#include "scenarios/scenario.h"

// Any text at all is a scenario file or gives an Error: nothing else is thrown, nothing crashes,
// and what is accepted expands to no more cells than the limit.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const bootproof::Vocabulary vocabulary{{"enter", "esc", "down"},
                                         {"firmware.no-bootable-device", "kernel.panic"}};
  try {
    const bootproof::ScenarioFile file =
        bootproof::parse_scenarios(bootproof::YamlNode::load_text(text, "boot.yaml"), vocabulary);
    if (bootproof::expand(file).size() > bootproof::kMaximumCells) {
      __builtin_trap();
    }
  } catch (const bootproof::Error& e) {
    if (e.kind() != bootproof::ErrorKind::kScenario) {
      __builtin_trap();
    }
  }
  return 0;
}
