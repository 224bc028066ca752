#include <algorithm>
#include <array>

#include "harness/diagnosis/signature.h"

namespace bootproof {
namespace {

constexpr auto kMarkers = std::to_array<StageMarker>({
    // SeaBIOS; EDK II
    {Stage::kFirmware, R"(^SeaBIOS \(version)"},
    {Stage::kFirmware, R"(^UEFI firmware \(version)"},
    {Stage::kFirmware, R"(^UEFI Interactive Shell v)"},
    {Stage::kFirmware, R"(^BdsDxe: )"},
    {Stage::kBootDevice, R"(^Booting from (?:DVD/CD|Hard Disk|Floppy|ROM|[0-9a-fA-F]{4}:))"},
    {Stage::kBootDevice, R"(^BdsDxe: loading Boot\w+ .* from (?:[^F]|F[^v]))"},
    {Stage::kLoader, R"(^BdsDxe: starting Boot\w+ .* from (?:[^F]|F[^v]))"},

    // Boot loaders
    {Stage::kLoader, R"(^GRUB loading|^Welcome to GRUB!|GNU GRUB +version)"},
    {Stage::kLoader, R"(^(?:ISO|SYS|EXT|PXE)LINUX [3-9])"},
    {Stage::kLoader, R"(^iPXE initialising devices|^iPXE \d|^Press Ctrl-B for the iPXE)"},
    {Stage::kLoader, R"(^systemd-boot \d|^(?:Reboot Into )?Firmware Interface$|^Boot in \d+ s\.)"},
    {Stage::kLoader, R"(^U-Boot (?:SPL )?20\d\d|^Limine \d)"},
    {Stage::kKernelLoad, R"(^Booting `.*')"},
    {Stage::kKernelLoad, R"(^Loading Linux |^Loading initial ramdisk|^Loading \S+\.\.\.)"},
    {Stage::kKernelLoad, R"(^EFI stub: )"},
    {Stage::kKernelLoad, R"(^Decompressing Linux|^Booting the kernel)"},

    // Linux; memtest86+ is the other thing that rescue media start
    {Stage::kKernel, R"((?:^|\] )Linux version \d)"},
    {Stage::kKernel, R"((?:^|\] )Booting Linux on physical CPU)"},
    {Stage::kKernel, R"(Memtest86\+ +v\d)"},
    {Stage::kInitramfs, R"((?:^|\] )Freeing unused kernel )"},
    {Stage::kInitramfs, R"((?:^|\] )Run /init as init process)"},
    {Stage::kInitramfs, R"(^Begin: (?:Running|Loading|Mounting) |^Loading, please wait\.\.\.)"},
    {Stage::kInitramfs, R"((?:^|\] )dracut: |dracut-(?:cmdline|pre-udev|initqueue)\[)"},
    {Stage::kInitramfs, R"(^:: running (?:early )?hook |^Welcome to dracut)"},
    {Stage::kInitramfs, R"(^live-boot: |Running in initrd|^Starting systemd-udevd version)"},
    {Stage::kInitramfs, R"(^\(initramfs\))"},
    {Stage::kUserspace, R"((?:^|\] )Run /s?bin/\S+ as init process)"},
    // Said by kernels with TOMOYO, as Debian's, when the first /sbin/init is started.
    {Stage::kUserspace, R"((?:^|\] )Not activating Mandatory Access Control as /sbin/)"},
    {Stage::kUserspace, R"(^\[ +OK +\] (?:Started|Reached target|Finished) )"},
    {Stage::kUserspace, R"((?:^|\] )Reached target .*(?:Basic System|Multi-User|Graphical))"},
    {Stage::kUserspace, R"(^INIT: (?:version|Entering runlevel)|^OpenRC \d|^Starting syslogd)"},
    {Stage::kUserspace, R"(^BusyBox v\S+ .*built-in shell|^Starting system log daemon)"},

    // Prompts that only a booted system shows
    {Stage::kPrompt, R"((?:^|\s)login: ?$)"},
    {Stage::kPrompt, R"(^(?:/|~|bash-\d\.\d|sh-\d\.\d|\[?root@[^ ]+(?: [^ ]+\])?:?[^ ]*) ?# ?$)"},
    {Stage::kPrompt, R"(^[A-Za-z][\w.@:~/()+-]{0,62}[#$]$)"},  // A shell's, with a host's name.
    {Stage::kPrompt, R"(^Prompt: '\?' for help)"},
    // The first question of an installer: Debian's (newt and text), Anaconda's, subiquity's
    {Stage::kPrompt, R"(┤ \[!!?\] .+ ├)"},
    {Stage::kPrompt, R"(^Please make a selection from the above|^ *\[ Continue in rich mode)"},
});

struct StageName {
  Stage stage;
  std::string_view name;
};

constexpr auto kStageNames = std::to_array<StageName>({
    {Stage::kFirmware, "firmware"},
    {Stage::kBootDevice, "boot-device"},
    {Stage::kLoader, "loader"},
    {Stage::kKernelLoad, "kernel-load"},
    {Stage::kKernel, "kernel"},
    {Stage::kInitramfs, "initramfs"},
    {Stage::kUserspace, "userspace"},
    {Stage::kPrompt, "prompt"},
});

constexpr auto kCountdowns = std::to_array<Countdown>({
    {"GRUB", R"(The highlighted entry will be executed automatically)", "enter"},
    {"ISOLINUX", R"(Automatic boot in \d+ seconds?)", "enter"},
    {"systemd-boot", R"(Boot in \d+ s(?:ec(?:onds)?)?\.)", "enter"},
    {"rEFInd", R"(\d+ seconds? until automatic selection)", "enter"},
    {"Limine", R"(Booting automatically in \d+)", "enter"},
    {"EFI shell", R"(Press ESC in \d+ seconds? to skip startup\.nsh)", "enter"},
});

}  // namespace

std::string_view name_of(Stage stage) {
  const auto found = std::find_if(kStageNames.begin(), kStageNames.end(),
                                  [&](const StageName& one) { return one.stage == stage; });
  return found == kStageNames.end() ? std::string_view() : found->name;
}

Stage stage_named(std::string_view name) {
  const auto found = std::find_if(kStageNames.begin(), kStageNames.end(),
                                  [&](const StageName& one) { return one.name == name; });
  return found == kStageNames.end() ? Stage::kNone : found->stage;
}

std::span<const StageMarker> stage_markers() { return kMarkers; }

std::span<const Countdown> countdowns() { return kCountdowns; }

}  // namespace bootproof
