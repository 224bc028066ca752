#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "tests/inspectors/tool_output.h"
#include "tests/support/temporary_folder.h"

// Whether a medium boots, foretold for media that nobody here made and for defects of them. What is
// foretold for these media is proved by booting them in tests/boot and scenarios/quickstart.yaml.

namespace bootproof::inspectors {
namespace {

namespace fs = std::filesystem;
using bootproof::testing::has_tool;
using bootproof::testing::output_of;
using bootproof::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// "boots: link -> link" of the path with this title.
std::string path_of(const Inspection& inspection, const std::string& title) {
  for (const BootPath& path : inspection.paths) {
    if (title_of(path) == title) {
      return std::string(name_of(path.forecast)) + ": " + chain_text(path);
    }
  }
  return "no such path";
}

/// What inspect() says of an image file.
class Medium {
 public:
  explicit Medium(const fs::path& file) {
    auto image = FileImage::open(file);
    if (image) {
      image_ = std::move(*image);
      inspection_ = inspect(ImageView(*image_));
    }
  }
  [[nodiscard]] const Inspection& operator*() const { return inspection_; }
  [[nodiscard]] std::string path(const std::string& title) const {
    return path_of(inspection_, title);
  }
  /// The findings that are no notes.
  [[nodiscard]] std::vector<std::string> complaints() const {
    std::vector<std::string> rules;
    for (const Finding& finding : inspection_.findings) {
      if (finding.severity != Severity::kNote) {
        rules.emplace_back(finding.rule);
      }
    }
    return rules;
  }

