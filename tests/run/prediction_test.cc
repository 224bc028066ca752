#include "harness/run/prediction.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/yaml_reader.h"
#include "inspectors/paths/boot_path.h"
#include "tests/inspectors/sample_images.h"
#include "tests/run/logic_bench.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

using inspectors::Attachment;
using inspectors::BootLink;
using inspectors::BootPart;
using inspectors::BootPath;
using inspectors::FirmwareClass;
using inspectors::Forecast;
using inspectors::Inspection;
using testing::reach;
using testing::scenario_of;
using testing::TemporaryFolder;
using Lines = std::vector<std::string>;

BootLink link_of(BootPart part, Forecast state = Forecast::kBoots) {
  return {.text = std::string(name_of(part)) + " link",
          .offset = 2048,
          .state = state,
          .problem = state == Forecast::kBoots ? "" : "it is not there",
          .part = part};
}

/// A path of good links up to `last`, which is in `state`.
BootPath path_to(BootPart last, Forecast state) {
  BootPath path;
  path.firmware = FirmwareClass::kUefiX64;
  path.forecast = state;
  for (const BootPart part :
       {BootPart::kEntry, BootPart::kLoader, BootPart::kKernel, BootPart::kInitramfs}) {
    path.links.push_back(link_of(part, part == last ? state : Forecast::kBoots));
    if (part == last) {
      break;
    }
  }
  return path;
}

