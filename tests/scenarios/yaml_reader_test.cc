#include "harness/core/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/scenarios/support.h"

namespace bootproof::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

YamlNode yaml(std::string_view text) { return YamlNode::load_text(text, "a.yaml"); }

std::string yaml_error_of(std::string_view text) {
  return scenario_error([&] { static_cast<void>(yaml(text)); });
}

TEST(YamlReader, SaysWhatIsWrongWithAFileAsAWhole) {
  const TemporaryFolder folder;
  const auto error = [&](const std::filesystem::path& file) {
    return scenario_error([&] { static_cast<void>(YamlNode::load_file(file)); });
  };
  const std::string path = folder.path().string();
  EXPECT_EQ(error(folder.path() / "none.yaml"),
            path +
                "/none.yaml: no such file\n"
                "check the path; relative paths start at the current folder");
  EXPECT_EQ(error(folder.path()),
            path + ": is a folder, expected a YAML file\nname the file in it");
  EXPECT_EQ(error("/dev/zero"), "/dev/zero: is not a regular file\ncopy its text to a file first");
  EXPECT_EQ(error(folder.write("empty.yaml", "")), path + "/empty.yaml: empty file\nexpected YAML");
  EXPECT_EQ(error(folder.write("big.yaml", std::string((1U << 20U) + 1, '#'))),
            path +
                "/big.yaml: larger than 1 MiB\n"
                "a scenario or recipe file is text of a few pages: is this the right file?");
}

TEST(YamlReader, ReadsAFileOfExactlyOneMebibyte) {
  std::string text = "a: b\n#";
  text.resize(1U << 20U, 'x');
  EXPECT_EQ(yaml(text).require("a").text(), "b");
}

TEST(YamlReader, RefusesBytesThatNoTextHas) {
  using namespace std::string_literals;
  EXPECT_EQ(yaml_error_of("a: b\0c\n"s),
            "a.yaml:1:5: control character 0x00 in the file\n"
            "    a: b\\x00c\n"
            "        ^\n"
            "write it as an escape in double quotes, such as \"\\e\" or \"\\x03\"");
  EXPECT_EQ(yaml_error_of("a: b\nc: \x1b[31m\n"),
            "a.yaml:2:4: control character 0x1b in the file\n"
            "    c: \\x1b[31m\n"
            "       ^\n"
            "write it as an escape in double quotes, such as \"\\e\" or \"\\x03\"");
  EXPECT_EQ(yaml_error_of("a: \xC3\xA4\xFF\n"),
            "a.yaml:1:5: byte 0xff is not valid UTF-8\n"
            "    a: \xC3\xA4\\xff\n"
            "        ^\n"
            "save the file as UTF-8");
  EXPECT_EQ(yaml_error_of("a: \xC0\x80\n"),
            "a.yaml:1:4: byte 0xc0 is not valid UTF-8\n"
            "    a: \\xc0\\x80\n"
            "       ^\n"
            "save the file as UTF-8");
  EXPECT_EQ(yaml_error_of("\xFF\xFE"
                          "a\0"s),
            "a.yaml:1:1: byte 0xff is not valid UTF-8\n"
            "    \\xff\\xfea\\x00\n"
            "    ^\n"
            "save the file as UTF-8");
  // yaml-cpp takes this character for the end of the file.
  EXPECT_EQ(yaml_error_of("a: b\n\x04\nc: d\n"),
            "a.yaml:2:1: control character 0x04 in the file\n"
            "    \\x04\n"
            "    ^\n"
            "write it as an escape in double quotes, such as \"\\e\" or \"\\x03\"");
}

TEST(YamlReader, TakesAByteOrderMarkAndCarriageReturns) {
  const YamlNode root = yaml(
      "\xEF\xBB\xBF"
      "a: b\r\nc: |\r\n  d\r\n  e\r\n");
  EXPECT_EQ(root.require("a").text(), "b");
  EXPECT_EQ(root.require("c").text(), "d\ne\n");
  EXPECT_EQ(root.require("a").mark().column, 4);
  EXPECT_EQ(scenario_error([&] { throw root.require("c").error("wrong"); }),
            "a.yaml:2:4: wrong\n    c: |\n       ^");
}

TEST(YamlReader, KnowsWhereEachNodeStands) {
  const YamlNode root = yaml("a: b\nlist:\n  - x\n  - {y: z}\n");
  const auto place = [](const YamlNode& node) {
    return std::pair(node.mark().line, node.mark().column);
  };
  EXPECT_EQ(place(root), std::pair(1, 1));
  EXPECT_EQ(place(root.find("a")), std::pair(1, 4));
  const std::vector<YamlNode> list = root.find("list").list();
  EXPECT_EQ(place(list[0]), std::pair(3, 5));
  EXPECT_EQ(place(list[1]), std::pair(4, 5));
  EXPECT_EQ(place(list[1].find("y")), std::pair(4, 9));
  EXPECT_EQ(place(list[1].find("absent")), std::pair(4, 5));
}

