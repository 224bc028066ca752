#include "harness/core/file_source.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include "scenarios/schema.h"
#include "tests/scenarios/support.h"

namespace bootproof::testing {
namespace {

FileSource source(std::string_view text) {
  return read_file_source(YamlNode::load_text(text, "/srv/boot/a.yaml"));
}

std::string path_of(std::string_view text) {
  return std::get<std::filesystem::path>(source(text).source).string();
}

TEST(FileSourceReader, TakesAPathRelativeToTheFile) {
  EXPECT_EQ(path_of("out/rescue.iso"), "/srv/boot/out/rescue.iso");
  EXPECT_EQ(path_of("../rescue.iso"), "/srv/rescue.iso");
  EXPECT_EQ(path_of("/images/rescue.iso"), "/images/rescue.iso");
  EXPECT_EQ(path_of("{path: ./rescue.iso}"), "/srv/boot/rescue.iso");
}

TEST(FileSourceReader, MakesPathsAbsoluteWhenTheFileIsNamedRelatively) {
  const FileSource found = read_file_source(YamlNode::load_text("x.iso", "boot.yaml"));
  EXPECT_EQ(std::get<std::filesystem::path>(found.source),
            std::filesystem::current_path() / "x.iso");
}

TEST(FileSourceReader, TakesAFileOfAPackage) {
  const FileSource found =
      source("{package: busybox-static, file: /bin/busybox, architecture: arm64}");
  const auto& file = std::get<PackageFile>(found.source);
  EXPECT_EQ(file.package, "busybox-static");
  EXPECT_EQ(file.file, "/bin/busybox");
  EXPECT_EQ(file.architecture, "arm64");
  EXPECT_EQ(found.mark.line, 1);
}

TEST(FileSourceReader, TakesAmd64ForAPackageByDefault) {
  EXPECT_EQ(std::get<PackageFile>(source("{package: memtest86+, file: /a}").source).architecture,
            "amd64");
}

TEST(FileSourceReader, TakesTheNameOfARecipe) {
  EXPECT_EQ(std::get<RecipeName>(source("{build: usb-syslinux}").source).name, "usb-syslinux");
}

TEST(FileSourceReader, KnowsTheKeysOfTheTable) {
  const std::string error =
      scenario_error([] { static_cast<void>(source("{zzzzzzzzzzzzzzz: x}")); });
  std::string known = "known keys: ";
  for (const std::string_view key : key_names(Section::kSource)) {
    known += (known.ends_with(": ") ? "" : ", ") + std::string(key);
  }
  EXPECT_TRUE(error.ends_with(known)) << error << "\n" << known;
}

}  // namespace
}  // namespace bootproof::testing
