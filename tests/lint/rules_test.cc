#include "tests/lint/rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

namespace bootproof::lint {
namespace {

/// A snippet that a rule has to complain about, at that line, or has to let pass (kNone).
struct Snippet {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  const char* name;
  std::string_view rule;
  std::string path;
  std::string text;
  std::size_t line = kNone;  ///< Of the first complaint; 0: the whole file.
};

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += "// line\n";
  }
  return text;
}

const std::vector<Snippet>& snippets() {
  constexpr std::size_t kNone = Snippet::kNone;
  static const std::vector<Snippet> kSnippets = {
      {"IncludesALayerAbove", "Layers", "harness/vm/a.cc",
       "#include \"harness/core/error.h\"\n#include \"harness/run/plan.h\"\n", 2},
      {"IncludesOfOursWhereNothingIsAllowed", "Layers", "reports/a.h",
       "#include \"harness/core/error.h\"\n", 1},
      {"IncludesASisterLayer", "Layers", "harness/console/a.h",
       "#  include \"harness/diagnosis/signature.h\"\n", 1},
      {"IncludesCodeOfTheTests", "Layers", "builders/a.cc", "#include \"tests/support/a.h\"\n", 1},
      {"IncludesWithoutAFolder", "Layers", "builders/a.cc", "#include \"recipe.h\"\n", 1},
      {"IncludesAFolderUp", "Layers", "reports/a.cc", "#include \"../reports/b.h\"\n", 1},
      {"IncludesAllowedLayers", "Layers", "harness/run/a.cc",
       "#include \"harness/vm/machine.h\"\n#include \"reports/result.h\"\n"
       "#include \"harness/run/plan.h\"\n#include <vector>\n",
       kNone},
      {"IncludesAnythingInATest", "Layers", "tests/run/a.cc",
       "#include \"harness/run/plan.h\"\n#include \"fixture.h\"\n", kNone},
      {"IncludesInACommentOrText", "Layers", "reports/a.cc",
       "// #include \"harness/run/plan.h\"\nauto a = R\"(\n#include \"harness/run/plan.h\"\n)\";\n",
       kNone},

      {"IncludesAsioOutsideHarness", "Asio", "builders/a.cc",
       "#include <vector>\n#include <boost/asio/io_context.hpp>\n", 2},
      {"IncludesAllOfAsio", "Asio", "tests/reports/a.cc", "#include <boost/asio.hpp>\n", 1},
      {"IncludesAsioUnderHarness", "Asio", "harness/core/async.h",
       "#include <boost/asio/io_context.hpp>\n", kNone},
      {"IncludesAnotherBoost", "Asio", "reports/a.cc", "#include <boost/json.hpp>\n", kNone},

      {"AwaitsWithABracedList", "AwaitBraces", "harness/a.cc",
       "void f() {\n  co_await run({\"a\", \"b\"});\n}\n", 2},
      {"AwaitsWithABracedListFurtherDown", "AwaitBraces", "harness/a.cc",
       "auto x =\n    co_await run(\n        1,\n        {});\n", 4},
      {"AwaitsWithABracedListInACondition", "AwaitBraces", "harness/a.cc",
       "if (co_await run({1})) {\n  g({2});\n}\n", 1},
      {"NamesABracedList", "AwaitBraces", "harness/a.cc",
       "const Arguments a{\"b\"};\nif (co_await run(a)) {\n  g({1});\n}\nco_await run(b), "
       "g({1});\n",
       kNone},
      {"AwaitsInALambda", "AwaitBraces", "harness/a.cc",
       "spawn([]() -> task { if (co_await run()) { g({1}); } });\n", kNone},
      {"BracedListInATextOrComment", "AwaitBraces", "harness/a.cc",
       "co_await log(\"({\");  // f({\n", kNone},

      {"AwaitsWithAnAggregate", "AwaitAggregates", "harness/a.cc",
       "co_await start(Options{.a = 1});\n", 1},
      {"AwaitsWithATemplateAggregate", "AwaitAggregates", "harness/a.cc",
       "\nco_await start(std::array<int, 2>{1, 2});\n", 2},
      {"AwaitsWithAnAggregateDeeperDown", "AwaitAggregates", "harness/a.cc",
       "co_return co_await start(f(1), g(Options {}));\n", 1},
      {"NamesAnAggregate", "AwaitAggregates", "harness/a.cc",
       "const Options options{.a = 1};\nco_await start(options);\nif (co_await f()) {}\n", kNone},
      {"AwaitsAnAwaiter", "AwaitAggregates", "harness/a.cc", "co_await Event{1};\n", kNone},

      {"AwaitsWithACapturingLambda", "AwaitLambdas", "harness/a.cc",
       "co_await with(\n    machine, [name](int) { return name; });\n", 2},
      {"AwaitsWithALambdaThatCapturesAll", "AwaitLambdas", "harness/a.cc",
       "co_await with([&] {});\n", 1},
      {"AwaitsWithALambdaWithoutCaptures", "AwaitLambdas", "harness/a.cc",
       "co_await with([](int i) { return a[i]; });\nco_await f(a[1], b[i]);\n", kNone},
      {"NamesALambda", "AwaitLambdas", "harness/a.cc",
       "auto body = [&] {};\nco_await with(body);\n", kNone},

      {"AwaitsAnAlternative", "AwaitOperators", "harness/a.cc",
       "co_await (read() || timer.async_wait());\n", 1},
      {"AwaitsBoth", "AwaitOperators", "harness/a.cc", "\nco_await(a() && b());\n", 2},
      {"IncludesAwaitableOperators", "AwaitOperators", "harness/a.cc",
       "#include <boost/asio/experimental/awaitable_operators.hpp>\n", 1},
      {"AwaitsACall", "AwaitOperators", "harness/a.cc",
       "if (a || co_await f(b || c)) {}\nco_await (std::move(task));\n", kNone},

      {"SwitchesOnAnAwait", "AwaitSwitch", "harness/a.cc", "switch (\n    co_await f()) {\n}\n", 1},
      {"SwitchesOnAName", "AwaitSwitch", "harness/a.cc",
       "const auto v = co_await f();\nswitch (v) {\n  case 1: co_await g();\n}\n", kNone},

      {"CastsBytes", "ReinterpretCast", "reports/a.cc",
       "\nauto p = reinterpret_cast<const char*>(q);\n", 2},
      {"MentionsTheCast", "ReinterpretCast", "reports/a.cc",
       "// reinterpret_cast\nauto s = \"reinterpret_cast\"; int my_reinterpret_casts;\n", kNone},

      {"SleepsForATime", "Sleep", "tests/a.cc",
       "std::this_thread::sleep_for(std::chrono::seconds(1));\n", 1},
      {"SleepsByTheSystem", "Sleep", "harness/a.cc", "::usleep(10);\n", 1},
      {"SleepsInC", "Sleep", "harness/a.cc", "\n  sleep (10);\n", 2},
      {"SleepsInABenchmark", "Sleep", "bench/a.cc", "sleep(10);\n", kNone},
      {"NamesSleep", "Sleep", "harness/a.cc", "int sleep = asleep(1); run(\"sleep(1)\");\n", kNone},

      {"IsTooLong", "FileLength", "reports/a.cc", lines(501), 0},
      {"IsJustShortEnough", "FileLength", "reports/a.cc", lines(500), kNone},
      {"IsALongDocument", "FileLength", "reports/README.md", lines(900), kNone},

      {"HasALongMain", "MainLength", "harness/cli/main.cc", lines(60), 0},
      {"HasAShortMain", "MainLength", "harness/cli/main.cc", lines(59), kNone},
      {"OnlyEndsInMain", "MainLength", "harness/cli/domain.cc", lines(100), kNone},

      {"IsABigFile", "FileSize", "tests/data/a.bin", std::string((512U << 10U) + 1, 'a'), 0},
      {"IsTheBiggestAllowedFile", "FileSize", "tests/data/a.bin", std::string(512U << 10U, 'a'),
       kNone},

      {"HasNoPragmaOnce", "PragmaOnce", "reports/a.h", "#include <vector>\n#pragma once\n", 1},
      {"HasNoDirective", "PragmaOnce", "reports/a.h", "struct A {};\n", 1},
      {"HasPragmaOnce", "PragmaOnce", "reports/a.h", "// what it is\n#pragma once\n", kNone},
      {"IsNoHeader", "PragmaOnce", "reports/a.cc", "#include <vector>\n", kNone},

      {"HasAStructWithoutDescription", "DocumentedTypes", "reports/a.h",
       "#pragma once\nnamespace bootproof {\n\nstruct A {\n  int a;\n};\n}\n", 4},
      {"HasAnEnumWithoutDescription", "DocumentedTypes", "reports/a.h",
       "namespace bootproof {\n/// A.\nstruct A { enum class B { kC }; };\n\nenum class D {\n  "
       "kE\n};"
       "\n}\n",
       5},
      {"HasATemplateWithoutDescription", "DocumentedTypes", "reports/a.h",
       "/// For another.\nint a();\ntemplate <typename T, typename = std::vector<T>>\nclass A "
       "final "
       ": B {\n};\n",
       3},
      {"HasACommentThatIsNoDescription", "DocumentedTypes", "reports/a.h", "// A.\nstruct A {};\n",
       2},
      {"HasDescriptions", "DocumentedTypes", "reports/a.h",
       "#pragma once\n#include <x>\nnamespace bootproof::a {\nstruct Forward;\nclass Other;\n\n"
       "/// A.\nstruct A {\n  struct Inner {};\n};\n\n/// B.\ntemplate <typename T>\nclass B "
       "{};\n\n"
       "inline int f(struct C* c) { struct Local {}; return 0; }\nstruct A g() { return {}; }\n"
       "constexpr A kA{1};\n}  // namespace\n",
       kNone},
      {"IsAHeaderOfATest", "DocumentedTypes", "tests/a.h", "struct A {};\n", kNone},

      {"HasATrailingSpace", "TrailingBlanks", "README.md", "one\ntwo \n", 2},
      {"HasATrailingTab", "TrailingBlanks", "cmake/a.cmake", "one\t", 1},
      {"HasACarriageReturn", "TrailingBlanks", "reports/a.cc", "one\r\ntwo\n", 1},
      {"HasBlanksInside", "TrailingBlanks", "reports/a.cc", "  one\n\n\ttwo", kNone},
      {"IsAGoldenFile", "TrailingBlanks", "tests/golden/a.json", "{} \n", kNone},
      {"IsARecordedLog", "TrailingBlanks", "tests/a/b.serial", "grub> \r\n", kNone},
      {"IsAListAtTheRoot", "TrailingBlanks", "packages.txt", "cmake \n", 1},

      {"NamesAFolderOfOneMachine", "MachinePaths", "README.md",
       "first\nsee " + std::string("/wo") + "rk/main\n", 2},
      {"NamesABuildFolderOfOneMachine", "MachinePaths", "tests/a.cc",
       "auto a = \"" + std::string("/tmp/bu") + "ild-x\";\n", 1},
      {"NamesPathsThatOnlyLookSo", "MachinePaths", "README.md",
       "out" + std::string("/wo") + "rk/a ${X}" + std::string("/wo") + "rk/b /tmp/x\n", kNone},
  };
  return kSnippets;
}