std::string image_text(const inspectors::Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

Verdict verdict_of(Outcome outcome, std::string stage, std::string cause = "") {
  Verdict verdict;
  verdict.outcome = outcome;
  verdict.stage = std::move(stage);
  verdict.cause = std::move(cause);
  return verdict;
}

/// How a boot left to itself that ended so agrees with the path.
std::string agreement(const BootPath& path, const Verdict& verdict,
                      const Scenario& scenario = scenario_of({reach(Goal::kPrompt)})) {
  return name_of(foretold_by(path, scenario, verdict).agreement);
}

TEST(FirmwareClassOf, IsWhatTheInspectorsForetellFor) {
  EXPECT_EQ(firmware_class_of(Firmware::kSeabios), FirmwareClass::kBios);
  EXPECT_EQ(firmware_class_of(Firmware::kOvmf), FirmwareClass::kUefiX64);
  EXPECT_EQ(firmware_class_of(Firmware::kOvmfSecure), FirmwareClass::kUefiX64);
  EXPECT_EQ(firmware_class_of(Firmware::kAavmf), FirmwareClass::kUefiAarch64);
  EXPECT_EQ(firmware_class_of(Firmware::kAavmfSecure), FirmwareClass::kUefiAarch64);
  EXPECT_EQ(firmware_class_of(Firmware::kKernel), std::nullopt);
}

TEST(IsSecure, IsTrueForFirmwareThatVerifies) {
  EXPECT_TRUE(is_secure(Firmware::kOvmfSecure));
  EXPECT_TRUE(is_secure(Firmware::kAavmfSecure));
  EXPECT_FALSE(is_secure(Firmware::kOvmf));
  EXPECT_FALSE(is_secure(Firmware::kSeabios));
}

TEST(AttachmentOf, FollowsTheDeviceAndItsSectors) {
  EXPECT_EQ(attachment_of(Device::kAhciCd, 0), Attachment::kOptical);
  EXPECT_EQ(attachment_of(Device::kUsbCd, 0), Attachment::kOptical);
  EXPECT_EQ(attachment_of(Device::kUsbStorage, 0), Attachment::kDisk);
  EXPECT_EQ(attachment_of(Device::kNvme, 512), Attachment::kDisk);
  EXPECT_EQ(attachment_of(Device::kNvme, 4096), Attachment::kDisk4096);
}

TEST(GoalOf, IsAPromptWhereAnInitramfsIsOnThePath) {
  EXPECT_EQ(goal_of(path_to(BootPart::kInitramfs, Forecast::kBoots)), Goal::kPrompt);
  EXPECT_EQ(goal_of(path_to(BootPart::kInitramfs, Forecast::kDoubtful)), Goal::kPrompt);
}

TEST(GoalOf, IsALoaderAtRestOtherwise) {
  EXPECT_EQ(goal_of(path_to(BootPart::kLoader, Forecast::kBoots)), Goal::kLoader);
  EXPECT_EQ(goal_of(path_to(BootPart::kKernel, Forecast::kBoots)), Goal::kLoader);
  EXPECT_EQ(goal_of({}), Goal::kLoader);
}

TEST(ForetoldCauses, AreThoseOfTheLinkThatBreaks) {
  const auto causes = [](BootPart part) {
    return foretold_causes(path_to(part, Forecast::kCannotBoot));
  };
  EXPECT_EQ(causes(BootPart::kEntry), (Lines{"firmware.*", "loader.*"}));
  EXPECT_EQ(causes(BootPart::kLoader), (Lines{"firmware.*", "loader.*", "machine.*"}));
  EXPECT_EQ(causes(BootPart::kKernel), (Lines{"firmware.*", "loader.*", "kernel.*"}));
  EXPECT_EQ(causes(BootPart::kInitramfs), (Lines{"loader.*", "kernel.*", "initramfs.*"}));
}

TEST(ForetoldCauses, AreNoneForAPathThatBoots) {
  EXPECT_EQ(foretold_causes(path_to(BootPart::kKernel, Forecast::kBoots)), Lines{});
}

TEST(ForetoldCauses, OfAPathWithoutAnyLinkAreThoseOfItsEntry) {
  BootPath path;
  path.forecast = Forecast::kCannotBoot;
  EXPECT_EQ(foretold_causes(path), (Lines{"firmware.*", "loader.*", "machine.*"}));
}

TEST(Agreement, OfWhatWasNotBootedIsUnproved) {
  for (const Forecast forecast : {Forecast::kBoots, Forecast::kDoubtful, Forecast::kCannotBoot}) {
    const BootPath path = path_to(BootPart::kLoader, forecast);
    EXPECT_EQ(agreement(path, verdict_of(Outcome::kSkipped, "")), "unproved");
    EXPECT_EQ(agreement(path, verdict_of(Outcome::kError, "kernel", "host.kvm-broken")),
              "unproved");
  }
}

TEST(Agreement, OfADoubtfulForecastIsDoubtfulHoweverItEnds) {
  const BootPath path = path_to(BootPart::kLoader, Forecast::kDoubtful);
  EXPECT_EQ(agreement(path, verdict_of(Outcome::kPassed, "prompt")), "doubtful");
  EXPECT_EQ(agreement(path, verdict_of(Outcome::kFailed, "firmware", "firmware.fell-to-shell")),
            "doubtful");
}

TEST(Agreement, AMediumThatIsSaidToBootAndPassesHolds) {
  const BootPath path = path_to(BootPart::kInitramfs, Forecast::kBoots);
  EXPECT_EQ(agreement(path, verdict_of(Outcome::kPassed, "prompt")), "held");
  EXPECT_EQ(agreement(path, verdict_of(Outcome::kFailed, "kernel", "case.did-not-fail")), "held");
}

TEST(Agreement, AMediumThatIsSaidToBootAndFailsBeforeItsLoaderContradicts) {
  const BootPath path = path_to(BootPart::kInitramfs, Forecast::kBoots);
  for (const std::string_view stage : {"", "firmware", "boot-device"}) {
    EXPECT_EQ(agreement(path, verdict_of(Outcome::kFailed, std::string(stage), "machine.silent")),
              "contradicted")
        << stage;
  }
}

TEST(Agreement, AMediumThatIsSaidToBootContradictsByWhatCantHappenToIt) {
  const BootPath path = path_to(BootPart::kInitramfs, Forecast::kBoots);
  for (const std::string_view cause :
       {"firmware.fell-to-shell", "loader.file-not-found", "kernel.panic.no-root",
        "initramfs.emergency-shell", "machine.reset-loop"}) {
    EXPECT_EQ(agreement(path, verdict_of(Outcome::kFailed, "initramfs", std::string(cause))),
              "contradicted")
        << cause;
  }
}

TEST(Agreement, ABootThatGoesSilentBehindItsLoaderProvesNothing) {
  const BootPath path = path_to(BootPart::kInitramfs, Forecast::kBoots);
  for (const std::string_view cause : {"machine.silent", "step.no-match", "kernel.silent-console",
                                       "case.limit", "loader.no-network"}) {
    EXPECT_EQ(agreement(path, verdict_of(Outcome::kFailed, "loader", std::string(cause))),
              "unproved")
        << cause;
  }
}

TEST(Agreement, AFailureThatWasExpectedOfAMediumThatIsSaidToBootContradicts) {
  const BootPath path = path_to(BootPart::kInitramfs, Forecast::kBoots);
  EXPECT_EQ(
      agreement(path, verdict_of(Outcome::kPassed, "firmware", "firmware.secure-boot-denied")),
      "contradicted");
}

TEST(Agreement, AMediumThatIsSaidNotToBootHoldsWhenItFailsAtTheLink) {
  struct Pair {
    BootPart part;
    const char* cause;
  };
  for (const Pair& one : {Pair{BootPart::kEntry, "firmware.no-bootable-device"},
                          Pair{BootPart::kEntry, "loader.rescue-prompt"},
                          Pair{BootPart::kLoader, "machine.reset-loop"},
                          Pair{BootPart::kKernel, "kernel.panic.no-root"},
                          Pair{BootPart::kInitramfs, "initramfs.exec-format"}}) {
    const BootPath path = path_to(one.part, Forecast::kCannotBoot);
    EXPECT_EQ(agreement(path, verdict_of(Outcome::kFailed, "", one.cause)), "held") << one.cause;
    EXPECT_EQ(agreement(path, verdict_of(Outcome::kPassed, "", one.cause)), "held") << one.cause;
  }
}

TEST(Agreement, AMediumThatIsSaidNotToBootAndFailsElsewhereProvesNothing) {
  const BootPath path = path_to(BootPart::kEntry, Forecast::kCannotBoot);
  EXPECT_EQ(agreement(path, verdict_of(Outcome::kFailed, "kernel", "kernel.panic.no-root")),
            "unproved");
  EXPECT_EQ(agreement(path, verdict_of(Outcome::kFailed, "firmware", "machine.silent")),
            "unproved");
}

TEST(Agreement, ABootThatComesBehindTheBrokenLinkContradicts) {
  struct Row {
    BootPart part;
    const char* not_far_enough;
    const char* behind;
  };
  for (const Row& row : {Row{BootPart::kEntry, "boot-device", "loader"},
                         Row{BootPart::kLoader, "kernel-load", "kernel"},
                         Row{BootPart::kKernel, "kernel-load", "kernel"},
                         Row{BootPart::kInitramfs, "initramfs", "userspace"}}) {
    const BootPath path = path_to(row.part, Forecast::kCannotBoot);
    EXPECT_EQ(agreement(path, verdict_of(Outcome::kPassed, row.not_far_enough)), "unproved");
    EXPECT_EQ(agreement(path, verdict_of(Outcome::kPassed, row.behind)), "contradicted");
    EXPECT_EQ(agreement(path, verdict_of(Outcome::kFailed, row.behind, "case.did-not-fail")),
              "contradicted");
  }
}

TEST(Agreement, ABootThatAPersonsKeysBroughtFurtherContradictsNothing) {
  const BootPath path = path_to(BootPart::kLoader, Forecast::kCannotBoot);
  const Verdict passed = verdict_of(Outcome::kPassed, "prompt");
  for (const Step& step : {testing::send("boot\n"), testing::key("enter")}) {
    EXPECT_EQ(agreement(path, passed, scenario_of({testing::expect("grub>"), step})), "unproved");
  }
  EXPECT_EQ(agreement(path, passed, scenario_of({testing::expect("login:")})), "contradicted");
}

TEST(Agreement, APathWithoutAnyLinkIsJudgedByItsEntry) {
  BootPath path;
  path.forecast = Forecast::kCannotBoot;
  EXPECT_EQ(agreement(path, verdict_of(Outcome::kPassed, "loader")), "contradicted");
  EXPECT_EQ(agreement(path, verdict_of(Outcome::kFailed, "firmware", "firmware.fell-to-shell")),
            "held");
}

TEST(ForetoldBy, TellsThePathAndItsWeakestLink) {
  const BootPath path = path_to(BootPart::kLoader, Forecast::kCannotBoot);
  const Foretold foretold =
      foretold_by(path, scenario_of({}), verdict_of(Outcome::kFailed, "", "loader.bad-kernel"));
  EXPECT_EQ(foretold.forecast, "cannot boot");
  EXPECT_EQ(foretold.path, "UEFI x64, optical");
  EXPECT_EQ(foretold.reason, "loader link: it is not there");
  EXPECT_EQ(chain_of(foretold), "entry link -> loader link (loader link: it is not there)");
  ASSERT_EQ(foretold.links.size(), 2U);
  EXPECT_EQ(foretold.links[1].part, "loader");
  EXPECT_EQ(foretold.links[1].state, "cannot boot");
  EXPECT_EQ(foretold.links[1].problem, "it is not there");
  EXPECT_EQ(foretold.links[1].offset, 2048U);
}

MachineSpec machine(const std::filesystem::path& image, Firmware firmware, Device device) {
  MachineSpec spec;
  spec.image = image;
  spec.firmware = firmware;
  spec.device = device;
  return spec;
}

TEST(Predictions, ReadAMediumOnce) {
  const TemporaryFolder folder;
  const auto image = folder.write("a.iso", image_text(testing::iso_image()));
  Predictions predictions;
  const Inspection* first =
      predictions.inspection(machine(image, Firmware::kSeabios, Device::kAhciCd));
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->kind, inspectors::MediumKind::kIso9660);
  EXPECT_EQ(predictions.inspection(machine(image, Firmware::kOvmf, Device::kUsbStorage)), first)
      << "no keys, the same inspection";
}

