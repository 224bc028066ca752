#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/run/machine_steps.h"
#include "tests/run/logic_bench.h"

// Steps that are done to the machine: discs, sticks, buttons, and more than one boot in a case.

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::expect;
using testing::LogicBench;
using testing::machine_step;
using testing::scenario_of;
using testing::within;
using Lines = std::vector<std::string>;

TEST(CaseBoots, DiscsAndSticksAreChangedInTheOrderOfTheSteps) {
  LogicBench bench(scenario_of({expect("ready"), machine_step(EjectStep{}),
                                machine_step(InsertStep{"disc"}), machine_step(PlugStep{"stick"}),
                                machine_step(UnplugStep{"stick"}), expect("gone")}));
  EXPECT_EQ(bench.actions(), Lines{});
  bench.say("ready");
  EXPECT_EQ(bench.actions(), (Lines{"eject", "insert disc", "plug stick", "unplug stick"}));
  EXPECT_EQ(bench.logic().steps_passed(), 5U);
  bench.say("gone");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseBoots, AResetHasPassedWhenTheMachineSaysSo) {
  LogicBench bench(scenario_of({expect("login:"), machine_step(ResetStep{}), expect("login:")}));
  bench.say("login: ");
  EXPECT_EQ(bench.actions(), Lines{"reset"});
  bench.pass(1s).say("login: ");  // Still of the first boot.
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
  bench.reset_button();
  EXPECT_EQ(bench.logic().steps_passed(), 2U);
  EXPECT_EQ(bench.outcome(), "undecided");
  EXPECT_EQ(bench.actions(), Lines{});
  bench.say("\nlogin: ");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseBoots, AResetThatNobodyAskedForIsNoStep) {
  LogicBench bench(scenario_of({expect("one"), machine_step(ResetStep{}), expect("two")}));
  bench.reset_button().say("one").reset_button().say("two");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseBoots, AColdBootBeginsANewBoot) {
  LogicBench bench(scenario_of({expect("one"), machine_step(ColdBootStep{}), expect("one")}));
  bench.say("one");
  EXPECT_EQ(bench.actions(), Lines{"cold boot"});
  bench.say("one").pass(100ms);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.power_on().say("one");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseBoots, StagesStartAgainWithEachBoot) {
  LogicBench bench(scenario_of({expect("Linux version"), machine_step(ColdBootStep{}),
                                expect("GNU GRUB"), expect("never")}));
  bench.say("[    0.000000] Linux version 6.1.0\n");
  EXPECT_EQ(bench.logic().stage(), Stage::kKernel);
  bench.power_on().say("GNU GRUB  version 2.06\n");
  EXPECT_EQ(bench.logic().stage(), Stage::kLoader);
}

TEST(CaseBoots, ThePowerButtonIsPressedAndTheEndOfTheMachineAwaited) {
  LogicBench bench(scenario_of({expect("login:"), machine_step(PowerDownStep{true}),
                                machine_step(ColdBootStep{}), expect("login:")}));
  bench.say("login: ");
  EXPECT_EQ(bench.actions(), Lines{"press the power button"});
  bench.pass(1s).shut_down();
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
  bench.exit(0);
  EXPECT_EQ(bench.outcome(), "undecided");
  EXPECT_EQ(bench.actions(), Lines{"cold boot"});
  bench.power_on().say("login: ");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseBoots, AGuestThatSwitchesItselfOffNeedsNoButton) {
  LogicBench bench(scenario_of({expect("off"), machine_step(PowerDownStep{false})}));
  bench.say("off");
  EXPECT_EQ(bench.actions(), Lines{});
  bench.shut_down().exit(0);
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseBoots, AGuestThatStaysOnFails) {
  LogicBench bench(scenario_of({expect("login:"), within(5s, machine_step(PowerDownStep{true}))}));
  bench.say("login: ");
  EXPECT_EQ(bench.pass_until_decided(), 5s);
  EXPECT_EQ(bench.verdict(),
            "failed at 'prompt' for 'step.no-match'\n"
            "what a step expected did not come within its limit; step 2 of 2 was waiting for the "
            "guest to "
            "switch the machine off, 5.0 s after the step began\n"
            "> login: \n"
            "serial.log holds what was printed");
}

TEST(CaseBoots, AnEndThatNoStepAskedForStillFails) {
  LogicBench bench(scenario_of({expect("login:"), machine_step(PowerDownStep{})}));
  bench.shut_down().exit(0);
  EXPECT_EQ(bench.outcome(), "failed machine.shutdown");
  LogicBench crashed(scenario_of({expect("login:"), machine_step(PowerDownStep{})}));
  crashed.say("login:").exit(134, "assertion failed");
  EXPECT_EQ(crashed.outcome(), "error machine.qemu-exited");
}

TEST(CaseBoots, ASecondResetIsAskedForAnew) {
  LogicBench bench(scenario_of(
      {machine_step(ResetStep{}), expect("a"), machine_step(ResetStep{}), expect("b")}));
  bench.pass(0ms);
  EXPECT_EQ(bench.actions(), Lines{"reset"});
  bench.reset_button().say("a");
  EXPECT_EQ(bench.actions(), Lines{"reset"});
  bench.reset_button().say("b");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(MachineSteps, AreWrittenAsTheScenarioHasThem) {
  EXPECT_EQ(text_of_machine_step(machine_step(EjectStep{})), "eject");
  EXPECT_EQ(text_of_machine_step(machine_step(InsertStep{"a"})), "insert a");
  EXPECT_EQ(text_of_machine_step(machine_step(PlugStep{"a"})), "plug a");
  EXPECT_EQ(text_of_machine_step(machine_step(UnplugStep{"a"})), "unplug a");
  EXPECT_EQ(text_of_machine_step(machine_step(ResetStep{})), "reset");
  EXPECT_EQ(text_of_machine_step(machine_step(PowerDownStep{true})), "power_down button");
  EXPECT_EQ(text_of_machine_step(machine_step(PowerDownStep{false})), "power_down guest");
  EXPECT_EQ(text_of_machine_step(machine_step(ColdBootStep{})), "cold_boot");
}

}  // namespace
}  // namespace bootproof
