#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/inspectors/sample_images.h"

namespace bootproof::testing {

/// Small healthy kernels and initramfs, built byte by byte without the inspectors' own structs.

/// 8 KiB: a bzImage of protocol 2.15 for x86-64 with an EFI stub, two setup sectors, version
/// "6.1.0-test (b@h) #1 SMP" and a payload by gzip.
Bytes x86_kernel();
/// The same of another program: MEMDISK, without a payload.
Bytes memdisk_kernel();
/// 4 KiB: an arm64 Image with an EFI stub, 4 KiB pages.
Bytes arm64_kernel();
/// 4 KiB: a compressed EFI kernel for arm64, the payload zstd.
Bytes zboot_kernel();

/// Machines of an ELF header.
constexpr std::uint16_t kMachineX86_64 = 62;
constexpr std::uint16_t kMachineArm64 = 183;
/// An ELF program of 64 bits: static, or with an interpreter.
Bytes elf_program(std::uint16_t machine, std::string_view interpreter = {});
/// A dynamic one for x86-64 that asks for libraries; its dynamic section stands at 70000.
Bytes dynamic_program(std::string_view interpreter, const std::vector<std::string>& libraries);

/// One entry of a cpio archive.
struct CpioFile {
  std::string name;
  std::uint32_t mode = 0;
  Bytes content;
  std::uint32_t ino = 0;
  std::uint32_t nlink = 1;
  std::uint32_t rdev_major = 0;
  std::uint32_t rdev_minor = 0;
};

CpioFile directory(std::string name);
CpioFile file(std::string name, std::uint32_t mode, const Bytes& content);
CpioFile file(std::string name, std::uint32_t mode, std::string_view content);
CpioFile symlink(std::string name, std::string_view target);

/// An archive in the newc format; with its trailer, not padded.
Bytes cpio_archive(const std::vector<CpioFile>& files);
/// The files of healthy_initramfs(): /init, a script for /bin/sh, a link to a static busybox; a
/// module for 6.1.0-test; /dev/console.
std::vector<CpioFile> healthy_files();
Bytes healthy_initramfs();

/// A gzip member that stores bytes as they are.
Bytes gzip_stored(ByteSpan bytes);

/// One after the other.
Bytes joined(const std::vector<Bytes>& parts);

}  // namespace bootproof::testing
