#include "harness/vm/machine_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "harness/core/files.h"
#include "harness/core/program.h"
#include "harness/core/spawn.h"
#include "harness/core/text.h"
#include "harness/core/unique_fd.h"
#include "harness/vm/gdb_script.h"
#include "harness/vm/presentation.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// An empty qcow2 file on `image`, or one that stands alone where there is no image. `size`: of the
/// disk in bytes; 0: as large as the image.
void create_overlay(const fs::path& image, const fs::path& overlay, std::uint64_t size) {
  ProgramCall call;
  call.arguments = {"qemu-img", "create", "-q", "-f", "qcow2"};
  if (!image.empty()) {
    for (const std::string& word :
         {std::string("-F"), std::string("raw"), std::string("-b"), fs::absolute(image).string()}) {
      call.arguments.push_back(word);
    }
  }
  call.arguments.push_back(overlay.string());
  if (size != 0) {
    call.arguments.push_back(std::to_string(size));
  }
  run_program_or_throw(call, ErrorKind::kHost);
}

/// Writes to an overlay what the machine is to see instead of the image's bytes.
void write_patches(const fs::path& overlay, const std::vector<Patch>& patches,
                   const fs::path& folder) {
  const fs::path bytes = folder / "patch.bin";
  for (const Patch& patch : patches) {
    replace_file(bytes, patch.bytes);
    ProgramCall call;
    // A name with blanks would end a word of qemu-io's: so a name without a folder.
    call.folder = folder;
    call.arguments = {"qemu-io",
                      "-f",
                      "qcow2",
                      "-c",
                      fmt::format("write -s patch.bin {} {}", patch.offset, patch.bytes.size()),
                      fs::absolute(overlay).string()};
    const ProgramResult result = run_program_or_throw(call, ErrorKind::kHost);
    // qemu-io of QEMU 7.2 ends with 0 even where a command of it failed.
    if (result.output.find(fmt::format("wrote {0}/{0} bytes", patch.bytes.size())) ==
        std::string::npos) {
      throw Error(ErrorKind::kHost,
                  fmt::format("qemu-io did not write {} bytes at {} of {}", patch.bytes.size(),
                              patch.offset, overlay.string()),
                  "it said: " + escape_for_terminal(result.output + result.error_output));
    }
  }
  std::error_code ignored;  // A scratch file.
  fs::remove(bytes, ignored);
}

void prepare_medium_overlay(const MachineSpec& spec, const fs::path& folder, MachineFiles& files) {
  files.overlay = folder / "overlay.qcow2";
  create_overlay(spec.image, files.overlay, overlay_size(spec));
  if (spec.hide == Hide::kElTorito) {
    write_patches(files.overlay, value_or_throw(hide_el_torito(spec.image)), folder);
  }
}

void prepare_other_media(const MachineSpec& spec, const fs::path& folder, MachineFiles& files) {
  for (std::size_t i = 0; i < spec.disks.size(); ++i) {
    const ExtraDisk& disk = spec.disks[i];
    fs::path overlay;
    if (!is_optical(disk.device)) {
      overlay = folder / fmt::format("disk{}.qcow2", i + 1);
      create_overlay(disk.image, overlay, disk.size_mib << 20U);
    }
    files.disk_overlays.push_back(std::move(overlay));
  }
  for (std::size_t i = 0; i < spec.shelf.size(); ++i) {
    files.shelf_overlays.push_back(folder / (shelf_name(i) + ".qcow2"));
    create_overlay(spec.shelf[i].image, files.shelf_overlays.back(), 0);
  }
}

void prepare_firmware(const MachineSpec& spec, const fs::path& folder, MachineFiles& files) {
  files.firmware_code = spec.firmware_code;
  files.varstore_template = spec.varstore_template;
  if (!has_varstore(spec.firmware)) {
    return;
  }
  if (files.firmware_code.empty() || files.varstore_template.empty()) {
    const std::vector<fs::path> folders = firmware_descriptor_folders();
    const std::vector<FirmwareDescriptor> descriptors = read_firmware_descriptors(folders);
    const FirmwareDescriptor firmware =
        value_or_throw(find_firmware(descriptors, spec.firmware, spec.machine));
    if (files.firmware_code.empty()) {
      files.firmware_code = firmware.code;
    }
    if (files.varstore_template.empty()) {
      files.varstore_template = firmware.varstore_template;
    }
  }
  files.varstore = folder / "vars.fd";
  copy_sparsely(files.varstore_template, files.varstore);
}

constexpr std::string_view kReproBeginning = R"sh(#!/bin/sh
# Starts exactly this machine again. Its serial line is this terminal: Ctrl-A X ends it,
# Ctrl-A C reaches QEMU's monitor. The medium is not written. SIGTERM, SIGHUP and SIGINT end the
# machine and remove its folder; a second one kills a QEMU that does not end.
set -eu
usage() {
  cat >&2 <<'END'
usage: repro.sh [--interactive] [--gdb [--symbols FILE]]
  --interactive   says which keys reach QEMU, then attaches this terminal
  --gdb           waits for gdb before the first instruction, and says how to start it
  --symbols FILE  the kernel's vmlinux with its symbols (default: looked for on this host
                  by the version that the kernel's log names, DEBUG_ROOT stands for /;
                  else kernel-symbols.elf beside this script, the names of its code)
