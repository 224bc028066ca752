#include "harness/run/media.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <tuple>

#include "harness/core/yaml_reader.h"
#include "scenarios/scenario.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

// printf image | sha256sum
constexpr std::string_view kImageDigest =
    "6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d";

/// A scenario file in a folder of its own whose media have the source `source`.
class MediaFile {
 public:
  explicit MediaFile(std::string_view source)
      : file_(folder_.write("boot.yaml", "version: 1\nmedia:\n  disk: " + std::string(source) +
                                             "\nscenarios:\n"
                                             "  - {name: s, media: disk, firmware: seabios, "
                                             "device: ide-hd, steps: [{expect: x}]}\n")) {}

  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }

  [[nodiscard]] ReadyMedium prepare() const {
    const ScenarioFile file = parse_scenarios(YamlNode::load_file(file_), {});
    const RecipeBook book;
    const Builder builder(book, folder_.path() / "cache");
    ReadyMedium ready = prepare_medium(file.media.at(0), builder);
    ready.medium = nullptr;  // It goes with the file.
    return ready;
  }

  /// The whole Error, "FOLDER" for the folder.
  [[nodiscard]] std::string error() const {
    std::string text = "no error";
    try {
      static_cast<void>(prepare());
    } catch (const Error& error) {
      text = std::string(name_of(error.kind())) + ": " + error.what();
    }
    const std::string path = folder_.path().string();
    for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path)) {
      text.replace(at, path.size(), "FOLDER");
    }
    return text;
  }

 private:
  TemporaryFolder folder_;
  fs::path file_;
};

TEST(PrepareMedium, FindsAnImageAndItsDigest) {
  const MediaFile file("disk.img");
  const fs::path image = file.folder().write("disk.img", "image");
  const ReadyMedium ready = file.prepare();
  EXPECT_EQ(ready.image, image);
  EXPECT_EQ(ready.kernel, "");
  EXPECT_EQ(ready.initrd, "");
  EXPECT_EQ(ready.digest, kImageDigest);
  EXPECT_FALSE(ready.problem);
}

TEST(PrepareMedium, AnImageThatIsMissing) {
  EXPECT_EQ(MediaFile("disk.img").error(),
            "scenario: FOLDER/boot.yaml:3:9: FOLDER/disk.img does not exist\n"
            "      disk: disk.img\n"
            "            ^\n"
            "build the image first, or correct the path (relative paths are relative to the "
            "scenario file)");
}

TEST(PrepareMedium, AnImageThatIsADanglingLink) {
  const MediaFile file("disk.img");
  fs::create_symlink("nowhere", file.folder().path() / "disk.img");
  EXPECT_EQ(file.error(),
            "scenario: FOLDER/boot.yaml:3:9: FOLDER/disk.img does not exist\n"
            "      disk: disk.img\n"
            "            ^\n"
            "build the image first, or correct the path (relative paths are relative to the "
            "scenario file)");
}

TEST(PrepareMedium, AnImageThatIsAFolder) {
  const MediaFile file("{path: images}");
  fs::create_directory(file.folder().path() / "images");
  EXPECT_EQ(file.error(),
            "scenario: FOLDER/boot.yaml:3:16: FOLDER/images is a folder, an image file is "
            "expected\n"
            "      disk: {path: images}\n"
            "                   ^\n"
            "name the image file inside it");
}

TEST(PrepareMedium, AnImageThatIsEmpty) {
  const MediaFile file("disk.img");
  std::ignore = file.folder().write("disk.img", "");
  EXPECT_EQ(file.error(),
            "scenario: FOLDER/boot.yaml:3:9: FOLDER/disk.img is empty (0 bytes)\n"
            "      disk: disk.img\n"
            "            ^\n"
            "the build or download that makes it has failed: look there");
}

