#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/program.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::testing {

/// A scenario file with four cells on one disk image; the image is not there unless a test writes
/// it.
inline constexpr std::string_view kScenarioFile = R"(version: 1
media:
  disk: {path: disk.img}
scenarios:
  - name: boots
    media: [disk]
    firmware: [seabios, ovmf]
    device: [ide-cd, usb-storage]
    machine: [pc]
    steps:
      - expect: 'login:'
  - name: negative
    media: [disk]
    firmware: [ovmf-secure]
    device: [scsi-cd]
    machine: [pc, q35]
    expect_failure: {cause: firmware.secure-boot-denied}
)";

/// How the program ended, in one text that a test can compare: "exit code 2\nSTDERR".
std::string text_of(const ProgramResult& result);

/// The built program as a user calls it, in a folder of its own. All calls of a test program share
/// one cache folder, so that the accelerator is probed once.
class BootproofProgram {
 public:
  /// The folder holds `boot.yaml` with kScenarioFile.
  BootproofProgram();

  /// The folder in which it is called.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  /// Writes a file there.
  void write(std::string_view name, std::string_view bytes) const;
  /// Sets a variable of its environment.
  void set(const std::string& variable, const std::string& value);

  /// Calls it.
  [[nodiscard]] ProgramResult run(std::vector<std::string> arguments) const;
  /// Calls it and gives text_of(), with FOLDER for the folder.
  [[nodiscard]] std::string error(std::vector<std::string> arguments) const;
  /// Calls it by the shell: BOOTPROOF in `command` is the program.
  [[nodiscard]] ProgramResult shell(std::string command) const;

 private:
  TemporaryFolder folder_;
  std::map<std::string, std::string> environment_;
};

}  // namespace bootproof::testing
