#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "inspectors/file_image.h"
#include "inspectors/inspect.h"

// Whether a medium boots, foretold for media that nobody here made and for defects of them. What is
// foretold for these media is proved by booting them in tests/boot and scenarios/quickstart.yaml.

namespace bootproof::inspectors {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

TEST(BootPaths, MemtestBootsByBothFromCdAndStick) {
  const fs::path file = "/usr/lib/memtest86+/memtest86+x64.iso";
  SKIP_WITHOUT_FILE(file, "memtest86+");
  const Medium medium(file);
  EXPECT_THAT(medium.path("BIOS, optical"), HasSubstr("boots: "));
  EXPECT_THAT(medium.path("BIOS, disk"), HasSubstr("boot code: unknown"));
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
