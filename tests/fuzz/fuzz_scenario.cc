#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/core/error.h"
#include "scenarios/scenario.h"
#include "tests/fuzz/fuzz_support.h"

// Any text at all is a scenario file or gives an Error: nothing else is thrown, nothing crashes,
// and what is accepted expands to no more cells than the limit.

using bootproof::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const bootproof::Vocabulary vocabulary{{"enter", "esc", "down"},
                                         {"firmware.no-bootable-device", "kernel.panic"}};
  try {
    const bootproof::ScenarioFile file =
        bootproof::parse_scenarios(bootproof::YamlNode::load_text(text, "boot.yaml"), vocabulary);
    require(bootproof::expand(file).size() <= bootproof::kMaximumCells);
  } catch (const bootproof::Error& e) {
    require(e.kind() == bootproof::ErrorKind::kScenario);
  }
  return 0;
}
