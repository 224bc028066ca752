#include <array>

#include "harness/diagnosis/signature_rows.h"

namespace bootproof {
namespace {

constexpr std::string_view kNoUefiLoaderHint =
    "put a loader for this architecture at \\EFI\\BOOT\\BOOTX64.EFI (x86_64) or "
    "\\EFI\\BOOT\\BOOTAA64.EFI (aarch64) on a FAT file system that an El Torito entry with "
    "platform "
    "ID 0xEF or an EFI System Partition names";

// A boot option of the medium, not the firmware's own shell, which stands in a firmware volume
// "Fv(...)".
constexpr auto kRows = std::to_array<Signature>({
    // EDK II, MdeModulePkg/Universal/BdsDxe
    reason(
        "firmware.secure-boot-denied", Stage::kBootDevice, "firmware.*",
        R"(BdsDxe: failed to (?:load|start) Boot\w+ .* from (?:[^F]|F[^v]).*: )"
        R"((?:Access Denied|Security Violation))",
        "Secure Boot refused the loader on the medium: no enrolled key vouches for its signature",
        "sign the loader with an enrolled key, or put shim and a signed GRUB on the medium; to "
        "boot unsigned media choose the firmware without Secure Boot"),
    reason(
        "firmware.load-failed", Stage::kBootDevice, "firmware.*",
        R"(BdsDxe: failed to load Boot\w+ .* from (?:[^F]|F[^v]).*: )"
        R"((?:Unsupported|Load Error|Invalid Parameter|Out of Resources|Volume Corrupted|)"
        R"(Device Error|Bad Buffer Size|Buffer Too Small))",
        "the firmware found a loader on the medium and could not load it",
        "the loader has to be a PE image for this machine's architecture: compare its machine type "
        "with the firmware's"),
    evidence(Stage::kBootDevice, "firmware.*", R"(BdsDxe: failed to (?:load|start) Boot)"),
    evidence(Stage::kBootDevice, "firmware.*", R"(^Boot failed: )"),
    evidence(Stage::kBootDevice, "firmware.*", R"(\bPXE-[EM]\d+: )"),

    // SeaBIOS, src/boot.c
    certain(
        "firmware.no-bootable-device", Stage::kBootDevice, R"(^No bootable device\.)",
        "the firmware found nothing on the medium that it can boot",
        "for a CD: an El Torito entry with platform ID 0 and a boot image; for a disk or stick: "
        "boot code and the signature 0xAA55 in the first sector"),
    certain("firmware.no-bootable-device", Stage::kBootDevice,
            R"(^BdsDxe: No bootable option or device was found)",
            "the firmware found nothing on the medium that it can boot", kNoUefiLoaderHint),

    // EDK II, ShellPkg; the prompt is the present drive or "Shell"
    settled("firmware.fell-to-shell", Stage::kFirmware, R"(^(?:Shell|[A-Za-z0-9]{1,30}:\\\S*)> ?$)",
            800,
            "the firmware found nothing on the medium that it can boot and fell into its EFI shell",
            kNoUefiLoaderHint),
    settled("firmware.fell-to-setup", Stage::kFirmware,
            R"(\^v=Move Highlight|<Enter>=Select Entry|Select Language +<)", 1500,
            "the firmware found nothing on the medium that it can boot and shows its setup menu",
            kNoUefiLoaderHint),

    // EDK II, UefiCpuPkg and ArmPkg exception handlers; MdePkg DebugLib
    certain("firmware.exception", Stage::kFirmware, R"(!!!! (?:X64|IA32|AARCH64) Exception Type)",
            "a CPU exception in the firmware or in the loader that it started ended the boot",
            "the image base printed below it says whose code it was; a loader built for another "
            "firmware or a damaged file is the usual reason"),
    certain("firmware.exception", Stage::kFirmware,
            R"(^(?:Synchronous|SError|IRQ|FIQ) Exception at 0x)",
            "a CPU exception in the firmware or in the loader that it started ended the boot",
            "the address says whose code it was; a loader built for another firmware or a damaged "
            "file is the usual reason"),
    certain("firmware.assertion", Stage::kFirmware,
            R"(^(?:ASSERT_(?:EFI|RETURN)_ERROR \(|ASSERT (?:\[\w+\] )?\S+\.c\(\d+\): ))",
            "an assertion of the firmware failed", "this is a fault of the firmware build"),

    // QEMU's and other firmware of virtual machines
    certain("firmware.no-bootable-device", Stage::kBootDevice,
            R"(^(?:FATAL: )?(?:No bootable medium found!|Operating [Ss]ystem not found|)"
            R"(No operating system found))",
            "the firmware found nothing on the medium that it can boot",
            "check the boot code of the first sector, the El Torito catalog or the EFI System "
            "Partition"),
});

}  // namespace

std::span<const Signature> firmware_rows() { return kRows; }

}  // namespace bootproof