END
  exit "$1"
}
refuse_symbols() {
  printf 'repro.sh: --symbols %s: %s; expected an ELF file with the names of the kernel\n' \
    "$1" "$2" >&2
  echo "give the path of its vmlinux, or leave --symbols away: its names are looked for then" >&2
  exit 2
}
quoted() {
  printf "'%s'" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")"
}
interactive= gdb= symbols=
while [ $# -gt 0 ]; do
  case $1 in
    --interactive) interactive=yes ;;
    --gdb) gdb=yes ;;
    --symbols)
      [ $# -gt 1 ] || usage 2
      [ -e "$2" ] || refuse_symbols "$2" "there is no such file"
      { [ -f "$2" ] && [ -r "$2" ]; } || refuse_symbols "$2" "this is no file that can be read"
      [ "$(head -c 4 -- "$2" | od -An -tx1 | tr -d ' \n')" = 7f454c46 ] ||
        refuse_symbols "$2" "this is no ELF file"
      symbols=$(realpath -- "$2")
      shift ;;
    -h | --help) usage 0 ;;
    *) usage 2 ;;
  esac
  shift
done
here=$(dirname -- "$(realpath -- "$0")")
folder= runs=
leave() {
  trap '' HUP INT QUIT TERM
  if [ -n "$runs" ] && [ -n "${!:-}" ]; then
    trap 'kill -KILL "$!" || :' HUP INT QUIT TERM
    kill -TERM "$!" || :
    kill -CONT "$!" || :
    while kill -0 "$!"; do wait "$!" || [ $? -ne 127 ] || break; done
  fi 2> /dev/null
  if [ -s "$folder/tpm.pid" ]; then kill "$(cat "$folder/tpm.pid")" 2> /dev/null || :; fi
  if [ -n "$folder" ]; then rm -rf -- "$folder"; fi
}
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 131' QUIT
trap 'exit 143' TERM
folder=$(mktemp -d)
case $folder in /*) ;; *) folder=$PWD/$folder ;; esac
# Sockets have names without a folder: a path of more than 107 bytes is none for a socket.
cd "$folder"
)sh";

/// `$debugger` and `$kaslr` are set, and the positional parameters are QEMU's command line.
/// gdb_script() follows.
constexpr std::string_view kReproGdb = R"sh(if [ -n "$gdb" ]; then
  set -- "$@" -S -gdb unix:gdb.socket,server=on,wait=off
  version=$(cat "$here/kernel-log.txt" "$here/serial.log" 2>/dev/null | tr -d '\000' |
    LC_ALL=C sed -n -e 's/.*Linux version \([A-Za-z0-9._+~-]*\).*/\1/p' \
      -e 's/^# the log of Linux \([A-Za-z0-9._+~-]*\),.*/\1/p' | head -n 1)
  map=
  if [ -n "$version" ]; then
    root=${DEBUG_ROOT:-}
    for file in "$root/usr/lib/debug/boot/vmlinux-$version" \
      "$root/usr/lib/debug/lib/modules/$version/vmlinux" \
      "$root/lib/modules/$version/build/vmlinux"; do
      if [ -z "$symbols" ] && [ -f "$file" ]; then symbols=$file; fi
    done
    for file in "$root/usr/lib/debug/boot/System.map-$version" "$root/boot/System.map-$version"; do
      if [ -z "$map" ] && [ -f "$file" ]; then map=$file; fi
    done
  fi
  if [ -z "$symbols" ] && [ -f "$here/kernel-symbols.elf" ]; then
    symbols=$here/kernel-symbols.elf
  fi
  script=
  if [ -n "$symbols" ]; then
    ln -s "$symbols" symbols
    script=" -x $(quoted "$folder/kernel.py")"
    cat > kernel.py <<'END'
)sh";

constexpr std::string_view kReproGdbEnd = R"sh(END
  fi
  {
    echo "the machine waits for gdb before its first instruction; in another terminal:"
    printf '%s\n' "  $debugger -cd $(quoted "$folder")$script -ex 'target remote gdb.socket'"
    command -v "$debugger" > /dev/null ||
      echo "$debugger is not on this host: it is in the package of that name"
    if [ -n "$symbols" ]; then
      printf '%s\n' "the kernel's names are those of $symbols"
      if [ -n "$kaslr" ]; then
        echo "KASLR moves the kernel and a breakpoint set before it runs misses: begin with"
        echo "'kernel-start', which continues until its names are placed, then 'hbreak NAME'"
      else
        echo "the kernel stays where they say (nokaslr): 'hbreak NAME' counts from the beginning"
      fi
      echo "then 'continue', Ctrl-C where it hangs, 'bt'; 'kernel-stack' names what is on the stack"
      echo "'kernel-symbols' says by how much KASLR has moved it; names follow at each stop"
    else
      echo "no symbols of the kernel${version:+ $version} were found: --symbols FILE names them"
    fi
    if [ -n "$map" ]; then printf '%s\n' "its addresses by name: $map"; fi
  } >&2
)sh";

