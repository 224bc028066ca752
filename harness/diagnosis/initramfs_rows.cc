#include <array>

#include "harness/diagnosis/signature_rows.h"

namespace bootproof {
namespace {

constexpr std::string_view kLost = "kernel.panic* initramfs.* userspace.* machine.silent";
constexpr std::string_view kRootHint =
    "compare root= (or the label and UUID that the loader's configuration names) with the medium, "
    "and "
    "see that the initramfs holds the drivers for this kind of device";
constexpr std::string_view kShellHint =
    "look at the lines before it: the initramfs says there what it waited for";
constexpr std::string_view kLiveHint =
    "the initramfs has to hold the drivers for this kind of device, and the medium the folder and "
    "the "
    "image file that it looks for";

constexpr auto kRows = std::to_array<Signature>({
    // Linux, init/initramfs.c and init/main.c
    reason("initramfs.does-not-fit", Stage::kInitramfs, kLost,
           R"((?:^|\] )Initramfs unpacking failed: write error)",
           "the unpacked initramfs does not fit into the machine's memory",
           "give the machine more memory, or make the initramfs smaller"),
    reason("initramfs.does-not-unpack", Stage::kInitramfs, kLost,
           R"((?:^|\] )Initramfs unpacking failed: (?:[^j]|junk with))",
           "the kernel could not unpack the initramfs",
           "the file is damaged, cut off, or packed in a way that this kernel was built without"),
    reason_where(
        "initramfs.exec-format", Stage::kInitramfs, kLost,
        R"((?:^|\] )(?:Failed to execute \S+|Starting init: \S+ exists but couldn't execute it) )"
        R"(\(error -8\))",
        "/init, or the interpreter that it names, is a program of another architecture",
        "put a busybox or init of the kernel's architecture into the initramfs"),
    reason("initramfs.exec-format", Stage::kInitramfs, kLost,
           R"(: [Ee]xec format error|: cannot execute binary file)",
           "a program of another architecture was to be run",
           "put programs of the kernel's architecture into the initramfs"),
    reason_where(
        "initramfs.init-not-executable", Stage::kInitramfs, kLost,
        R"((?:^|\] )(?:Failed to execute \S+|Starting init: \S+ exists but couldn't execute it) )"
        R"(\(error -13\))",
        "/init is not executable", "give /init in the initramfs the mode 0755"),
    reason_where(
        "initramfs.interpreter-missing", Stage::kInitramfs, kLost,
        R"((?:^|\] )(?:Failed to execute \S+|Starting init: \S+ exists but couldn't execute it) )"
        R"(\(error -2\))",
        "the interpreter or dynamic linker that /init names is not in the initramfs",
        "put what its first line, or its ELF interpreter, names into the initramfs"),
    reason("initramfs.library-missing", Stage::kInitramfs, kLost,
           R"(: error while loading shared libraries: )",
           "a program in the initramfs lacks a shared library",
           "put the library that the line names into the initramfs"),
    reason("initramfs.medium-damaged", Stage::kInitramfs, kLost,
           R"((?:^|\] )SQUASHFS error: (?:Unable to read|.* failed to read block))",
           "the compressed file system on the medium could not be read",
           "the image is cut off or damaged: compare its size and digest with the original"),
    reason("initramfs.root-not-mountable", Stage::kInitramfs, "initramfs.* kernel.panic*",
           R"(^mount: mounting (?:/dev/|\w+=)\S+ on \S+ failed: |^mount: \S+: wrong fs type)",
           "the initramfs could not mount the root file system",
           "see that the initramfs holds the file system's module, and that the file system is "
           "intact"),
    evidence(Stage::kInitramfs, "initramfs.* userspace.*", R"(^\[FAILED\] )"),
    evidence(Stage::kInitramfs, "initramfs.* userspace.*", R"(^\[DEPEND\] )"),
    evidence(Stage::kInitramfs, "initramfs.*",
             R"((?:^|\] )(?:I/O error, dev |Buffer I/O error on dev )|)"
             R"(Gave up waiting for (?:root|suspend)|Warning: \S+ does not exist)"),
    reason("initramfs.no-root-device", Stage::kInitramfs,
           "initramfs.emergency-shell userspace.emergency-mode",
           R"(^Gave up waiting for root|Warning: /dev/\S+ does not exist|)"
           R"(Dependency failed for (?:sysroot\.mount|/sysroot|.*Initrd Root Device))",
           "the device with the root file system did not come", kRootHint),
    reason("initramfs.no-root-device", Stage::kInitramfs, "initramfs.emergency-shell",
           R"(Timed out waiting for device )", "the device with the root file system did not come",
           kRootHint),
    reason("initramfs.root-not-mountable", Stage::kInitramfs,
           "initramfs.emergency-shell userspace.emergency-mode",
           R"((?:^\[FAILED\] |systemd\[1\]: )Failed to mount (?:sysroot\.mount|/sysroot))",
           "the initramfs could not mount the root file system",
           "see that the initramfs holds the file system's module, and that the file system is "
           "intact"),

    // initramfs-tools, dracut, mkinitcpio, Alpine's mkinitfs
    certain("initramfs.no-root-device", Stage::kInitramfs,
            R"(^ALERT! +\S+ does not exist\. +Dropping to a shell)",
            "the device with the root file system did not come", kRootHint),
    certain("initramfs.no-root-device", Stage::kInitramfs,
            R"(Warning: Could not boot\.|dracut: Refusing to continue)",
            "dracut did not find or mount the root file system", kRootHint),
    certain("initramfs.no-root-argument", Stage::kInitramfs,
            R"(dracut: FATAL: No or empty root= argument|)"
            R"(^No root device specified\. Boot arguments must include a root=)",
            "the kernel's command line does not say where the root file system is",
            "add root= to the loader's entry: a device, LABEL= or UUID="),
    certain("initramfs.unknown-root", Stage::kInitramfs,
            R"(dracut: FATAL: Don't know how to handle 'root=)",
            "the initramfs does not know the kind of root file system that root= names",
            "make the initramfs with the module for it (dracut --add), or correct root="),
    certain("initramfs.root-not-mountable", Stage::kInitramfs,
            R"(^Failed to mount \S+ as (?:root|/\S*) file system\.)",
            "the initramfs could not mount the root file system",
            "see that the initramfs holds the file system's module, and that the file system is "
            "intact"),
    certain_at_line_end("initramfs.fatal", Stage::kInitramfs, R"(dracut: FATAL: )",
                        "dracut gave up", "the reason stands in the line"),
    certain("initramfs.no-root-device", Stage::kInitramfs,
            R"(Unable to find root device '|device '\S+' not found\. Skipping fsck\.)",
            "the device with the root file system did not come", kRootHint),
    certain("initramfs.emergency-shell", Stage::kInitramfs,
            R"(Starting (?:Dracut )?Emergency Shell|Entering emergency mode\. Exit the shell|)"
            R"(Generating "/run/initramfs/rdsosreport\.txt"|)"
            R"(You are (?:now )?being dropped (?:in)?to an? (?:emergency|recovery) shell|)"
            R"(initramfs emergency recovery shell launched)",
            "the initramfs gave up and started its emergency shell", kShellHint),
    certain("initramfs.no-init", Stage::kInitramfs,
            R"(^Target filesystem doesn't have requested |^No init found\. Try passing init=)",
            "the root file system was mounted, but has no init that can be started",
            "the root file system is not the one that was meant, is empty, or is of another "
            "architecture"),
    certain("initramfs.no-init", Stage::kInitramfs,
            R"(Failed to switch root: |^switch_root: |^run-init: .*: (?:No such file|Exec format))",
            "the initramfs could not hand over to the root file system",
            "the root file system is not the one that was meant, is empty, or is of another "
            "architecture"),

    // live-boot, casper, archiso, Alpine, kiwi
    certain("initramfs.no-live-medium", Stage::kInitramfs,
            R"(Unable to find a (?:live|medium containing a live) file ?system)",
            "the live system did not find its own medium", kLiveHint),
    certain("initramfs.no-live-medium", Stage::kInitramfs,
            R"(device did not show up after \d+ seconds|^Mounting boot media failed|)"
            R"(Failed to find (?:live ISO|MBR identifier))",
            "the live system did not find its own medium", kLiveHint),
    certain("initramfs.medium-damaged", Stage::kInitramfs,
            R"(Can ?not mount /dev/loop\d+ \(\S+\) on )",
            "the live system could not mount the compressed file system on its medium",
            "the image is cut off or damaged, or this kernel lacks the file system's driver"),
    settled("initramfs.emergency-shell", Stage::kInitramfs,
            R"(^(?:\(initramfs\)|rdsosreport:/#|)"
            R"(dracut:\S*#|\[rootfs \S*\]#) ?$)",
            800, "the initramfs gave up and waits in its emergency shell", kShellHint),
    settled("initramfs.waits-for-passphrase", Stage::kInitramfs,
            R"(^(?:Please (?:enter passphrase|unlock disk)|Enter passphrase for /dev).*: ?$)", 1500,
            "the initramfs waits for the passphrase of an encrypted disk", "send it in a step"),
});

}  // namespace

std::span<const Signature> initramfs_rows() { return kRows; }

}  // namespace bootproof
