#!/bin/sh
# Starts exactly this machine again. Its serial line is this terminal: Ctrl-A X ends it,
# Ctrl-A C reaches QEMU's monitor. The medium is not written.
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
interactive= gdb= symbols=
while [ $# -gt 0 ]; do
  case $1 in
    --interactive) interactive=yes ;;
    --gdb) gdb=yes ;;
    --symbols)
      [ $# -gt 1 ] || usage 2
      symbols=$(realpath -- "$2")
      shift ;;
    -h | --help) usage 0 ;;
    *) usage 2 ;;
  esac
  shift
done
here=$(dirname -- "$(realpath -- "$0")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cp /firmware/VARS.fd vars.fd
chmod u+w vars.fd
qemu-img create -q -f qcow2 -F raw -b '/media/it'\''s here.iso' overlay.qcow2
set -- qemu-system-x86_64 \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine q35,accel=tcg,graphics=off,pflash0=code,pflash1=vars \
  -m 512M \
  -smp 1 \
  -display none \
  -vga std \
  -nic none \
  -boot strict=on \
  -blockdev '{"driver":"raw","node-name":"code","read-only":true,"file":{"driver":"file","filename":"/firmware/CODE.fd"}}' \
  -blockdev '{"driver":"raw","node-name":"vars","file":{"driver":"file","filename":"vars.fd"}}' \
  -blockdev '{"driver":"qcow2","node-name":"medium","file":{"driver":"file","filename":"overlay.qcow2"},"backing":{"driver":"raw","read-only":true,"file":{"driver":"file","filename":"/media/it'\''s here.iso"}}}' \
  -device qemu-xhci,id=usb \
  -device usb-storage,bus=usb.0,removable=on,id=boot,drive=medium,bootindex=0 \
  -chardev stdio,id=console,mux=on,signal=off \
  -serial chardev:console \
  -mon chardev=console,mode=readline
debugger=gdb
if [ -n "$gdb" ]; then
  set -- "$@" -S -gdb "unix:$folder/gdb.socket,server=on,wait=off"
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
    ln -s "$symbols" "$folder/symbols"
    script=" -x $folder/kernel.py"
    cat > "$folder/kernel.py" <<'END'
"""Names of the kernel's code for gdb, wherever KASLR has put it."""
import os
import re
import struct

import gdb

SYMBOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "symbols")
LOWEST = 1 << 63  # No code of a kernel lies lower.
MASK = (1 << 64) - 1


class Kernel:
    """By how much the kernel has been moved from where its symbols say."""

    moved = 0
    is_known = False


def address_of(name):
    """Where a symbol would be without KASLR; None where there is none."""
    try:
        value = int(gdb.parse_and_eval("(unsigned long) &'%s'" % name)) & MASK
    except gdb.error:
        return None
    return value - Kernel.moved


def is_arm():
    return "aarch64" in gdb.selected_frame().architecture().name()


def anchor_of_x86():
    """The handler of exception 0, out of the interrupt descriptor table."""
    registers = gdb.execute("monitor info registers", to_string=True)
    table = re.search(r"IDT=\s*([0-9a-f]{16})", registers)
    if not table:
        return None
    address = int(table.group(1), 16)
    gate = bytes(gdb.selected_inferior().read_memory(address, 16))
    low, _, _, middle, high, _ = struct.unpack("<HHHHII", gate)
    return high << 32 | middle << 16 | low


def anchor_of_arm():
    """VBAR_EL1, the exception vectors of the kernel."""
    for name in ("VBAR_EL1", "VBAR"):
        try:
            return int(gdb.parse_and_eval("(unsigned long) $" + name)) & MASK
        except gdb.error:
            continue
    return None


def find_move():
    """By how much the kernel that runs now has been moved; None where that can't be told yet."""
    if is_arm():
        here, names, align, most = anchor_of_arm(), ["vectors"], 1 << 16, 1 << 48
    else:
        here, names = anchor_of_x86(), ["asm_exc_divide_error", "divide_error"]
        align, most = 1 << 21, 1 << 30
    if here is None or here < LOWEST:
        return None
    for name in names:
        there = address_of(name)
        if there is not None and 0 <= here - there < most and (here - there) % align == 0:
            return here - there
    return None


def place_symbols(_event=None):
    """Moves the symbols to where the kernel is."""
    try:
        moved = find_move()
    except (gdb.error, gdb.MemoryError, struct.error):
        return
    if moved is None:
        return
    Kernel.is_known = True
    if moved != Kernel.moved:
        gdb.execute("symbol-file -o %#x '%s'" % (moved, SYMBOLS), to_string=True)
        Kernel.moved = moved


class KernelSymbols(gdb.Command):
    """Say whether the kernel's symbols are where the kernel is, after looking again."""

    def __init__(self):
        super().__init__("kernel-symbols", gdb.COMMAND_FILES)

    def invoke(self, _argument, _from_tty):
        place_symbols()
        if Kernel.is_known:
            print("the kernel runs %#x above where it was linked; its symbols are there"
                  % Kernel.moved)
        else:
            print("the kernel does not run yet; its symbols are where it was linked")


class KernelStack(gdb.Command):
    """Name what on the stack may be return addresses: some are left over from earlier calls.
Without the kernel's debugging information `bt` does not know where frames end."""

    def __init__(self):
        super().__init__("kernel-stack", gdb.COMMAND_STACK)

    def invoke(self, _argument, _from_tty):
        place_symbols()
        stack = int(gdb.parse_and_eval("(unsigned long) $sp")) & MASK
        end = (stack | 0xFFF) + 1
        words = bytes(gdb.selected_inferior().read_memory(stack, (end - stack) // 8 * 8))
        for (word,) in struct.iter_unpack("<Q", words):
            if word < LOWEST:
                continue
            said = gdb.execute("info symbol %#x" % word, to_string=True)
            if not said.startswith("No symbol"):
                print("%#x %s" % (word, said.split(" in section")[0]))


gdb.execute("set confirm off")
gdb.execute("set pagination off")
gdb.execute("symbol-file '%s'" % SYMBOLS, to_string=True)
KernelSymbols()
KernelStack()
gdb.events.stop.connect(place_symbols)
END
  fi
  {
    echo "the machine waits for gdb before its first instruction; in another terminal:"
    echo "  $debugger$script -ex 'target remote $folder/gdb.socket'"
    command -v "$debugger" > /dev/null ||
      echo "$debugger is not on this host: it is in the package of that name"
    if [ -n "$symbols" ]; then
      echo "the kernel's names are those of $symbols"
      echo "there: 'continue', Ctrl-C where it hangs, 'bt'; 'kernel-stack' names what is on the stack"
      echo "'kernel-symbols' says by how much KASLR has moved the kernel; names follow it by themselves"
    else
      echo "no symbols of the kernel${version:+ $version} were found: --symbols FILE names them"
    fi
    if [ -n "$map" ]; then echo "its addresses by name: $map"; fi
  } >&2
fi
if [ -n "$interactive" ]; then
  echo "the serial line is this terminal; Ctrl-A X ends the machine, Ctrl-A C changes to QEMU's" \
    "monitor and back, Ctrl-A B sends a break" >&2
fi
"$@"
