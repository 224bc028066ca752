#!/bin/sh
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
debugger=gdb kaslr=yes
if [ -n "$gdb" ]; then
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
"""Names of the kernel's code for gdb, wherever KASLR has put it."""
import os
import re
import struct
import threading

import gdb

HERE = os.path.dirname(os.path.abspath(__file__))
SYMBOLS = re.sub(r"([^\w/.+-])", r"\\\1", os.path.join(HERE, "symbols"))  # A word of gdb's.
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
        gdb.execute("symbol-file -o %#x %s" % (moved, SYMBOLS), to_string=True)
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


class KernelStart(gdb.Command):
    """Continue until the kernel runs and its symbols are where it is: breakpoints hit from then on.
Nothing that happens before can be waited for, so the machine is stopped and looked at four times a
second, and what the kernel does until then is missed; Ctrl-C ends that."""

    def __init__(self):
        super().__init__("kernel-start", gdb.COMMAND_RUNNING)

    def invoke(self, _argument, _from_tty):
        place_symbols()
        while not Kernel.is_known and self.run_a_while():
            pass
        gdb.execute("kernel-symbols")

    @staticmethod
    def run_a_while():
        """Whether the machine has stopped because it was asked to, here."""
        state = {"runs": True, "asked": False}

        def interrupt():
            if state["runs"]:
                state["asked"] = True
                gdb.execute("interrupt")

        timer = threading.Timer(0.25, lambda: gdb.post_event(interrupt))
        timer.daemon = True
        timer.start()
        try:
            gdb.execute("continue", to_string=True)
        finally:
            timer.cancel()
            state["runs"] = False
        return state["asked"]


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
gdb.execute("symbol-file " + SYMBOLS, to_string=True)
KernelSymbols()
KernelStart()
KernelStack()
gdb.events.stop.connect(place_symbols)
END
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
fi
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
