#include <algorithm>
#include <cstdio>
#include <iterator>

#include "harness/console/expectation.h"
#include "harness/console/transcript.h"
#include "harness/vm/machine_spec.h"

// Uses what needs re2 (Expectation), Boost.JSON and fmt (the command line), all of them linked by
// nothing but bootproof's own targets.
int main() {
  bootproof::Transcript transcript;
  auto login = bootproof::Expectation::compile({"^\\w+ login:"}, false, {});
  if (!login) {
    return 1;
  }
  login->begin(0, "", "");
  transcript.feed("\033[1mrescue\033[0m login: ");
  const auto match = login->look_at_serial(0, transcript.since(0));
  if (!match) {
    return 1;
  }
  std::printf("matched: %s\n", match->text.c_str());

  bootproof::MachineSpec spec;
  spec.machine = bootproof::MachineType::kVirt;
  spec.firmware = bootproof::Firmware::kAavmf;
  spec.device = bootproof::Device::kUsbCd;
  spec.image = "rescue.iso";
  bootproof::MachineFiles files;
  files.qemu = bootproof::qemu_program(bootproof::Architecture::kAarch64);
  const auto words = bootproof::qemu_command_line(spec, files, {});
  const auto machine = std::find(words.begin(), words.end(), "-machine");
  if (machine == words.end()) {
    return 1;
  }
  std::printf("%s -machine %s\n", words.front().c_str(), std::next(machine)->c_str());
  return 0;
}
