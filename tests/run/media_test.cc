#include "harness/run/media.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
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
    const DigestMemory digests(folder_.path() / "digests");
    ReadyMedium ready = prepare_medium(file.media.at(0), builder, digests);
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
  EXPECT_EQ(ready.image.path, image);
  EXPECT_EQ(ready.image.sha256, kImageDigest);
  EXPECT_EQ(ready.kernel.path, "");
  EXPECT_EQ(ready.initrd.path, "");
  EXPECT_EQ(ready.files().size(), 1U);
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
            "scenario: FOLDER/boot.yaml:3:9: FOLDER/images is a folder, an image file is "
            "expected\n"
            "      disk: {path: images}\n"
            "            ^\n"
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
  EXPECT_EQ(MediaFile("{build: nothing}").error(),
            "scenario: FOLDER/boot.yaml:3:10: 'build' needs 'recipes' in this file\n"
            "      disk: {build: nothing}\n"
            "             ^\n"
            "name the recipe file at the top: `recipes: recipes.yaml`");
}

TEST(PrepareMedium, APackageThatIsNotThereIsTheMediumsProblem) {
  const MediaFile file("{package: no-such-package, architecture: arm64, file: /a}");
  const ReadyMedium ready = file.prepare();
  ASSERT_TRUE(ready.problem);
  EXPECT_EQ(ready.problem->kind(), ErrorKind::kHost);
  EXPECT_EQ(ready.problem->message().substr(0, 13), "medium disk: ");
  EXPECT_TRUE(ready.files().empty());
}

TEST(PrepareMedium, AKernelAndItsInitrdHaveADigestEach) {
  const TemporaryFolder folder;
  Medium medium;
  medium.name = "tiny";
  DirectKernel direct;
  direct.kernel.source = folder.write("kernel", "image");
  medium.source = direct;
  const RecipeBook book;
  const Builder builder(book, folder.path() / "cache");
  const DigestMemory digests(folder.path() / "digests");
  EXPECT_EQ(prepare_medium(medium, builder, digests).files().size(), 1U);
  direct.initrd = FileSource{folder.write("initrd", "image"), {}};
  medium.source = direct;
  const ReadyMedium ready = prepare_medium(medium, builder, digests);
  EXPECT_EQ(ready.medium, &medium);
  EXPECT_EQ(ready.image.path, "");
  EXPECT_EQ(ready.kernel.path, folder.path() / "kernel");
  EXPECT_EQ(ready.kernel.sha256, kImageDigest);
  EXPECT_EQ(ready.initrd.path, folder.path() / "initrd");
  EXPECT_EQ(ready.initrd.sha256, kImageDigest);
  EXPECT_EQ(ready.files().size(), 2U);
}

/// "kind: message; hint", or "none".
std::string text_of(const std::optional<Error>& problem) {
  return problem ? std::string(name_of(problem->kind())) + ": " + problem->message() + "; " +
                       problem->hint()
                 : "none";
}

TEST(DigestCheck, FindsNothingWrongWithAFileThatIsWhatItWas) {
  const TemporaryFolder folder;
  const BootFile file{folder.write("disk.img", "image"), std::string(kImageDigest)};
  DigestCheck check;
  EXPECT_EQ(text_of(check.problem_with(file)), "none");
  EXPECT_EQ(text_of(check.problem_with(file)), "none");
}

TEST(DigestCheck, TellsAChangeByBothDigests) {
  const TemporaryFolder folder;
  const BootFile file{folder.write("disk.img", ""), std::string(kImageDigest)};
  EXPECT_EQ(text_of(DigestCheck().problem_with(file)),
            "host: " + file.path.string() + " changed while it was being tested: sha256 " +
                std::string(kImageDigest) +
                " before, e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 after; "
                "let nothing write to the image during a run; results for it mean nothing");
}

TEST(DigestCheck, TellsThatAFileIsGone) {
  const TemporaryFolder folder;
  const BootFile file{folder.path() / "gone.img", std::string(kImageDigest)};
  EXPECT_EQ(text_of(DigestCheck().problem_with(file)),
            "host: cannot open " + file.path.string() + ": No such file or directory; ");
}

}  // namespace
}  // namespace bootproof
