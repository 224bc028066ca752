// Kernels: the samples, those of Debian packages as `file` and `readelf` see them, and hostile
// ones.

#include "inspectors/programs/kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "inspectors/file_image.h"
#include "inspectors/programs/kernel_payload.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/program_samples.h"
#include "tests/inspectors/tool_output.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::arm64_kernel;
using bootproof::testing::elf_program;
using bootproof::testing::gzip_stored;
using bootproof::testing::has_tool;
using bootproof::testing::kMachineArm64;
using bootproof::testing::kMachineX86_64;
using bootproof::testing::memdisk_kernel;
using bootproof::testing::output_of;
using bootproof::testing::Patch;
using bootproof::testing::x86_kernel;
using bootproof::testing::zboot_kernel;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Read {
  std::optional<Kernel> kernel;
  std::vector<Finding> findings;
};

Read read(ByteSpan bytes) {
  MemoryImage source{bytes};
  Findings findings;
  auto kernel = read_kernel(ImageView(source), "/boot/vmlinuz", findings);
  return {std::move(kernel), findings.take()};
}

/// What is read of a file of a package; skips where it is missing.
Read read_file(const std::string& path) {
  auto image = FileImage::open(path);
  if (!image) {
    return {};
  }
  Findings findings;
  auto kernel = read_kernel(ImageView(**image), path, findings);
  return {std::move(kernel), findings.take()};
}

const std::string kInstaller = "/usr/lib/debian-installer/images/12/";
const std::string kAmd64Kernel = kInstaller + "amd64/text/debian-installer/amd64/linux";
const std::string kArm64Kernel = kInstaller + "arm64/text/debian-installer/arm64/linux";

TEST(Kernel, SamplesAreHealthyAndReadAsTheyWereMade) {
  const Read x86 = read(x86_kernel());
  ASSERT_TRUE(x86.kernel);
  EXPECT_THAT(x86.findings, IsEmpty());
  EXPECT_EQ(describe(*x86.kernel),
            "Linux x86 kernel 6.1.0-test, x86-64, bzImage, payload gzip, EFI stub");
  EXPECT_EQ(x86.kernel->x86->init_size, 0x100000U);
  EXPECT_EQ(x86.kernel->x86->cmdline_size, 2047U);
  const Read arm64 = read(arm64_kernel());
  ASSERT_TRUE(arm64.kernel);
  EXPECT_THAT(arm64.findings, IsEmpty());
  EXPECT_EQ(describe(*arm64.kernel), "Linux arm64 Image, arm64, EFI stub");
  EXPECT_EQ(arm64.kernel->image->page_size, 4096U);
  const Read zboot = read(zboot_kernel());
  ASSERT_TRUE(zboot.kernel);
  EXPECT_THAT(zboot.findings, IsEmpty());
  EXPECT_EQ(describe(*zboot.kernel), "Linux EFI zboot image, arm64, payload zstd, EFI stub");
}

TEST(Kernel, ThatIsNoLinuxIsNotJudgedAsOne) {
  const Read memdisk = read(memdisk_kernel());
  ASSERT_TRUE(memdisk.kernel);
  EXPECT_THAT(memdisk.findings, IsEmpty());
  EXPECT_EQ(memdisk.kernel->kind, KernelKind::kOther);
  EXPECT_FALSE(memdisk.kernel->is_linux());
  EXPECT_EQ(memdisk.kernel->version_text, "MEMDISK 6.04");
}

TEST(Kernel, ThatIsCompressedAsAWholeIsSeenInside) {
  const Bytes file = gzip_stored(arm64_kernel());
  const Read read_back = read(file);
  ASSERT_TRUE(read_back.kernel);
  EXPECT_THAT(read_back.findings, IsEmpty());
  EXPECT_EQ(read_back.kernel->kind, KernelKind::kLinuxArm64);
  EXPECT_EQ(read_back.kernel->file_compression, Compression::kGzip);
}

TEST(Kernel, OfRiscv64IsRecognised) {
  Bytes image = arm64_kernel();
  Patch(image).fill(48, 12, 0).text(48, "RISCV").text(56, "RSC\x05").le64(24, 0).le16(0x44, 0x5064);
  const Read read_back = read(image);
  ASSERT_TRUE(read_back.kernel);
  EXPECT_THAT(read_back.findings, IsEmpty());
  EXPECT_EQ(read_back.kernel->architecture, Architecture::kRiscv64);
}

