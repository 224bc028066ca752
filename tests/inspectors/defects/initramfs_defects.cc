#include <algorithm>

#include "inspectors/programs/initramfs.h"
#include "tests/inspectors/defects.h"
#include "tests/inspectors/program_samples.h"

namespace bootproof::testing {
namespace {

/// healthy_files() with one of them replaced, or left out where there is no name.
std::vector<CpioFile> with(const std::string& name, const CpioFile& other) {
  std::vector<CpioFile> files = healthy_files();
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const CpioFile& one) { return one.name == name; });
  if (other.name.empty()) {
    files.erase(found);
  } else {
    *found = other;
  }
  return files;
}

Bytes archive_with(const std::string& name, const CpioFile& other) {
  return cpio_archive(with(name, other));
}

Bytes archive_without(const std::string& name) { return archive_with(name, {}); }

std::uint64_t place_of(const Bytes& bytes, std::string_view text) {
  return static_cast<std::uint64_t>(
      std::search(bytes.begin(), bytes.end(), text.begin(), text.end()) - bytes.begin());
}

/// The header of the entry with this name.
std::uint64_t header_of(const Bytes& archive, const std::string& name) {
  return place_of(archive, name + std::string(1, '\0')) - 110;
}

Bytes text_bytes(std::string_view text) { return {text.begin(), text.end()}; }

Bytes without_trailer(Bytes archive) {
  archive.resize(header_of(archive, "TRAILER!!!"));
  return archive;
}

/// A gzip member of 64 MiB and more of zeros behind an archive: `blocks` stored blocks would be
/// large, so that it is made of the fixed Huffman code's longest matches.
Bytes zeros_by_gzip(std::size_t matches) {
  Bytes out{0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3};
  unsigned held = 0;
  unsigned count = 0;
  const auto put = [&](unsigned bits, unsigned length) {
    held |= bits << count;
    for (count += length; count >= 8; count -= 8) {
      out.push_back(static_cast<std::uint8_t>(held));
      held >>= 8U;
    }
  };
  put(1, 1);
  put(1, 2);
  put(0x0C, 8);  // The literal 0: code 00110000, most significant bit first.
  for (std::size_t i = 0; i < matches; ++i) {
    put(0xA3, 8);  // Length 258: code 11000101.
    put(0, 5);     // Distance 1.
  }
  put(0, 7);
  put(0, 7);
  return joined({out, Bytes(8)});
}

inspectors::InitramfsContext context_of_x86() {
  inspectors::InitramfsContext context;
  context.architecture = inspectors::Architecture::kX86_64;
  context.kernel_release = "6.1.0-test";
  context.has_root = false;
  return context;
}

std::vector<inspectors::Finding> findings_with(const Bytes& bytes,
                                               const inspectors::InitramfsContext& context) {
  inspectors::MemoryImage source{ByteSpan(bytes)};
  inspectors::Findings findings;
  const std::vector<inspectors::InitramfsFile> files{
      {inspectors::ImageView(source), "/boot/initrd"}};
  inspectors::read_initramfs(files, context, findings);
  return findings.take();
}

