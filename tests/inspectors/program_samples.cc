#include "tests/inspectors/program_samples.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace bootproof::testing {
namespace {

void append(Bytes& bytes, std::string_view text) {
  bytes.insert(bytes.end(), text.begin(), text.end());
}

void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

void append_hex(Bytes& bytes, std::uint32_t value) {
  std::array<char, 9> digits{};
  std::snprintf(digits.data(), digits.size(), "%08X", value);
  append(bytes, std::string_view(digits.data(), 8));
}

void pad(Bytes& bytes) { bytes.resize((bytes.size() + 3) / 4 * 4); }

/// What a kernel unpacks to.
Bytes kernel_text(std::size_t size) {
  Bytes text(size);
  Patch(text).text(64, "Linux version 6.1.0-test (b@h) (gcc) #1 SMP\n");
  return text;
}

}  // namespace

Bytes x86_kernel() {
  constexpr std::uint64_t kCode = 1536;  // Behind the boot sector and two setup sectors.
  constexpr std::uint64_t kSize = 8192;
  Bytes kernel(kSize);
  Patch p(kernel);
  p.text(0, "MZ").le32(0x3C, 0x40).text(0x40, "PE").le16(0x44, 0x8664);
  p.u8(0x1F1, 2).le32(0x1F4, (kSize - kCode) / 16).le16(0x1FE, 0xAA55);
  p.u8(0x200, 0xEB).u8(0x201, 0x6A).text(0x202, "HdrS").le16(0x206, 0x020F);
  p.le16(0x20E, 0x100).text(0x300, "6.1.0-test (b@h) #1 SMP");
  p.u8(0x211, 1).le32(0x22C, 0x7FFFFFFF).le32(0x230, 0x200000).u8(0x234, 1).u8(0x235, 21);
  const Bytes payload = gzip_stored(ByteSpan(kernel_text(4000)));
  p.le16(0x236, 0x3F).le32(0x238, 2047).le32(0x248, 0x100).le32(0x24C, payload.size());
  p.le64(0x258, 0x1000000).le32(0x260, 0x100000).le32(0x264, 0x190);
  std::copy(payload.begin(), payload.end(), kernel.begin() + kCode + 0x100);
  return kernel;
}

Bytes memdisk_kernel() {
  Bytes kernel = x86_kernel();
  Patch p(kernel);
  p.fill(0, 0x60, 0).fill(0x300, 32, 0).text(0x300, "MEMDISK 6.04").le16(0x206, 0x0203);
  p.le32(0x248, 0).le32(0x24C, 0).fill(0x600, 0x200, 0);
  return kernel;
}

Bytes arm64_kernel() {
  Bytes kernel(4096);
  Patch p(kernel);
  p.text(0, "MZ").le64(16, 0x20000).le64(24, 0x0A).text(56, "ARM\x64").le32(60, 0x40);
  p.text(0x40, "PE").le16(0x44, 0xAA64);
  return kernel;
}

Bytes zboot_kernel() {
  Bytes kernel(4096);
  Patch p(kernel);
  // A zstd frame of one segment with one block that is stored as it is.
  constexpr std::uint64_t kText = 200;
  const Bytes text = kernel_text(kText);
  p.le32(1024, 0xFD2FB528).u8(1028, 0x20).u8(1029, kText).le32(1030, kText << 3U | 1U);
  std::copy(text.begin(), text.end(), kernel.begin() + 1033);
  p.text(0, "MZ").text(4, "zimg").le32(8, 1024).le32(12, 9 + kText).text(24, "zstd22");
  p.le32(0x38, 0x818223CD).le32(0x3C, 0x40).text(0x40, "PE").le16(0x44, 0xAA64);
  return kernel;
}

Bytes elf_program(std::uint16_t machine, std::string_view interpreter) {
  Bytes program(512);
  Patch p(program);
  p.text(0,
         "\x7F"
         "ELF")
      .u8(4, 2)
      .u8(5, 1)
      .u8(6, 1);
  p.le16(16, 2).le16(18, machine).le32(20, 1).le64(24, 0x400100).le64(32, 64);
  p.le16(52, 64).le16(54, 56).le16(56, interpreter.empty() ? 1 : 2);
  p.le32(64, 1).le64(64 + 8, 0).le64(64 + 32, 512);
  if (!interpreter.empty()) {
    p.le32(120, 3).le64(120 + 8, 256).le64(120 + 32, interpreter.size() + 1);
    p.text(256, interpreter);
  }
  return program;
}