TEST(Kernel, WithAMultibootHeaderIsRecognised) {
  Bytes elf = elf_program(kMachineX86_64);
  Patch(elf).le32(256, 0x1BADB002).le32(260, 3).le32(264, 0U - 0x1BADB002U - 3U);
  EXPECT_EQ(read(elf).kernel->kind, KernelKind::kMultiboot);
  Bytes second = elf_program(kMachineX86_64);
  Patch(second).le32(256, 0xE85250D6).le32(260, 0).le32(264, 16);
  Patch(second).le32(268, 0U - 0xE85250D6U - 16U);
  EXPECT_EQ(read(second).kernel->kind, KernelKind::kMultiboot2);
}

TEST(Kernel, IsAnElfProgramWithoutADynamicLinker) {
  const Read plain = read(elf_program(kMachineArm64));
  ASSERT_TRUE(plain.kernel);
  EXPECT_EQ(plain.kernel->kind, KernelKind::kElf);
  EXPECT_EQ(plain.kernel->architecture, Architecture::kArm64);
  EXPECT_FALSE(read(elf_program(kMachineArm64, "/lib/ld.so")).kernel);
}

TEST(Kernel, IsNotWhatIsNoKernel) {
  EXPECT_FALSE(read(Bytes{}).kernel);
  EXPECT_FALSE(read(Bytes(65536)).kernel);
  Bytes program(4096);
  Patch(program).text(0, "MZ").le32(0x3C, 0x40).text(0x40, "PE").le16(0x44, 0x8664);
  EXPECT_FALSE(read(program).kernel);
}

TEST(RealKernel, OfDebianForAmd64IsHealthyAndReadAsFileReadsIt) {
  const Read linux = read_file(kAmd64Kernel);
  if (!linux.kernel) {
    GTEST_SKIP() << "install the package debian-installer-12-netboot-amd64";
  }
  EXPECT_THAT(linux.findings, IsEmpty());
  EXPECT_EQ(linux.kernel->kind, KernelKind::kLinuxX86);
  EXPECT_EQ(linux.kernel->architecture, Architecture::kX86_64);
  EXPECT_TRUE(linux.kernel->has_efi_stub);
  EXPECT_NE(linux.kernel->payload_compression, Compression::kNone);
  if (has_tool("file")) {
    EXPECT_THAT(output_of({"file", "-bL", kAmd64Kernel}).value_or(""),
                HasSubstr("bzImage, version " + linux.kernel->version_text));
  }
}

/// What is read of a whole kernel.
KernelPayload payload_of(const ImageView& file, const Kernel& kernel,
                         std::vector<Finding>& findings) {
  Findings found;
  KernelPayload payload = read_kernel_payload(file, kernel, "linux", found);
  findings = found.take();
  return payload;
}

TEST(RealKernel, UnpackedSaysTheVersionThatItsHeaderSays) {
  const Read linux = read_file(kAmd64Kernel);
  if (!linux.kernel) {
    GTEST_SKIP() << "install the package debian-installer-12-netboot-amd64";
  }
  auto image = FileImage::open(kAmd64Kernel);
  std::vector<Finding> findings;
  const KernelPayload payload = payload_of(ImageView(**image), *linux.kernel, findings);
  EXPECT_THAT(findings, IsEmpty());
  EXPECT_EQ(payload.end, UnpackEnd::kComplete);
  EXPECT_EQ(payload.release, linux.kernel->release);
}

TEST(RealKernel, ForArm64SaysItsVersionInItsCode) {
  const Read linux = read_file(kArm64Kernel);
  if (!linux.kernel) {
    GTEST_SKIP() << "install the package debian-installer-12-netboot-arm64";
  }
  auto image = FileImage::open(kArm64Kernel);
  std::vector<Finding> findings;
  const KernelPayload payload = payload_of(ImageView(**image), *linux.kernel, findings);
  EXPECT_THAT(findings, IsEmpty());
  EXPECT_THAT(payload.release, HasSubstr("-arm64"));
}

TEST(Kernel, UnpackedSaysItsVersion) {
  for (const Bytes& file : {x86_kernel(), zboot_kernel()}) {
    MemoryImage source{ByteSpan(file)};
    std::vector<Finding> findings;
    const KernelPayload payload = payload_of(ImageView(source), *read(file).kernel, findings);
    EXPECT_THAT(findings, IsEmpty());
    EXPECT_EQ(payload.version_text, "6.1.0-test (b@h) (gcc) #1 SMP");
  }
}

