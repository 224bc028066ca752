#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "inspectors/paths/programs.h"
#include "tests/inspectors/memory_volume.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/program_samples.h"

// What is remembered of the files on the way of boot paths, and what is asked anew.

namespace bootproof::inspectors {
namespace {

using bootproof::testing::Bytes;
using bootproof::testing::healthy_initramfs;
using bootproof::testing::MemoryVolume;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// An initramfs on a volume, and what is said of it.
class StartedInitramfs {
 public:
  explicit StartedInitramfs(const Bytes& archive) : volume_(VolumeKind::kFat) {
    volume_.add("/initrd", std::string(archive.begin(), archive.end()));
    node_ = *find(volume_, "/initrd").node;
  }
  const InitramfsImage& with(const Kernel* kernel, const std::string& arguments) {
    return programs_.initramfs({{&volume_, node_}}, {"/initrd"}, kernel, arguments);
  }
  std::vector<std::string> rules() {
    std::vector<std::string> rules;
    for (const Finding& finding : findings_.take()) {
      rules.emplace_back(finding.rule);
    }
    return rules;
  }

 private:
  KeySource no_keys_;
  Findings findings_;
  Programs programs_{findings_, true, no_keys_};
  MemoryVolume volume_;
  Node node_;
};

Kernel kernel_for(Architecture architecture) {
  Kernel kernel;
  kernel.architecture = architecture;
  kernel.release = "6.1.0-test";
  return kernel;
}

TEST(Programs, ReadAnInitramfsOnceForEntriesThatDifferInNothingThatMatters) {
  StartedInitramfs initramfs(healthy_initramfs());
  const Kernel kernel = kernel_for(Architecture::kX86_64);
  const InitramfsImage& first = initramfs.with(&kernel, "quiet");
  EXPECT_EQ(&initramfs.with(&kernel, "console=ttyS0"), &first);
  EXPECT_THAT(first.defect, IsEmpty());
  EXPECT_THAT(initramfs.rules(), IsEmpty());
}

TEST(Programs, JudgeAnInitramfsAnewForAnotherRdinitOrRoot) {
  StartedInitramfs initramfs(healthy_initramfs());
  EXPECT_THAT(initramfs.with(nullptr, "").defect, IsEmpty());
  EXPECT_THAT(initramfs.with(nullptr, "rdinit=/nowhere").defect, HasSubstr("there is no init"));
  // The kernel would mount its root file system then.
  EXPECT_THAT(initramfs.with(nullptr, "rdinit=/nowhere root=/dev/sda1").defect, IsEmpty());
  EXPECT_THAT(initramfs.with(nullptr, "").defect, IsEmpty());
}

TEST(Programs, JudgeAnInitramfsAnewForAKernelOfAnotherMachine) {
  StartedInitramfs initramfs(healthy_initramfs());
  const Kernel own = kernel_for(Architecture::kX86_64);
  const Kernel other = kernel_for(Architecture::kArm64);
  EXPECT_THAT(initramfs.with(&own, "").defect, IsEmpty());
  EXPECT_THAT(initramfs.with(&other, "").defect, HasSubstr("arm64"));
}

TEST(Programs, TellOnceWhatIsWrongWithAnInitramfsForAnyKernel) {
  StartedInitramfs initramfs(Bytes(64, 'x'));
  const Kernel own = kernel_for(Architecture::kX86_64);
  const Kernel other = kernel_for(Architecture::kArm64);
  const std::string defect = initramfs.with(&own, "").defect;
  EXPECT_THAT(defect, HasSubstr("cpio"));
  EXPECT_EQ(initramfs.with(&other, "root=/dev/sda1").defect, defect);
  EXPECT_THAT(initramfs.rules(), ElementsAre("initramfs.not-cpio"));
}

}  // namespace
}  // namespace bootproof::inspectors