const Rule& rule_named(std::string_view name) {
  const auto all = rules();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Rule& rule) { return rule.name == name; });
  EXPECT_NE(found, all.end()) << "no rule " << name;
  return *found;
}

void PrintTo(const Snippet& snippet, std::ostream* out) { *out << snippet.rule; }

class RuleOn : public ::testing::TestWithParam<Snippet> {};

TEST_P(RuleOn, ComplainsOnlyWhereItShould) {
  const Snippet& snippet = GetParam();
  const SourceFile file = make_source_file(snippet.path, snippet.text);
  const std::vector<Complaint> complaints = rule_named(snippet.rule).check(file);
  if (snippet.line == Snippet::kNone) {
    EXPECT_EQ(report(file, "", complaints), "");
  } else {
    ASSERT_FALSE(complaints.empty());
    EXPECT_EQ(complaints.front().line, snippet.line);
    EXPECT_FALSE(complaints.front().what.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Snippets, RuleOn, ::testing::ValuesIn(snippets()),
                         [](const auto& row) { return row.param.name; });

TEST(Rules, AreEachProvedByAGoodAndABadSnippet) {
  for (const Rule& rule : rules()) {
    const auto has = [&](bool good) {
      return std::any_of(snippets().begin(), snippets().end(), [&](const Snippet& snippet) {
        return snippet.rule == rule.name && (snippet.line == Snippet::kNone) == good;
      });
    };
    EXPECT_TRUE(has(true)) << rule.name << " has no good snippet";
    EXPECT_TRUE(has(false)) << rule.name << " has no bad snippet";
  }
}

TEST(Report, NamesPlaceAndRemedy) {
  const SourceFile file = make_source_file("reports/a.cc", "int a;\n");
  EXPECT_EQ(report(file, "mend it", {{3, "broken"}, {0, "too big"}}),
            "reports/a.cc:3: broken; mend it\nreports/a.cc: too big; mend it\n");
}

TEST(Report, CountsTheRestOfMany) {
  const SourceFile file = make_source_file("a.cc", "");
  const std::string text = report(file, "mend it", std::vector<Complaint>(12, {1, "broken"}));
  EXPECT_TRUE(text.ends_with("a.cc:1: broken; mend it\na.cc: and 2 more of these\n")) << text;
}

}  // namespace
}  // namespace bootproof::lint