TEST(RealKernel, OfDebianForArm64IsHealthyAndReadAsFileReadsIt) {
  const Read linux = read_file(kArm64Kernel);
  if (!linux.kernel) {
    GTEST_SKIP() << "install the package debian-installer-12-netboot-arm64";
  }
  EXPECT_THAT(linux.findings, IsEmpty());
  EXPECT_EQ(linux.kernel->kind, KernelKind::kLinuxArm64);
  EXPECT_TRUE(linux.kernel->has_efi_stub);
  if (has_tool("file")) {
    EXPECT_EQ(output_of({"file", "-bL", kArm64Kernel}),
              "Linux kernel ARM64 boot executable Image, little-endian, 4K pages\n");
    EXPECT_EQ(linux.kernel->image->page_size, 4096U);
  }
}

struct OtherProgram {
  std::string path;
  std::string package;
  std::string line;
};

class OtherProgramTest : public ::testing::TestWithParam<OtherProgram> {};

TEST_P(OtherProgramTest, WithTheSetupHeaderIsNoLinux) {
  const Read program = read_file(GetParam().path);
  if (!program.kernel) {
    GTEST_SKIP() << "install the package " << GetParam().package;
  }
  EXPECT_THAT(program.findings, IsEmpty());
  EXPECT_FALSE(program.kernel->is_linux());
  EXPECT_THAT(describe(*program.kernel), HasSubstr(GetParam().line));
}

INSTANTIATE_TEST_SUITE_P(
    Packages, OtherProgramTest,
    ::testing::Values(
        OtherProgram{"/boot/memtest86+x64.bin", "memtest86+", "'Memtest86+ v6.10', x86-64"},
        OtherProgram{"/boot/memtest86+x64.efi", "memtest86+", "'Memtest86+ v6.10', x86-64"},
        OtherProgram{"/boot/memtest86+ia32.efi", "memtest86+", "'Memtest86+ v6.10', x86"},
        OtherProgram{"/boot/ipxe.lkrn", "ipxe", "'1.0.0+git"},
        OtherProgram{"/usr/lib/syslinux/memdisk", "syslinux-common", "'MEMDISK "}));

/// The fields of readelf's header that the model has, for programs of this host.
TEST(Elf, OfThisHostIsReadAsReadelfReadsIt) {
  if (!has_tool("readelf")) {
    GTEST_SKIP() << "readelf is missing; install the package binutils";
  }
  for (const std::string path : {"/bin/sh", "/bin/busybox", "/lib64/ld-linux-x86-64.so.2"}) {
    auto image = FileImage::open(path);
    if (!image) {
      continue;
    }
    const auto elf = read_elf(ImageView(**image).subview(0, 65536));
    ASSERT_TRUE(elf) << path;
    const std::string said = output_of({"readelf", "-hlW", path}).value_or("");
    EXPECT_EQ(said.find("X86-64") != std::string::npos, elf->architecture == Architecture::kX86_64);
    const std::string label = "[Requesting program interpreter: ";
    const std::size_t at = said.find(label);
    ASSERT_EQ(at != std::string::npos, elf->interpreter.has_value()) << path;
    if (elf->interpreter) {
      EXPECT_THAT(said, HasSubstr(label + *elf->interpreter + "]"));
    }
  }
}

TEST(HostileKernel, CutAnywhereIsStillRead) {
  for (const Bytes& whole : {x86_kernel(), arm64_kernel(), zboot_kernel(), memdisk_kernel(),
                             elf_program(kMachineX86_64, "/lib/ld.so")}) {
    for (std::size_t size = 0; size <= whole.size(); size += size < 1024 ? 1 : 61) {
      EXPECT_LT(read(ByteSpan(whole).first(size)).findings.size(), 20U);
    }
  }
}

TEST(HostileKernel, DamagedAnywhereIsStillRead) {
  std::mt19937 random(5);
  for (const Bytes& whole :
       {x86_kernel(), arm64_kernel(), zboot_kernel(), elf_program(kMachineX86_64, "/lib/ld.so")}) {
    Bytes bytes = whole;
    for (int round = 0; round < 3000; ++round) {
      bytes[random() % std::min<std::size_t>(bytes.size(), 1024)] =
          static_cast<std::uint8_t>(random());
      EXPECT_LT(read(bytes).findings.size(), 20U);
      if (round % 10 == 0) {
        bytes = whole;
      }
    }
  }
}

}  // namespace
}  // namespace bootproof::inspectors
