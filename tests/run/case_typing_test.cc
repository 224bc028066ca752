#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/run/logic_bench.h"

// What is sent to the machine, and how: at once, or through SeaBIOS's small keyboard buffer.

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::BenchOptions;
using testing::expect;
using testing::key;
using testing::key_on_keyboard;
using testing::LogicBench;
using testing::scenario_of;
using testing::send;
using testing::wait_quiet;
using testing::within;
using Lines = std::vector<std::string>;

constexpr BenchOptions kBios{.bios_keyboard = true};

TEST(CaseTyping, TextIsSentAtOnceWithoutABios) {
  LogicBench bench(scenario_of({send("linux (cd)/vmlinuz console=ttyS0\nboot\n"), expect("x")}));
  bench.pass(1ms);
  EXPECT_EQ(bench.actions(), Lines{"send 'linux (cd)/vmlinuz console=ttyS0\\x0dboot\\x0d'"});
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
}

TEST(CaseTyping, ABiosGetsSmallPartsAndIsWaitedFor) {
  LogicBench bench(scenario_of({send("linux (cd)/vmlinuz\n"), expect("Loading")}), kBios);
  bench.pass(1ms);
  EXPECT_EQ(bench.actions(), Lines{"send 'linux (cd)/v'"});
  bench.say("linux (c");
  EXPECT_EQ(bench.actions(), Lines{});
  bench.say("d)/v");
  EXPECT_EQ(bench.actions(), Lines{"send 'mlinuz'"});
  EXPECT_EQ(bench.logic().steps_passed(), 0U);
  bench.say("mlinuz");
  EXPECT_EQ(bench.actions(), Lines{"send '\\x0d'"});
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
}

TEST(CaseTyping, TheEchoMayComeBetweenCursorMotionsAndOtherText) {
  LogicBench bench(scenario_of({send("abc\n"), expect("x")}), kBios);
  bench.pass(1ms);
  EXPECT_EQ(bench.actions(), Lines{"send 'abc'"});
  bench.say("\x1b[5;6Ha\x1b[5;1H> ab\x1b[K\x1b[5;8Hc");
  EXPECT_EQ(bench.actions(), Lines{"send '\\x0d'"});
}

TEST(CaseTyping, TextFromBeforeIsNoEcho) {
  LogicBench bench(scenario_of({expect("abc"), send("abc\n"), expect("x")}), kBios);
  bench.say("abc");
  EXPECT_EQ(bench.actions(), Lines{"send 'abc'"});
  bench.pass(500ms);
  EXPECT_EQ(bench.actions(), Lines{});
  bench.say("abc");
  EXPECT_EQ(bench.actions(), Lines{"send '\\x0d'"});
}

TEST(CaseTyping, EnterGoesAloneBetweenLines) {
  LogicBench bench(scenario_of({send("a\n\nb\n"), expect("x")}), kBios);
  bench.pass(1ms).say("a");
  EXPECT_EQ(bench.actions(), (Lines{"send 'a'", "send '\\x0d'", "send '\\x0d'", "send 'b'"}));
  bench.say("b");
  EXPECT_EQ(bench.actions(), Lines{"send '\\x0d'"});
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
}

TEST(CaseTyping, WithoutEchoTheNextPartFollowsAfterASecond) {
  LogicBench bench(scenario_of({send("a long password\n"), expect("x")}), kBios);
  bench.pass(0ms);
  EXPECT_EQ(bench.actions(), Lines{"send 'a long passw'"});
  bench.pass(999ms);
  EXPECT_EQ(bench.actions(), Lines{});
  bench.pass(1ms);
  EXPECT_EQ(bench.actions(), Lines{"send 'ord'"});
  bench.pass(1s);
  EXPECT_EQ(bench.actions(), Lines{"send '\\x0d'"});
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
}

TEST(CaseTyping, AfterTheKernelHasStartedTextIsSentAtOnce) {
  LogicBench bench(scenario_of({expect("Linux"), send("a long line of text\n"), expect("x")}),
                   kBios);
  bench.say("[    0.000000] Linux version 6.1\r\n");
  EXPECT_EQ(bench.actions(), Lines{"send 'a long line of text\\x0d'"});
}

TEST(CaseTyping, AStepThatTypesHasALimitAndSaysWhatItAwaits) {
  LogicBench bench(scenario_of({within(500ms, send("abc")), expect("x")}), kBios);
  EXPECT_EQ(bench.pass_until_decided(), 500ms);
  EXPECT_EQ(bench.verdict(),
            "failed at '' for 'step.no-match'\n"
            "what a step expected did not come within its limit; step 1 of 2 was waiting for the "
            "echo of 'abc', 0.5 s after the step began\n"
            "> (nothing came on the serial line)\n"
            "serial.log holds what was printed");
}

TEST(CaseTyping, KeysGoToTheSerialLineAsATerminalSendsThem) {
  LogicBench bench(scenario_of({key("enter"), key("up"), key("ctrl-c"), key("f10")}), kBios);
  bench.pass(1ms);
  EXPECT_EQ(bench.actions(),
            (Lines{"send '\\x0d'", "send '\\x1b[A'", "send '\\x03'", "send '\\x1b[21~'"}));
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseTyping, KeysGoToTheKeyboardWhereTheStepSaysSo) {
  LogicBench bench(scenario_of({key_on_keyboard("enter"), key_on_keyboard("ctrl-c")}));
  bench.pass(1ms);
  EXPECT_EQ(bench.actions(), (Lines{"press ret", "press ctrl-c"}));
}

TEST(CaseTyping, AnUnknownKeyIsAScenarioError) {
  LogicBench bench(scenario_of({key("any")}));
  try {
    bench.pass(1ms);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kScenario);
    EXPECT_EQ(error.message(), ": unknown key 'any'");
  }
}

}  // namespace
}  // namespace bootproof
