#include "builders/source_date.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "builders/tools.h"
#include "fixture.h"
#include "harness/core/program.h"

namespace bootproof {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kSummer = 1748781000;  // 2025-06-01 12:30:00 UTC

class SourceDate : public FolderTest {
 protected:
  void SetUp() override {
    try {
      for (const std::string_view tool : {"mkfs.vfat", "mcopy", "mke2fs", "xorriso"}) {
        static_cast<void>(tool_path(tool));
      }
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  /// Builds the recipe in a cache of the test.
  [[nodiscard]] BuiltFile build(const std::string& recipe, std::int64_t date = kSourceDate) const {
    RecipeBook book;
    book.load_text("version: 1\nrecipes:\n  a:\n" + recipe, (folder_ / "r.yaml").string());
    BuilderOptions options;
    options.date = date;
    return Builder(book, folder_ / "cache", options).build("a");
  }

  static std::string output_of(std::vector<std::string> arguments) {
    ProgramCall call;
    call.arguments = std::move(arguments);
    call.environment = {{"LC_ALL", "C.UTF-8"}, {"TZ", "UTC0"}, {"MTOOLSRC", "/dev/null"}};
    const ProgramResult result = value_or_throw(run_program(call));
    return result.output + result.error_output;
  }

  static std::string date_error(const std::string& date) {
    return error_text(
        [&] { static_cast<void>(read_source_date(YamlNode::load_text(date + "\n", "r.yaml"))); });
  }
};

constexpr const char* kDisk =
    "    disk: {table: none, partitions: [{name: a, size: 4M, filesystem: {type: TYPE, files: "
    "{/f.txt: {text: hi}}}}]}\n";

std::string disk_with(const std::string& type) {
  std::string text = kDisk;
  return text.replace(text.find("TYPE"), 4, type);
}

TEST_F(SourceDate, OfTheRecipeIsBorneByFilesOnFatExtAndIso) {
  const std::string date = "    date: 2025-06-01T12:30:00Z\n";
  const BuiltFile fat = build(date + disk_with("fat12"));
  EXPECT_THAT(output_of({"mdir", "-i", fat.path.string(), "::/"}), HasSubstr("2025-06-01  12:30"));
  const BuiltFile ext = build(date + disk_with("ext2"));
  EXPECT_THAT(output_of({"/usr/sbin/debugfs", "-R", "stat /f.txt", ext.path.string()}),
              HasSubstr("mtime: 0x683c47c8:00000000 -- Sun Jun  1 12:30:00 2025"));
  const BuiltFile iso = build(date + "    iso: {volume_id: A, files: {/f.txt: {text: hi}}}\n");
  EXPECT_THAT(output_of({"xorriso", "-indev", iso.path.string(), "-lsl", "/f.txt", "--"}),
              HasSubstr("Jun  1  2025"));
}

TEST_F(SourceDate, OfTheEnvironmentCountsWhereTheRecipeHasNone) {
  const BuiltFile fat = build(disk_with("fat12"), kSummer);
  EXPECT_THAT(output_of({"mdir", "-i", fat.path.string(), "::/"}), HasSubstr("2025-06-01  12:30"));
  const BuiltFile own = build("    date: 2001-02-03\n" + disk_with("fat12"), kSummer);
  EXPECT_THAT(output_of({"mdir", "-i", own.path.string(), "::/"}), HasSubstr("2001-02-03   0:00"));
}

TEST_F(SourceDate, IsPartOfTheKey) {
  EXPECT_FALSE(build(disk_with("ext2")).from_cache);
  EXPECT_FALSE(build(disk_with("ext2"), kSummer).from_cache);
  EXPECT_TRUE(build("    date: 2025-06-01T12:30:00Z\n" + disk_with("ext2")).from_cache);
}

TEST_F(SourceDate, IsReadAsDayOrTime) {
  const auto date_of = [](const std::string& text) {
    return read_source_date(YamlNode::load_text(text + "\n", "r.yaml"));
  };
  EXPECT_EQ(date_of("2024-01-01"), kSourceDate);
  EXPECT_EQ(date_of("2025-06-01T12:30:00Z"), kSummer);
  EXPECT_EQ(date_of("1980-01-01"), kFirstSourceDate);
  EXPECT_EQ(date_of("2037-12-31T23:59:59Z"), kLastSourceDate);
  EXPECT_EQ(date_digits(kSummer), "20250601123000");
}

TEST_F(SourceDate, IsRefusedWhereItIsNone) {
  for (const char* const text : {"yesterday", "2025-02-30", "2025-6-1", "2025-06-01T24:00:00Z",
                                 "2025-06-01 12:30:00", "1748781000"}) {
    EXPECT_THAT(date_error(text), HasSubstr("r.yaml:1:1: '" + std::string(text) + "' is no date"));
  }
  EXPECT_THAT(date_error("1979-12-31"), HasSubstr("is outside the years 1980 to 2037"));
  EXPECT_THAT(date_error("2038-01-01"), HasSubstr("is outside the years 1980 to 2037"));
}

TEST_F(SourceDate, ComesFromTheEnvironment) {
  const auto with = [](const char* text) {
    ::setenv("SOURCE_DATE_EPOCH", text, 1);  // NOLINT(concurrency-mt-unsafe): one thread.
    const auto reset = [] { ::unsetenv("SOURCE_DATE_EPOCH"); };  // NOLINT(concurrency-mt-unsafe)
    std::optional<std::int64_t> date;
    std::string error = error_text([&] { date = environment_source_date(); });
    reset();
    return date ? std::to_string(*date) : error;
  };
  EXPECT_EQ(with("1748781000"), "1748781000");
  EXPECT_EQ(with("0"), std::to_string(kFirstSourceDate)) << "FAT knows nothing before 1980";
  EXPECT_EQ(with(""), "(no error)");
  EXPECT_EQ(environment_source_date(), std::nullopt);
  for (const char* const text :
       {"-1", "soon", "1748781000 ", "99999999999999999999", "4294967296"}) {
    EXPECT_THAT(with(text), HasSubstr("SOURCE_DATE_EPOCH is '" + std::string(text) + "'"));
  }
}

}  // namespace
}  // namespace bootproof
