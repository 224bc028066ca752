#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/run/logic_bench.h"

// `reach` steps: a boot that is left to the medium and goes as far as it gets.

namespace bootproof {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::expect;
using testing::LogicBench;
using testing::outcomes_however_cut;
using testing::reach;
using testing::scenario_of;
using testing::within;
using Lines = std::vector<std::string>;

constexpr std::string_view kMenu =
    "\r\nGNU GRUB  version 2.06\r\nPress enter to boot the selected OS\r\n";
constexpr std::string_view kCountdown =
    "   The highlighted entry will be executed automatically in 5s.";
constexpr std::string_view kKernel = "[    0.000000] Linux version 6.1.0\r\n";

Scenario reaching(Goal goal) { return scenario_of({reach(goal)}); }

Scenario keeping_countdowns(Goal goal) {
  Scenario scenario = reaching(goal);
  scenario.skip_countdowns = false;
  return scenario;
}

TEST(CaseReach, APromptIsReachedWhenItHasStoodForHalfASecond) {
  LogicBench bench(reaching(Goal::kPrompt));
  bench.say(kKernel).say("rescue login: ").pass(499ms);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.pass(1ms);
  EXPECT_EQ(bench.verdict(), "passed at 'prompt' for ''\n1 step passed\n> \n");
}

TEST(CaseReach, APromptIsReachedHoweverItsTextIsCut) {
  const Scenario scenario = scenario_of({reach(Goal::kUserspace)});
  EXPECT_EQ(
      outcomes_however_cut(scenario, "[    1.0] Run /sbin/init as init process\r\nrescue login: "),
      Lines{"passed, 1 steps"});
}

TEST(CaseReach, ALaterStageIsFarEnoughToo) {
  LogicBench bench(reaching(Goal::kUserspace));
  bench.say("rescue login: ");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseReach, AKernelIsReachedWithItsFirstLine) {
  LogicBench bench(reaching(Goal::kKernel));
  bench.say("Loading Linux 6.1 ...\r\n").pass(5s);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.say(kKernel);
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseReach, AnInstallersQuestionOnTheRenderedScreenIsAPrompt) {
  LogicBench bench(reaching(Goal::kPrompt));
  bench.say("[    1.0] Run /init as init process\r\n");
  // Drawn from its end, as no reader of the stream would find it.
  bench.say("\x1b[2J\x1b[1;33H ├────\x1b[1;23Hanguage\x1b[1;14H┤ [!!] Select a l\x1b[12;1H");
  bench.pass(10s);
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseReach, ALoaderIsReachedWhenItHasSpokenAndComeToRest) {
  LogicBench bench(reaching(Goal::kLoader));
  bench.say("iPXE initialising devices...\r\n").pass(1s).say("iPXE 1.21.1\r\n").pass(1499ms);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.pass(1ms);
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseReach, ASilentLoaderIsReachedWhenItHasNotGivenUpForLong) {
  LogicBench bench(reaching(Goal::kLoader));
  bench.say("BdsDxe: loading Boot0001 \"UEFI CD\" from PciRoot(0x0)/Sata(0x0)\r\n");
  bench.say("BdsDxe: starting Boot0001 \"UEFI CD\" from PciRoot(0x0)/Sata(0x0)\r\n").pass(11'999ms);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.pass(1ms);
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseReach, ASilentLoaderThatGivesUpIsNotReached) {
  LogicBench bench(reaching(Goal::kLoader));
  bench.say("BdsDxe: starting Boot0001 \"UEFI CD\" from PciRoot(0x0)/Sata(0x0)\r\n").pass(8s);
  bench.say("UEFI Interactive Shell v2.2\r\nShell> ").pass(5s);
  EXPECT_EQ(bench.outcome(), "failed firmware.fell-to-shell");
}

TEST(CaseReach, ALoadersMenuOrCountdownIsEnoughForALoader) {
  LogicBench menu(reaching(Goal::kLoader));
  menu.say(kMenu).pass(10s);
  EXPECT_EQ(menu.outcome(), "passed");
  EXPECT_EQ(menu.actions(), Lines{});
  LogicBench countdown(reaching(Goal::kLoader));
  countdown.say("GRUB loading.\r\n").say(kCountdown);
  EXPECT_EQ(countdown.outcome(), "passed");
}

TEST(CaseReach, AMenuThatWaitsGetsEnter) {
  LogicBench bench(reaching(Goal::kPrompt));
  bench.say(kMenu).pass(2499ms);
  EXPECT_EQ(bench.actions(), Lines{});
  bench.pass(1ms);
  EXPECT_EQ(bench.actions(), Lines{"send '\\x0d'"});
  EXPECT_EQ(bench.notes().back(), "2500 ms: menu-moved-on: Press enter to boot the selected OS");
  bench.say("\x1b[2J\x1b[H").say(kKernel).say("login: ").pass(1s);
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseReach, AMenuThatComesAgainGetsEnterThreeTimesAndIsALossThen) {
  LogicBench bench(reaching(Goal::kPrompt));
  for (int i = 0; i < 3; ++i) {
    bench.say("\x1b[2J\x1b[H").say(kMenu).pass(2500ms);
    EXPECT_EQ(bench.actions(), Lines{"send '\\x0d'"}) << i;
    EXPECT_EQ(bench.outcome(), "undecided") << i;
  }
  bench.say("\x1b[2J\x1b[H").say(kMenu).pass(10s);
  EXPECT_EQ(bench.actions(), Lines{});
  EXPECT_EQ(bench.outcome(), "failed loader.waits-for-input");
}

TEST(CaseReach, AMenuThatStaysGetsEnterThreeTimesAndIsALossThen) {
  LogicBench bench(reaching(Goal::kPrompt));
  bench.say(kMenu).pass(60s);
  EXPECT_EQ(bench.actions().size(), 3U);
  EXPECT_EQ(bench.outcome(), "failed loader.waits-for-input");
}

TEST(CaseReach, AMenuOnTheMachinesOwnScreenGetsAKeyOfTheKeyboard) {
  LogicBench bench(reaching(Goal::kPrompt), {.bios_keyboard = true});
  bench.say("SeaBIOS (version 1.16.2)\r\nBooting from DVD/CD...\r\n");
  bench.show("GNU GRUB  version 2.06\nPress enter to boot the selected OS\n").pass(4s);
  EXPECT_EQ(bench.actions(), Lines{"press ret"});
}

TEST(CaseReach, AMenuIsLeftAloneWhereCountdownsAreKept) {
  LogicBench bench(keeping_countdowns(Goal::kPrompt));
  bench.say(kMenu).pass(10s);
  EXPECT_EQ(bench.actions(), Lines{});
  EXPECT_EQ(bench.outcome(), "failed loader.waits-for-input");
}

TEST(CaseReach, ACountdownIsSkippedUnlessItIsKept) {
  LogicBench skipping(reaching(Goal::kPrompt));
  skipping.say(kCountdown).pass(1s);
  EXPECT_EQ(skipping.actions(), Lines{"send '\\x0d'"});
  LogicBench keeping(keeping_countdowns(Goal::kPrompt));
  keeping.say(kCountdown).pass(5s);
  EXPECT_EQ(keeping.actions(), Lines{});
  EXPECT_EQ(keeping.outcome(), "undecided");
}

TEST(CaseReach, AFailureBeforeTheGoalEndsTheCase) {
  LogicBench bench(reaching(Goal::kPrompt));
  bench.say("GRUB loading.\r\n").say(kKernel);
  bench.say(
      "[    1.0] Kernel panic - not syncing: VFS: Unable to mount root fs on "
      "unknown-block(0,0)\r\n");
  EXPECT_EQ(bench.verdict(),
            "failed at 'kernel' for 'kernel.panic.no-root'\n"
            "the kernel found no root file system: neither an initramfs with /init nor the device "
            "that root= names; step 1 of 1 was waiting for the stage prompt\n"
            "> [    1.0] Kernel panic - not syncing: VFS: Unable to mount root fs on "
            "unknown-block(0,0)\n"
            "give the kernel an initrd that it can unpack and that has an executable /init, or a "
            "root= with the driver built in");
}

TEST(CaseReach, AnIpxeWithoutANetworkHasRunAllTheSame) {
  constexpr std::string_view kIpxe =
      "iPXE initialising devices...ok\r\niPXE 1.21.1\r\nNo more network devices\r\n\r\n"
      "No bootable device.\r\n";
  EXPECT_EQ(outcomes_however_cut(reaching(Goal::kLoader), kIpxe), Lines{"passed, 1 steps"});
  EXPECT_EQ(outcomes_however_cut(reaching(Goal::kKernel), kIpxe),
            Lines{"failed loader.no-network, 0 steps"});
}

TEST(CaseReach, AnErrorOfTheLoaderIsNoMenuToMoveOn) {
  LogicBench bench(reaching(Goal::kPrompt));
  bench.say("GRUB loading.\r\ngrub rescue> ").pass(2s);
  EXPECT_EQ(bench.actions(), Lines{});
  EXPECT_EQ(bench.outcome(), "failed loader.rescue-prompt");
}

TEST(CaseReach, TakesUpToTheLimitOfTheCaseUnlessItHasOneOfItsOwn) {
  const auto silence_apart = [](Scenario scenario) {
    scenario.limits.silence = 1h;
    return scenario;
  };
  LogicBench bench(silence_apart(reaching(Goal::kPrompt)));
  bench.say(kKernel);
  EXPECT_EQ(bench.pass_until_decided(), scenario_of({}).limits.cell);
  LogicBench limited(silence_apart(scenario_of({within(20s, reach(Goal::kPrompt))})));
  limited.say(kKernel);
  EXPECT_EQ(limited.pass_until_decided(), 20s);
  EXPECT_EQ(limited.outcome(), "failed step.no-match");
}

TEST(CaseReach, QuietTimesGrowWithASlowHost) {
  LogicBench bench(reaching(Goal::kPrompt), {.slowness = 3.0});
  bench.say("rescue login: ").pass(1'499ms);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.pass(1ms);
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseReach, TheNextStepLooksAtWhatCameBeforeTheGoalToo) {
  LogicBench bench(scenario_of({reach(Goal::kLoader), expect("open source")}));
  bench.say("iPXE 1.21.1\r\nopen source\r\n").pass(3s);
  EXPECT_EQ(bench.outcome(), "passed");
}

}  // namespace
}  // namespace bootproof
