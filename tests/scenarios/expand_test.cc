#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/scenarios/support.h"

namespace bootproof::testing {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kHead =
    "version: 1\n"
    "media:\n"
    "  rescue: rescue.iso\n"
    "  stick: stick.img\n"
    "  tiny: {kernel: bzImage}\n"
    "  arm: {kernel: Image, architecture: aarch64}\n"
    "scenarios:\n";

/// A file with one scenario per text, each given in YAML's flow style.
ScenarioFile file_of(const std::vector<std::string>& scenarios) {
  std::string text(kHead);
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    const bool has_steps = scenarios[i].find("steps:") != std::string::npos;
    text += fmt::format("  - {{name: s{}, {}{}}}\n", i + 1, has_steps ? "" : "steps: [expect: x], ",
                        scenarios[i]);
  }
  return parsed(text);
}

std::vector<std::string> ids_of(const std::vector<std::string>& scenarios) {
  const ScenarioFile file = file_of(scenarios);
  std::vector<std::string> ids;
  for (const Cell& cell : expand(file)) {
    ids.push_back(cell.full_id());
  }
  return ids;
}

TEST(Expand, GoesThroughMediaFirmwareDeviceAndMachineInTheOrderOfTheFile) {
  EXPECT_THAT(ids_of({"media: [stick, rescue], firmware: [ovmf, seabios], device: [nvme, usb-cd]",
                      "media: rescue, firmware: seabios, device: usb-cd, machine: [q35, pc]"}),
              ElementsAre("s1/stick.ovmf.nvme", "s1/stick.ovmf.usb-cd", "s1/stick.seabios.nvme",
                          "s1/stick.seabios.usb-cd", "s1/rescue.ovmf.nvme", "s1/rescue.ovmf.usb-cd",
                          "s1/rescue.seabios.nvme", "s1/rescue.seabios.usb-cd",
                          "s2/rescue.seabios.usb-cd.q35", "s2/rescue.seabios.usb-cd.pc"));
}

TEST(Expand, FillsInEachCell) {
  const ScenarioFile file =
      file_of({"media: rescue, firmware: [seabios, aavmf], device: [ide-cd, scsi-cd]"});
  const std::vector<Cell> cells = expand(file);
  ASSERT_EQ(cells.size(), 4U);
  EXPECT_EQ(cells[0].scenario, file.scenarios.data());
  EXPECT_EQ(cells[0].medium, file.media.data());
  EXPECT_EQ(cells[0].firmware, Firmware::kSeabios);
  EXPECT_EQ(cells[0].device, Device::kIdeCd);
  EXPECT_EQ(cells[0].machine, MachineType::kPc);
  EXPECT_EQ(cells[0].impossible, "");
  EXPECT_EQ(cells[1].machine, MachineType::kQ35);
  EXPECT_EQ(cells[2].machine, MachineType::kVirt);
  EXPECT_EQ(cells[2].impossible,
            "ide-cd needs the IDE controller of machine pc, machine virt has none: choose scsi-cd");
  EXPECT_EQ(cells[3].impossible, "");
}

TEST(Expand, StartsKernelsOnTheMachineOfTheirArchitecture) {
  const ScenarioFile file = file_of({"media: [tiny, arm]"});
  const std::vector<Cell> cells = expand(file);
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[0].id, "tiny.kernel");
  EXPECT_EQ(cells[0].device, Device::kNone);
  EXPECT_EQ(cells[0].machine, MachineType::kQ35);
  EXPECT_EQ(cells[1].id, "arm.kernel");
  EXPECT_EQ(cells[1].machine, MachineType::kVirt);
}

TEST(Expand, SaysThatAKernelDoesNotRunOnAMachineOfAnotherArchitecture) {
  const ScenarioFile file = file_of({"media: [tiny, arm], machine: [pc, virt]"});
  const std::vector<Cell> cells = expand(file);
  ASSERT_EQ(cells.size(), 4U);
  EXPECT_EQ(cells[0].impossible, "");
  EXPECT_EQ(cells[1].id, "tiny.kernel.virt");
  EXPECT_EQ(cells[1].impossible,
            "the kernel of tiny is for x86_64, machine virt is aarch64: choose machine pc or q35");
  EXPECT_EQ(cells[2].impossible,
            "the kernel of arm is for aarch64, machine pc is x86_64: choose machine virt");
  EXPECT_EQ(cells[3].impossible, "");
}

