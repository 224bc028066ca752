#include "harness/run/boot_matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/yaml_reader.h"
#include "harness/diagnosis/signature.h"
#include "tests/inspectors/sample_images.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TemporaryFolder;
using Lines = std::vector<std::string>;

/// A real medium of a package: boots by a BIOS as CD and as disk, and by x86 UEFI where GRUB's
/// image has it.
constexpr const char* kGrubRescue = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso";
constexpr const char* kMemtest = "/usr/lib/memtest86+/memtest86+x64.iso";

std::string image_text(const inspectors::Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

ScenarioFile parsed(const std::string& text, const fs::path& file = "/srv/boot.yaml") {
  Vocabulary vocabulary;
  for (const Cause& cause : causes()) {
    vocabulary.causes.emplace_back(cause.id);
  }
  return parse_scenarios(YamlNode::load_text(text, file.string()), vocabulary);
}

/// Images of a folder of their own, and what is planned for them.
class BootMatrix : public ::testing::Test {
 protected:
  fs::path add(const fs::path& name, const inspectors::Bytes& bytes) {
    return folder_.write(name, image_text(bytes));
  }

  std::string text(const BootRequest& request, const fs::path& folder = {}) {
    return boot_scenario_text(request, predictions_, folder);
  }

  /// Names of media, each with the file that it stands for.
  static Lines media_of(const ScenarioFile& file) {
    Lines lines;
    for (const Medium& medium : file.media) {
      const auto& source = std::get<FileSource>(medium.source);
      lines.push_back(medium.name + " = " + std::get<fs::path>(source.source).string());
    }
    return lines;
  }

  /// "scenario: firmware.device" of each cell.
  Lines cells(const BootRequest& request) {
    const ScenarioFile file = parsed(text(request));
    Lines lines;
    for (const Cell& cell : expand(file, AllImpossible::kAllowed)) {
      lines.push_back(cell.full_id());
    }
    return lines;
  }

  std::string error(const BootRequest& request) {
    try {
      return "no error: " + text(request);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      return error.message() + "\n" + error.hint();
    }
  }

  TemporaryFolder folder_;
  Predictions predictions_;
};

BootRequest for_images(std::vector<fs::path> images) {
  BootRequest request;
  request.images = std::move(images);
  return request;
}

TEST_F(BootMatrix, OfAnIsoIsItAsCdAndAsStick) {
  const fs::path image = add("sample.iso", testing::iso_image());
  const std::string path = image.string();
  EXPECT_EQ(
      text(for_images({image})),
      "version: 1\n"
      "media:\n"
      "  sample: {path: '" +
          path +
          "'}\n"
          "scenarios:\n"
          "  - name: sample-reaches-loader\n"
          "    memory: 1024M\n"
          "    include:\n"
          "      - {media: sample, firmware: seabios, device: ahci-cd}  # doubtful\n"
          "      - {media: sample, firmware: seabios, device: ide-cd}  # doubtful\n"
          "      - {media: sample, firmware: seabios, device: scsi-cd}  # doubtful\n"
          "      - {media: sample, firmware: seabios, device: usb-storage}  # cannot boot\n"
          "      - {media: sample, firmware: ovmf, device: ahci-cd}  # cannot boot\n"
          "      - {media: sample, firmware: ovmf, device: ide-cd}  # cannot boot\n"
          "      - {media: sample, firmware: ovmf, device: scsi-cd}  # cannot boot\n"
          "      - {media: sample, firmware: ovmf, device: usb-storage}  # cannot boot\n"
          "      - {media: sample, firmware: ovmf-secure, device: ahci-cd}  # cannot boot\n"
          "      - {media: sample, firmware: ovmf-secure, device: scsi-cd}  # cannot boot\n"
          "      - {media: sample, firmware: ovmf-secure, device: usb-storage}  # cannot boot\n"
          "    steps:\n"
          "      - reach: loader\n");
}

TEST_F(BootMatrix, OfADiskIsItOnEachBusAndAsStickWithEveryFirmwareWhereNoneBootsIt) {
  inspectors::Bytes disk = testing::gpt_disk(512);
  std::fill_n(disk.begin(), 440, std::uint8_t{0});  // No boot code.
  EXPECT_THAT(
      cells(for_images({add("disk.img", std::move(disk))})),
      ElementsAre(
          "disk-reaches-prompt/disk.seabios.virtio-blk", "disk-reaches-prompt/disk.seabios.scsi-hd",
          "disk-reaches-prompt/disk.seabios.nvme", "disk-reaches-prompt/disk.seabios.ahci-hd",
          "disk-reaches-prompt/disk.seabios.ide-hd", "disk-reaches-prompt/disk.seabios.usb-storage",
          "disk-reaches-prompt/disk.ovmf.virtio-blk", "disk-reaches-prompt/disk.ovmf.scsi-hd",
          "disk-reaches-prompt/disk.ovmf.nvme", "disk-reaches-prompt/disk.ovmf.ahci-hd",
          "disk-reaches-prompt/disk.ovmf.ide-hd", "disk-reaches-prompt/disk.ovmf.usb-storage",
          "disk-reaches-prompt/disk.ovmf-secure.virtio-blk",
          "disk-reaches-prompt/disk.ovmf-secure.scsi-hd",
          "disk-reaches-prompt/disk.ovmf-secure.nvme",
          "disk-reaches-prompt/disk.ovmf-secure.ahci-hd",
          "disk-reaches-prompt/disk.ovmf-secure.usb-storage",
          "disk-reaches-prompt/disk.aavmf.virtio-blk", "disk-reaches-prompt/disk.aavmf.scsi-hd",
          "disk-reaches-prompt/disk.aavmf.nvme", "disk-reaches-prompt/disk.aavmf.usb-storage"));
}

TEST_F(BootMatrix, OfADiskWithLargeSectorsIsItWhereQemuHasThem) {
  BootRequest request = for_images({add("disk.img", testing::gpt_disk(4096))});
  request.firmware = {Firmware::kOvmf};
  EXPECT_THAT(cells(request), ElementsAre("disk-reaches-prompt/disk.ovmf.virtio-blk",
                                          "disk-reaches-prompt/disk.ovmf.scsi-hd",
                                          "disk-reaches-prompt/disk.ovmf.nvme"));
  EXPECT_EQ(parsed(text(request)).scenarios.front().sector_size, 4096U);
}

TEST_F(BootMatrix, AQuickOneHasACellForEachBootPath) {
  BootRequest request = for_images({add("sample.iso", testing::iso_image())});
  request.is_quick = true;
  EXPECT_THAT(cells(request), ElementsAre("sample-reaches-loader/sample.seabios.ahci-cd",
                                          "sample-reaches-loader/sample.seabios.usb-storage",
                                          "sample-reaches-loader/sample.ovmf.ahci-cd",
                                          "sample-reaches-loader/sample.ovmf.usb-storage",
                                          "sample-reaches-loader/sample.ovmf-secure.ahci-cd",
                                          "sample-reaches-loader/sample.ovmf-secure.usb-storage"));
}

TEST_F(BootMatrix, FirmwareAndDevicesThatAreAskedForAreTakenMeantOrNot) {
  BootRequest request = for_images({add("sample.iso", testing::iso_image())});
  request.firmware = {Firmware::kAavmf};
  EXPECT_THAT(cells(request), Contains(EndsWith("sample.aavmf.scsi-cd")));
  request.device = {Device::kUsbCd};
  EXPECT_THAT(cells(request), ElementsAre("sample-reaches-prompt/sample.aavmf.usb-cd"));
}

TEST_F(BootMatrix, ACombinationThatBothOptionsNameStaysWithItsReason) {
  BootRequest request = for_images({add("sample.iso", testing::iso_image())});
  request.firmware = {Firmware::kAavmf};
  request.device = {Device::kIdeHd};
  const ScenarioFile file = parsed(text(request));
  const std::vector<Cell> planned = expand(file, AllImpossible::kAllowed);
  ASSERT_EQ(planned.size(), 1U);
  EXPECT_NE(planned.front().impossible, "");
}

TEST_F(BootMatrix, ADeviceThatGoesWithNoFirmwareLeavesNoCell) {
  BootRequest request = for_images({add("sample.iso", testing::iso_image())});
  request.firmware = {};
  request.device = {Device::kNone};
  EXPECT_EQ(error(request), "no firmware and device that were asked for go together for " +
                                request.images.front().string() +
                                "\nleave out --firmware or --device, or name both to see why");
}

TEST_F(BootMatrix, WhatIsForetoldNotToBootIsToFailSoWhereThatIsToBeProved) {
  BootRequest request = for_images({add("sample.iso", testing::iso_image())});
  request.proves_impossible = true;
  request.is_quick = true;
  request.firmware = {Firmware::kSeabios};
  const ScenarioFile file = parsed(text(request));
  ASSERT_EQ(file.scenarios.size(), 2U);
  const Scenario& reaching = file.scenarios[0];
  EXPECT_EQ(reaching.name, "sample-reaches-loader");
  EXPECT_FALSE(reaching.expect_failure);
  const Scenario& failing = file.scenarios[1];
  EXPECT_EQ(failing.name, "sample-cannot-boot-2");
  EXPECT_TRUE(failing.steps.empty());
  EXPECT_EQ(failing.expect_failure.value().text(), "firmware.* or loader.* or machine.*");
}

TEST_F(BootMatrix, APatternHasToComeWhereTheMediumMayBoot) {
  BootRequest request = for_images({add("sample.iso", testing::iso_image())});
  request.is_quick = true;
  request.firmware = {Firmware::kSeabios};
  request.expect = "it's \"up\": # \\d+";
  const ScenarioFile file = parsed(text(request));
  EXPECT_THAT(cells(request), ElementsAre("sample-reaches-loader/sample.seabios.usb-storage",
                                          "sample-says-what-it-should-2/sample.seabios.ahci-cd"));
  const std::vector<Step>& steps = file.scenarios.back().steps;
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(std::get<ExpectStep>(steps[0].action).patterns, Lines{"it's \"up\": # \\d+"});
  EXPECT_EQ(file.scenarios.back().limits.step, std::chrono::minutes(5));
  EXPECT_TRUE(file.scenarios.front().leaves_it_to_the_medium()) << "told, and not booted";
}

TEST_F(BootMatrix, NoKeysMeansThatCountdownsAreKept) {
  BootRequest request = for_images({add("sample.iso", testing::iso_image())});
  EXPECT_TRUE(parsed(text(request)).scenarios.front().skip_countdowns);
  request.presses_keys = false;
  EXPECT_FALSE(parsed(text(request)).scenarios.front().skip_countdowns);
}

TEST_F(BootMatrix, MemoryIsWhatWasAskedFor) {
  BootRequest request = for_images({add("sample.iso", testing::iso_image())});
  request.memory_mib = 333;
  EXPECT_EQ(parsed(text(request)).scenarios.front().memory_mib, 333U);
}

TEST_F(BootMatrix, APathIsRelativeToTheFolderOfTheFile) {
  const fs::path image = add("media/sample.iso", testing::iso_image());
  fs::create_directory(folder_.path() / "ci");
  EXPECT_THAT(text(for_images({image}), folder_.path() / "ci"),
              HasSubstr("  sample: {path: '../media/sample.iso'}\n"));
  EXPECT_THAT(media_of(parsed(text(for_images({image}), folder_.path() / "ci"),
                              folder_.path() / "ci" / "boot.yaml")),
              ElementsAre("sample = " + image.string()));
}

TEST_F(BootMatrix, ALinkKeepsItsOwnName) {
  const fs::path image = add("release-\x1b[2J.iso", testing::iso_image());
  const fs::path link = folder_.path() / "release.iso";
  fs::create_symlink(image, link);
  EXPECT_THAT(text(for_images({link})), HasSubstr("{path: '" + link.string() + "'}"));
}

/// A file name, and the name that its medium gets.
struct Named {
  const char* file;
  const char* medium;
};

TEST_F(BootMatrix, AnyFileNameGivesAMediumThatTheFileReadsBack) {
  for (const Named& one : {Named{"my rescue disk.iso", "my-rescue-disk"},
                           Named{"it's.iso", "it-s"},
                           Named{"a\"b\".iso", "a-b"},
                           Named{"a # b.iso", "a-b"},
                           Named{"a: b.iso", "a-b"},
                           Named{"{x}.iso", "x"},
                           Named{"-n.iso", "n"},
                           Named{"_x_.iso", "x_"},
                           Named{"&anchor.iso", "anchor"},
                           Named{"*.iso", "medium"},
                           Named{"%TAG.iso", "TAG"},
                           Named{"\xc3\xbc\xe4\xb8\xad.iso", "medium"},
                           Named{"gr\xc3\xbc\xc3\x9f.iso", "gr"},
                           Named{"back\\slash.iso", "back-slash"},
                           Named{"null.iso", "medium"},
                           Named{"true.iso", "true"},
                           Named{"No.iso", "No"},
                           Named{"123.iso", "123"},
                           Named{"1e3.iso", "1e3"},
                           Named{"0x10.iso", "0x10"},
                           Named{"v1.2.3.iso", "v1-2-3"},
                           Named{".hidden", "hidden"},
                           Named{"a-name-that-is-much-longer-than-forty-characters-are.iso",
                                 "a-name-that-is-much-longer-than-forty-ch"}}) {
    const fs::path image = add(one.file, testing::iso_image());
    const ScenarioFile file = parsed(text(for_images({image})));
    EXPECT_THAT(media_of(file), ElementsAre(one.medium + (" = " + image.string())));
    EXPECT_EQ(expand(file, AllImpossible::kAllowed).size(), 11U) << one.file;
  }
}

TEST_F(BootMatrix, ANameThatNoYamlHoldsIsRefused) {
  for (const std::string_view name : {"a\nb.iso", "a\tb.iso", "a\x1b[2Jb.iso", "a\xff.iso",
                                      "a\xe2\x80\xae"
                                      "b.iso"}) {
    const fs::path image = add(name, testing::iso_image());
    EXPECT_THAT(error(for_images({image})),
                HasSubstr("can't stand in a scenario file\n"
                          "give the image a name of printable UTF-8 characters, or a link with "
                          "such a name"))
        << name;
  }
}

TEST_F(BootMatrix, ImagesOfTheSameNameGetNumbers) {
  const fs::path one = add("a/rescue.iso", testing::iso_image());
  const fs::path two = add("b/rescue.iso", testing::iso_image());
  const fs::path tricky = add("rescue-2.img", testing::gpt_disk(512));
  const fs::path three = add("c/rescue.img", testing::gpt_disk(512));
  const ScenarioFile file = parsed(text(for_images({tricky, one, two, three})));
  EXPECT_THAT(media_of(file),
              ElementsAre("rescue-2 = " + tricky.string(), "rescue = " + one.string(),
                          "rescue-3 = " + two.string(), "rescue-4 = " + three.string()));
}

TEST_F(BootMatrix, WhatIsNoImageIsAUsageError) {
  EXPECT_EQ(error(for_images({folder_.path() / "none.iso"})),
            (folder_.path() / "none.iso").string() +
                " does not exist\nbuild the image first, or correct the path");
  EXPECT_EQ(error(for_images({folder_.path()})),
            folder_.path().string() +
                " is a folder, an image file is expected\nname the image file inside it");
}

TEST_F(BootMatrix, ZerosAreTriedNowhereAndEverywhereTold) {
  const fs::path image = add("zeros.img", inspectors::Bytes(1U << 20U));
  const std::string planned = text(for_images({image}));
  EXPECT_THAT(cells(for_images({image})), ::testing::SizeIs(21));
  EXPECT_THAT(planned, Not(HasSubstr("device: ide-hd}\n"))) << "each cell tells its forecast";
  EXPECT_THAT(planned, HasSubstr("device: ide-hd}  # cannot boot\n"));
}

TEST_F(BootMatrix, OfMediaForX86HasNoAarch64) {
  for (const char* medium : {kGrubRescue, kMemtest}) {
    if (!fs::exists(medium)) {
      GTEST_SKIP() << medium << " is missing: apt-get install grub-rescue-pc memtest86+";
    }
    const Lines planned = cells(for_images({medium}));
    EXPECT_THAT(planned, Contains(HasSubstr(".seabios.ahci-cd")));
    EXPECT_THAT(planned, Contains(HasSubstr(".ovmf.usb-storage")));
    EXPECT_THAT(planned, Not(Contains(HasSubstr("aavmf"))));
    EXPECT_THAT(planned, Each(HasSubstr("-reaches-loader/"))) << "they have no initramfs";
  }
}

}  // namespace
}  // namespace bootproof
