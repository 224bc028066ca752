#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "builders/grub_image.h"
#include "builders/iso_boot_parts.h"
#include "builders/iso_maker.h"
#include "builders/tools.h"
#include "fixture.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::string output_of(std::vector<std::string> arguments) {
  ProgramCall call;
  call.arguments = std::move(arguments);
  call.environment = {{"LC_ALL", "C.UTF-8"}, {"TZ", "UTC0"}};
  return run_program_or_throw(call, ErrorKind::kHost).output;
}

/// Makes images and asks xorriso and mtools, programs that were not written here, what they see.
class IsoTest : public FolderTest {
 protected:
  void SetUp() override {
    for (const std::string_view tool : {"xorriso", "grub-mkimage", "mkfs.vfat", "mcopy"}) {
      try {
        static_cast<void>(tool_path(tool));
      } catch (const Error& error) {
        GTEST_SKIP() << error.what();
      }
    }
    fs::create_directories(folder_ / "cache");
    std::error_code code;
    fs::create_directory_symlink(cache_folder() / "packages", folder_ / "cache" / "packages", code);
  }

  /// An image with these platforms; nothing where a platform's modules are not on this host.
  std::optional<BuiltFile> build(const std::string& platforms, const std::string& cache = "cache") {
    const std::string text =
        fmt::format(R"(version: 1
recipes:
  disc:
    iso:
      volume_id: Test disc 1.2
      grub: [{}]
{}
      files:
        "/with = and \\ and blank": {{text: "odd\n"}}
        /-dash: {{text: "dash\n", mode: '0755'}}
        /Deep/Folder.With.Dots/a-long-lower-case-file-name.cfg: {{path: {}}}
)",
                    platforms, platforms.empty() ? "" : "      grub_cfg: \"set x=1\\n\"",
                    write("source", payload_).string());
    RecipeBook book;
    book.load_text(text, "r.yaml");
    try {
      return Builder(book, folder_ / cache).build("disc");
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kHost) {
        throw;
      }
      missing_ = error.what();
      return std::nullopt;
    }
  }

  std::string report(const BuiltFile& image) const {
    return output_of({"xorriso", "-no_rc", "-indev", image.path.string(), "-report_el_torito",
                      "plain", "-report_system_area", "plain"});
  }

  /// The bytes of a file on the image, taken out by xorriso.
  std::string extract(const BuiltFile& image, const std::string& path) const {
    const fs::path target = folder_ / "extracted";
    output_of({"xorriso", "-no_rc", "-osirrox", "on", "-indev", image.path.string(), "-extract",
               path, target.string()});
    std::string bytes = read(target);
    fs::remove(target);
    return bytes;
  }

  std::string payload_ = "from a source\n";
  std::string missing_;
};

TEST_F(IsoTest, HoldsItsFilesByTheirLongNames) {
  const auto image = build("i386-pc");
  if (!image) {
    GTEST_SKIP() << missing_;
  }
  EXPECT_EQ(extract(*image, "/with = and \\ and blank"), "odd\n");
  EXPECT_EQ(extract(*image, "/-dash"), "dash\n");
  EXPECT_EQ(extract(*image, "/Deep/Folder.With.Dots/a-long-lower-case-file-name.cfg"),
            "from a source\n");
  EXPECT_EQ(extract(*image, "/boot/grub/grub.cfg"), "set x=1\n");
}

TEST_F(IsoTest, GivesAllFilesToRootWithOneTime) {
  const auto image = build("i386-pc");
  if (!image) {
    GTEST_SKIP() << missing_;
  }
  const std::string list = output_of({"xorriso", "-no_rc", "-indev", image->path.string(), "-find",
                                      "/", "-not", "-name", "boot.cat", "-exec", "lsdl"});
  EXPECT_THAT(list, HasSubstr("-rwxr-xr-x    1 0        0               5 Jan  1  2024 '/-dash'"));
  std::size_t lines = 0;
  for (std::size_t start = 0; start < list.size(); ++lines) {
    const std::size_t end = list.find('\n', start);
    EXPECT_THAT(list.substr(start, end - start), ContainsRegex(" 0 +0 +[0-9]+ Jan  1  2024 '/"));
    start = end + 1;
  }
  EXPECT_EQ(lines, 11U);
}

TEST_F(IsoTest, ForBiosHasOneElToritoEntryAndBootCodeInTheMbr) {
  const auto image = build("i386-pc");
  if (!image) {
    GTEST_SKIP() << missing_;
  }
  const std::string text = report(*image);
  EXPECT_THAT(text, ContainsRegex("El Torito boot img :   1  BIOS  y   none  0x0000"));
  EXPECT_THAT(text, HasSubstr("El Torito img path :   1  /boot/grub/i386-pc/eltorito.img"));
  EXPECT_THAT(text, HasSubstr("El Torito img opts :   1  boot-info-table grub2-boot-info"));
  EXPECT_THAT(text, Not(HasSubstr("UEFI")));
  EXPECT_THAT(text, HasSubstr("grub2-mbr"));
  EXPECT_THAT(text, ContainsRegex("MBR partition +:   . +0x80 "));
  const std::string bytes = read(image->path);
  EXPECT_NE(bytes.substr(0, 440), std::string(440, '\0'));
  EXPECT_EQ(bytes.substr(510, 2), "\x55\xaa");
}