TEST(Expand, SaysWhichDevicesHaveNoLargeSectors) {
  const ScenarioFile file = file_of(
      {"media: rescue, firmware: ovmf, device: [ahci-hd, scsi-cd, nvme], sector_size: 4096"});
  const std::vector<Cell> cells = expand(file);
  ASSERT_EQ(cells.size(), 3U);
  EXPECT_EQ(cells[0].impossible,
            "device ahci-hd has no sectors of 4096 bytes: choose virtio-blk, scsi-hd or nvme");
  EXPECT_EQ(cells[1].impossible,
            "device scsi-cd has no sectors of 4096 bytes: choose virtio-blk, scsi-hd or nvme");
  EXPECT_EQ(cells[2].impossible, "");
}

TEST(Expand, SaysThatAnArmMachineHasNoVgaScreen) {
  const ScenarioFile file = parsed(std::string(kHead) +
                                   "  - name: s\n    media: [tiny, arm]\n"
                                   "    steps:\n      - {expect: x, on: vga}\n");
  const std::vector<Cell> cells = expand(file);
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[0].impossible, "");
  EXPECT_EQ(cells[1].impossible,
            "a step looks at the vga screen, which machine virt does not have: choose `on: serial` "
            "or `on: screen`");
}

TEST(Expand, LeavesOutCellsThatMatchEveryKeyOfAFilter) {
  EXPECT_THAT(ids_of({"media: [rescue, stick], firmware: [seabios, ovmf], device: [scsi-cd, nvme], "
                      "exclude: [{media: stick, device: scsi-cd}, {media: rescue, device: nvme}, "
                      "{firmware: ovmf, media: [rescue, stick]}]"}),
              ElementsAre("s1/rescue.seabios.scsi-cd", "s1/stick.seabios.nvme"));
}

TEST(Expand, ExcludesByTheDefaultMachineToo) {
  EXPECT_THAT(ids_of({"media: rescue, firmware: seabios, device: [ide-cd, scsi-cd], "
                      "exclude: {machine: pc}"}),
              ElementsAre("s1/rescue.seabios.scsi-cd"));
}

TEST(Expand, AddsTheCellsOfIncludeAtTheEnd) {
  EXPECT_THAT(ids_of({"media: rescue, firmware: seabios, device: ide-cd, include: "
                      "[{media: stick, firmware: ovmf, device: nvme}, {media: tiny}, "
                      "{media: rescue, firmware: seabios, device: scsi-cd, machine: pc}]"}),
              ElementsAre("s1/rescue.seabios.ide-cd", "s1/stick.ovmf.nvme", "s1/tiny.kernel",
                          "s1/rescue.seabios.scsi-cd.pc"));
}

TEST(Expand, TakesAllCellsFromIncludeWhereThereAreNoAxes) {
  EXPECT_THAT(ids_of({"include: [{media: stick, firmware: ovmf, device: nvme}, {media: tiny}]"}),
              ElementsAre("s1/stick.ovmf.nvme", "s1/tiny.kernel"));
}

TEST(Expand, PutsBackWhatExcludeTookAway) {
  EXPECT_THAT(
      ids_of({"media: rescue, firmware: [seabios, ovmf], device: scsi-cd, exclude: "
              "{firmware: ovmf}, include: {media: rescue, firmware: ovmf, device: scsi-cd}"}),
      ElementsAre("s1/rescue.seabios.scsi-cd", "s1/rescue.ovmf.scsi-cd"));
}

TEST(Expand, AMediumThatNoScenarioUsesIsFine) {
  EXPECT_EQ(ids_of({"media: rescue, firmware: seabios, device: usb-cd"}).size(), 1U);
}

/// A file of `media` media and one scenario that takes all of them on `cells_per_medium` cells.
std::string wide_file(int media, const std::string& axes) {
  std::string text = "version: 1\nmedia:\n";
  std::string names;
  for (int i = 0; i < media; ++i) {
    text += fmt::format("  m{}: x\n", i);
    names += fmt::format("m{}, ", i);
  }
  return text + fmt::format("scenarios:\n  - {{name: wide, steps: [expect: x], media: [{}], {}}}\n",
                            names, axes);
}

TEST(Expand, TakesAsManyCellsAsTheLimit) {
  const ScenarioFile file =
      parsed(wide_file(1'000,
                       "firmware: [seabios, ovmf], device: [nvme, usb-cd, scsi-cd, scsi-hd, "
                       "usb-storage]"));
  EXPECT_EQ(expand(file).size(), kMaximumCells);
}

TEST(Expand, RefusesMoreCellsThanTheLimitBeforeTheyAreMade) {
  const std::string error =
      error_of(wide_file(20'000,
                         "firmware: [seabios, ovmf, ovmf-secure, aavmf], device: [nvme, usb-cd, "
                         "scsi-cd], machine: [pc, q35, virt]"));
  EXPECT_TRUE(error.starts_with("boot.yaml:20004:5: more than 10000 cells, with scenario 'wide'\n"))
      << error.substr(0, 200);
  EXPECT_TRUE(error.ends_with("\nsplit the file, or make an axis shorter"));
}

