#include <array>

#include "harness/diagnosis/signature_rows.h"

namespace bootproof {
namespace {

constexpr std::string_view kEmergencyHint =
    "look at the lines with [FAILED] before it: most often a device in /etc/fstab that this "
    "machine "
    "does not have";

constexpr auto kRows = std::to_array<Signature>({
    // systemd
    certain(
        "userspace.emergency-mode", Stage::kUserspace,
        R"(^You are in emergency mode|^Cannot open access to console, the root account is locked)",
        "a unit that the system needs failed, and systemd went into emergency mode",
        kEmergencyHint),
    settled("userspace.emergency-mode", Stage::kUserspace,
            R"(^Press Enter for maintenance|^\(or press Control-D to continue\): ?$|)"
            R"(^Give root password for (?:maintenance|login))",
            800, "the system waits for maintenance", kEmergencyHint),
    certain("userspace.init-froze", Stage::kUserspace,
            R"((?:^|systemd\[1\]: )(?:Freezing execution|Failed to load unit default\.target)|)"
            R"(^\[!!!!!!\] )",
            "systemd met a fatal error and stopped", "the reason stands in the lines before it"),
    reason("userspace.init-crashed", Stage::kUserspace, "userspace.* kernel.panic.init-died",
           R"(systemd\[1\]: Caught <\w+>)", "systemd crashed",
           "a missing CPU feature or a damaged library is the usual reason"),

    // sysvinit and busybox init
    settled("userspace.no-inittab", Stage::kUserspace, R"(^Enter runlevel: ?$)", 800,
            "init found no runlevel to enter and waits for one",
            "put /etc/inittab with an initdefault line on the root file system"),
    reason(
        "userspace.respawn-loop", Stage::kUserspace, "machine.silent step.no-match case.limit",
        R"(INIT: Id "\w+" respawning too fast: disabled)",
        "init starts a program that ends at once, again and again",
        "look at the program of that id in /etc/inittab: most often a console that is not there"),
    reason(
        "userspace.respawn-loop", Stage::kUserspace, "machine.silent step.no-match case.limit",
        R"(^can't run '\S+': )", "init starts a program that can't be run, again and again",
        "put the program that /etc/inittab names where it is looked for, executable and for this "
        "architecture"),
    reason(
        "userspace.respawn-loop", Stage::kUserspace, "machine.silent step.no-match case.limit",
        R"(^Cannot find terminfo entry for )",
        "a program ends at once because it does not know the terminal type, and is started again "
        "and again",
        "set TERM to a type that the system knows, for example with TERM=dumb on the kernel's "
        "command line"),
});

}  // namespace

std::span<const Signature> userspace_rows() { return kRows; }

}  // namespace bootproof