TEST(YamlReader, SharesTheValueOfAnAnchor) {
  const YamlNode root = yaml("a: &x [1, 2]\nb: *x\n");
  EXPECT_EQ(root.find("b").list()[1].text(), "2");
  EXPECT_EQ(root.find("b").mark().line, 1);
}

TEST(YamlReader, KeepsTheDocumentAliveForItsNodes) {
  const std::vector<YamlNode> list = yaml("[a, b]").list();
  EXPECT_EQ(list[1].text(), "b");
}

TEST(YamlReader, TellsKindsApart) {
  const YamlNode root = yaml("s: x\nl: []\nm: {}\nn:\nq: ''\nt: ~\n");
  const auto kinds = [&](std::string_view key) {
    const YamlNode node = root.find(key);
    return std::array{node.is_scalar(), node.is_list(), node.is_map(), node.is_absent()};
  };
  EXPECT_THAT(kinds("s"), ElementsAre(true, false, false, false));
  EXPECT_THAT(kinds("l"), ElementsAre(false, true, false, false));
  EXPECT_THAT(kinds("m"), ElementsAre(false, false, true, false));
  EXPECT_THAT(kinds("n"), ElementsAre(false, false, false, true));
  EXPECT_THAT(kinds("q"), ElementsAre(true, false, false, false));
  EXPECT_THAT(kinds("t"), ElementsAre(false, false, false, true));
  EXPECT_THAT(kinds("nowhere"), ElementsAre(false, false, false, true));
}

TEST(YamlReader, LookingForAKeyDoesNotCreateIt) {
  const YamlNode root = yaml("a: b\n");
  EXPECT_TRUE(root.find("c").is_absent());
  EXPECT_EQ(root.entries().size(), 1U);
}

TEST(YamlReader, AnAbsentKeyIsMissingForEveryAccessor) {
  const YamlNode absent = yaml("x: {a: b}\n").find("x").find("cpus");
  const std::string expected = "a.yaml:1:4: missing key 'cpus'\n    x: {a: b}\n       ^\n";
  const std::string add = expected + "add 'cpus:' here";
  EXPECT_EQ(scenario_error([&] { static_cast<void>(absent.text()); }), add);
  EXPECT_EQ(scenario_error([&] { static_cast<void>(absent.text_or_empty()); }), add);
  EXPECT_EQ(scenario_error([&] { static_cast<void>(absent.boolean()); }), add);
  EXPECT_EQ(scenario_error([&] { static_cast<void>(absent.integer(1, 2)); }), add);
  EXPECT_EQ(scenario_error([&] { static_cast<void>(absent.list()); }), add);
  EXPECT_EQ(scenario_error([&] { static_cast<void>(absent.list_or_single()); }), add);
  EXPECT_EQ(scenario_error([&] { static_cast<void>(absent.entries()); }), add);
  EXPECT_EQ(scenario_error([&] { static_cast<void>(absent.find("y")); }), add);
}

TEST(YamlReader, ReadsScalars) {
  const YamlNode root =
      yaml("text: 'two words'\nempty: ''\nyes: true\nno: false\nnumber: 42\nnegative: -7\n");
  EXPECT_EQ(root.find("text").text(), "two words");
  EXPECT_EQ(root.find("empty").text_or_empty(), "");
  EXPECT_TRUE(root.find("yes").boolean());
  EXPECT_FALSE(root.find("no").boolean());
  EXPECT_EQ(root.find("number").integer(42, 42), 42);
  EXPECT_EQ(root.find("negative").integer(-10, 10), -7);
}

