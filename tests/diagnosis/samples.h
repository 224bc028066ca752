#pragma once

#include <array>
#include <string_view>

namespace bootproof::test {

/// What a failed boot prints at its end, and the cause that it has to be recognised by.
struct Sample {
  std::string_view cause;
  std::string_view text;
};

inline constexpr auto kFirmwareSamples = std::to_array<Sample>({
    {"firmware.no-bootable-device",
     "Booting from DVD/CD...\nBoot failed: Could not read from CDROM (code 0009)\n"
     "No bootable device.\n"},
    {"firmware.no-bootable-device", "No bootable device.  Retrying in 60 seconds.\n"},
    {"firmware.no-bootable-device",
     "PXE-E18: Server response timeout.\n"
     "BdsDxe: failed to load Boot0002 \"UEFI PXEv4 (MAC:525400123456)\" from "
     "PciRoot(0x0)/Pci(0x2,0x0)/MAC(525400123456,0x1)/IPv4(0.0.0.0,0x0,DHCP): Not Found\n"
     "BdsDxe: No bootable option or device was found.\n"},
    {"firmware.no-bootable-device", "FATAL: No bootable medium found! System halted.\n"},
    {"firmware.secure-boot-denied",
     "BdsDxe: failed to load Boot0001 \"UEFI QEMU DVD-ROM QM00001 \" from "
     "PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x0,0xFFFF,0x0): Access Denied\n"
     "BdsDxe: No bootable option or device was found.\n"},
    {"firmware.secure-boot-denied",
     "BdsDxe: failed to start Boot0001 \"UEFI Misc Device\" from PciRoot(0x0)/Pci(0x2,0x0): "
     "Security Violation\nShell> "},
    {"firmware.load-failed",
     "BdsDxe: failed to load Boot0001 \"UEFI Misc Device\" from PciRoot(0x0)/Pci(0x2,0x0): "
     "Unsupported\nShell> "},
    {"loader.returned-to-firmware",
     "BdsDxe: failed to start Boot0001 \"UEFI Misc Device\" from PciRoot(0x0)/Pci(0x2,0x0): "
     "Device Error\nShell> "},
    {"firmware.fell-to-shell",
     "BdsDxe: failed to load Boot0001 \"UEFI Misc Device\" from PciRoot(0x0)/Pci(0x2,0x0): Not "
     "Found\nShell> "},
    {"firmware.fell-to-shell", "FS0:\\> "},
    {"firmware.fell-to-shell", R"(FS0:\EFI\BOOT\> )"},
    {"firmware.fell-to-setup", " ^v=Move Highlight       <Enter>=Select Entry  "},
    {"firmware.exception",
     "!!!! X64 Exception Type - 0D(#GP - General Protection)  CPU Apic ID - 00000000 !!!!\n"},
    {"firmware.exception", "\n\nSynchronous Exception at 0x000000005F7A1234\n"},
    {"firmware.assertion",
     "ASSERT_EFI_ERROR (Status = Not Found)\n"
     "ASSERT [DxeCore] /build/edk2/MdeModulePkg/Core/Dxe/Mem/Page.c(123): !EFI_ERROR (Status)\n"},
    {"firmware.assertion", "ASSERT /build/edk2/OvmfPkg/Sec/SecMain.c(805): Index == 0\n"},
});

inline constexpr auto kLoaderSamples = std::to_array<Sample>({
    {"loader.not-installed",
     "This is not a bootable disk.  Please insert a bootable floppy and\n"
     "press any key to try again ...\n"},
    {"loader.not-installed", "BOOTMGR is missing\n"},
    {"loader.not-installed", "Non-System disk or disk error\n"},
    {"loader.no-active-partition", "Booting from Hard Disk...\nMissing operating system.\n"},
    {"loader.read-error", "GRUB Hard Disk Error\n"},
    {"loader.read-error", "GRUB Geom Error"},
    {"loader.read-error",
     "ISOLINUX 6.04 20200816 ETCD Copyright (C) 1994-2015 H. Peter Anvin et al\n"
     "isolinux: Disk error 01, AX = 4280, drive 9F\n"},
    {"loader.read-error", "Boot failed: press a key to retry, or wait for reset...\n"},
    {"loader.damaged", "isolinux: Image checksum error, sorry...\n"},
    {"loader.damaged", "ISOLINUX 6.04 20200816 ETCDisolinux: Image checksum error, sorry..\n"},
    {"loader.damaged", "SYSLINUX 6.04 EDD Load error - Boot error\n"},
    {"loader.damaged", "EDD Load error - Boot error\n"},
    {"loader.damaged", "isolinux.bin missing or corrupt.\n"},
    {"loader.file-not-found",
     "ISOLINUX 6.04 20200816 ETCD\nFailed to load ldlinux.c32\n"
     "Boot failed: please change disks and press a key to continue.\n"},
    {"loader.no-configuration", "No DEFAULT or UI configuration directive found!\nboot: "},
    {"loader.file-not-found", "Could not find kernel image: vmlinuz\nboot: "},
    {"loader.file-not-found", "Failed to load COM32 file vesamenu.c32\nboot: "},
    {"loader.bad-kernel", "Loading vmlinuz... ok\nBooting kernel failed: Invalid argument\nboot: "},
    {"loader.waits-for-input", "ISOLINUX 6.04 20200816 ETCD\nboot: "},
    {"loader.no-configuration", "WARNING: No configuration file found\nboot: "},
    {"loader.file-not-found", "Loading /nope... failed: No such file or directory\nboot: "},
    {"loader.file-not-found", "Failed to load COM32 file menu.c32\nboot: "},
    {"loader.no-configuration",
     "   Reboot Into Firmware Interface   \n Boot in 10 s. \n"
     " ^v=Move Highlight       <Enter>=Select Entry  "},
    {"loader.file-not-found",
     "Failed to open \\EFI\\BOOT\\grubx64.efi - Not Found\n"
     "BdsDxe: failed to start Boot0001 \"UEFI Misc Device\" from PciRoot(0x0)/Pci(0x2,0x0): Not "
     "Found\n"
     "Shell> "},
    {"loader.waits-for-input", "  Press [Tab] to edit options"},
    {"loader.waits-for-input", "Press any key to boot from CD or DVD..."},
    {"loader.sbat-refused",
     "Something has gone seriously wrong: SBAT self-check failed: Security Violation\n"},
    {"loader.shim-failed", "Something has gone seriously wrong: import_mok_state() failed\n"},
    {"loader.signature-refused", "Verification failed: (0x1A) Security Violation\n"},
    {"loader.signature-refused",
     "Failed to load image \\EFI\\BOOT\\grubx64.efi: Access Denied\n"
     "start_image() returned Access Denied\n"
     "BdsDxe: No bootable option or device was found.\n"},
    {"loader.file-not-found",
     "Failed to open \\EFI\\BOOT\\grubx64.efi - Not Found\n"
     "Failed to load image \\EFI\\BOOT\\grubx64.efi: Not Found\nstart_image() returned Not Found\n"
     "BdsDxe: No bootable option or device was found.\n"},
    {"loader.no-configuration",
     "No loader found. Configuration files in \\loader\\entries\\*.conf are needed.\n"},
    {"loader.no-configuration", "[config file not found]\nPANIC: Config file not found.\n"},
    {"loader.bad-kernel", "Error loading \\vmlinuz: Unsupported\nShell> "},
    {"loader.file-not-found", "Error loading EFI binary \\vmlinuz: Not Found\nShell> "},
    {"loader.bad-kernel", "Could not boot: Exec format error (https://ipxe.org/2e008081)\niPXE> "},
    {"loader.no-network", "No more network devices\n\nNo bootable device.\n"},
    {"loader.command-prompt", "iPXE 1.0.0+git\niPXE> "},
    {"loader.command-prompt", "U-Boot 2023.01+dfsg-2 (Jan 01 2023)\nHit any key\n=> "},
});

inline constexpr auto kGrubSamples = std::to_array<Sample>({
    {"loader.signature-refused",
     "error: bad shim signature.\nerror: you need to load the kernel first.\n\n"
     "Press any key to continue..."},
    {"loader.file-not-found",
     "error: file `/boot/vmlinuz' not found.\nerror: you need to load the kernel first.\n\n"
     "Press any key to continue..."},
    {"loader.file-not-found",
     "error: ../../grub-core/fs/fshelp.c:257:file `/live/theme.txt' not found.\n"
     "Press any key to continue..."},
    {"loader.file-not-found",
     "error: file `/boot/initrd.img' not found.\n"
     "[    1.051802] Kernel panic - not syncing: VFS: Unable to mount root fs on "
     "unknown-block(0,0)\n"},
    {"loader.module-missing",
     "error: symbol `grub_debug_malloc' not found.\nPress any key to continue..."},
    {"loader.module-missing",
     "error: file `/boot/grub/i386-pc/nosuchmodule.mod' not found.\n\nPress any key to "
     "continue..."},
    {"loader.module-missing", "error: can't find command `linux'.\ngrub> "},
    {"loader.out-of-memory",
     "error: out of memory.\nerror: you need to load the kernel first.\n"
     "Failed to boot both default and fallback entries.\n"},
    {"loader.device-not-found", "error: no such device: 0b1c-aa.\nPress any key to continue..."},
    {"loader.device-not-found", "error: disk `hd1,gpt2' not found.\ngrub> "},
    {"loader.read-error",
     "error: premature end of file /initrd.img.\nPress any key to continue..."},
    {"loader.read-error",
     "error: attempt to read or write outside of disk `cd0'.\nPress any key to continue..."},
    {"loader.bad-kernel", "error: invalid magic number.\nPress any key to continue..."},
    {"loader.no-kernel", "error: you need to load the kernel first.\nPress any key to continue..."},
    {"loader.bad-configuration", "error: syntax error.\ngrub> "},
    {"loader.bad-configuration",
     "error: out of memory.\nerror: syntax error.\nerror: Incorrect command.\n"
     "error: syntax error.\ngrub> "},
    {"loader.no-entry-boots", "Failed to boot both default and fallback entries.\n"},
    {"loader.aborted", "alloc magic is broken at 0x7eff2b40: 0\nAborted. Press any key to exit.\n"},
    {"loader.rescue-prompt",
     "error: file `/boot/grub/i386-pc/normal.mod' not found.\n"
     "Entering rescue mode...\ngrub rescue> "},
    {"loader.error-message", "Press any key to continue..."},
    {"loader.command-prompt",
     "GNU GRUB  version 2.06\n\n   Minimal BASH-like line editing is supported.\n\ngrub> "},
    {"loader.waits-for-input",
     "      Press enter to boot the selected OS, `e' to edit the commands\n"
     "      before booting or `c' for a command-line.\n"},
    {"loader.waits-for-passphrase", "Enter passphrase for hd0,gpt2 (0b1caa): "},
});

inline constexpr auto kKernelSamples = std::to_array<Sample>({
    {"kernel.wrong-cpu",
     "This kernel requires an x86-64 CPU, but only detected an i686 CPU.\n"
     "Unable to boot - please use a kernel appropriate for your CPU.\n"},
    {"kernel.does-not-unpack", "XZ-compressed data is corrupt\n\n -- System halted"},
    {"kernel.efi-stub-failed", "EFI stub: ERROR: Failed to open file: initrd.img\n"},
    {"kernel.efi-stub-failed", "EFI stub: ERROR: exit_boot() failed!\n"},
    {"kernel.panic.no-root",
     "[    1.84] VFS: Cannot open root device \"\" or unknown-block(0,0): error -6\n"
     "[    1.841043] Kernel panic - not syncing: VFS: Unable to mount root fs on "
     "unknown-block(0,0)\n"},
    {"kernel.panic.no-init",
     "[    3.057058] Kernel panic - not syncing: No working init found.  Try passing init= option "
     "to kernel. See Linux Documentation/admin-guide/init.rst for guidance.\n"},
    {"kernel.panic.init-died",
     "[    2.213768] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000000\n"},
    {"kernel.panic.out-of-memory",
     "[    0.9] Kernel panic - not syncing: System is deadlocked on memory\n"},
    {"kernel.panic.exception",
     "[    0.812345] Oops: general protection fault, probably for non-canonical address\n"
     "[    0.9] Kernel panic - not syncing: Fatal exception in interrupt\n"},
    {"kernel.panic.timer",
     "[    0.1] Kernel panic - not syncing: IO-APIC + timer doesn't work!  Boot with apic=debug\n"},
    {"kernel.panic", "~ # [   10.123456] Kernel panic - not syncing: sysrq triggered crash\n"},
    {"kernel.waits-for-root", "[    1.935290] Waiting for root device /dev/vda1...\n"},
});

inline constexpr auto kUserSamples = std::to_array<Sample>({
    {"initramfs.does-not-fit",
     "[    1.462059] Initramfs unpacking failed: write error\n"
     "[    2.149532] Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000ff00\n"},
    {"initramfs.does-not-unpack",
     "[    0.380338] Initramfs unpacking failed: invalid magic at start of compressed archive\n"
     "[    0.908210] Kernel panic - not syncing: VFS: Unable to mount root fs on "
     "unknown-block(0,0)\n"},
    {"initramfs.exec-format",
     "[    1.959545] Failed to execute /init (error -8)\n"
     "[    1.964516] Kernel panic - not syncing: No working init found.  Try passing init=\n"},
    {"initramfs.exec-format",
     "/init: line 5: /bin/mount: Exec format error\n"
     "[    1.96] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00007e00\n"},
    {"initramfs.init-not-executable",
     "[    1.959545] Failed to execute /init (error -13)\n"
     "[    1.96] Kernel panic - not syncing: No working init found.\n"},
    {"initramfs.interpreter-missing",
     "[    1.959545] Failed to execute /init (error -2)\n"
     "[    1.96] Kernel panic - not syncing: No working init found.\n"},
    {"initramfs.library-missing",
     "/init: error while loading shared libraries: libc.so.6: cannot open shared object file: No "
     "such file or directory\n"
     "[    1.96] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00007f00\n"},
    {"initramfs.medium-damaged",
     "[    9.123456] SQUASHFS error: Unable to read fragment cache entry [1234]\n(initramfs) "},
    {"initramfs.medium-damaged",
     "Can not mount /dev/loop0 (/cdrom/casper/filesystem.squashfs) on //filesystem.squashfs\n"},
    {"initramfs.root-not-mountable",
     "mount: mounting /dev/sda1 on /root failed: No such device\n(initramfs) "},
    {"initramfs.no-root-device",
     "Gave up waiting for root file system device.  Common problems:\n"
     "ALERT!  UUID=0b1caa does not exist.  Dropping to a shell!\n(initramfs) "},
    {"initramfs.no-root-device", "dracut-initqueue[345]: Warning: Could not boot.\n"},
    {"initramfs.no-root-device", "dracut: Refusing to continue\n"},
    {"initramfs.no-root-device",
     ":: running hook [udev]\nERROR: Unable to find root device 'LABEL=ROOT'.\n"},
    {"initramfs.no-root-device",
     "Warning: /dev/disk/by-label/LIVE does not exist\n"
     "Generating \"/run/initramfs/rdsosreport.txt\"\n"},
    {"initramfs.unknown-root", "dracut: FATAL: Don't know how to handle 'root=live:x'\n"},
    {"initramfs.no-root-argument", "[    4.512344] dracut: FATAL: No or empty root= argument\n"},
    {"initramfs.no-root-argument",
     "No root device specified. Boot arguments must include a root= parameter.\n"},
    {"initramfs.root-not-mountable",
     "mount: mounting /dev/sr0 on /root failed: No such device\n"
     "Failed to mount /dev/sr0 as root file system.\n"},
    {"initramfs.no-init",
     "mount: mounting /run on /root/run failed: No such file or directory\n"
     "Target filesystem doesn't have requested /sbin/init.\n"},
    {"initramfs.fatal", "dracut: FATAL: FIPS integrity test failed\n"},
    {"initramfs.emergency-shell",
     "[FAILED] Failed to start dracut pre-mount hook.\n"
     "Entering emergency mode. Exit the shell to continue.\n"},
    {"initramfs.root-not-mountable",
     "[FAILED] Failed to mount /sysroot.\nEntering emergency mode. Exit the shell to continue.\n"},
    {"initramfs.root-not-mountable",
     "[FAILED] Failed to mount sysroot.mount - /sysroot.\n"
     "[DEPEND] Dependency failed for initrd-root-fs.target - Initrd Root File System.\n"
     "You are in emergency mode. After logging in, type \"journalctl -xb\" to view\n"},
    {"initramfs.no-root-device",
     "[ TIME ] Timed out waiting for device dev-sda9.device - /dev/sda9.\n"
     "[DEPEND] Dependency failed for sysroot.mount - /sysroot.\n"
     "You are in emergency mode. After logging in, type \"journalctl -xb\" to view\n"},
    {"initramfs.no-root-device",
     "[ TIME ] Timed out waiting for device dev-sda9.device - /dev/sda9.\n"
     "Generating \"/run/initramfs/rdsosreport.txt\"\n"},
    {"initramfs.emergency-shell",
     "[    5.123456] Buffer I/O error on dev sr0, logical block 5, async page read\n"
     "(initramfs) [    6.123456] tsc: Refined TSC clocksource calibration: 2599.995 MHz\n"},
    {"initramfs.no-init",
     "Target filesystem doesn't have requested /sbin/init.\n"
     "No init found. Try passing init= bootarg.\n"},
    {"initramfs.no-init",
     "systemd[1]: Failed to switch root: Specified switch root path '/sysroot' does not seem to "
     "be an OS tree.\n"},
    {"initramfs.no-live-medium", "Unable to find a medium containing a live file system\n"},
    {"initramfs.no-live-medium",
     "ERROR: '/dev/disk/by-label/ARCH_202301' device did not show up after 30 seconds...\n"},
    {"initramfs.waits-for-passphrase", "Please unlock disk sda2_crypt: "},
    {"userspace.emergency-mode",
     "[ TIME ] Timed out waiting for unit home.mount.\n"
     "You are in emergency mode. After logging in, type \"journalctl -xb\" to view system logs\n"},
    {"userspace.emergency-mode", "Press Enter for maintenance\n(or press Control-D to continue): "},
    {"userspace.emergency-mode",
     "Cannot open access to console, the root account is locked.\n"
     "See sulogin(8) man page for more details.\n\nPress Enter to continue.\n"},
    {"userspace.no-device",
     "[   12.833177] systemd[1]: Timed out waiting for device dev-sdz1.device - /dev/sdz1.\n"
     "[DEPEND] Dependency failed for loca\xe2\x80\xa6s.target - Local File Systems.\n"
     "You are in emergency mode. After logging in, type \"journalctl -xb\" to view\n"},
    {"userspace.no-device",
     "[ TIME ] Timed out waiting for device \xe2\x80\xa6"
     "ice - /dev/disk/by-label/ARCHIVE.\n"
     "You are in emergency mode. After logging in, type \"journalctl -xb\" to view\n"},
    {"userspace.mount-failed",
     "[FAILED] Failed to mount mnt.mount - /mnt.\n"
     "See 'systemctl status mnt.mount' for details.\n"
     "[DEPEND] Dependency failed for loca\xe2\x80\xa6s.target - Local File Systems.\n"
     "You are in emergency mode. After logging in, type \"journalctl -xb\" to view\n"},
    {"userspace.rescue-mode",
     "You are in rescue mode. After logging in, type \"journalctl -xb\" to view\n"},
    {"userspace.no-default-target",
     "[   13.250552] systemd[1]: Unit kiosk.target not found.\n"
     "[   13.252352] systemd[1]: Falling back to rescue.target.\n"
     "You are in rescue mode. After logging in, type \"journalctl -xb\" to view\n"},
    {"userspace.no-default-target", "[!!!!!!] Failed to load rescue.target.\n"},
    {"userspace.init-froze", "[!!!!!!] Failed to mount API filesystems.\n"},
    {"userspace.init-froze", "systemd[1]: Freezing execution.\n"},
    {"userspace.init-crashed",
     "systemd[1]: Caught <SEGV>, dumped core as pid 99.\nsystemd[1]: Freezing execution.\n"},
    {"userspace.no-inittab", "INIT: No inittab file found\n\nEnter runlevel: "},
});

/// Lines that explain a watchdog's cause and prove nothing by themselves.
inline constexpr auto kReasonSamples = std::to_array<Sample>({
    {"kernel.waits-for-root", "[    1.935290] Waiting for root device /dev/vda1...\n"},
    {"userspace.respawn-loop", "INIT: Id \"S0\" respawning too fast: disabled for 5 minutes\n"},
    {"userspace.respawn-loop", "Cannot find terminfo entry for 'vt100'.\n"},
    {"userspace.respawn-loop", "can't run '/bin/nothing': No such file or directory\n"},
    {"userspace.waits-for-job",
     "[*     ] Job dev-sdz1.device/start running (3s / no limit)\n"
     "[**    ] Job dev-sdz1.device/start running (4s / no limit)\n"
     "[***   ] Job dev-sdz1.device/start running (4s / no limit)\n"},
    {"userspace.waits-for-job",
     "[*     ] (1 of 2) A start job is running for /dev/sdz1 (59s / 1min 30s)\n"
     "[**    ] (2 of 2) A start job is running for /dev/sdz2 (59s / 1min 30s)\n"
     "[***   ] (1 of 2) A start job is running for /dev/sdz1 (1min 1s / 1min 30s)\n"
     "[ ***  ] (2 of 2) A start job is running for /dev/sdz2 (1min 1s / 1min 30s)\n"
     "[  *** ] (1 of 2) A start job is running for /dev/sdz1 (1min 2s / 1min 30s)\n"},
});

/// Lines that prove a loss when they come again and again.
inline constexpr auto kLoopSamples = std::to_array<Sample>({
    {"userspace.respawn-loop", "can't run '/bin/nothing': No such file or directory\n"},
    {"userspace.respawn-loop", "process '/bin/true' (pid 123) exited. Scheduling for restart.\n"},
    {"userspace.respawn-loop",
     "Nov 22 01:45:02 (none) daemon.info init: starting pid 161, tty '': '/bin/true'\n"
     "Nov 22 01:45:02 (none) daemon.info init: process '/bin/true' (pid 161) exited. Scheduling "
     "for "
     "restart.\n"},
});

}  // namespace bootproof::test
