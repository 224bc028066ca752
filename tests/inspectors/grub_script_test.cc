// GRUB's script language: the same scripts are right and wrong as for grub-script-check.

#include "inspectors/loaders/grub_script.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/inspectors/tool_output.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::has_tool;
using bootproof::testing::output_of;
using bootproof::testing::TemporaryFolder;

class GrubScriptTest : public ::testing::TestWithParam<std::string> {};

TEST_P(GrubScriptTest, IsRightWhereGrubScriptCheckSaysSo) {
  if (!has_tool("grub-script-check")) {
    GTEST_SKIP() << "grub-script-check is missing; install the package grub-common";
  }
  const TemporaryFolder folder;
  // Without a command it complains of just that.
  const std::string text = "true\n" + GetParam();
  const std::string file = folder.write("grub.cfg", text).string();
  EXPECT_EQ(parse_grub_script(text).errors.empty(),
            output_of({"grub-script-check", file}).has_value())
      << text;
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, GrubScriptTest,
    ::testing::Values(
        "a;\n", "a;;b\n", "a; ;b\n", "a;\n\nb\n", "a;b;c\n", ";a\n", "if a; then fi\n",
        "if a; then b; fi\n", "if a; then b;; fi\n", "if a; then\n\nb\n\n\nfi\n",
        "if a; then\n#c\nfi\n", "if a;then b;fi\n", "if a; then b; fi d\n",
        "if a; then b; else c; fi; d\n", "if a; then b; elif c; then d; else e; fi\n",
        "if a; then b; elif c; else e; fi\n", "if if a; then b; fi; then c; fi\n",
        "if [ a ]\nthen b\nfi\n", "if ! a; then b; fi\n", "if a; then b; fi fi\n", "fi\n",
        "then a\n", "menuentry x { }\n", "menuentry x { b }\n", "menuentry x { b; }\n",
        "menuentry x {\nb\n}\n", "menuentry x\n{\nb\n}\n", "menuentry x{\nb\n}\n",
        "menuentry \"x\"{\nb\n}\n", "menuentry x {\nb\n", "menuentry x {\nb\n}}\n",
        "submenu a { menuentry b { c; }; }\n", "submenu a { menuentry b { c; } }\n",
        "a {\nb\n} c\n", "a { b; } { c; }\n", "{ a; }\n", "}\n", "echo {\n", "echo }\n",
        "echo a}\n", "echo {x}\n", "function f { a; }\n", "function f\n{\na\n}\n",
        "function f { a }\n", "function { a; }\n", "f() { a; }\n", "for i in a b; do c; done\n",
        "for i in; do c; done\n", "for i in a\ndo\nc\ndone\n", "for i in a do c; done\n",
        "for i a; do c; done\n", "while a; do b; done\n", "until a\ndo b\ndone\n",
        "while a; b; done\n", "done\n", "in\n", "case a\n", "time a\n", "echo time case if\n",
        "echo done\n", "[[ a ]]\n", "echo [[ a\n", "a && b\n", "a || b\n", "a | b\n", "a & b\n",
        "echo a > b\n", "echo a&b\n", "echo a#b\n", "a # b {\n", "echo $\n", "echo \"a$\"\n",
        "echo ${a-b}\n", "echo \"${a-b}\"\n", "echo '${a-b}'\n", "echo ${a}b$c\n",
        "echo $1 $? $@\n", "echo \\$\n", "echo \"\\$\"\n", "echo $\"hi\"\n", "echo \"x\n",
        "echo \"x\ny\"\n", "echo 'x\ny'\n", "echo 'x\n", "a \\\n b\n", "$a b\n", "a=b\n", "a=b c\n",
        "set a=\"b c\"\n", "menuentry \"a\" --class b $o \"c\" {\n a\n}\n", "echo \"a\\\"b\"\n",
        "echo a\\\"b\n", "if a; then\r\n b\r\nfi\r\n", "echo \xC3\xA9\n",
        "menuentry a { if b; then c; fi; }\n", "menuentry a { if b; then c; }\n",
        "menuentry a { function b { c; } }\n", "if a; then function b { c; }; fi\n", "echo -- a\n",
        "[ a = b ]\n", "[a = b ]\n"));

TEST(GrubScript, GoesOnInTheLineAfterAnError) {
  const GrubScript script = parse_grub_script("a\n}\nb\nc && d\ne\n");
  EXPECT_EQ(script.commands.size(), 3U);
  ASSERT_EQ(script.errors.size(), 2U);
  EXPECT_EQ(script.errors[0].line, 2U);
  EXPECT_EQ(script.errors[1].line, 4U);
}

TEST(GrubScript, SaysWhereABraceWasOpened) {
  const GrubScript script = parse_grub_script("true\nmenuentry 'a' {\n  linux /b\n");
  ASSERT_EQ(script.errors.size(), 1U);
  EXPECT_EQ(script.errors.front().found, "the end of the file");
  EXPECT_EQ(script.errors.front().expected, "'}' for the '{' of line 2");
}

TEST(GrubScript, KeepsQuotesAndVariablesApart) {
  const GrubScript script = parse_grub_script(R"(echo a$b"c ${d}"'$e'\f "\$g\h")");
  ASSERT_EQ(script.commands.size(), 1U);
  const std::vector<GrubWord>& words = script.commands.front().words;
  ASSERT_EQ(words.size(), 3U);
  const std::vector<GrubWordPart> second{{"a", false, false},
                                         {"b", true, false},
                                         {"c ", false, true},
                                         {"d", true, true},
                                         {"$ef", false, true}};
  EXPECT_EQ(words[1].parts, second);
  EXPECT_EQ(words[2].parts, (std::vector<GrubWordPart>{{"$g\\h", false, true}}));
}

TEST(GrubScript, OfDeepNestingEnds) {
  std::string text;
  for (int i = 0; i < 100000; ++i) {
    text += "if a; then ";
  }
  EXPECT_FALSE(parse_grub_script(text).errors.empty());
}

TEST(GrubScript, OfErrorsAloneEnds) {
  std::string text;
  for (int i = 0; i < 200000; ++i) {
    text += "}\n";
  }
  EXPECT_LE(parse_grub_script(text).errors.size(), 16U);
}

}  // namespace
}  // namespace bootproof::inspectors