TEST_F(IsoTest, ForBiosAndUefiHasBothEntriesAndAnEfiSystemPartition) {
  const auto image = build("x86_64-efi, i386-pc");
  if (!image) {
    GTEST_SKIP() << missing_;
  }
  const std::string text = report(*image);
  EXPECT_THAT(text, ContainsRegex("El Torito boot img :   1  BIOS  y   none"));
  EXPECT_THAT(text, ContainsRegex("El Torito boot img :   2  UEFI  y   none"));
  EXPECT_THAT(text, HasSubstr("GPT type GUID      :   2  28732ac11ff8d211ba4b00a0c93ec93b"));
}

TEST_F(IsoTest, ForUefiAloneHasNoBootCodeInTheMbr) {
  const auto image = build("x86_64-efi");
  if (!image) {
    GTEST_SKIP() << missing_;
  }
  const std::string text = report(*image);
  EXPECT_THAT(text, ContainsRegex("El Torito boot img :   1  UEFI  y   none"));
  EXPECT_THAT(text, Not(HasSubstr("BIOS")));
  EXPECT_EQ(read(image->path).substr(0, 440), std::string(440, '\0'));
}

TEST_F(IsoTest, WithoutPlatformsHasNoBootCatalog) {
  const auto image = build("");
  ASSERT_TRUE(image.has_value()) << missing_;
  EXPECT_THAT(report(*image), Not(HasSubstr("El Torito")));
}

/// First byte and length of the EFI system partition, as the GPT says it.
std::pair<std::size_t, std::size_t> partition_of(const std::string& report_text) {
  constexpr std::string_view kField = "GPT start and size :   2  ";
  constexpr std::size_t kSector = 512;
  const std::string numbers = report_text.substr(report_text.find(kField) + kField.size());
  std::size_t end = 0;
  const std::size_t start = std::stoul(numbers, &end);
  return {start * kSector, std::stoul(numbers.substr(end)) * kSector};
}

class EfiPlatform : public IsoTest, public ::testing::WithParamInterface<GrubPlatform> {};

TEST_P(EfiPlatform, HasItsLoaderWhereUefiLooksForIt) {
  const auto image = build(std::string(name_of(GetParam())));
  if (!image) {
    GTEST_SKIP() << missing_;
  }
  const bool is_arm = GetParam() == GrubPlatform::kArm64Efi;
  const auto [start, size] = partition_of(report(*image));
  const fs::path partition = write("esp.img", read(image->path).substr(start, size));
  const std::string list = output_of({"mdir", "-b", "-/", "-i", partition.string(), "::"});
  EXPECT_EQ(list, is_arm ? "::/EFI/\n::/EFI/BOOT/\n::/EFI/BOOT/BOOTAA64.EFI\n"
                         : "::/EFI/\n::/EFI/BOOT/\n::/EFI/BOOT/BOOTX64.EFI\n");
  output_of({"mcopy", "-i", partition.string(),
             is_arm ? "::/EFI/BOOT/BOOTAA64.EFI" : "::/EFI/BOOT/BOOTX64.EFI",
             (folder_ / "loader").string()});
  const std::string loader = read(folder_ / "loader");
  const auto pe_offset = static_cast<std::uint8_t>(loader[0x3c]);  // PE format, 2.1.
  EXPECT_EQ(loader.substr(pe_offset, 6),
            is_arm ? std::string("PE\0\0\x64\xaa", 6) : std::string("PE\0\0\x64\x86", 6));
}

INSTANTIATE_TEST_SUITE_P(Each, EfiPlatform,
                         ::testing::Values(GrubPlatform::kX86_64Efi, GrubPlatform::kArm64Efi),
                         [](const auto& test) {
                           return test.param == GrubPlatform::kArm64Efi ? "Aarch64" : "X86_64";
                         });

TEST_F(IsoTest, BearsTheIdentifierThatItsLoaderLooksFor) {
  const auto image = build("x86_64-efi");
  if (!image) {
    GTEST_SKIP() << missing_;
  }
  const std::string bytes = read(image->path);
  const std::string digits = bytes.substr(16 * 2048 + 830, 16);  // ECMA-119, 8.4.27: modification.
  EXPECT_EQ(bytes.substr(16 * 2048 + 813, 16), digits);          // 8.4.26: creation.
  const std::string id = fmt::format(
      "{}-{}-{}-{}-{}-{}-{}", digits.substr(0, 4), digits.substr(4, 2), digits.substr(6, 2),
      digits.substr(8, 2), digits.substr(10, 2), digits.substr(12, 2), digits.substr(14, 2));
  EXPECT_TRUE(bytes.find(fmt::format("search.fs_uuid '{}' root\n", id)) != std::string::npos) << id;
  EXPECT_TRUE(bytes.find(kVolumeIdPlaceholder) == std::string::npos);
}

