#include "harness/console/expectation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/console/transcript.h"
#include "tests/console/cut.h"

namespace bootproof {

static bool operator==(const Match& a, const Match& b) {
  return a.pattern == b.pattern && a.source == b.source && a.text == b.text && a.end == b.end;
}

static void PrintTo(const Match& match, std::ostream* out) {
  *out << "pattern " << match.pattern << " on " << name_of(match.source) << ": '" << match.text
       << "' to " << match.end;
}

namespace {

Expectation expect(const std::vector<std::string>& patterns, bool all = false,
                   SourceMask where = {}) {
  return value_or_throw(Expectation::compile(patterns, all, where));
}

std::string refusal(const std::string& pattern) {
  const Result<Expectation> result = Expectation::compile({"good", pattern}, false, {});
  return result ? "accepted" : result.error().message();
}

/// Feeds `text` in pieces to a transcript and shows each state of it to `expectation`.
std::optional<Match> look(Expectation& expectation, std::string_view text, std::size_t cut_size,
                          std::size_t window = 256U << 10U) {
  Transcript transcript(window);
  for (const std::string_view piece : test::cut(text, cut_size)) {
    transcript.feed(piece);
    if (auto match =
            expectation.look_at_serial(transcript.begin(), transcript.since(transcript.begin()))) {
      return match;
    }
  }
  return std::nullopt;
}

TEST(Expectation, ABadPatternIsRefusedWithItsReason) {
  EXPECT_EQ(refusal("x("), "bad pattern 'x(': missing )");
  EXPECT_EQ(refusal("x)"), "bad pattern 'x)': unexpected )");
  EXPECT_EQ(refusal("[z-a]"), "bad pattern '[z-a]': invalid character class range: z-a");
  EXPECT_EQ(refusal("ab\\q"), "bad pattern 'ab\\q': invalid escape sequence: \\q");
  EXPECT_EQ(refusal("\\q"), "bad pattern '\\q': invalid escape sequence");
  EXPECT_EQ(refusal("a{5000}"), "bad pattern 'a{5000}': invalid repetition size: {5000}");
  EXPECT_EQ(refusal("\xff("), "bad pattern '\\xff(': invalid UTF-8");
  EXPECT_EQ(refusal("((((\\pL{100}){9}){9}){9})"),
            "bad pattern '((((\\pL{100}){9}){9}){9})': invalid repetition size: {9}");
}

TEST(Expectation, APatternThatSilenceSatisfiesIsRefused) {
  for (const std::string pattern : {"", "x*", "^", "$", "^$", "(a|)", "\\s*"}) {
    EXPECT_EQ(refusal(pattern), "bad pattern '" + pattern + "': it matches empty text");
  }
}

TEST(Expectation, AMatchIsFoundWhereverReadsAreCut) {
  const std::string text = "Linux version 6.1\nrescue login: ";
  for (const std::size_t size : test::kCutSizes) {
    Expectation expectation = expect({"rescue login:"});
    EXPECT_EQ(look(expectation, text, size),
              (Match{0, TextSource::kSerial, "rescue login:", text.size() - 1}))
        << "cut at " << size;
  }
}

TEST(Expectation, AMatchOverSeveralLinesIsFoundWhereverReadsAreCut) {
  for (const char* const pattern :
       {"one\\ntwo", "(?s)on.*tw.", "one\\s+two", "one[^x]two", "e[[:space:]]t"}) {
    for (const std::size_t size : test::kCutSizes) {
      Expectation expectation = expect({pattern});
      EXPECT_TRUE(look(expectation, "zero\r\none\r\ntwo\r\n", size)) << pattern << " " << size;
    }
  }
}

TEST(Expectation, AMatchOfAlmostSixteenKibibytesIsFoundInSmallReads) {
  Expectation expectation = expect({"(?s)BEGIN.*END"});
  const std::optional<Match> match =
      look(expectation, std::string(3000, '.') + "BEGIN" + std::string(16'000, '\n') + "END", 7);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->end, 19'008U);
  EXPECT_EQ(match->text.size(), 1024U);
}

TEST(Expectation, CaretAndDollarMatchAtLineBorders) {
  EXPECT_TRUE([] {
    Expectation expectation = expect({"^login:$"});
    return look(expectation, "last\nlogin:\n", 2);
  }());
  EXPECT_FALSE([] {
    Expectation expectation = expect({"^login:"});
    return look(expectation, "no login: here", 1);
  }());
}

TEST(Expectation, CaretDoesNotMatchWhereTheWindowWasCut) {
  Expectation expectation = expect({"^x"});
  EXPECT_EQ(look(expectation, "ab" + std::string(10'000, 'x'), 7, 1024), std::nullopt);
}

TEST(Expectation, TextBeforeTheBeginningDoesNotCount) {
  const std::string_view text = "grub> ls\nfoo\ngrub> ";
  Expectation expectation = expect({"grub>"});
  expectation.begin(5, {}, {});
  EXPECT_EQ(expectation.look_at_serial(0, text.substr(0, 12)), std::nullopt);
  EXPECT_EQ(expectation.look_at_serial(0, text), (Match{0, TextSource::kSerial, "grub>", 18}));
}

TEST(Expectation, TextBeforeTheBeginningIsContext) {
  Expectation expectation = expect({"^b"});
  expectation.begin(1, {}, {});
  EXPECT_EQ(expectation.look_at_serial(0, "abb"), std::nullopt);
  EXPECT_EQ(expectation.look_at_serial(0, "abb\nb"), (Match{0, TextSource::kSerial, "b", 5}));
}

TEST(Expectation, GoesOnWhenTheWindowMovedPastWhatWasSearched) {
  Expectation expectation = expect({"needle"});
  EXPECT_EQ(expectation.look_at_serial(0, "hay"), std::nullopt);
  EXPECT_EQ(expectation.look_at_serial(1000, ""), std::nullopt);
  EXPECT_EQ(expectation.look_at_serial(1000, "hay needle"),
            (Match{0, TextSource::kSerial, "needle", 1010}));
}

TEST(Expectation, OfSeveralPatternsTheOneThatBeginsFirstDecides) {
  Expectation expectation = expect({"login:", "emergency", "e.*e"});
  EXPECT_EQ(look(expectation, "an emergency at login:", 4096),
            (Match{1, TextSource::kSerial, "emergency", 12}));
}

TEST(Expectation, AllPatternsAreSeenInAnyOrderAndPlace) {
  for (const std::size_t size : test::kCutSizes) {
    Expectation expectation = expect({"alpha", "beta", "gamma"}, true);
    EXPECT_EQ(expectation.missing(), "'alpha' and 'beta' and 'gamma'");
    EXPECT_EQ(look(expectation, "gamma then alpha", size), std::nullopt);
    EXPECT_EQ(expectation.missing(), "'beta'");
    EXPECT_EQ(expectation.look_at_screen(TextSource::kVga, "some\nbeta"),
              (Match{1, TextSource::kVga, "beta", 0}));
    EXPECT_EQ(expectation.missing(), "");
  }
}

TEST(Expectation, AllInOneLookEndsWhereTheLastOneEnds) {
  Expectation expectation = expect({"b+", "a"}, true);
  EXPECT_EQ(look(expectation, "a bbb .", 4096), (Match{0, TextSource::kSerial, "bbb", 5}));
}

TEST(Expectation, MissingNamesThePatternsEscaped) {
  EXPECT_EQ(expect({"login:", "grub>\x1b"}).missing(), "'login:' or 'grub>\\x1b'");
}

TEST(Expectation, OnlyTheNamedPlacesCount) {
  Expectation serial = expect({"x"}, false, {.serial = true, .screen = false, .vga = false});
  EXPECT_FALSE(serial.look_at_screen(TextSource::kScreen, "x"));
  EXPECT_FALSE(serial.look_at_screen(TextSource::kVga, "x"));
  EXPECT_TRUE(serial.look_at_serial(0, "x"));
  Expectation vga = expect({"x"}, false, {.serial = false, .screen = false, .vga = true});
  EXPECT_FALSE(vga.look_at_serial(0, "x"));
  EXPECT_FALSE(vga.look_at_screen(TextSource::kScreen, "x"));
  EXPECT_TRUE(vga.look_at_screen(TextSource::kVga, "x"));
}

TEST(Expectation, BeginsAnewAfterItWasSatisfied) {
  Expectation expectation = expect({"a", "b"}, true);
  EXPECT_TRUE(expectation.look_at_serial(0, "ab"));
  expectation.begin(2, {}, {});
  EXPECT_EQ(expectation.missing(), "'a' and 'b'");
  EXPECT_FALSE(expectation.look_at_serial(0, "ab"));
  EXPECT_TRUE(expectation.look_at_serial(0, "abba"));
}

TEST(Expectation, AFloodInSmallReadsCostsLinearTime) {
  // 4 MiB in reads of 64 bytes: with a search from the beginning each time this would be 130 GB of
  // text.
  Expectation one_line = expect({"never seen"});
  Expectation lines = expect({"never\\sseen"});
  const std::string piece = std::string(63, 'x') + "\n";
  Transcript transcript(64U << 10U);
  for (int i = 0; i < (4 << 20) / 64; ++i) {
    transcript.feed(piece);
    ASSERT_FALSE(one_line.look_at_serial(transcript.begin(), transcript.since(0)));
    ASSERT_FALSE(lines.look_at_serial(transcript.begin(), transcript.since(0)));
  }
}

}  // namespace
}  // namespace bootproof
