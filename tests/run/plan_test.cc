#include "harness/run/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/yaml_reader.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using testing::content_of;
using testing::TemporaryFolder;
using Lines = std::vector<std::string>;

constexpr std::string_view kFile = R"(version: 1
media:
  rescue: rescue.iso
  stick: stick.img
  tiny: {kernel: bzImage, initrd: initrd.img, append: console=ttyS0 quiet}
scenarios:
  - name: prompt
    media: [rescue, stick]
    firmware: [seabios, ovmf]
    device: [scsi-cd, usb-storage]
    memory: 1G
    steps:
      - expect: 'login:'
  - name: shell
    media: [tiny]
    firmware: [kernel]
    cpus: 2
    cpu_model: max
    network: true
    countdowns: keep
    steps:
      - expect: '#'
)";

ScenarioFile scenario_file() {
  return parse_scenarios(YamlNode::load_text(kFile, "/srv/boot.yaml"), {});
}

Lines ids_of(const std::vector<Cell>& cells) {
  Lines ids;
  for (const Cell& cell : cells) {
    ids.push_back(cell.full_id());
  }
  return ids;
}

Lines chosen(const std::vector<std::string>& patterns) {
  const ScenarioFile file = scenario_file();
  return ids_of(filter_cells(expand(file), patterns));
}

TEST(FilterCells, NoPatternMeansAllInTheirOrder) {
  EXPECT_EQ(chosen({}), (Lines{"prompt/rescue.seabios.scsi-cd", "prompt/rescue.seabios.usb-storage",
                               "prompt/rescue.ovmf.scsi-cd", "prompt/rescue.ovmf.usb-storage",
                               "prompt/stick.seabios.scsi-cd", "prompt/stick.seabios.usb-storage",
                               "prompt/stick.ovmf.scsi-cd", "prompt/stick.ovmf.usb-storage",
                               "shell/tiny.kernel"}));
}

TEST(FilterCells, AWordMatchesAnywhere) {
  EXPECT_EQ(chosen({"stick.ovmf"}),
            (Lines{"prompt/stick.ovmf.scsi-cd", "prompt/stick.ovmf.usb-storage"}));
}

TEST(FilterCells, AGlobMatchesTheWholeId) {
  EXPECT_EQ(chosen({"prompt/*.seabios.usb-*"}),
            (Lines{"prompt/rescue.seabios.usb-storage", "prompt/stick.seabios.usb-storage"}));
  EXPECT_EQ(chosen({"shell/t?ny.kernel"}), Lines{"shell/tiny.kernel"});
  EXPECT_EQ(chosen({"*kernel"}), Lines{"shell/tiny.kernel"});
}

TEST(FilterCells, SeveralPatternsAddUpInTheOrderOfTheFile) {
  EXPECT_EQ(chosen({"tiny", "stick.ovmf.scsi-cd", "tiny"}),
            (Lines{"prompt/stick.ovmf.scsi-cd", "shell/tiny.kernel"}));
}

TEST(FilterCells, AnExclamationMarkTakesAwayWhereverItStands) {
  const Lines expected{"prompt/stick.ovmf.scsi-cd"};
  EXPECT_EQ(chosen({"stick.ovmf", "!usb"}), expected);
  EXPECT_EQ(chosen({"!*usb-storage", "stick.ovmf"}), expected);
}

TEST(FilterCells, OnlyExclamationMarksTakeAwayFromAll) {
  EXPECT_EQ(chosen({"!prompt/"}), Lines{"shell/tiny.kernel"});
}

TEST(FilterCells, AWholeIdIsThatCaseAlone) {
  const ScenarioFile file = parse_scenarios(YamlNode::load_text(R"(version: 1
media: {a: a.iso}
scenarios:
  - name: s
    media: a
    firmware: ovmf
    device: usb-storage
    steps: [expect: x]
  - name: very-s
    media: a
    firmware: ovmf
    device: usb-storage
    steps: [expect: x]
)",
                                                                "/srv/boot.yaml"),
                                            {});
  const auto chosen_of = [&](const std::vector<std::string>& patterns) {
    return ids_of(filter_cells(expand(file), patterns));
  };
  EXPECT_EQ(chosen_of({"s/a.ovmf.usb-storage"}), Lines{"s/a.ovmf.usb-storage"});
  EXPECT_EQ(chosen_of({"!s/a.ovmf.usb-storage"}), Lines{"very-s/a.ovmf.usb-storage"});
  EXPECT_EQ(chosen_of({"s/a.ovmf.usb-storag"}),
            (Lines{"s/a.ovmf.usb-storage", "very-s/a.ovmf.usb-storage"}));
}

TEST(FilterCells, NothingLeftIsAUsageErrorThatNamesThePatterns) {
  try {
    chosen({"rescue", "!rescue", "\x1b[2J"});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_EQ(error.message(),
              "no case matches the filter rescue !rescue \\x1b[2J (9 cases in the file)");
    EXPECT_EQ(error.hint(), "`bootproof list` prints the ids; quote patterns with * for the shell");
  }
}

TEST(Durations, AreEstimatedByFirmwareWhereNothingIsKnown) {
  const TemporaryFolder folder;
  const ScenarioFile file = scenario_file();
  const std::vector<Cell> cells = expand(file);
  const Durations durations(folder.path() / "durations.json");
  EXPECT_EQ(durations.expected(cells[0]), 6000ms);
  EXPECT_EQ(durations.expected(cells[2]), 10000ms);
  EXPECT_EQ(durations.expected(cells[8]), 5000ms);
}

