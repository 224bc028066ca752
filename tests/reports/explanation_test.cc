#include "reports/explanation.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/reports/samples.h"
#include "tests/support/golden.h"

namespace bootproof {
namespace {

using testing::case_of;
using testing::matches_golden;

TEST(Explanation, OfEachCaseIsAsTheGoldenFileHasIt) {
  std::string all;
  for (const CaseResult& result : testing::foretold_run().cases) {
    all += explanation_of(result, "out/rescue", {}) + "\n";
  }
  EXPECT_TRUE(matches_golden(all, "reports/explanation.txt"));
}

TEST(Explanation, OfACaseWithoutForecastSaysSo) {
  EXPECT_EQ(explanation_of(case_of("rescue.ovmf.ahci-cd", {testing::passed_attempt()}), "out", {}),
            "reaches-a-shell/rescue.ovmf.ahci-cd\n"
            "foretold: nothing; the medium was not inspected for this case\n"
            "came to: prompt after 12.3s\n"
            "passed: prompt\n");
}

TEST(Explanation, OfACaseThatWasNotBootedHasNoBootBesideItsLinks) {
  CaseResult result = case_of("stick.seabios.ide-hd", {testing::skipped_attempt()});
  result.foretold = testing::foretold_to_break();
  EXPECT_EQ(explanation_of(result, "out", {}),
            "reaches-a-shell/stick.seabios.ide-hd\n"
            "foretold for BIOS, disk: cannot boot\n"
            "   1. entry      MBR\n"
            "      foretold:  cannot boot: it has no boot code\n"
            "not booted: this host has no firmware aavmf\n");
}

TEST(Explanation, ALinkIsProvedByTheFirstStageBehindIt) {
  CaseResult result = case_of("rescue.ovmf.ahci-cd", {testing::passed_attempt()});
  result.foretold = testing::foretold_to_boot();
  result.properties = {{"reached.boot-device", "1.00 s"}, {"reached.userspace", "9.00 s"}};
  const std::string text = explanation_of(result, "out", {});
  EXPECT_EQ(text,
            "reaches-a-shell/rescue.ovmf.ahci-cd\n"
            "foretold for UEFI x64, optical: boots\n"
            "   1. entry      El Torito section 1 (platform 0xEF, sector 45)\n"
            "      the boot:  stage boot-device after 1.00 s\n"
            "   2. loader     /EFI/BOOT/BOOTX64.EFI (x86-64)\n"
            "      the boot:  not seen\n"
            "   3. kernel     /vmlinuz\n"
            "      the boot:  stage userspace after 9.00 s\n"
            "   4. initramfs  /initrd.img\n"
            "   5. initramfs  /init\n"
            "      the boot:  stage userspace after 9.00 s\n"
            "came to: prompt after 12.3s\n"
            "the forecast: held\n"
            "passed: prompt\n");
}

TEST(Explanation, HasNoControlCharacterOfTheGuest) {
  for (const CaseResult& result : testing::hostile_run().cases) {
    for (const char c : explanation_of(result, testing::hostile_bytes(), {})) {
      EXPECT_FALSE((static_cast<unsigned char>(c) < ' ' && c != '\n') || c == '\x7f')
          << static_cast<int>(c);
    }
  }
}

}  // namespace
}  // namespace bootproof