void add_format_defects(std::vector<Defect>& defects) {
  const auto add = [&](std::string name, Bytes bytes, std::string_view rule) {
    defects.push_back({std::move(name), std::move(bytes), rule});
  };
  const Bytes healthy = healthy_initramfs();
  const Bytes gzip = gzip_stored(healthy);
  add("Empty", {}, "initramfs.not-cpio");
  add("Zeros", Bytes(1024), "initramfs.not-cpio");
  add("Squashfs", text_bytes("hsqs and more of a file system"), "initramfs.not-cpio");
  add("SquashfsByGzip", gzip_stored(text_bytes("hsqs and more of a file system")),
      "initramfs.not-cpio");
  add("NothingByGzip", gzip_stored({}), "initramfs.not-cpio");
  add("BeginsWithAZeroDigit", text_bytes("0123456789 0123456789"), "initramfs.not-cpio");
  add("OdcFormat", with_damage(healthy, [](Patch& p) { p.text(0, "070707"); }),
      "initramfs.old-cpio");
  add("OdcFormatByGzip", gzip_stored(with_damage(healthy, [](Patch& p) { p.text(0, "070707"); })),
      "initramfs.old-cpio");
  add("BinaryFormat", with_damage(healthy, [](Patch& p) { p.le16(0, 0x71C7); }),
      "initramfs.old-cpio");
  add("Cut", first_of(healthy, header_of(healthy, "bin/sh") + 50), "initramfs.truncated");
  add("CutInAFile", first_of(healthy, header_of(healthy, "bin/sh") - 100), "initramfs.truncated");
  add("CutInGzip", first_of(gzip, gzip.size() / 2), "initramfs.truncated");
  add("CutInGzipHeader", first_of(gzip, 5), "initramfs.truncated");
  add("FileSizeTooLarge",
      with_damage(healthy,
                  [&](Patch& p) { p.text(header_of(healthy, "bin/busybox") + 54, "FFFFFFFF"); }),
      "initramfs.truncated");
  add("GzipChecksum", with_damage(gzip, [&](Patch& p) { p.le32(gzip.size() - 8, 0x12345678); }),
      "initramfs.corrupt");
  add("GzipBlock", with_damage(gzip, [](Patch& p) { p.u8(10, 7); }), "initramfs.corrupt");
  add("HeaderDigits",
      with_damage(healthy, [&](Patch& p) { p.text(header_of(healthy, "bin/sh") + 54, "0000zz"); }),
      "initramfs.header-digits");
  add("NoName",
      with_damage(healthy,
                  [&](Patch& p) {
                    // Its name is passed over as a part of its content.
                    p.text(header_of(healthy, "bin/mount") + 94, "00000000");
                    p.text(header_of(healthy, "bin/mount") + 54, "00000014");
                  }),
      "initramfs.name-size");
  add("NameNotTerminated",
      with_damage(healthy, [&](Patch& p) { p.u8(header_of(healthy, "bin/mount") + 110 + 9, 'x'); }),
      "initramfs.name-unterminated");
  add("NoTrailer", without_trailer(healthy), "initramfs.no-trailer");
  add("NoTrailerInGzip", gzip_stored(without_trailer(healthy)), "initramfs.no-trailer");
  add("JunkInside",
      with_damage(healthy, [&](Patch& p) { p.u8(header_of(healthy, "bin/sh") + 3, 'X'); }),
      "initramfs.junk-inside");
  add("JunkInsideGzip",
      gzip_stored(with_damage(healthy, [&](Patch& p) { p.u8(header_of(healthy, "bin/sh"), 'X'); })),
      "initramfs.junk-inside");
  add("GarbageBehind", joined({healthy, text_bytes("garbage\x1B[2J")}),
      "initramfs.trailing-garbage");
  add("GarbageBehindGzip", joined({gzip, Bytes(3), text_bytes("end")}),
      "initramfs.trailing-garbage");
  add("SecondArchiveNotAligned",
      joined({gzip_stored(healthy), Bytes((gzip.size() % 4) == 3 ? 2 : 1), healthy}),
      "initramfs.misaligned");
  add("SecondPlainArchiveNotAligned", joined({healthy, Bytes(2), healthy}), "initramfs.misaligned");
  add("CompressedTwice", gzip_stored(gzip), "initramfs.compressed-twice");
  add("SplitInTwoStreams",
      joined({gzip_stored(ByteSpan(healthy).first(1000)),
              gzip_stored(ByteSpan(healthy).subspan(1000))}),
      "initramfs.stream-ends-early");
  add("CutBeforeCompression", gzip_stored(ByteSpan(healthy).first(1000)),
      "initramfs.stream-ends-early");
  add("Lz4Frame", Bytes{0x04, 0x22, 0x4D, 0x18, 0x64, 0x40, 0xA7, 0, 0, 0, 0},
      "initramfs.lz4-frame");
  add("XzWithCrc64", Bytes{0xFD, '7', 'z', 'X', 'Z', 0, 0, 4, 0xE6, 0xD6, 0xB4, 0x46},
      "initramfs.xz-check");
  add("XzWithSha256", Bytes{0xFD, '7', 'z', 'X', 'Z', 0, 0, 10, 0xE1, 0xFB, 0x0C, 0xA1},
      "initramfs.xz-check");
  add("ZstdWithALargeWindow", Bytes{0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xA8, 0x01, 0x00, 0x00},
      "initramfs.zstd-window");
  add("Lzo", Bytes{0x89, 'L', 'Z', 'O', 0, 0x0D, 0x0A, 0x1A, 0x0A}, "initramfs.not-unpacked");
  add("Bomb", joined({healthy, zeros_by_gzip(270000)}), "initramfs.unpacked-too-large");
  add(
      "ManyArchives",
      [] {
        Bytes many;
        for (std::size_t i = 0; i <= inspectors::kMostInitramfsParts; ++i) {
          many = joined({many, cpio_archive({})});
        }
        return many;
      }(),
      "initramfs.limit");
  CpioFile late = file("kernel/x86/microcode/GenuineIntel.bin", 0644, "microcode");
  add("MicrocodeBehind", joined({gzip, Bytes((4 - gzip.size() % 4) % 4), cpio_archive({late})}),
      "initramfs.microcode-late");
  add("MicrocodeCompressed", joined({gzip_stored(cpio_archive({late})), gzip}),
      "initramfs.microcode-late");
}