TEST(Predictions, OfWhatCantBeReadAreNone) {
  const TemporaryFolder folder;
  Predictions predictions;
  for (const auto& image : {folder.path() / "none", folder.path()}) {
    EXPECT_EQ(predictions.inspection(machine(image, Firmware::kSeabios, Device::kAhciCd)), nullptr)
        << image;
  }
}

TEST(Predictions, FindThePathOfAMachine) {
  const TemporaryFolder folder;
  const auto image = folder.write("a.iso", image_text(testing::iso_image()));
  Predictions predictions;
  Lines titles;
  for (const Firmware firmware :
       {Firmware::kSeabios, Firmware::kOvmf, Firmware::kOvmfIa32, Firmware::kKernel}) {
    for (const Device device : {Device::kAhciCd, Device::kUsbStorage}) {
      const BootPath* path = predictions.path_of(machine(image, firmware, device));
      titles.push_back(path == nullptr ? "nothing" : title_of(*path));
    }
  }
  EXPECT_EQ(titles, (Lines{"BIOS, optical", "BIOS, disk", "UEFI x64, optical", "UEFI x64, disk",
                           "UEFI ia32, optical", "UEFI ia32, disk", "nothing", "nothing"}));
  EXPECT_EQ(predictions.path_of(machine({}, Firmware::kSeabios, Device::kAhciCd)), nullptr)
      << "no image, nothing foretold";
}

TEST(Predictions, GoByWhatTheMachineSees) {
  const TemporaryFolder folder;
  const auto image = folder.write("a.iso", image_text(testing::iso_image()));
  Predictions predictions;
  MachineSpec spec = machine(image, Firmware::kSeabios, Device::kAhciCd);
  ASSERT_TRUE(predictions.inspection(spec)->el_torito);
  spec.hide = Hide::kElTorito;
  EXPECT_FALSE(predictions.inspection(spec)->el_torito);
  EXPECT_EQ(predictions.path_of(spec)->forecast, Forecast::kCannotBoot);
  spec.hide = Hide::kNothing;
  spec.larger_mib = 1;
  const std::uint64_t size = std::filesystem::file_size(image);
  EXPECT_GE(predictions.inspection(spec)->size, size + (1U << 20U));
}

}  // namespace
}  // namespace bootproof