TEST(PrepareMedium, AnImageThatIsADevice) {
  EXPECT_EQ(MediaFile("/dev/zero").error(),
            "scenario: FOLDER/boot.yaml:3:9: /dev/zero is no regular file\n"
            "      disk: /dev/zero\n"
            "            ^\n"
            "copy the device's content into an image file first");
}

TEST(PrepareMedium, AnImageThatIsAPipe) {
  const MediaFile file("pipe");
  ASSERT_EQ(::mkfifo((file.folder().path() / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(file.error(),
            "scenario: FOLDER/boot.yaml:3:9: FOLDER/pipe is no regular file\n"
            "      disk: pipe\n"
            "            ^\n"
            "copy the device's content into an image file first");
}

TEST(PrepareMedium, AnImageThatMayNotBeRead) {
  if (::geteuid() == 0) {
    GTEST_SKIP() << "root may read everything; run the tests as another user";
  }
  const MediaFile file("disk.img");
  fs::permissions(file.folder().write("disk.img", "image"), fs::perms::none);
  EXPECT_EQ(file.error(),
            "scenario: FOLDER/boot.yaml:3:9: FOLDER/disk.img can't be read: Permission denied\n"
            "      disk: disk.img\n"
            "            ^\n"
            "give this user read permission");
}

TEST(PrepareMedium, HostileNamesAreEscaped) {
  EXPECT_EQ(MediaFile("\"a\\e[2Jb.img\"").error(),
            "scenario: FOLDER/boot.yaml:3:9: FOLDER/a\\x1b[2Jb.img does not exist\n"
            "      disk: \"a\\e[2Jb.img\"\n"
            "            ^\n"
            "build the image first, or correct the path (relative paths are relative to the "
            "scenario file)");
}

TEST(PrepareMedium, AnUnknownRecipeIsAScenarioError) {
  EXPECT_EQ(MediaFile("{build: nothing}").error().substr(0, 34),
            "scenario: FOLDER/boot.yaml:3:17: u");
}

TEST(PrepareMedium, APackageThatIsNotThereIsTheMediumsProblem) {
  const MediaFile file("{package: no-such-package, architecture: mips, file: /a}");
  const ReadyMedium ready = file.prepare();
  ASSERT_TRUE(ready.problem);
  EXPECT_EQ(ready.problem->kind(), ErrorKind::kHost);
  EXPECT_EQ(ready.problem->message().substr(0, 13), "medium disk: ");
  EXPECT_EQ(ready.digest, "");
}

TEST(PrepareMedium, AKernelAndItsInitrdHaveOneDigest) {
  const TemporaryFolder folder;
  Medium medium;
  medium.name = "tiny";
  DirectKernel direct;
  direct.kernel.source = folder.write("kernel", "image");
  medium.source = direct;
  const RecipeBook book;
  const Builder builder(book, folder.path() / "cache");
  EXPECT_EQ(prepare_medium(medium, builder).digest, kImageDigest);
  direct.initrd = FileSource{folder.write("initrd", "image"), {}};
  medium.source = direct;
  const ReadyMedium ready = prepare_medium(medium, builder);
  EXPECT_EQ(ready.medium, &medium);
  EXPECT_EQ(ready.image, "");
  EXPECT_EQ(ready.kernel, folder.path() / "kernel");
  EXPECT_EQ(ready.initrd, folder.path() / "initrd");
  EXPECT_EQ(ready.digest, std::string(kImageDigest) + "+" + std::string(kImageDigest));
}

TEST(DigestOf, SeesThatAnImageWasChangedOrIsGone) {
  const MediaFile file("disk.img");
  const fs::path image = file.folder().write("disk.img", "image");
  const ReadyMedium ready = file.prepare();
  EXPECT_EQ(*digest_of(ready), ready.digest);
  std::ignore = file.folder().write("disk.img", "imagf");
  EXPECT_NE(*digest_of(ready), ready.digest);
  fs::remove(image);
  const Result<std::string> gone = digest_of(ready);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind(), ErrorKind::kHost);
}

}  // namespace
}  // namespace bootproof
