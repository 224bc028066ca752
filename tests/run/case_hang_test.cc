#include <gtest/gtest.h>

#include <optional>

#include "tests/run/logic_bench.h"

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::expect;
using testing::failing_scenario;
using testing::LogicBench;
using testing::reach;
using testing::scenario_of;
using testing::wait_quiet;

TEST(CaseHang, AProofEndsTheCaseAtOnce) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("Booting...\r\n").pass(1200ms);
  bench.logic().on_hang("machine.halted", bench.now());
  EXPECT_EQ(bench.verdict(),
            "failed at '' for 'machine.halted'\n"
            "the processors are halted for good: no interrupt can wake them; step 1 of 1 was "
            "waiting for 'login:', 1.2 s after the last output\n"
            "> Booting...\n"
            "the evidence says where they stand: code that gives up halts so; look at what was "
            "printed last");
}

TEST(CaseHang, OutputThatCameMeanwhileTakesTheSuspicionAway) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.pass(1200ms).say("Booting...\r\n");
  bench.logic().on_hang("machine.halted", bench.now());
  EXPECT_EQ(bench.outcome(), "undecided");
}

TEST(CaseHang, NothingIsSuspectedWhileNothingIsAwaited) {
  LogicBench bench(scenario_of({wait_quiet(5s), expect("x")}));
  EXPECT_EQ(bench.logic().suspicion_at(), std::nullopt);
}

TEST(CaseHang, AnExpectedSilenceIsAwaited) {
  LogicBench bench(failing_scenario("machine.silent", {expect("x")}));
  EXPECT_EQ(bench.logic().suspicion_at(), std::nullopt);
}

TEST(CaseHang, APromptThatStandsDecidesInItsOwnTime) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("[    1.0] Waiting for root device /dev/sda1...\r\n");
  EXPECT_EQ(bench.logic().suspicion_at(), std::nullopt);
}

TEST(CaseHang, ALineThatExplainsASilenceExplainsAHalt) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("INIT: Id \"S0\" respawning too fast: disabled for 5 minutes\r\n").pass(1500ms);
  bench.logic().on_hang("machine.spins", bench.now());
  EXPECT_EQ(bench.outcome(), "failed userspace.respawn-loop");
}

}  // namespace
}  // namespace bootproof
