#include "harness/vm/machine_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "harness/core/program.h"
#include "harness/core/spawn.h"
#include "harness/core/text.h"
#include "harness/core/unique_fd.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

bool has_varstore(const MachineSpec& spec) {
  return spec.firmware != Firmware::kSeabios && spec.firmware != Firmware::kKernel;
}

void create_overlay(const fs::path& image, const fs::path& overlay) {
  ProgramCall call;
  call.arguments = {"qemu-img",
                    "create",
                    "-q",
                    "-f",
                    "qcow2",
                    "-F",
                    "raw",
                    "-b",
                    fs::absolute(image).string(),
                    overlay.string()};
  run_program_or_throw(call, ErrorKind::kHost);
}

}  // namespace

void copy_sparsely(const fs::path& from, const fs::path& to) {
  const UniqueFd source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source) {
    throw system_error(fmt::format("cannot open {}", from.string()), errno);
  }
  const UniqueFd target(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!target) {
    throw system_error(fmt::format("cannot create {}", to.string()), errno);
  }
  constexpr std::size_t kBlock = 64U << 10U;
  std::string block(kBlock, '\0');
  off_t offset = 0;
  while (true) {
    const ssize_t got = ::read(source.get(), block.data(), block.size());
    if (got < 0) {
      throw system_error(fmt::format("cannot read {}", from.string()), errno);
    }
    if (got == 0) {
      break;
    }
    const std::string_view bytes(block.data(), static_cast<std::size_t>(got));
    const bool is_hole = std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
    if (!is_hole && ::pwrite(target.get(), bytes.data(), bytes.size(), offset) != got) {
      throw system_error(fmt::format("cannot write {}", to.string()), errno);
    }
    offset += got;
  }
  if (::ftruncate(target.get(), offset) != 0) {
    throw system_error(fmt::format("cannot write {}", to.string()), errno);
  }
}

MachineFiles prepare_machine_files(const MachineSpec& spec, const fs::path& folder) {
  MachineFiles files;
  files.qemu = value_or_throw(find_program(qemu_program(architecture_of(spec.machine)))).string();
  if (has_varstore(spec)) {
    const std::vector<fs::path> folders = firmware_descriptor_folders();
    const std::vector<FirmwareDescriptor> descriptors = read_firmware_descriptors(folders);
    const FirmwareDescriptor firmware =
        value_or_throw(find_firmware(descriptors, spec.firmware, spec.machine));
    files.firmware_code = firmware.code;
    files.varstore_template = firmware.varstore_template;
    files.varstore = folder / "vars.fd";
    copy_sparsely(firmware.varstore_template, files.varstore);
  }
  if (needs_overlay(spec.device)) {
    files.overlay = folder / "overlay.qcow2";
    create_overlay(spec.image, files.overlay);
  }
  return files;
}

void remove_machine_files(const MachineFiles& files) {
  std::error_code ignored;  // What can't be removed is left; it does no harm.
  if (!files.varstore.empty()) {
    fs::remove(files.varstore, ignored);
  }
  if (!files.overlay.empty()) {
    fs::remove(files.overlay, ignored);
  }
}

std::string repro_script(const MachineSpec& spec, const MachineFiles& files) {
  MachineFiles own = files;
  std::string script =
      "#!/bin/sh\n"
      "# Starts exactly this machine again. Its serial line is this terminal: Ctrl-A X ends it,\n"
      "# Ctrl-A C reaches QEMU's monitor. The medium is not written.\n"
      "set -eu\n"
      "folder=$(mktemp -d)\n"
      "trap 'rm -rf \"$folder\"' EXIT\n"
      "cd \"$folder\"\n";
  if (!files.varstore.empty()) {
    own.varstore = "vars.fd";
    script += fmt::format("cp {} vars.fd\n", quote_for_shell(files.varstore_template.string()));
    script += "chmod u+w vars.fd\n";
  }
  if (!files.overlay.empty()) {
    own.overlay = "overlay.qcow2";
    script += fmt::format("qemu-img create -q -f qcow2 -F raw -b {} overlay.qcow2\n",
                          quote_for_shell(fs::absolute(spec.image).string()));
  }
  MachineChannels channels;
  channels.console = "stdio,mux=on,signal=off";
  channels.paused = false;
  std::string line;
  for (const std::string& word : qemu_command_line(spec, own, channels)) {
    const bool is_option = !word.empty() && word[0] == '-';
    line += fmt::format("{}{}", line.empty() ? "" : (is_option ? " \\\n  " : " "),
                        quote_for_shell(word));
  }
  return script + line + " \\\n  -mon chardev=console,mode=readline\n";
}

}  // namespace bootproof
