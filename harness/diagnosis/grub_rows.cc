#include <array>

#include "harness/diagnosis/signature_rows.h"

namespace bootproof {
namespace {

// GRUB 2.06 and later. An "error:" line proves nothing by itself: scripts try files and modules
// that need not be there, and a fallback entry may follow. It explains why GRUB ends at a prompt.
// GRUB 2.12 puts the place in its source before the text.
//
// Errors of the menu entry itself also explain that GRUB came back to its menu; others are
// forgotten there, since the menu shows that GRUB got over them.
constexpr std::string_view kEntry = "loader.error-message loader.no-entry-boots";
constexpr std::string_view kEntryOrMenu =
    "loader.error-message loader.no-entry-boots loader.waits-for-input loader.command-prompt";
constexpr std::string_view kEntryMenuOrPanic =
    "loader.error-message loader.no-entry-boots loader.waits-for-input loader.command-prompt "
    "kernel.panic.no-root";
constexpr std::string_view kEntryOrPrompt =
    "loader.error-message loader.no-entry-boots loader.command-prompt";

constexpr std::string_view kModuleHint =
    "put the modules of the same GRUB version and platform into its prefix folder, or embed them "
    "in its core image";

constexpr auto kRows = std::to_array<Signature>({
    reason("loader.signature-refused", Stage::kKernelLoad, kEntryOrMenu,
           R"(error: (?:\S+\.c:\d+: ?)?(?:bad shim signature|prohibited by secure boot policy|)"
           R"(verification requested but nobody cares|shim_lock protocol not found))",
           "GRUB refused the kernel: under Secure Boot its signature is missing or not trusted",
           "use the distribution's signed kernel, or sign it with a key that shim knows"),
    reason("loader.module-missing", Stage::kLoader, kEntryOrPrompt,
           R"(error: (?:\S+\.c:\d+: ?)?file .*\.mod' not found)",
           "a module of GRUB is not where GRUB looks for it", kModuleHint),
    reason(
        "loader.file-not-found", Stage::kKernelLoad, kEntryMenuOrPanic,
        R"(error: (?:\S+\.c:\d+: ?)?file .*(?:vmlinu|[Ii]mage|kernel|linux|initr|boot/).* not found)",
        "GRUB's menu names a kernel or initrd that is not on the medium",
        "compare the names in grub.cfg with the files on the medium, and the device that `root` is "
        "set to"),
    reason(
        "loader.file-not-found", Stage::kKernelLoad, kEntry,
        R"(error: (?:\S+\.c:\d+: ?)?file .* not found)",
        "GRUB did not find a file that it was told to load",
        "compare the names in grub.cfg with the files on the medium, and the device that `root` is "
        "set to"),
    reason("loader.module-missing", Stage::kLoader, kEntryOrPrompt,
           R"(error: (?:\S+\.c:\d+: ?)?(?:symbol .* not found|can't find command|)"
           R"(invalid arch-\w+ ELF magic))",
           "a module of GRUB is missing or belongs to another build of GRUB", kModuleHint),
    // Behind a missing brace GRUB 2.06 also says "out of memory".
    reason("loader.bad-configuration", Stage::kLoader, kEntryOrPrompt,
           R"(error: (?:\S+\.c:\d+: ?)?(?:syntax error|Incorrect command|unexpected end of file|)"
           R"(invalid environment block))",
           "GRUB could not read its configuration",
           "check grub.cfg with grub-script-check; the line number stands in the message"),
    reason("loader.out-of-memory", Stage::kKernelLoad, kEntryMenuOrPanic,
           R"(error: (?:\S+\.c:\d+: ?)?out of memory)",
           "GRUB had too little memory for the kernel and its initrd",
           "give the machine more memory, or make the initrd smaller"),
    reason(
        "loader.device-not-found", Stage::kLoader, kEntryOrPrompt,
        R"(error: (?:\S+\.c:\d+: ?)?(?:no such (?:device|partition|disk)|unknown filesystem|)"
        R"(disk .* not found|unknown device|no server is specified))",
        "GRUB did not find the disk, partition or file system that it was told to use",
        "compare the UUID or label in GRUB's embedded or written configuration with the medium's"),
    reason(
        "loader.read-error", Stage::kLoader, kEntry,
        R"(error: (?:\S+\.c:\d+: ?)?(?:attempt to read or write outside of|failure reading sector|)"
        R"(premature end of file))",
        "GRUB met the end of the medium or an unreadable sector while it read a file",
        "the image or a file on it is cut off: build it again and compare its size"),
    reason(
        "loader.bad-kernel", Stage::kKernelLoad, kEntryOrMenu,
        R"(error: (?:\S+\.c:\d+: ?)?(?:invalid magic number|plain image kernel not supported|)"
        R"(kernel too old|cannot load image|invalid (?:PE|EFI) |not a .* image|no multiboot header|)"
        R"(unsupported .*architecture))",
        "GRUB refused the kernel file",
        "the file has to be a kernel of this architecture: look at it with `inspect`"),
    reason("loader.no-kernel", Stage::kKernelLoad, kEntryOrMenu,
           R"(error: (?:\S+\.c:\d+: ?)?you need to load the kernel first)",
           "GRUB's menu entry did not load a kernel",
           "look at the errors before it, and at the `linux` line of the entry"),

    evidence(Stage::kLoader, "loader.*", R"(^error: )"),
    certain("loader.no-entry-boots", Stage::kKernelLoad,
            R"(^Failed to boot both default and fallback entries)",
            "no entry of GRUB's menu that boots by itself could be booted",
            "look at the errors before it"),
    certain("loader.aborted", Stage::kLoader, R"(^Aborted\. Press any key to exit)",
            "GRUB met a fatal error and stopped", "look at the line before it"),
    settled("loader.rescue-prompt", Stage::kLoader, R"(^grub rescue> ?$)", 500,
            "GRUB did not find its own files and stopped at the rescue prompt",
            "GRUB's core image looks for its prefix folder on a disk that is not there: embed a "
            "configuration that searches by file or label, or install it for this kind of device"),
    settled("loader.error-message", Stage::kKernelLoad, R"(^Press any key to continue\.\.\.)", 800,
            "GRUB shows an error and waits for a key", "look at the lines before it"),
    settled("loader.command-prompt", Stage::kLoader, R"(^grub> ?$)", 800,
            "GRUB found no menu and waits at its command prompt",
            "put grub.cfg where GRUB looks for it: `set` at this prompt shows `prefix`"),
    settled("loader.waits-for-input", Stage::kLoader,
            R"(Press enter to boot the selected OS|or .c. for (?:a )?command-line)", 2500,
            "GRUB shows its menu without a countdown and waits for a person",
            "set `timeout` in grub.cfg, or send a key in a step"),
    settled("loader.waits-for-passphrase", Stage::kLoader, R"(^Enter passphrase for hd\d)", 800,
            "GRUB waits for the passphrase of an encrypted disk", "send it in a step"),

    // EDK II again, behind all that a loader itself can say of its end.
    reason("loader.returned-to-firmware", Stage::kLoader, "firmware.*",
           R"(BdsDxe: failed to start Boot\w+ .* from (?:[^F]|F[^v]).*: )",
           "the loader was started and gave control back to the firmware",
           "look at what the loader printed last, and at the files that its configuration names"),
});

}  // namespace

std::span<const Signature> grub_rows() { return kRows; }

}  // namespace bootproof
