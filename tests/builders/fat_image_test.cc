#include "builders/fat_image.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <ostream>

#include "builders/tools.h"
#include "fixture.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

std::string output_of(std::vector<std::string> arguments) {
  ProgramCall call;
  call.arguments = std::move(arguments);
  call.environment = {{"LC_ALL", "C.UTF-8"}, {"TZ", "UTC0"}, {"MTOOLSRC", "/dev/null"}};
  return run_program_or_throw(call, ErrorKind::kHost).output;
}

/// Makes file systems and has fsck.fat and mtools look at them.
class FatImage : public FolderTest {
 protected:
  void SetUp() override {
    for (const std::string_view tool : {"mkfs.vfat", "mcopy", "mmd"}) {
      try {
        static_cast<void>(tool_path(tool));
      } catch (const Error& error) {
        GTEST_SKIP() << error.what();
      }
    }
  }

  fs::path make(const std::vector<ImageFile>& files, const std::string& name) {
    fs::path image = folder_ / (name + ".img");
    const FatOptions options{"BOOT", "12ABCDEF", {"r.yaml", 1, 1}};
    make_fat_image(all_files({files, {}}, folder_), options, folder_ / name, image);
    return image;
  }

  /// What fsck.fat says; it fails the test where it finds a fault.
  static std::string check(const fs::path& image) {
    return output_of({"/usr/sbin/fsck.fat", "-n", "-v", image.string()});
  }
};

TEST_F(FatImage, HoldsItsFilesUnderTheirNamesWithOneTime) {
  const InputFile source{write("source", "from a file"), {}, false};
  const fs::path image = make({{"/EFI/BOOT/BOOTX64.EFI", source},
                               {"/EFI/BOOT/a longer name, with a comma.cfg", std::string("text")},
                               {"/startup.nsh", std::string()}},
                              "a");
  EXPECT_EQ(output_of({"mdir", "-b", "-/", "-i", image.string(), "::"}),
            "::/EFI/\n::/startup.nsh\n::/EFI/BOOT/\n::/EFI/BOOT/BOOTX64.EFI\n"
            "::/EFI/BOOT/a longer name, with a comma.cfg\n");
  EXPECT_EQ(output_of({"mtype", "-i", image.string(), "::/EFI/BOOT/BOOTX64.EFI"}), "from a file");
  const std::string list = output_of({"mdir", "-i", image.string(), "::/EFI/BOOT"});
  EXPECT_THAT(list, ::testing::HasSubstr("Volume in drive : is BOOT"));
  EXPECT_THAT(list, ::testing::HasSubstr("Volume Serial Number is 12AB-CDEF"));
  EXPECT_THAT(list, ::testing::HasSubstr("BOOTX64  EFI        11 2024-01-01   0:00"));
  static_cast<void>(check(image));
}

TEST_F(FatImage, IsTheSameByteForByteWheneverItIsMade) {
  const std::vector<ImageFile> files{{"/b/2", std::string("two")}, {"/b/1", std::string("one")}};
  EXPECT_EQ(read(make(files, "first")), read(make({files[1], files[0]}, "second")));
}

/// So much data, and the type of FAT that it gives.
struct Amount {
  std::uint64_t mebibytes;
  std::string type;
};

void PrintTo(const Amount& amount, std::ostream* stream) { *stream << amount.mebibytes << " MiB"; }

class FatSize : public FatImage, public ::testing::WithParamInterface<Amount> {};

TEST_P(FatSize, IsWhatTheFilesNeed) {
  const fs::path source = write("source", "");
  const std::uint64_t size = GetParam().mebibytes << 20U;
  fs::resize_file(source, size);
  const fs::path image = make({{"/large", InputFile{source, {}, false}}}, "a");
  EXPECT_THAT(check(image), ::testing::HasSubstr(GetParam().type));
  constexpr std::uint64_t kSlack = 1U << 20U;
  EXPECT_LT(fs::file_size(image), size + kSlack);
}

INSTANTIATE_TEST_SUITE_P(
    Each, FatSize,
    ::testing::Values(Amount{0, "12 bit entries"}, Amount{2, "12 bit entries"},
                      Amount{15, "12 bit entries"}, Amount{16, "16 bit entries"},
                      Amount{40, "16 bit entries"}, Amount{255, "16 bit entries"},
                      Amount{257, "32 bit entries"}),
    [](const auto& test) { return fmt::format("Of{}MiB", test.param.mebibytes); });

TEST_F(FatImage, HoldsManySmallFilesWithLongNamesInManyFolders) {
  std::vector<ImageFile> files;
  constexpr int kFolders = 30;
  constexpr int kFiles = 50;
  for (int i = 0; i < kFolders; ++i) {
    for (int k = 0; k < kFiles; ++k) {
      files.push_back(
          {fmt::format("/a folder with a long name {}/{}-{}", i, std::string(100, 'n'), k),
           std::to_string(k)});
    }
  }
  const fs::path image = make(files, "a");
  EXPECT_THAT(check(image), ::testing::HasSubstr(".img: 1531 files"));
}

/// A file that FAT can't hold, beside `/EFI/a`, and what is said about it.
struct Defect {
  std::string name;
  ImageFile file;
  std::string message;
};

void PrintTo(const Defect& defect, std::ostream* stream) { *stream << defect.name; }

class FatDefect : public FatImage, public ::testing::WithParamInterface<Defect> {};

TEST_P(FatDefect, IsRefused) {
  const std::string text = error_text([&] {
    make({{"/EFI/a", std::string()}, GetParam().file}, "a");
  });
  EXPECT_EQ(text.substr(0, text.find('\n')), "r.yaml:1:1: " + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, FatDefect,
    ::testing::Values(
        Defect{"Link",
               {"/b", std::string("a"), S_IFLNK | 0777U},
               "/b is neither file nor folder, and FAT has nothing else"},
        Defect{"DeviceNode",
               {"/b", std::string(), S_IFCHR | 0600U},
               "/b is neither file nor folder, and FAT has nothing else"},
        Defect{"SameInSmallLetters",
               {"/efi/b", std::string()},
               "/efi differs from another path in case alone, which FAT does not tell apart"},
        Defect{"Pattern",
               {"/[b]", std::string()},
               "/[b] holds a character that is not written to FAT: one of \" * : < > ? \\ | [ ], "
               "or one that is not ASCII"},
        Defect{"Umlaut",
               {"/\xc3\xa4", std::string()},
               "/\xc3\xa4 holds a character that is not written to FAT: one of \" * : < > ? \\ | [ "
               "], or one that is not ASCII"},
        Defect{"BlankAtTheEnd",
               {"/b ", std::string()},
               "/b  has a name that FAT can't hold: with a blank at its start, or a blank or dot "
               "at its end"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace bootproof