TEST(Expand, CountsTheCellsOfAllScenariosTogether) {
  std::string text = wide_file(5'001, "firmware: seabios, device: nvme");
  text += text.substr(text.find("  - {name: wide")).replace(5, 10, "name: two");
  const std::string error = error_of(text);
  EXPECT_TRUE(error.starts_with("boot.yaml:5006:5: more than 10000 cells, with scenario 'two'\n"))
      << error.substr(0, 200);
}

TEST(Expand, TheFurtherAxesMultiplyAndDefaultsAreNotTold) {
  EXPECT_THAT(ids_of({"media: stick, firmware: ovmf, device: usb-storage, "
                      "controller: [xhci, nec-xhci], removable: [true, false], larger: 64M"}),
              ElementsAre("s1/stick.ovmf.usb-storage.xhci.larger-64M",
                          "s1/stick.ovmf.usb-storage.xhci.fixed.larger-64M",
                          "s1/stick.ovmf.usb-storage.nec-xhci.larger-64M",
                          "s1/stick.ovmf.usb-storage.nec-xhci.fixed.larger-64M"));
  EXPECT_THAT(ids_of({"media: rescue, firmware: seabios, device: ide-cd, machine: pc, "
                      "hide: [nothing, el-torito], tpm: [false, true]"}),
              ElementsAre("s1/rescue.seabios.ide-cd.pc", "s1/rescue.seabios.ide-cd.pc.tpm",
                          "s1/rescue.seabios.ide-cd.pc.hidden-el-torito",
                          "s1/rescue.seabios.ide-cd.pc.hidden-el-torito.tpm"));
  EXPECT_THAT(ids_of({"media: stick, firmware: seabios, device: nvme, read_only: true"}),
              ElementsAre("s1/stick.seabios.nvme.read-only"));
}

TEST(Expand, FiltersKnowTheFurtherAxes) {
  EXPECT_THAT(
      ids_of({"media: stick, firmware: ovmf, device: usb-storage, removable: [true, false],"
              " tpm: [true, false], exclude: {removable: false, tpm: true},"
              " include: {media: stick, firmware: seabios, device: sd-card, larger: 1G}"}),
      ElementsAre("s1/stick.ovmf.usb-storage.tpm", "s1/stick.ovmf.usb-storage",
                  "s1/stick.ovmf.usb-storage.fixed", "s1/stick.seabios.sd-card.larger-1024M"));
}

TEST(Expand, NamesABuildOfFirmwareAndTreatsItAsWhatItIsLike) {
  const ScenarioFile file = parsed(
      "version: 1\n"
      "firmware:\n"
      "  mine: {like: aavmf, code: CODE.fd, vars: VARS.fd}\n"
      "media: {rescue: rescue.iso}\n"
      "scenarios:\n"
      "  - {name: s, steps: [expect: x], media: rescue, firmware: [aavmf, mine], device: "
      "usb-cd}\n");
  const std::vector<Cell> cells = expand(file);
  ASSERT_EQ(cells.size(), 2U);
  EXPECT_EQ(cells[0].firmware_build, nullptr);
  EXPECT_EQ(cells[1].id, "rescue.mine.usb-cd");
  EXPECT_EQ(cells[1].firmware, Firmware::kAavmf);
  EXPECT_EQ(cells[1].machine, MachineType::kVirt);
  EXPECT_EQ(cells[1].firmware_build, file.firmware.data());
}

TEST(Expand, KnowsTheMediaOfDisksAndSteps) {
  const ScenarioFile file =
      file_of({"media: rescue, firmware: seabios, device: ide-cd, "
               "disks: [{size: 1G, device: nvme}, {medium: stick, device: scsi-hd}], "
               "steps: [insert: stick, plug: rescue, insert: stick]"});
  const std::vector<Cell> cells = expand(file);
  ASSERT_EQ(cells.size(), 1U);
  EXPECT_THAT(cells[0].disk_media, ElementsAre(nullptr, &file.media[1]));
  EXPECT_THAT(cells[0].shelf, ElementsAre(&file.media[1], &file.media[0]));
}

TEST(Expand, ADiscNeedsADriveToBeEjectedFrom) {
  const ScenarioFile file =
      file_of({"media: rescue, firmware: seabios, device: [usb-cd, usb-storage], steps: [eject]"});
  const std::vector<Cell> cells = expand(file);
  EXPECT_EQ(cells.at(0).impossible, "");
  EXPECT_EQ(cells.at(1).impossible,
            "usb-storage has no drive for `eject` and `insert`: choose ide-cd, ahci-cd, scsi-cd or "
            "usb-cd");
}

}  // namespace
}  // namespace bootproof::testing
