#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "tests/scenarios/support.h"

namespace bootproof::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

TEST(LoadScenarios, ReadsEveryKindOfMedium) {
  const ScenarioFile file = parsed(R"(version: 1
recipes: [recipes.yaml, /etc/more.yaml]
media:
  plain: out/rescue.iso
  path: {path: ../stick.img}
  package: {package: ipxe, file: /usr/lib/ipxe/ipxe.iso}
  built: {build: usb-syslinux}
  tiny:
    kernel: {package: linux-image, file: /boot/vmlinuz, architecture: arm64}
    initrd: {build: busybox-arm64}
    append: 'console=ttyAMA0 panic=-1'
    architecture: aarch64
  bare: {kernel: bzImage, append: ''}
scenarios:
  - {name: s, media: plain, firmware: ovmf, device: scsi-cd, steps: [expect: x]}
)");
  EXPECT_EQ(file.file, "/srv/boot.yaml");
  EXPECT_THAT(file.recipes, ElementsAre("/srv/recipes.yaml", "/etc/more.yaml"));
  ASSERT_EQ(file.media.size(), 6U);
  std::vector<std::string> names;
  for (const Medium& medium : file.media) {
    names.push_back(medium.name);
  }
  EXPECT_THAT(names, ElementsAre("plain", "path", "package", "built", "tiny", "bare"));
  const auto image = [&](std::size_t i) { return std::get<FileSource>(file.media[i].source); };
  EXPECT_EQ(std::get<std::filesystem::path>(image(0).source), "/srv/out/rescue.iso");
  EXPECT_EQ(std::get<std::filesystem::path>(image(1).source), "/stick.img");
  EXPECT_EQ(std::get<PackageFile>(image(2).source).package, "ipxe");
  EXPECT_EQ(std::get<RecipeName>(image(3).source).name, "usb-syslinux");
  const auto& tiny = std::get<DirectKernel>(file.media[4].source);
  EXPECT_EQ(std::get<PackageFile>(tiny.kernel.source).architecture, "arm64");
  EXPECT_EQ(std::get<RecipeName>(tiny.initrd.value().source).name, "busybox-arm64");
  EXPECT_EQ(tiny.append, "console=ttyAMA0 panic=-1");
  EXPECT_EQ(tiny.architecture, Architecture::kAarch64);
  const auto& bare = std::get<DirectKernel>(file.media[5].source);
  EXPECT_FALSE(bare.initrd.has_value());
  EXPECT_EQ(bare.architecture, Architecture::kX86_64);
  EXPECT_EQ(file.media[4].mark.line, 9);
}