TEST(YamlReader, ReadsTimesWithTheirUnits) {
  const std::vector<std::pair<std::string, milliseconds>> cases{
      {"1ms", milliseconds(1)},       {"500ms", milliseconds(500)},
      {"20s", milliseconds(20'000)},  {"1.5s", milliseconds(1'500)},
      {"0.001s", milliseconds(1)},    {"2m", milliseconds(120'000)},
      {"0.5m", milliseconds(30'000)}, {"24h", milliseconds(86'400'000)}};
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(yaml(text).duration(), expected) << text;
  }
  for (const std::string_view text :
       {"20", "s", "1.5", "1.s", ".5s", "1.0005s", "1,5s", "20 s", "20S", "1e3s", "-1s", "0x10s",
        "999999999999s", "0.1ms", "1.2345s", "20sec", "''"}) {
    EXPECT_NE(scenario_error([&] {
                static_cast<void>(yaml(text).duration());
              }).find("the file must be a time with a unit, found"),
              std::string::npos)
        << text;
  }
  for (const std::string_view text : {"0s", "0ms", "86400001ms", "999999999h"}) {
    EXPECT_NE(scenario_error([&] {
                static_cast<void>(yaml(text).duration());
              }).find("the file must be a time from 1ms to 24h, found"),
              std::string::npos)
        << text;
  }
}

TEST(YamlReader, ReadsSizesOfMemory) {
  EXPECT_EQ(yaml("512M").memory_mib(), 512U);
  EXPECT_EQ(yaml("2G").memory_mib(), 2048U);
  EXPECT_EQ(yaml("1.5G").memory_mib(), 1536U);
  EXPECT_EQ(yaml("1024G").memory_mib(), 1U << 20U);
  for (const std::string_view text : {"512", "512K", "512MiB", "0.3M", "-1M"}) {
    EXPECT_NE(scenario_error([&] {
                static_cast<void>(yaml(text).memory_mib());
              }).find("the file must be a size with a unit, found"),
              std::string::npos)
        << text;
  }
  for (const std::string_view text : {"0M", "1025G", "999999999G"}) {
    EXPECT_NE(scenario_error([&] {
                static_cast<void>(yaml(text).memory_mib());
              }).find("the file must be a size from 1M to 1024G, found"),
              std::string::npos)
        << text;
  }
}

TEST(YamlReader, ResolvesEscapesHoweverTextIsQuoted) {
  const YamlNode root = yaml(
      "single: 'ls\\n'\nplain: ls\\n\ndouble: \"ls\\n\"\nanchored: &a \"a\\\\nb\"\n"
      "all: '\\r\\t\\e\\\\n'\nothers: 's/\\./x/\\'\nblock: |\n  ls\n");
  const auto text = [&](std::string_view key) { return root.find(key).text_with_escapes(); };
  EXPECT_EQ(text("single"), "ls\n");
  EXPECT_EQ(text("plain"), "ls\n");
  EXPECT_EQ(text("double"), "ls\n");
  EXPECT_EQ(text("anchored"), "a\\nb");
  EXPECT_EQ(text("all"), "\r\t\x1b\\n");
  EXPECT_EQ(text("others"), "s/\\./x/\\");
  EXPECT_EQ(text("block"), "ls\n");
}

TEST(YamlReader, FindsTheNearestWord) {
  constexpr std::array<std::string_view, 2> kWords{"seabios", "ovmf"};
  EXPECT_EQ(yaml("ovmf").one_of(kWords, "firmware"), 1U);
  EXPECT_EQ(scenario_error([&] { static_cast<void>(yaml("sebios").one_of(kWords, "firmware")); }),
            "a.yaml:1:1: unknown firmware 'sebios'\n    sebios\n    ^\n"
            "did you mean 'seabios'? known: seabios, ovmf");
  EXPECT_EQ(scenario_error([&] { static_cast<void>(yaml("[]").one_of(kWords, "firmware")); }),
            "a.yaml:1:1: the file must be a word, found a list\n    []\n    ^\n"
            "known: seabios, ovmf");
}

TEST(YamlReader, CutsALongListOfKnownWordsAndALongValue) {
  const std::vector<std::string_view> words(100, "word");
  const std::string error =
      scenario_error([&] { static_cast<void>(yaml(std::string(1000, 'x')).one_of(words, "w")); });
  EXPECT_EQ(error.substr(0, error.find('\n')),
            "a.yaml:1:1: unknown w '" + std::string(60, 'x') + "...'");
  EXPECT_TRUE(error.ends_with("word, ..."));
  EXPECT_LT(error.size(), 800U);
}

TEST(YamlReader, PointsAtAKey) {
  const YamlNode root = yaml("a: 1\nb: 2\n");
  EXPECT_EQ(scenario_error([&] { throw root.error_at_key("b", "wrong", "why"); }),
            "a.yaml:2:1: wrong\n    b: 2\n    ^\nwhy");
}

TEST(YamlReader, QuotesTheLineOfAMarkFromTheFile) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.write("a.yaml", "x: y\nb: c\n");
  const SourceMark mark{file.string(), 2, 4};
  EXPECT_EQ(scenario_error([&] { throw error_at(mark, "wrong", "why"); }),
            file.string() + ":2:4: wrong\n    b: c\n       ^\nwhy");
  std::filesystem::remove(file);
  EXPECT_EQ(scenario_error([&] { throw error_at(mark, "wrong"); }), file.string() + ":2:4: wrong");
  EXPECT_EQ(scenario_error([&] { throw error_at({"b.yaml", 0, 0}, "wrong"); }), "b.yaml: wrong");
}

TEST(YamlReader, ReadsNestingUpToItsLimit) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(yaml(nested(64)).is_list());
  EXPECT_NE(yaml_error_of(nested(65)).find("nested deeper than 64 levels"), std::string::npos);
  EXPECT_NE(yaml_error_of(nested(100'000)).find("nested deeper than 64 levels"), std::string::npos);
  std::string keys;
  for (int i = 0; i < 1'000; ++i) {
    keys += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  }
  EXPECT_NE(yaml_error_of(keys).find("nested deeper than 64 levels"), std::string::npos);
  std::string questions;
  for (int i = 0; i < 50'000; ++i) {
    questions += "? ";
  }
  EXPECT_NE(yaml_error_of(questions), "no error");
}

TEST(YamlReader, BoundsTheNumberOfValues) {
  std::string list;
  for (int i = 0; i < 100'001; ++i) {
    list += "- x\n";
  }
  EXPECT_NE(yaml_error_of(list).find("more than 100000 values in the file"), std::string::npos);
}

}  // namespace
}  // namespace bootproof::testing
