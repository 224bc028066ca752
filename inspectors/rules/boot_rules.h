#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kBootRules{
    Rule{"boot.esp-not-fat", Severity::kWarning,
         "an ESP that holds no FAT volume: UEFI finds no loader in it",
         "mkfs.vfat -F 32 PARTITION, then copy the loader to /EFI/BOOT; or give the partition "
         "another type"},
    Rule{
        "boot.esp-without-loader", Severity::kWarning,
        "an ESP without a loader under the name that UEFI looks for: only firmware that has a boot "
        "entry of its own for this medium starts it",
        "copy the loader to /EFI/BOOT/BOOTX64.EFI (BOOTAA64.EFI on aarch64); grub-install "
        "--removable does"},
    Rule{"boot.kernel-machine", Severity::kError,
         "the kernel that the loader starts is for another machine",
         "put the kernel of this architecture there, or name it in the loader's configuration"},
    Rule{"boot.kernel-not-efi", Severity::kError,
         "the loader starts the kernel as an EFI program, and it is none for this machine",
         "put a kernel with an EFI stub there (CONFIG_EFI_STUB), not compressed"},
    Rule{"boot.loader-machine", Severity::kError,
         "the program that UEFI starts is for another machine than its name says",
         "put the loader for this architecture there: BOOTX64.EFI is x86-64, BOOTIA32.EFI i386, "
         "BOOTAA64.EFI aarch64, BOOTRISCV64.EFI riscv64"},
    Rule{"boot.no-kernel", Severity::kError, "what the loader is told to start is no kernel",
         "name a Linux kernel in the loader's configuration"},
    Rule{"boot.no-loader-installed", Severity::kError,
         "the boot sector of the volume that a BIOS starts belongs to no loader",
         "install one into it: syslinux --install, or extlinux on ext"},
    Rule{"boot.not-a-program", Severity::kError,
         "the file that UEFI is to start is no PE/COFF program",
         "put an EFI program there: grub-mkimage -O x86_64-efi, systemd-boot, a kernel with an EFI "
         "stub"},
    Rule{"boot.shim-target", Severity::kError, "shim does not find the loader that it starts",
         "put the signed loader into shim's folder as grubx64.efi (grubaa64.efi on aarch64)"},
};

}  // namespace bootproof::inspectors
