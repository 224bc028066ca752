#include "tests/lint/source_text.h"

#include <gtest/gtest.h>

#include <string>

namespace bootproof::lint {
namespace {

TEST(TakeApart, BlanksCommentsAndKeepsLines) {
  EXPECT_EQ(take_apart("a; // b\n/* c\n d */ e;\n").code, "a;     \n    \n      e;\n");
}

TEST(TakeApart, BlanksTheInsideOfLiterals) {
  EXPECT_EQ(take_apart("f(\"a\\\"{\", '\\'', 'x');").code, "f(\"    \", '  ', ' ');");
}

TEST(TakeApart, BlanksRawStrings) {
  EXPECT_EQ(take_apart("f(R\"x(a\n)\" //)x\", 1);").code, "f(R\"   \n       \", 1);");
}

TEST(TakeApart, KnowsDigitSeparators) {
  EXPECT_EQ(take_apart("a = 1'000'000; b = 0xAB'CD; c = u8'x';").code,
            "a = 1'000'000; b = 0xAB'CD; c = u8' ';");
}

TEST(TakeApart, CollectsDirectivesWithTheirLines) {
  const SourceText text =
      take_apart("#pragma once\n\n  #define A \\\n  1  // one\nint a;\n# if 0\n");
  ASSERT_EQ(text.directives.size(), 3U);
  EXPECT_EQ(text.directives[0].text, "#pragma once");
  EXPECT_EQ(text.directives[1].line, 3U);
  EXPECT_EQ(text.directives[1].text, "#define A   1  ");
  EXPECT_EQ(text.directives[2].line, 6U);
}

TEST(TakeApart, EndsWithSourceThatEndsEarly) {
  for (const char* source : {"/* a", "\"a", "'", "R\"(a", "R\"", "#", "\"a\\", "//"}) {
    EXPECT_EQ(take_apart(source).code.size(), std::string(source).size()) << source;
  }
}

TEST(FindWord, FindsWholeWordsOnly) {
  EXPECT_EQ(find_word("asleep sleep_ sleep(", "sleep"), 14U);
  EXPECT_EQ(find_word("asleep", "sleep"), std::string::npos);
}

TEST(ClosingBracket, SkipsWhatIsNested) {
  EXPECT_EQ(closing_bracket("f(a[1], {2})", 1), 11U);
  EXPECT_EQ(closing_bracket("f(", 1), 2U);
}

}  // namespace
}  // namespace bootproof::lint