TEST_F(IsoTest, HasGrubsCoreImageThatTakesTheDiskItWasLoadedFrom) {
  const auto image = build("i386-pc");
  if (!image) {
    GTEST_SKIP() << missing_;
  }
  const std::string core = extract(*image, "/boot/grub/i386-pc/eltorito.img");
  const fs::path again = folder_ / "core";
  make_grub_image({GrubPlatform::kI386Pc, find_grub_folder(GrubPlatform::kI386Pc, folder_), ""}, {},
                  folder_, again);
  constexpr std::size_t kAfterBootInfoTable = 2048 + 512;  // Patched by xorriso, and cdboot.img.
  EXPECT_TRUE(core.substr(kAfterBootInfoTable) == read(again).substr(kAfterBootInfoTable));
}

TEST_F(IsoTest, SharesWhatItBootsWithAnImageOfAnotherPayload) {
  const auto first = build("i386-pc, x86_64-efi");
  if (!first) {
    GTEST_SKIP() << missing_;
  }
  const auto parts = [&] {
    std::set<fs::path> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_ / "cache" / "built")) {
      if (entry.path().extension() == ".core" || entry.path().extension() == ".fat") {
        found.insert(entry.path());
      }
    }
    return found;
  };
  const std::set<fs::path> made = parts();
  EXPECT_EQ(made.size(), 3U);
  payload_ = "another payload\n";
  const auto second = build("i386-pc, x86_64-efi");
  ASSERT_TRUE(second.has_value()) << missing_;
  EXPECT_NE(first->path, second->path);
  EXPECT_EQ(parts(), made);
}

TEST(VolumeIdPlaceholder, IsReplacedWhereverItStands) {
  const std::string id = volume_time(std::string(64, '0')).filesystem_id;
  ASSERT_EQ(id.size(), kVolumeIdPlaceholder.size());
  EXPECT_EQ(with_volume_id(fmt::format("a{0}b{0}", kVolumeIdPlaceholder), id, 2),
            fmt::format("a{0}b{0}", id));
  EXPECT_THAT(error_text([&] { with_volume_id("packed", id, 1); }),
              HasSubstr("0 times, expected 1"));
}

TEST_F(IsoTest, IsTheSameByteForByteFromAnotherCacheAndSourcesOfAnotherOrder) {
  const auto first = build("i386-pc, x86_64-efi");
  if (!first) {
    GTEST_SKIP() << missing_;
  }
  write("filler-that-takes-the-inode", "x");
  fs::remove(folder_ / "source");
  const auto second = build("x86_64-efi, i386-pc", "other cache");
  ASSERT_TRUE(second.has_value()) << missing_;
  EXPECT_NE(first->path, second->path);
  EXPECT_FALSE(second->from_cache);
  EXPECT_EQ(first->sha256, second->sha256);
  EXPECT_TRUE(read(first->path) == read(second->path));
}

TEST(VolumeTime, IsAValidTimeForAnyDigest) {
  const VolumeTime least = volume_time(std::string(64, '0'));
  EXPECT_EQ(least.digits, "2024010100000000");
  EXPECT_EQ(least.filesystem_id, "2024-01-01-00-00-00-00");
  const VolumeTime most = volume_time(std::string(64, 'f'));
  EXPECT_THAT(most.digits,
              ::testing::MatchesRegex("2024[01][0-9][0-2][0-9][0-2][0-9]([0-5][0-9]){2}[0-9]{2}"));
}

TEST(VolumeTime, DiffersBetweenDigests) {
  std::set<std::string> times;
  constexpr int kCount = 200;
  for (int i = 0; i < kCount; ++i) {
    times.insert(volume_time(sha256_of(std::to_string(i))).digits);
  }
  EXPECT_EQ(times.size(), kCount);
}

TEST(GrubModules, AreThereOnThisHost) {
  for (const GrubPlatform platform :
       {GrubPlatform::kI386Pc, GrubPlatform::kX86_64Efi, GrubPlatform::kArm64Efi}) {
    const fs::path folder = fs::path("/usr/lib/grub") / name_of(platform);
    if (!fs::exists(folder)) {
      continue;  // make_grub_image fails where one is missing; here only a host without them
                 // passes.
    }
    for (const std::string& module : grub_modules(platform)) {
      EXPECT_TRUE(fs::exists(folder / (module + ".mod"))) << folder << " " << module;
    }
  }
}

}  // namespace
}  // namespace bootproof