TEST(Durations, AreRememberedInAFolderThatIsMade) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "cache" / "durations.json";
  const ScenarioFile file = scenario_file();
  const std::vector<Cell> cells = expand(file);
  Durations durations(path);
  durations.record(cells[0], 1234ms);
  durations.record(cells[8], 1ms);
  durations.record(cells[8], 777ms);
  durations.save();
  const Durations again(path);
  EXPECT_EQ(again.expected(cells[0]), 1234ms);
  EXPECT_EQ(again.expected(cells[8]), 777ms);
  EXPECT_EQ(again.expected(cells[2]), 10000ms);
}

TEST(Durations, OfOtherCasesStay) {
  const TemporaryFolder folder;
  const auto path = folder.write("durations.json", R"({"other/case":5})");
  const ScenarioFile file = scenario_file();
  Durations durations(path);
  durations.record(expand(file)[8], 7ms);
  durations.save();
  EXPECT_EQ(content_of(path), R"({"other/case":5,"shell/tiny.kernel":7})");
}

TEST(Durations, ABrokenFileCountsAsEmptyAndIsReplaced) {
  const ScenarioFile file = scenario_file();
  const Cell cell = expand(file)[8];
  for (const std::string_view broken :
       {"", "{", "[1,2]", "null", "\xff\xfe", R"({"shell/tiny.kernel":"7"})",
        R"({"shell/tiny.kernel":1e300})", R"({"shell/tiny.kernel":-5})",
        R"({"shell/tiny.kernel":{"a":[]}})"}) {
    const TemporaryFolder folder;
    const auto path = folder.write("durations.json", broken);
    Durations durations(path);
    EXPECT_EQ(durations.expected(cell), 5000ms) << broken;
    durations.record(cell, 9ms);
    durations.save();
    EXPECT_EQ(content_of(path), R"({"shell/tiny.kernel":9})") << broken;
  }
}

TEST(Durations, ThatCanNotBeWrittenAreAHostError) {
  const TemporaryFolder folder;
  const auto in_the_way = folder.write("cache", "a file");
  try {
    Durations(in_the_way / "durations.json").save();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kHost);
    EXPECT_THAT(error.message(), ::testing::HasSubstr(in_the_way.string()));
  }
}

TEST(MachineSpecOf, TakesWhatTheScenarioSays) {
  const ScenarioFile file = scenario_file();
  const std::vector<Cell> cells = expand(file);
  ReadyMedium medium;
  medium.medium = cells[3].medium;
  medium.image.path = "/srv/rescue.iso";
  const MachineSpec spec = machine_spec_of(cells[3], medium, Accelerator::kKvm, true);
  EXPECT_EQ(spec.machine, MachineType::kQ35);
  EXPECT_EQ(spec.firmware, Firmware::kOvmf);
  EXPECT_EQ(spec.device, Device::kUsbStorage);
  EXPECT_EQ(spec.image, "/srv/rescue.iso");
  EXPECT_EQ(spec.kernel, "");
  EXPECT_EQ(spec.append, "");
  EXPECT_EQ(spec.memory_mib, 1024U);
  EXPECT_EQ(spec.cpus, 1U);
  EXPECT_EQ(spec.cpu_model, "");
  EXPECT_FALSE(spec.network);
  EXPECT_TRUE(spec.skip_countdowns);
  EXPECT_EQ(spec.accelerator, Accelerator::kKvm);
}

TEST(MachineSpecOf, TakesADirectKernelsFilesAndArguments) {
  const ScenarioFile file = scenario_file();
  const Cell cell = expand(file)[8];
  ReadyMedium medium;
  medium.medium = cell.medium;
  medium.kernel.path = "/srv/bzImage";
  medium.initrd.path = "/srv/initrd.img";
  const MachineSpec spec = machine_spec_of(cell, medium, Accelerator::kTcg, true);
  EXPECT_EQ(spec.firmware, Firmware::kKernel);
  EXPECT_EQ(spec.device, Device::kNone);
  EXPECT_EQ(spec.image, "");
  EXPECT_EQ(spec.kernel, "/srv/bzImage");
  EXPECT_EQ(spec.initrd, "/srv/initrd.img");
  EXPECT_EQ(spec.append, "console=ttyS0 quiet");
  EXPECT_EQ(spec.cpus, 2U);
  EXPECT_EQ(spec.cpu_model, "max");
  EXPECT_TRUE(spec.network);
  EXPECT_FALSE(spec.skip_countdowns) << "the scenario keeps them";
}

TEST(MachineSpecOf, CountdownsAreKeptWhereTheRunKeepsThem) {
  const ScenarioFile file = scenario_file();
  const Cell cell = expand(file)[0];
  ReadyMedium medium;
  medium.medium = cell.medium;
  EXPECT_FALSE(machine_spec_of(cell, medium, Accelerator::kTcg, false).skip_countdowns);
}

TEST(AcceleratorFor, OtherArchitecturesAreEmulated) {
  EXPECT_EQ(accelerator_for(MachineType::kQ35, Accelerator::kKvm), Accelerator::kKvm);
  EXPECT_EQ(accelerator_for(MachineType::kPc, Accelerator::kTcg), Accelerator::kTcg);
  EXPECT_EQ(accelerator_for(MachineType::kVirt, Accelerator::kKvm), Accelerator::kTcg);
}

}  // namespace
}  // namespace bootproof
