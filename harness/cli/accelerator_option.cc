#include "harness/cli/accelerator_option.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <optional>

#include "harness/core/error.h"
#include "harness/core/text.h"

namespace bootproof {

void add_accelerator_option(CLI::App& app, std::string& word) {
  app.add_option("--accel", word,
                 "auto (KVM where it can boot a real firmware, else emulation), kvm or tcg")
      ->type_name("WORD");
}

Accelerator parse_accelerator(const std::string& word) {
  const std::optional<Accelerator> accelerator = parse_word<Accelerator>(word);
  if (!accelerator) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--accel {}: unknown accelerator", escape_for_terminal(word)),
                "choose auto, kvm or tcg");
  }
  return *accelerator;
}

}  // namespace bootproof