 private:
  std::unique_ptr<FileImage> image_;
  Inspection inspection_;
};

#define SKIP_WITHOUT_FILE(file, package)                              \
  if (!fs::exists(file)) {                                            \
    GTEST_SKIP() << (file) << " is not there: package " << (package); \
  }

TEST(BootPaths, GrubRescueCdBootsByBiosFromCdAndStick) {
  const fs::path file = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso";
  SKIP_WITHOUT_FILE(file, "grub-rescue-pc");
  const Medium medium(file);
  // Its menu comes up; the kernels that it names stand on other disks.
  for (const std::string title : {"BIOS, optical", "BIOS, disk"}) {
    EXPECT_THAT(medium.path(title), HasSubstr("doubtful: "));
    EXPECT_THAT(medium.path(title), HasSubstr("/boot/grub/grub.cfg -> entry 'GNU/Linux'"));
  }
  EXPECT_THAT(medium.path("UEFI x64, optical"), HasSubstr("cannot boot"));
  EXPECT_THAT(medium.path("UEFI x64, disk"), HasSubstr("cannot boot"));
  EXPECT_THAT(medium.complaints(), IsEmpty());
}

TEST(BootPaths, GrubOfABootImageReadsTheCdAroundIt) {
  for (const char* tool : {"grub-mkimage", "mkfs.vfat", "mcopy", "xorriso"}) {
    if (!has_tool(tool)) {
      GTEST_SKIP() << "no " << tool;
    }
  }
  SKIP_WITHOUT_FILE("/usr/lib/grub/x86_64-efi/iso9660.mod", "grub-efi-amd64-bin");
  const TemporaryFolder folder;
  std::ignore = folder.write("tree/boot/grub/grub.cfg", "halt\n");
  const std::string root = (folder.path() / "tree").string();
  const std::string boot_image = root + "/efi.img";
  const std::string loader = folder.write("EFI/BOOT/BOOTX64.EFI", "").string();
  ASSERT_TRUE(output_of({"grub-mkimage", "-O", "x86_64-efi", "-p", "/boot/grub", "-o", loader,
                         "iso9660", "normal", "halt", "configfile"}));
  ASSERT_TRUE(output_of({"mkfs.vfat", "-C", boot_image, "2880"}));
  ASSERT_TRUE(
      output_of({"mcopy", "-s", "-i", boot_image, (folder.path() / "EFI").string(), "::/"}));
  const fs::path image = folder.path() / "cd.iso";
  ASSERT_TRUE(
      output_of({"xorriso", "-no_rc", "-as", "mkisofs", "-quiet", "-R", "-o", image.string(), "-c",
                 "/boot.cat", "-e", "/efi.img", "-no-emul-boot", root}));
  const Medium medium(image);
  EXPECT_THAT(medium.path("UEFI x64, optical"), HasSubstr("(cd0)/boot/grub/grub.cfg"));
  EXPECT_THAT(medium.complaints(), ::testing::Not(::testing::Contains("grub.config-missing")));
}

/// As SeaBIOS boots it: "SYSLINUX 6.04 CHS", then memtest86+.
TEST(BootPaths, ADisketteInAnElToritoImageBootsByEmulation) {
  for (const char* tool : {"syslinux", "mkfs.vfat", "mcopy", "xorriso"}) {
    if (!has_tool(tool)) {
      GTEST_SKIP() << "no " << tool;
    }
  }
  const fs::path memtest = "/boot/memtest86+x64.bin";
  SKIP_WITHOUT_FILE(memtest, "memtest86+");
  const TemporaryFolder folder;
  std::ignore = folder.write("tree/readme", "a CD\n");
  const fs::path config =
      folder.write("syslinux.cfg", "default memtest\nlabel memtest\n linux /mt\n");
  const std::string root = (folder.path() / "tree").string();
  const std::string diskette = root + "/diskette.img";
  ASSERT_TRUE(output_of({"mkfs.vfat", "-C", diskette, "1440"}));
  ASSERT_TRUE(output_of({"mcopy", "-i", diskette, config.string(), "::/"}));
  ASSERT_TRUE(output_of({"mcopy", "-i", diskette, memtest.string(), "::/mt"}));
  ASSERT_TRUE(output_of({"syslinux", "--install", diskette}));
  const fs::path image = folder.path() / "cd.iso";
  ASSERT_TRUE(output_of({"xorriso", "-no_rc", "-as", "mkisofs", "-quiet", "-R", "-o",
                         image.string(), "-c", "/boot.cat", "-b", "/diskette.img", root}));
  const Medium medium(image);
  EXPECT_THAT(medium.path("BIOS, optical"), StartsWith("boots: "));
  EXPECT_THAT(medium.path("BIOS, optical"),
              HasSubstr("a drive by emulation (1.44M floppy) -> SYSLINUX boot sector"));
  EXPECT_THAT(medium.complaints(), IsEmpty());
}

TEST(BootPaths, MemtestBootsByBothFromCdAndStick) {
  const fs::path file = "/usr/lib/memtest86+/memtest86+x64.iso";
  SKIP_WITHOUT_FILE(file, "memtest86+");
  const Medium medium(file);
  EXPECT_THAT(medium.path("BIOS, optical"), HasSubstr("boots: "));
  EXPECT_THAT(medium.path("BIOS, disk"),
              HasSubstr("boots: MBR -> boot code: memtest86+ -> sector"));
  EXPECT_THAT(medium.path("UEFI x64, optical"), HasSubstr("boots: "));
  EXPECT_THAT(medium.path("UEFI x64, disk"), HasSubstr("boots: MBR"));
  EXPECT_THAT(medium.path("UEFI x64 with Secure Boot, optical"), HasSubstr("cannot boot"));
  EXPECT_THAT(medium.complaints(), IsEmpty());
}

TEST(BootPaths, IpxeBootsByBothFromCdAndStick) {
  const fs::path file = "/usr/lib/ipxe/ipxe.iso";
  SKIP_WITHOUT_FILE(file, "ipxe");
  const Medium medium(file);
  EXPECT_THAT(medium.path("BIOS, optical"), HasSubstr("boots: "));
  EXPECT_THAT(medium.path("BIOS, disk"), HasSubstr("boots: "));
  EXPECT_THAT(medium.path("UEFI x64, optical"), HasSubstr("boots: "));
  EXPECT_THAT(medium.complaints(), IsEmpty());
}

}  // namespace
}  // namespace bootproof::inspectors
