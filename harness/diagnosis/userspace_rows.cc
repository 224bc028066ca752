#include <array>

#include "harness/diagnosis/signature_rows.h"

namespace bootproof {
namespace {

constexpr std::string_view kEmergencyHint =
    "look at the lines with [FAILED] before it: most often a device in /etc/fstab that this "
    "machine "
    "does not have";

constexpr std::string_view kMaintenance = "userspace.emergency-mode userspace.rescue-mode";
constexpr std::string_view kLimits = "machine.silent step.no-match case.limit";
constexpr std::string_view kTargetHint =
    "compare systemd.unit= of the kernel's command line, and the link default.target, with the "
    "units that the root file system has";
constexpr std::string_view kEndsHint =
    "look at the program in /etc/inittab: most often a console that is not there";
constexpr std::string_view kCannotRunHint =
    "put the program that /etc/inittab names where it is looked for, executable and for this "
    "architecture";
/// Busybox's init waits for a second before it starts a program again.
constexpr std::size_t kTimes = 4;
constexpr int kGoesOn = 2000;

constexpr auto kRows = std::to_array<Signature>({
    // systemd
    reason("userspace.no-device", Stage::kUserspace, kMaintenance,
           R"((?:^\[ TIME \] |systemd\[1\]: )Timed out waiting for device )",
           "a device that the system is to mount did not come",
           "compare /etc/fstab with the machine: the device, label or UUID that the line names, or "
           "nofail among the options of what may be missing"),
    reason("userspace.mount-failed", Stage::kUserspace, kMaintenance,
           R"((?:^\[FAILED\] |systemd\[1\]: )Failed to mount )",
           "a file system that the system needs could not be mounted",
           "compare its type and options in /etc/fstab with what it is, see that its module is "
           "there and that the file system is intact"),
    reason("userspace.no-default-target", Stage::kUserspace, kMaintenance,
           R"(systemd\[1\]: Falling back to rescue\.target)",
           "the unit that systemd was to start is not there", kTargetHint),
    evidence(Stage::kUserspace, "userspace.no-default-target userspace.rescue-mode",
             R"(systemd\[1\]: Unit \S+ not found\.)"),
    reason_while_repeated(
        "userspace.waits-for-job", Stage::kUserspace, kLimits, 3,
        R"((?:A start job is running for .*|Job \S+/start running) \(\d+\w*(?: \d+\w+)? / )",
        "systemd waits for a job that does not end",
        "the line names the job: a device that does not come, or a service that never gets ready; "
        "after '/' stands how long systemd would wait"),
    certain(
        "userspace.emergency-mode", Stage::kUserspace,
        R"(^You are in emergency mode|^Cannot open access to console, the root account is locked)",
        "a unit that the system needs failed, and systemd went into emergency mode",
        kEmergencyHint),
    certain("userspace.rescue-mode", Stage::kUserspace, R"(^You are in rescue mode)",
            "systemd went into rescue mode",
            "the kernel's command line asks for it (single, rescue, systemd.unit=), or the lines "
            "before it say why"),
    settled("userspace.emergency-mode", Stage::kUserspace,
            R"(^Press Enter for maintenance|^\(or press Control-D to continue\): ?$|)"
            R"(^Give root password for (?:maintenance|login))",
            800, "the system waits for maintenance", kEmergencyHint),
    certain("userspace.no-default-target", Stage::kUserspace,
            R"(^\[!!!!!!\] Failed to (?:load rescue\.target|isolate default target|)"
            R"(start default target))",
            "systemd has nothing to start and stopped: it found neither its default unit nor "
            "rescue.target",
            kTargetHint),
    certain("userspace.init-froze", Stage::kUserspace,
            R"((?:^|systemd\[1\]: )Freezing execution|^\[!!!!!!\] )",
            "systemd met a fatal error and stopped", "the reason stands in the lines before it"),
    reason("userspace.init-crashed", Stage::kUserspace, "userspace.* kernel.panic.init-died",
           R"(systemd\[1\]: Caught <\w+>)", "systemd crashed",
           "a missing CPU feature or a damaged library is the usual reason"),

    // sysvinit and busybox init
    repeated("userspace.respawn-loop", Stage::kUserspace, kTimes, kGoesOn, R"(^can't run '\S+': )",
             "init starts a program that can't be run, again and again", kCannotRunHint),
    repeated("userspace.respawn-loop", Stage::kUserspace, kTimes, kGoesOn,
             R"((?:^| init: )(?:process '.*' \(pid \d+\) exited\. Scheduling for restart|)"
             R"(starting pid \d+, tty '.*': '))",
             "init starts a program that ends at once, again and again", kEndsHint),
    settled("userspace.no-inittab", Stage::kUserspace, R"(^Enter runlevel: ?$)", 800,
            "init found no runlevel to enter and waits for one",
            "put /etc/inittab with an initdefault line on the root file system"),
    reason("userspace.respawn-loop", Stage::kUserspace, kLimits,
           R"(INIT: Id "\w+" respawning too fast: disabled)",
           "init starts a program that ends at once, again and again", kEndsHint),
    reason("userspace.respawn-loop", Stage::kUserspace, kLimits, R"(^can't run '\S+': )",
           "init starts a program that can't be run, again and again", kCannotRunHint),
    reason(
        "userspace.respawn-loop", Stage::kUserspace, kLimits, R"(^Cannot find terminfo entry for )",
        "a program ends at once because it does not know the terminal type, and is started again "
        "and again",
        "set TERM to a type that the system knows, for example with TERM=dumb on the kernel's "
        "command line"),
});

}  // namespace

std::span<const Signature> userspace_rows() { return kRows; }

}  // namespace bootproof