TEST(LoadScenarios, ReadsEveryKeyOfAScenario) {
  const ScenarioFile file = parsed(R"(version: 1
media: {rescue: a, stick: b}
scenarios:
  - name: all-keys
    media: [rescue, stick]
    firmware: [seabios, ovmf-secure]
    device: ahci-cd
    machine: [pc, q35]
    exclude: [{media: stick, firmware: [seabios], device: ahci-cd, machine: q35}]
    include:
      - {media: rescue, firmware: ovmf, device: nvme, machine: pc}
    memory: 2G
    cpus: 4
    cpu_model: max,pauth-impdef=on
    sector_size: 4096
    network: true
    countdowns: keep
    step_limit: 90s
    cell_limit: 10m
    silence_limit: 1500ms
    expect_failure: {cause: kernel.panic}
    tolerate: [loader.waits-for-input]
)");
  ASSERT_EQ(file.scenarios.size(), 1U);
  const Scenario& scenario = file.scenarios[0];
  EXPECT_EQ(scenario.name, "all-keys");
  EXPECT_EQ(scenario.mark.line, 4);
  EXPECT_THAT(scenario.media, ElementsAre("rescue", "stick"));
  EXPECT_THAT(scenario.firmware, ElementsAre(Firmware::kSeabios, Firmware::kOvmfSecure));
  EXPECT_THAT(scenario.device, ElementsAre(Device::kAhciCd));
  EXPECT_THAT(scenario.machine, ElementsAre(MachineType::kPc, MachineType::kQ35));
  ASSERT_EQ(scenario.exclude.size(), 1U);
  EXPECT_THAT(scenario.exclude[0].media, ElementsAre("stick"));
  EXPECT_THAT(scenario.exclude[0].firmware, ElementsAre(Firmware::kSeabios));
  EXPECT_THAT(scenario.exclude[0].device, ElementsAre(Device::kAhciCd));
  EXPECT_THAT(scenario.exclude[0].machine, ElementsAre(MachineType::kQ35));
  ASSERT_EQ(scenario.include.size(), 1U);
  EXPECT_THAT(scenario.include[0].firmware, ElementsAre(Firmware::kOvmf));
  EXPECT_EQ(scenario.include[0].mark.line, 11);
  EXPECT_EQ(scenario.memory_mib, 2048U);
  EXPECT_EQ(scenario.cpus, 4U);
  EXPECT_EQ(scenario.cpu_model, "max,pauth-impdef=on");
  EXPECT_EQ(scenario.sector_size, 4096U);
  EXPECT_TRUE(scenario.network);
  EXPECT_FALSE(scenario.skip_countdowns);
  EXPECT_EQ(scenario.limits.step, milliseconds(90'000));
  EXPECT_EQ(scenario.limits.cell, milliseconds(600'000));
  EXPECT_EQ(scenario.limits.silence, milliseconds(1'500));
  EXPECT_TRUE(scenario.steps.empty());
  EXPECT_EQ(scenario.expect_failure.value().text(), "kernel.panic");
  EXPECT_THAT(scenario.tolerate, ElementsAre("loader.waits-for-input"));
}

TEST(LoadScenarios, ReadsEveryKindOfStep) {
  const ScenarioFile file = parsed(R"(version: 1
media: {rescue: a}
scenarios:
  - name: steps
    media: rescue
    firmware: seabios
    device: ide-cd
    steps:
      - expect: 'GNU GRUB'
        within: 20s
        on: vga
      - key: down
        via: keyboard
      - key: enter
      - wait_quiet: 1.5s
        within: 1m
      - send: 'root\n'
      - send: "\x03"
      - expect: {any: ['login:', 'grub> *$']}
        on: screen
      - expect: {all: [eth0, '(?i)sda\d']}
        on: serial
)");
  const std::vector<Step>& steps = file.scenarios[0].steps;
  ASSERT_EQ(steps.size(), 8U);
  const auto& grub = std::get<ExpectStep>(steps[0].action);
  EXPECT_THAT(grub.patterns, ElementsAre("GNU GRUB"));
  EXPECT_FALSE(grub.all);
  EXPECT_EQ(grub.on, MatchOn::kVga);
  EXPECT_EQ(steps[0].within, milliseconds(20'000));
  EXPECT_EQ(steps[0].mark.line, 9);
  EXPECT_EQ(std::get<KeyStep>(steps[1].action).key, "down");
  EXPECT_TRUE(std::get<KeyStep>(steps[1].action).keyboard);
  EXPECT_FALSE(std::get<KeyStep>(steps[2].action).keyboard);
  EXPECT_EQ(steps[2].within, std::nullopt);
  EXPECT_EQ(std::get<WaitQuietStep>(steps[3].action).quiet, milliseconds(1'500));
  EXPECT_EQ(std::get<SendStep>(steps[4].action).text, "root\n");
  EXPECT_EQ(std::get<SendStep>(steps[5].action).text, "\x03");
  const auto& any = std::get<ExpectStep>(steps[6].action);
  EXPECT_THAT(any.patterns, ElementsAre("login:", "grub> *$"));
  EXPECT_FALSE(any.all);
  EXPECT_EQ(any.on, MatchOn::kScreen);
  const auto& all = std::get<ExpectStep>(steps[7].action);
  EXPECT_THAT(all.patterns, ElementsAre("eth0", "(?i)sda\\d"));
  EXPECT_TRUE(all.all);
  EXPECT_EQ(all.on, MatchOn::kSerial);
}

TEST(LoadScenarios, SharesStepsByAnAlias) {
  const ScenarioFile file = parsed(R"(version: 1
media: {rescue: a}
scenarios:
  - {name: one, media: rescue, firmware: ovmf, device: nvme, steps: &login [expect: 'login:']}
  - {name: two, media: rescue, firmware: ovmf, device: nvme, steps: *login}
)");
  ASSERT_EQ(file.scenarios.size(), 2U);
  EXPECT_THAT(std::get<ExpectStep>(file.scenarios[1].steps.at(0).action).patterns,
              ElementsAre("login:"));
}

TEST(LoadScenarios, ReadsAFileFromDisk) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.write("boot.yaml",
                                                  "version: 1\n"
                                                  "media: {rescue: rescue.iso}\n"
                                                  "scenarios:\n"
                                                  "  - name: s\n"
                                                  "    media: rescue\n"
                                                  "    firmware: seabios\n"
                                                  "    device: ide-cd\n"
                                                  "    steps: [expect: 'login:']\n");
  const ScenarioFile scenarios = load_scenarios(file, vocabulary());
  EXPECT_EQ(
      std::get<std::filesystem::path>(std::get<FileSource>(scenarios.media.at(0).source).source),
      folder.path() / "rescue.iso");
}

}  // namespace
}  // namespace bootproof::testing
