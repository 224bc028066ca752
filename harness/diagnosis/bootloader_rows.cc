#include <array>

#include "harness/diagnosis/signature_rows.h"

namespace bootproof {
namespace {

constexpr std::string_view kReadErrorHint =
    "the image is shorter than the loader's block list says, or was moved after the loader was "
    "installed: install the loader again as the last step";
constexpr std::string_view kSignatureHint =
    "sign it with a key that shim knows (the distribution's, or one enrolled with MokManager)";

constexpr auto kRows = std::to_array<Signature>({
    // Boot sectors: mkfs.fat, syslinux's and DOS's MBR, NTFS and FAT boot sectors
    certain("loader.not-installed", Stage::kBootDevice,
            R"(^This is not a bootable disk|^Non-[Ss]ystem disk|(?:NTLDR|BOOTMGR) is missing|)"
            R"(^Remove disks or other media)",
            "the file system's boot sector was started, but no loader is installed on it",
            "install a loader into the partition or the image (extlinux, syslinux, grub-install)"),
    certain("loader.no-active-partition", Stage::kBootDevice,
            R"(^(?:Missing operating system|Invalid partition table|)"
            R"(Error loading operating system|Operating system load error))",
            "the boot code of the MBR found no partition that it can start",
            "mark exactly one partition as active, and install a loader into its boot sector"),

    // GRUB, grub-core/boot/i386/pc/boot.S
    certain("loader.read-error", Stage::kLoader,
            R"(^GRUB (?:Geom|Hard Disk|Floppy|Read) ?(?:Read)? ?Error)",
            "GRUB's first stage could not read the rest of GRUB from the disk", kReadErrorHint),

    // ISOLINUX and SYSLINUX 6, core/
    certain("loader.read-error", Stage::kLoader, R"(isolinux: Disk error )",
            "ISOLINUX could not read the CD", kReadErrorHint),
    certain("loader.damaged", Stage::kLoader, R"(isolinux: .*[Cc]hecksum error)",
            "ISOLINUX's own file does not have the checksum in its boot info table",
            "write the boot info table when the image is made (xorriso: -boot-info-table)"),
    // core/diskstart.inc: the first sector says it of the next ones, which add up to nothing.
    certain("loader.damaged", Stage::kLoader, R"(\bLoad error - Boot error)",
            "SYSLINUX's boot sector did not find the rest of SYSLINUX, ldlinux.sys, as it was "
            "installed",
            "ldlinux.sys was moved, copied or changed after the installation: run syslinux "
            "--install (or extlinux) again as the last step"),
    certain("loader.damaged", Stage::kLoader, R"(^isolinux\.bin missing or corrupt)",
            "the hybrid MBR found no ISOLINUX at the place that it was told",
            "run isohybrid again after the last change of the image"),
    certain("loader.file-not-found", Stage::kLoader, R"(^Failed to load (?:ldlinux\.\w+|libcom32))",
            "ISOLINUX or SYSLINUX could not load its second part",
            "put ldlinux.c32 of the same version beside it (ldlinux.e32 or .e64 for UEFI)"),
    certain("loader.no-configuration", Stage::kLoader,
            R"(^No DEFAULT or UI configuration directive found)",
            "ISOLINUX or SYSLINUX found no configuration, or one without a default",
            "put a configuration with DEFAULT or UI where the loader looks for it: "
            "/isolinux/isolinux.cfg, /syslinux/syslinux.cfg or /boot/syslinux"),
    certain("loader.read-error", Stage::kLoader, R"(^Boot failed: (?:press a key|please change))",
            "the loader gave up reading and waits for another disk", kReadErrorHint),
    reason(
        "loader.file-not-found", Stage::kKernelLoad, "loader.waits-for-input",
        R"(^Could not find (?:kernel|ramdisk) image: |^Failed to load COM32 file |)"
        R"(^Loading \S+\.\.\. ?failed|^Initramfs .*: No such file)",
        "the loader's configuration names a file that is not on the medium",
        "compare the names in the loader's configuration with the files on the medium, letter by "
        "letter"),
    reason("loader.no-configuration", Stage::kLoader, "loader.waits-for-input",
           R"(^WARNING: No configuration file found)",
           "ISOLINUX or SYSLINUX found no configuration",
           "put isolinux.cfg or syslinux.cfg where the loader looks for it: its own folder, "
           "/isolinux, /boot/isolinux, /syslinux, /boot/syslinux or /"),
    reason("loader.bad-kernel", Stage::kKernelLoad, "loader.waits-for-input",
           R"(^Booting kernel failed: |^Invalid or corrupt kernel image)",
           "the loader refused the kernel file",
           "the file has to be a Linux kernel of this architecture: look at it with `inspect`"),
    settled("loader.waits-for-input", Stage::kLoader, R"(^boot: ?$)", 35'000,
            "ISOLINUX or SYSLINUX waits at its `boot:` prompt",
            "set TIMEOUT and PROMPT 0 in its configuration, or send an entry's name in a step"),
    settled("loader.waits-for-input", Stage::kLoader,
            R"(Press \[Tab\] to edit options|Press any key to boot from (?:CD|DVD|USB))", 4'000,
            "the loader shows its menu and waits for a person",
            "set a timeout in its configuration, or send a key in a step"),

    // shim
    certain("loader.sbat-refused", Stage::kLoader, R"(SBAT self-check failed)",
            "shim refused to run: its SBAT level is revoked",
            "put a shim of a later SBAT generation on the medium"),
    certain("loader.signature-refused", Stage::kLoader,
            R"(Verification failed: \(0x1A\) Security Violation)",
            "shim refused the next loader: its signature is missing or not trusted",
            kSignatureHint),
    certain("loader.shim-failed", Stage::kLoader, R"(^Something has gone seriously wrong: )",
            "shim gave up", "the reason stands in the same line"),
    reason("loader.signature-refused", Stage::kLoader, "loader.* firmware.*",
           R"(^Failed to load image .*: (?:Access Denied|Security Violation)|)"
           R"(^start_image\(\) returned (?:Access Denied|Security Violation))",
           "shim refused the next loader: its signature is missing or not trusted", kSignatureHint),
    reason("loader.file-not-found", Stage::kLoader, "loader.* firmware.*",
           R"(^Failed to (?:open|load image) .*[:-] Not Found|^start_image\(\) returned Not Found)",
           "shim did not find the next loader on the medium",
           "put the signed GRUB as grubx64.efi (grubaa64.efi) into shim's folder"),

    // systemd-boot, rEFInd, Limine
    certain("loader.no-configuration", Stage::kLoader,
            R"(^No loader found\. Configuration files in )", "systemd-boot found no entries",
            "put entries into /loader/entries of the EFI System Partition or of XBOOTLDR"),
    reason(
        "loader.no-configuration", Stage::kLoader, "firmware.fell-to-setup",
        R"(Reboot Into Firmware Interface)",
        "systemd-boot had no entry that it could boot, and its own led into the firmware's setup",
        "put entries into /loader/entries of the EFI System Partition or of XBOOTLDR; one whose "
        "kernel is not there is left out of the menu"),
    certain("loader.no-configuration", Stage::kLoader,
            R"(Config file not found|^No bootable entries found in config)",
            "Limine found no configuration with entries",
            "put limine.conf (or limine.cfg) where the loader looks for it"),
    reason("loader.bad-kernel", Stage::kKernelLoad, "loader.* firmware.*",
           R"(^Error (?:loading|preparing|starting) (?:EFI binary |loader )?\S+: )"
           R"((?:Unsupported|Load [Ee]rror|Bad Buffer Size|Volume [Cc]orrupt))",
           "systemd-boot could not start the kernel that its entry names",
           "the file has to be an EFI program of this architecture: a kernel with an EFI stub"),
    reason("loader.file-not-found", Stage::kKernelLoad, "loader.* firmware.*",
           R"(^Error (?:loading|opening|preparing|starting) (?:EFI binary |initrd |loader )?\S+: )",
           "systemd-boot could not start what its entry names",
           "compare the paths in /loader/entries with the files on the partition"),

    // iPXE
    reason("loader.bad-kernel", Stage::kKernelLoad, "loader.* firmware.*",
           R"(^Could not (?:boot|select|start download)\S*: .*ipxe\.org)",
           "iPXE could not boot what it was told to",
           "the address in the line explains the reason"),
    reason("loader.no-network", Stage::kLoader, "loader.* firmware.*",
           R"(No more network devices|^Nothing to boot: )",
           "iPXE found nothing on the network to boot",
           "set `network: true` and give it something to boot, or a script on the medium"),
    settled("loader.command-prompt", Stage::kLoader, R"(^iPXE> ?$)", 800,
            "iPXE waits at its command prompt", "embed a script, or send commands in a step"),

    // U-Boot
    settled("loader.command-prompt", Stage::kLoader, R"(^(?:=>|U-Boot>) ?$)", 800,
            "U-Boot found nothing to boot and waits at its command prompt",
            "put an EFI loader, an extlinux.conf or a boot script on the medium"),
});

}  // namespace

std::span<const Signature> bootloader_rows() { return kRows; }

}  // namespace bootproof
