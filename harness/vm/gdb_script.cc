#include "harness/vm/gdb_script.h"

namespace bootproof {

std::string_view gdb_script() {
  return R"py("""Names of the kernel's code for gdb, wherever KASLR has put it."""
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
)py";
}

}  // namespace bootproof
