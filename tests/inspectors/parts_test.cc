// The small parts: text, numbers, names, the list of findings.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "inspectors/boot_code.h"
#include "inspectors/crc32.h"
#include "inspectors/el_torito.h"
#include "inspectors/finding.h"
#include "inspectors/guid.h"
#include "inspectors/mbr.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"
#include "tests/inspectors/sample_images.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::bytes_of;

TEST(PrintableText, KeepsAsciiAndEscapesControls) {
  EXPECT_EQ(printable_text(bytes_of("a b~\x1b[2J\n\x7f")), "a b~\\x1b[2J\\x0a\\x7f");
}

TEST(PrintableText, KeepsUtf8) {
  for (const std::string_view text : {"Gr\xc3\xbc\xc3\x9f Gott", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                      "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xf4\x80\x80\x80"}) {
    EXPECT_EQ(printable_text(text), text);
  }
}

TEST(PrintableText, EscapesBytesThatAreNoUtf8) {
  EXPECT_EQ(printable_text("Gr\xfc\xdf"), "Gr\\xfc\\xdf");  // CP1252
  EXPECT_EQ(printable_text("a\xc3"), "a\\xc3");             // cut off
  EXPECT_EQ(printable_text("\xe2\x82z"), "\\xe2\\x82z");    // cut off in the middle
  EXPECT_EQ(printable_text("\xc0\xaf\xe0\x80\xaf"), "\\xc0\\xaf\\xe0\\x80\\xaf");  // too long
  EXPECT_EQ(printable_text("\xed\xa0\x80"), "\\xed\\xa0\\x80");                    // a surrogate
  EXPECT_EQ(printable_text("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // behind U+10FFFF
  EXPECT_EQ(printable_text("\x80\xff"), "\\x80\\xff");
}

TEST(PrintableText, EscapesWhatWouldSteerTheReader) {
  // A control of ISO 6429, directions and isolates, a line separator, joiners, a soft hyphen, a
  // byte order mark, a tag.
  EXPECT_EQ(printable_text("\xc2\x9b"
                           "31m"),
            "\\u{009b}31m");
  EXPECT_EQ(printable_text("a\xe2\x80\xae"
                           "b\xe2\x81\xa6"
                           "c\xd8\x9c"),
            "a\\u{202e}b\\u{2066}c\\u{061c}");
  EXPECT_EQ(printable_text("\xe2\x80\xa8\xe2\x80\x8b\xe2\x80\x8d\xc2\xad\xef\xbb\xbf"),
            "\\u{2028}\\u{200b}\\u{200d}\\u{00ad}\\u{feff}");
  EXPECT_EQ(printable_text("\xf3\xa0\x81\x81\xe3\x85\xa4"), "\\u{e0041}\\u{3164}");
}

TEST(PrintableText, EndsAtAZeroAndWithoutFilling) {
  EXPECT_EQ(printable_text(bytes_of(std::string_view("LABEL   \0junk", 13))), "LABEL");
  EXPECT_EQ(printable_text(bytes_of("        ")), "");
}

TEST(PrintableUtf16, BecomesUtf8) {
  const Bytes big{0x00, 'A', 0x00, 0xE9, 0x20, 0xAC, 0xD8, 0x3D, 0xDE, 0x00, 0, ' ', 0, 0, 0, 'x'};
  EXPECT_EQ(printable_utf16(big, ByteOrder::kBig), "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  const Bytes little{'A', 0x00, 0xE9, 0x00};
  EXPECT_EQ(printable_utf16(little, ByteOrder::kLittle), "A\xc3\xa9");
}

TEST(PrintableUtf16, EscapesWhatWouldSteerTheReader) {
  const Bytes bytes{0, 0x1B, 0x20, 0x2E, 0xD8, 0x00, 0, 'x', 0xDC, 0x00, 0xFE, 0xFF, 'c'};
  EXPECT_EQ(printable_utf16(bytes, ByteOrder::kBig),
            "\\u{001b}\\u{202e}\\u{d800}x\\u{dc00}\\u{feff}");
}

TEST(Crc32, IsTheOneOfIeee802) {
  EXPECT_EQ(crc32(bytes_of("123456789")), 0xCBF43926U);
  EXPECT_EQ(crc32({}), 0U);
  EXPECT_EQ(crc32(bytes_of("6789"), crc32(bytes_of("12345"))), 0xCBF43926U);
}

TEST(Guid, IsWrittenInItsMixedOrder) {
  Guid guid{};
  for (std::uint8_t i = 0; i < guid.bytes.size(); ++i) {
    guid.bytes.at(i) = i;
  }
  EXPECT_EQ(text_of(guid), "03020100-0504-0706-0809-0A0B0C0D0E0F");
  EXPECT_EQ(partition_type_name(guid), "");
  EXPECT_FALSE(guid.is_zero());
  EXPECT_TRUE(Guid{}.is_zero());
}

TEST(Names, AreTheStandardsWords) {
  EXPECT_EQ(platform_name(0x00), "BIOS");
  EXPECT_EQ(platform_name(0xEF), "UEFI");
  EXPECT_EQ(platform_name(0x42), "platform 0x42");
  EXPECT_EQ(media_type_name(0), "no emulation");
  EXPECT_EQ(media_type_name(9), "media type 9");
  EXPECT_EQ(mbr_type_name(0xEF), "ESP");
  EXPECT_EQ(mbr_type_name(0x77), "");
}

TEST(BootCode, IsRecognisedByItsBytes) {
  const auto sector_with = [](std::size_t offset, std::string_view bytes) {
    Bytes sector(512);
    std::copy(bytes.begin(), bytes.end(), sector.begin() + static_cast<std::ptrdiff_t>(offset));
    return recognise_boot_code(sector);
  };
  using namespace std::string_literals;
  using namespace std::string_view_literals;
  EXPECT_EQ(sector_with(440, "only a table"), BootCode::kNone);
  EXPECT_EQ(sector_with(0, "whatever"), BootCode::kUnknown);
  EXPECT_EQ(sector_with(100, "Invalid partition table"), BootCode::kDos);
  EXPECT_EQ(sector_with(0x180, "GRUB \0Geom\0Hard Disk\0Read\0 Error"sv), BootCode::kGrub);
  EXPECT_EQ(sector_with(0x20, "\x33\xED\xFA\x8E\xD5\xBC\x00\x7C"sv), BootCode::kIsohybrid);
  const std::string syslinux = "\x33\xC0\xFA\x8E\xD8\x8E\xD0\xBC\x00\x7C\x89\xE6\x06\x57\x8E\xC0"s;
  EXPECT_EQ(sector_with(0, syslinux), BootCode::kSyslinuxMbr);
  EXPECT_EQ(sector_with(0, syslinux + "....!GPT"), BootCode::kSyslinuxGpt);
}

TEST(Findings, AreGivenByOffset) {
  Findings findings;
  findings.add(rule("mbr.overlap"), 9, "b", "", "");
  findings.add(rule("mbr.status"), 3, "a", "", "");
  findings.add(rule("mbr.status"), 9, "c", "", "");
  std::string order;
  for (const Finding& finding : findings.take()) {
    order += finding.path;
  }
  EXPECT_EQ(order, "abc");
  EXPECT_TRUE(findings.take().empty());
}

TEST(Findings, OfOneRuleAreLimitedAndSaySo) {
  Findings findings;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    findings.add(rule("gpt.overlap"), i, "", fmt::format("{}", i), "");
  }
  const std::vector<Finding> taken = findings.take();
  ASSERT_EQ(taken.size(), Findings::kMostOfOneRule);
  EXPECT_EQ(taken.front().found, "0");
  EXPECT_EQ(taken.back().found, "31, and 968 more like this");
}

}  // namespace
}  // namespace bootproof::inspectors