Bytes dynamic_program(std::string_view interpreter, const std::vector<std::string>& libraries) {
  constexpr std::uint64_t kStrings = 1024;
  constexpr std::uint64_t kDynamic = 70000;
  constexpr std::uint64_t kAddress = 0x400000;
  Bytes program = elf_program(kMachineX86_64, interpreter);
  program.resize(kDynamic + 4096);
  Patch p(program);
  p.le16(56, 3).le64(64 + 16, kAddress).le64(64 + 32, program.size());
  p.le32(176, 2).le64(176 + 8, kDynamic).le64(176 + 32, 16 * (libraries.size() + 2));
  std::uint64_t name = 1;
  std::uint64_t at = kDynamic;
  for (const std::string& library : libraries) {
    p.text(kStrings + name, library).le64(at, 1).le64(at + 8, name);
    name += library.size() + 1;
    at += 16;
  }
  p.le64(at, 5).le64(at + 8, kAddress + kStrings);
  return program;
}

CpioFile directory(std::string name) { return {std::move(name), 0040755, {}}; }

CpioFile file(std::string name, std::uint32_t mode, const Bytes& content) {
  return {std::move(name), 0100000 | mode, content};
}

CpioFile file(std::string name, std::uint32_t mode, std::string_view content) {
  return file(std::move(name), mode, bytes_of(content));
}

CpioFile symlink(std::string name, std::string_view target) {
  return {std::move(name), 0120777, bytes_of(target)};
}

Bytes cpio_archive(const std::vector<CpioFile>& files) {
  Bytes archive;
  const auto add = [&](const CpioFile& one) {
    append(archive, "070701");
    for (const std::uint32_t field :
         {one.ino, one.mode, 0U, 0U, one.nlink, 0U, static_cast<std::uint32_t>(one.content.size()),
          8U, 1U, one.rdev_major, one.rdev_minor, static_cast<std::uint32_t>(one.name.size() + 1),
          0U}) {
      append_hex(archive, field);
    }
    append(archive, one.name);
    archive.push_back(0);
    pad(archive);
    append(archive, one.content);
    pad(archive);
  };
  std::uint32_t ino = 100;
  for (CpioFile one : files) {
    one.ino = one.ino == 0 ? ++ino : one.ino;
    add(one);
  }
  add({"TRAILER!!!", 0, {}});
  return archive;
}

std::vector<CpioFile> healthy_files() {
  CpioFile console{"dev/console", 0020600, {}};
  console.rdev_major = 5;
  console.rdev_minor = 1;
  return {directory("."),
          directory("bin"),
          file("bin/busybox", 0755, elf_program(kMachineX86_64)),
          symlink("bin/sh", "busybox"),
          symlink("bin/mount", "/bin/busybox"),
          directory("dev"),
          console,
          file("init", 0755, "#!/bin/sh\nexec /bin/sh\n"),
          directory("lib"),
          directory("lib/modules"),
          directory("lib/modules/6.1.0-test"),
          file("lib/modules/6.1.0-test/modules.dep", 0644, "loop.ko:\n"),
          file("lib/modules/6.1.0-test/loop.ko", 0644,
               "\x7F"
               "ELF")};
}

Bytes healthy_initramfs() { return cpio_archive(healthy_files()); }

Bytes gzip_stored(ByteSpan bytes) {
  constexpr std::size_t kLongestBlock = 65535;
  Bytes out{0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3};
  const auto le = [&](std::uint64_t value, unsigned length) {
    for (unsigned i = 0; i < length; ++i) {
      out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
  };
  std::size_t at = 0;
  do {
    const std::size_t length = std::min(kLongestBlock, bytes.size() - at);
    out.push_back(at + length == bytes.size() ? 1 : 0);
    le(length, 2);
    le(~length & 0xFFFFU, 2);
    const ByteSpan block = bytes.subspan(at, length);
    out.insert(out.end(), block.begin(), block.end());
    at += length;
  } while (at < bytes.size());
  le(~crc_register(bytes, kCrc32), 4);
  le(bytes.size(), 4);
  return out;
}

Bytes joined(const std::vector<Bytes>& parts) {
  Bytes all;
  for (const Bytes& part : parts) {
    append(all, part);
  }
  return all;
}

}  // namespace bootproof::testing
