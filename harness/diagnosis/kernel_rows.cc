#include <array>

#include "harness/diagnosis/signature_rows.h"

namespace bootproof {
namespace {

// Kernel messages stand at the beginning of a line or after their time stamp, which may follow a
// prompt.
constexpr auto kRows = std::to_array<Signature>({
    // Linux, arch/x86/boot
    certain("kernel.wrong-cpu", Stage::kKernelLoad,
            R"(^This kernel requires (?:an? \S+ CPU|the following features))",
            "the kernel needs a CPU with more features than the machine has",
            "choose another CPU with `cpu_model`, or a kernel for this one"),
    certain(
        "kernel.does-not-unpack", Stage::kKernelLoad, R"(^-- System halted)",
        "the kernel could not unpack itself",
        "the kernel file is damaged or the machine has too little memory: compare its digest, give "
        "it more memory"),
    reason(
        "kernel.does-not-unpack", Stage::kKernelLoad, "machine.*",
        R"(^(?:XZ|LZMA|LZ4|ZSTD|LZO|Bzip2)-compressed data is corrupt|^invalid compressed format)",
        "the kernel could not unpack itself", "the kernel file is damaged: compare its digest"),

    // Linux, drivers/firmware/efi/libstub. Other "EFI stub: ERROR" lines are warnings.
    certain("kernel.efi-stub-failed", Stage::kKernelLoad,
            R"(^EFI stub: ERROR: (?:Failed to (?:open (?:file|initrd)|load initrd|read file|)"
            R"(handle fs_proto|get file info|allocate memory|relocate kernel|alloc kernel memory|)"
            R"(get command line|update FDT)|exit_boot\(\) failed|Unable to (?:allocate|construct|)"
            R"(retrieve)|efi_main\(\) failed))",
            "the kernel's EFI stub gave up before the kernel started",
            "the reason stands in the line: a file that `initrd=` names, or memory"),

    // Linux, kernel/panic.c and who calls it
    certain(
        "kernel.panic.no-root", Stage::kKernel,
        R"((?:^|\] )Kernel panic - not syncing: VFS: Unable to mount root fs)",
        "the kernel found no root file system: neither an initramfs with /init nor the device "
        "that root= names",
        "give the kernel an initrd that it can unpack and that has an executable /init, or a root= "
        "with the driver built in"),
    certain("kernel.panic.no-init", Stage::kInitramfs,
            R"((?:^|\] )Kernel panic - not syncing: (?:No working init found|Requested init ))",
            "the kernel found no init that it could start",
            "the initramfs or root file system needs an executable /init or /sbin/init of this "
            "architecture, with its interpreter and libraries"),
    certain(
        "kernel.panic.init-died", Stage::kInitramfs,
        R"((?:^|\] )Kernel panic - not syncing: Attempted to kill init!)",
        "the first process ended",
        "exitcode=0x00007f00 means exit 127 (a command or library was not found), 0x00000100 exit "
        "1, 0x0000000b signal 11: look at the last lines before the panic"),
    certain("kernel.panic.out-of-memory", Stage::kKernel,
            R"((?:^|\] )Kernel panic - not syncing: (?:System is deadlocked on memory|)"
            R"(Out of memory|Failed to allocate|.*[Oo]ut of memory))",
            "the kernel ran out of memory",
            "give the machine more memory, or make the initrd smaller"),
    certain(
        "kernel.panic.exception", Stage::kKernel,
        R"((?:^|\] )Kernel panic - not syncing: (?:Fatal (?:hardware )?(?:exception|error)|Oops|)"
        R"(Attempted to kill the idle task|stack-protector|Asynchronous SError))",
        "the kernel met a fatal exception",
        "the lines before it name the code; try another CPU with `cpu_model`, or another kernel"),
    certain("kernel.panic.timer", Stage::kKernel,
            R"((?:^|\] )Kernel panic - not syncing: IO-APIC \+ timer doesn't work)",
            "the kernel found no working timer interrupt",
            "the host may be too slow or its KVM broken: try `--accel tcg`, or noapic"),
    certain_at_line_end("kernel.panic", Stage::kKernel, R"((?:^|\] )Kernel panic - not syncing: )",
                        "the kernel panicked", "the reason stands in the line"),
    evidence(Stage::kKernel, "kernel.panic*",
             R"((?:^|\] )(?:BUG: |Oops: |Unable to handle kernel |Internal error: |)"
             R"(general protection fault))"),
    evidence(Stage::kKernel, "kernel.panic.no-root",
             R"((?:^|\] )(?:VFS: Cannot open root device|Please append a correct "root=")|)"
             R"((?:^|\] )(?:No filesystem could mount root|/dev/root: Can't open blockdev))"),
    settled(
        "kernel.waits-for-root", Stage::kKernel, R"((?:^|\] )Waiting for root device \S+)", 8'000,
        "the kernel waits for the device that root= names, which does not come",
        "name the device as the machine has it (sr0, sda, vda, nvme0n1), with its driver in the "
        "kernel or the initramfs"),
    reason("kernel.waits-for-root", Stage::kKernel, "machine.silent step.no-match case.limit",
           R"((?:^|\] )Waiting for root device \S+)",
           "the kernel waits for the device that root= names, which does not come",
           "name the device as the machine has it (sr0, sda, vda, nvme0n1), with its driver in the "
           "kernel or the initramfs"),
});

}  // namespace

std::span<const Signature> kernel_rows() { return kRows; }

}  // namespace bootproof