/// QEMU runs in the background, for a shell heeds no signal before what it runs in front has ended;
/// it stays in the terminal's process group. Descriptor 3: dash gives what runs in the background
/// /dev/null as standard input, in spite of `<&0`.
constexpr std::string_view kReproEnd = R"sh(fi
if [ -n "$interactive" ]; then
  echo "the serial line is this terminal; Ctrl-A X ends the machine, Ctrl-A C changes to QEMU's" \
    "monitor and back, Ctrl-A B sends a break" >&2
fi
exec 3<&0
runs=yes code=0
"$@" <&3 3<&- &
wait "$!" || code=$?
runs=
exit "$code"
)sh";

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
  prepare_firmware(spec, folder, files);
  if (needs_overlay(spec)) {
    prepare_medium_overlay(spec, folder, files);
  }
  prepare_other_media(spec, folder, files);
  if (spec.tpm) {
    files.tpm_state = folder / "tpm";
    create_folders(files.tpm_state);
  }
  return files;
}

void remove_machine_files(const MachineFiles& files) {
  std::error_code ignored;  // What can't be removed is left; it does no harm.
  std::vector<fs::path> all{files.varstore, files.overlay};
  all.insert(all.end(), files.disk_overlays.begin(), files.disk_overlays.end());
  all.insert(all.end(), files.shelf_overlays.begin(), files.shelf_overlays.end());
  for (const fs::path& file : all) {
    if (!file.empty()) {
      fs::remove(file, ignored);
    }
  }
  if (!files.tpm_state.empty()) {
    fs::remove_all(files.tpm_state, ignored);
  }
}

std::string repro_script(const MachineSpec& spec, const MachineFiles& files) {
  MachineFiles own = files;
  std::string script(kReproBeginning);
  if (!files.varstore.empty()) {
    own.varstore = "vars.fd";
    script += fmt::format("cp {} vars.fd\n", quote_for_shell(files.varstore_template.string()));
    script += "chmod u+w vars.fd\n";
  }
  const auto overlay = [&script](const fs::path& image, const std::string& name,
                                 std::uint64_t size) {
    script += fmt::format(
        "qemu-img create -q -f qcow2 {}{}{}\n",
        image.empty() ? std::string()
                      : fmt::format("-F raw -b {} ", quote_for_shell(fs::absolute(image).string())),
        name, size == 0 ? std::string() : fmt::format(" {}", size));
    return fs::path(name);
  };
  if (!files.overlay.empty()) {
    own.overlay = overlay(spec.image, "overlay.qcow2", overlay_size(spec));
    if (spec.hide == Hide::kElTorito) {
      for (const Patch& patch : value_or_throw(hide_el_torito(spec.image))) {
        script += "printf '";
        for (const char c : patch.bytes) {
          script += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
        }
        script += fmt::format(
            "' > patch.bin\nqemu-io -f qcow2 -c 'write -s patch.bin {} {}' "
            "overlay.qcow2 > /dev/null\n",
            patch.offset, patch.bytes.size());
      }
    }
  }
  for (std::size_t i = 0; i < spec.disks.size(); ++i) {
    if (!files.disk_overlays.at(i).empty()) {
      own.disk_overlays[i] = overlay(spec.disks[i].image, fmt::format("disk{}.qcow2", i + 1),
                                     spec.disks[i].size_mib << 20U);
    }
  }
  MachineChannels channels;
  if (spec.tpm) {
    script +=
        "mkdir tpm\n"
        "swtpm socket --tpm2 --tpmstate dir=tpm --ctrl type=unixio,path=tpm.socket --terminate "
        "--daemon --pid file=tpm.pid\n";
    channels.tpm = "socket,path=tpm.socket";
  }
  channels.console = "stdio,mux=on,signal=off";
  channels.paused = false;
  std::string line = "set --";
  for (const std::string& word : qemu_command_line(spec, own, channels)) {
    const bool is_option = !word.empty() && word[0] == '-';
    line += fmt::format("{}{}", is_option ? " \\\n  " : " ", quote_for_shell(word));
  }
  script += line + " \\\n  -mon chardev=console,mode=readline\n";
  const bool is_foreign = architecture_of(spec.machine) == Architecture::kAarch64;
  script += fmt::format("debugger={} kaslr={}\n", is_foreign ? "gdb-multiarch" : "gdb",
                        spec.firmware == Firmware::kKernel ? "" : "yes");
  script += kReproGdb;
  script += gdb_script();
  script += kReproGdbEnd;
  if (spec.firmware == Firmware::kKernel) {
    // The last -append counts; without it a kernel's addresses are others each time.
    script += fmt::format(
        "  set -- \"$@\" -append {}\n",
        quote_for_shell(spec.append.empty() ? std::string("nokaslr") : spec.append + " nokaslr"));
  }
  return script + std::string(kReproEnd);
}

}  // namespace bootproof
