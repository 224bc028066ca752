#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "harness/console/code_page_437.h"
#include "tests/console/cut.h"

namespace bootproof {
namespace {

std::string decoded(std::string_view text) {
  std::string first;
  for (const std::size_t size : test::kCutSizes) {
    TextDecoder decoder;
    std::string out;
    for (const std::string_view piece : test::cut(text, size)) {
      decoder.decode(piece, out);
    }
    decoder.finish(out);
    if (size == test::kCutSizes[0]) {
      first = out;
    }
    EXPECT_EQ(out, first) << "cut at " << size;
  }
  return first;
}

TEST(TextDecoder, Utf8StaysAsItIs) { EXPECT_EQ(decoded("┌──┐ äöü € 😀 ↑"), "┌──┐ äöü € 😀 ↑"); }

TEST(TextDecoder, FramesOfSingleBytesBecomeLines) {
  EXPECT_EQ(decoded("\xda\xc4\xc4\xc4\xbf"), "┌───┐");
  EXPECT_EQ(decoded("\xb3*Linux \xb3"), "│*Linux │");
  EXPECT_EQ(decoded("\xc0\xc4\xd9"), "└─┘");
}

TEST(TextDecoder, WhatIsNotUtf8ByTheStandardIsPcText) {
  EXPECT_EQ(decoded("\xc0\x80"), "└Ç");            // overlong
  EXPECT_EQ(decoded("\xe0\x80\x80"), "αÇÇ");       // overlong
  EXPECT_EQ(decoded("\xed\xa0\x80"), "φáÇ");       // a surrogate
  EXPECT_EQ(decoded("\xf4\x90\x80\x80"), "⌠ÉÇÇ");  // beyond U+10FFFF
  EXPECT_EQ(decoded("\xe2\x94"), "Γö");            // cut off
  EXPECT_EQ(decoded("\xe2\x94z"), "Γöz");
}

TEST(TextDecoder, ControlsInUtf8AreLeftOut) {
  EXPECT_EQ(decoded("a\xc2\x85\xc2\x9b"
                    "b"),
            "ab");
}

TEST(TextDecoder, AnAsciiCharacterEndsPcText) { EXPECT_EQ(decoded("\xb3 ä"), "│ ä"); }

}  // namespace
}  // namespace bootproof