void add_init_defects(std::vector<Defect>& defects) {
  const auto add = [&](std::string name, Bytes bytes, std::string_view rule) {
    defects.push_back({std::move(name), std::move(bytes), rule});
  };
  add("NoInit", archive_without("init"), "initramfs.init-missing");
  add("InitDangles", archive_with("init", symlink("init", "sbin/init")), "initramfs.init-dangling");
  add("InitToItself", archive_with("init", symlink("init", "init")), "initramfs.init-dangling");
  add("InitIsADirectory", archive_with("init", directory("init")), "initramfs.init-not-file");
  add("InitNotExecutable", archive_with("init", file("init", 0644, "#!/bin/sh\n")),
      "initramfs.init-not-executable");
  add("InitEmpty", archive_with("init", file("init", 0755, "")), "initramfs.init-format");
  add("InitWithoutHashBang", archive_with("init", file("init", 0755, "mount -t proc none /proc\n")),
      "initramfs.init-format");
  add("InitWithByteOrderMark", archive_with("init", file("init", 0755, "\xEF\xBB\xBF#!/bin/sh\n")),
      "initramfs.init-format");
  add("InitWithoutInterpreter", archive_with("init", file("init", 0755, "#! \necho\n")),
      "initramfs.init-format");
  add("InitWithCarriageReturns", archive_with("init", file("init", 0755, "#!/bin/sh\r\necho\r\n")),
      "initramfs.script-crlf");
  add("ArgumentWithCarriageReturn",
      archive_with("init", file("init", 0755, "#!/bin/sh -e\r\necho\r\n")),
      "initramfs.script-crlf");
  add("ShellMissing", archive_with("init", file("init", 0755, "#!/bin/bash\n")),
      "initramfs.interpreter-missing");
  add("ShellDangles", archive_with("bin/sh", symlink("bin/sh", "dash")),
      "initramfs.interpreter-missing");
  add("LinkerMissing",
      archive_with("bin/busybox", file("bin/busybox", 0755,
                                       elf_program(kMachineX86_64, "/lib64/ld-linux-x86-64.so.2"))),
      "initramfs.interpreter-missing");
  std::vector<CpioFile> dynamic =
      with("bin/busybox", file("bin/busybox", 0755, dynamic_program("/lib/ld.so", {"libc.so.6"})));
  dynamic.push_back(file("lib/ld.so", 0755, elf_program(kMachineX86_64)));
  add("LibraryMissing", cpio_archive(dynamic), "initramfs.library-missing");
  add("ShellNotExecutable",
      archive_with("bin/busybox", file("bin/busybox", 0644, elf_program(kMachineX86_64))),
      "initramfs.interpreter-not-executable");
  add("ShellIsText", archive_with("bin/busybox", file("bin/busybox", 0755, "busybox")),
      "initramfs.interpreter-format");
  add("ShellIsADirectory", archive_with("bin/sh", directory("bin/sh")),
      "initramfs.interpreter-format");
  add("ShellOfAnotherArchitecture",
      archive_with("bin/busybox", file("bin/busybox", 0755, elf_program(kMachineArm64))),
      "initramfs.architecture");
  add("InitOfAnotherArchitecture",
      archive_with("init", file("init", 0755, elf_program(kMachineArm64))),
      "initramfs.architecture");
  add("ConsoleIsAFile", archive_with("dev/console", file("dev/console", 0600, "")),
      "initramfs.console");
  CpioFile null{"dev/console", 0020600, {}};
  null.rdev_major = 1;
  null.rdev_minor = 3;
  add("ConsoleIsNull", archive_with("dev/console", null), "initramfs.console");
  add("NoDirectory", archive_without("lib/modules"), "initramfs.no-directory");
  std::vector<CpioFile> other = healthy_files();
  for (CpioFile& one : other) {
    const std::size_t at = one.name.find("6.1.0-test");
    one.name = at == std::string::npos ? one.name : one.name.replace(at, 10, "5.10.0-old");
  }
  add("ModulesOfAnotherKernel", cpio_archive(other), "initramfs.modules-version");
}

}  // namespace

std::vector<inspectors::Finding> findings_of_initramfs(const Bytes& bytes) {
  return findings_with(bytes, context_of_x86());
}

std::vector<inspectors::Finding> findings_with_root(const Bytes& bytes) {
  inspectors::InitramfsContext context = context_of_x86();
  context.has_root = true;
  context.compressions = std::vector{inspectors::Compression::kXz};
  return findings_with(bytes, context);
}

std::vector<Defect> initramfs_defects() {
  std::vector<Defect> defects;
  add_format_defects(defects);
  add_init_defects(defects);
  return defects;
}

std::vector<Defect> initramfs_with_root_defects() {
  return {{"NoInit", archive_without("init"), "initramfs.init-missing-root"},
          {"CompressionThatTheKernelLacks", gzip_stored(healthy_initramfs()),
           "initramfs.compression-unsupported"}};
}

}  // namespace bootproof::testing
