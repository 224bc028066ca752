// ISOs of Debian packages and of every program that makes them: nothing wrong with them, and their
// trees as xorriso and isoinfo read them.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "inspectors/file_image.h"
#include "inspectors/volumes/iso_file_system.h"
#include "tests/inspectors/iso_inspection.h"
#include "tests/inspectors/iso_sample.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/tool_output.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::has_tool;
using bootproof::testing::inspect_iso;
using bootproof::testing::IsoInspection;
using bootproof::testing::output_of;
using bootproof::testing::TemporaryFolder;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

constexpr const char* kIsolinux = "/usr/lib/ISOLINUX/isolinux.bin";
constexpr const char* kIsohybrid = "/usr/lib/ISOLINUX/isohdpfx.bin";

/// A medium: where it is, or the command that makes it from the folder "tree" of a temporary one.
struct Medium {
  std::string name;
  std::string path;                  ///< Of a package's medium.
  std::string package;               ///< That brings what is needed.
  std::vector<std::string> command;  ///< "-o out.iso" and the tree are added.
  std::vector<std::string> needs{};  ///< Programs and files.
  std::vector<std::string> after{};  ///< A command that changes it; its path is added.
  std::set<std::string> notes{};     ///< Rules of which a note is right.
};

void PrintTo(const Medium& medium, std::ostream* out) { *out << medium.name; }

/// A tree with what makes trees hard: depth, long and foreign names, links of each kind.
void make_tree(const TemporaryFolder& folder) {
  const fs::path tree = folder.path() / "tree";
  fs::create_directories(tree / "isolinux");
  fs::create_directories(tree / "boot/grub");
  fs::copy_file(kIsolinux, tree / "isolinux/isolinux.bin");
  std::ofstream(tree / "boot/grub/efi.img").close();
  fs::resize_file(tree / "boot/grub/efi.img", 2 << 20);
  output_of({"mkfs.vfat", (tree / "boot/grub/efi.img").string()});
  fs::copy_file(tree / "boot/grub/efi.img", folder.path() / "efi.img");
  fs::path deep = tree;
  for (int i = 1; i <= 11; ++i) {
    deep /= fmt::format("level{}", i);
  }
  fs::create_directories(deep);
  std::ofstream(deep / "bottom.txt") << "at the bottom";
  fs::create_directories(tree / "many");
  for (int i = 0; i < 120; ++i) {
    std::ofstream(tree / "many" / fmt::format("file-with-a-name-that-is-long-{:03}.config", i))
        << i;
  }
  std::ofstream(tree / (std::string(200, 'n') + ".txt")) << "long";
  std::ofstream(tree /
                "gr\xC3\xBC\xC3\x9F"
                "e.txt")
      << "Gruesse";
  std::ofstream(tree / "empty").close();
  fs::create_symlink("../isolinux/isolinux.bin", tree / "boot/link");
  fs::create_symlink("/boot/grub", tree / "boot/absolute");
  fs::create_symlink(".", tree / "boot/dot");
  fs::create_symlink(std::string(90, 'x') + "/../" + std::string(90, 'y'), tree / "boot/long");
}

std::vector<std::string> xorriso(std::vector<std::string> more) {
  std::vector<std::string> words{
      "xorriso",           "-as",           "mkisofs",         "-b", "isolinux/isolinux.bin", "-c",
      "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4",  "-boot-info-table"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::vector<std::string> genisoimage(std::vector<std::string> more) {
  std::vector<std::string> words = xorriso(std::move(more));
  words.erase(words.begin(), words.begin() + 3);
  words.insert(words.begin(), {"genisoimage", "-quiet"});
  return words;
}

std::vector<Medium> media() {
  const std::vector<std::string> appended{
      "-isohybrid-mbr",    kIsohybrid, "-eltorito-alt-boot",
      "-append_partition", "2",        "0xef",
      "efi.img",           "-e",       "--interval:appended_partition_2:all::",
      "-no-emul-boot"};
  const auto with = [](std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  return {
      {"GrubRescue", "/usr/lib/grub-rescue/grub-rescue-cdrom.iso", "grub-rescue-pc", {}},
      {"Memtest64", "/usr/lib/memtest86+/memtest86+x64.iso", "memtest86+", {}},
      {"Memtest32", "/usr/lib/memtest86+/memtest86+ia32.iso", "memtest86+", {}},
      {"Ipxe", "/usr/lib/ipxe/ipxe.iso", "ipxe", {}, {}, {}, {"system-area.no-esp"}},
      {"Isohybrid",
       "",
       "xorriso",
       xorriso({"-isohybrid-mbr", kIsohybrid, "-eltorito-alt-boot", "-e", "boot/grub/efi.img",
                "-no-emul-boot", "-isohybrid-gpt-basdat", "-isohybrid-apm-hfsplus"}),
       {kIsohybrid}},
      {"AppendedWithOffset",
       "",
       "xorriso",
       with(xorriso({"-partition_offset", "16"}), appended),
       {kIsohybrid}},
      {"AppendedAsGpt",
       "",
       "xorriso",
       with(xorriso({"-J", "-joliet-long", "-appended_part_as_gpt"}), appended),
       {kIsohybrid},
       {},
       {"system-area.no-active"}},
      {"XorrisoRelocated", "", "xorriso", xorriso({"-rr_reloc_dir", "/rr_moved"}), {}},
      {"GrubMkrescue",
       "",
       "grub-common",
       {"grub-mkrescue"},
       {"mformat"},
       {},
       {"system-area.no-active"}},
      {"IsohybridOfSyslinux",
       "",
       "genisoimage and syslinux-utils",
       genisoimage({"-R", "-eltorito-alt-boot", "-e", "boot/grub/efi.img", "-no-emul-boot"}),
       {"isohybrid"},
       {"isohybrid", "--uefi"}},
      {"Genisoimage", "", "genisoimage", genisoimage({"-R", "-J", "-joliet-long"})},
      {"GenisoimageRelocated", "", "genisoimage", genisoimage({"-R"})},
      {"GenisoimagePlain", "", "genisoimage", genisoimage({"-D", "-iso-level", "1"})},
      {"GenisoimageLevel4", "", "genisoimage", genisoimage({"-iso-level", "4"})},
  };
}

class IsoMediumTest : public ::testing::TestWithParam<Medium> {
 protected:
  void SetUp() override {
    path_ = GetParam().path;
    if (path_.empty()) {
      make();
    } else if (!fs::exists(path_)) {
      GTEST_SKIP() << path_ << " is missing; install the package " << GetParam().package;
    }
    if (IsSkipped() || HasFatalFailure()) {
      return;
    }
    auto opened = FileImage::open(path_);
    ASSERT_TRUE(opened.has_value()) << opened.error();
    image_ = std::move(*opened);
    inspection_ = inspect_iso(ImageView(*image_));
    ASSERT_TRUE(inspection_.iso && inspection_.iso->primary);
  }

  void make() {
    std::vector<std::string> needs{GetParam().command.front(), "mkfs.vfat", kIsolinux};
    needs.insert(needs.end(), GetParam().needs.begin(), GetParam().needs.end());
    for (const std::string& need : needs) {
      const bool is_there = need.starts_with('/') ? fs::exists(need) : has_tool(need);
      if (!is_there) {
        GTEST_SKIP() << need << " is missing; install the packages " << GetParam().package
                     << ", dosfstools and isolinux";
      }
    }
    make_tree(folder_);
    path_ = (folder_.path() / "out.iso").string();
    std::vector<std::string> words{"env", "-C", folder_.path().string()};
    words.insert(words.end(), GetParam().command.begin(), GetParam().command.end());
    words.insert(words.end(), {"-o", path_, "tree"});
    ASSERT_TRUE(output_of(words).has_value());
    if (words = GetParam().after; !words.empty()) {
      words.push_back(path_);
      ASSERT_TRUE(output_of(words).has_value());
    }
  }

  /// All nodes of a volume by their paths.
  static std::map<std::string, Node> nodes_of(Volume& volume) {
    std::map<std::string, Node> nodes;
    const std::function<void(const std::string&, const Node&)> add = [&](const std::string& path,
                                                                         const Node& directory) {
      for (const Node& node : volume.list(directory)) {
        nodes.emplace(path + "/" + node.name, node);
        if (node.kind == NodeKind::kDirectory) {
          add(path + "/" + node.name, node);
        }
      }
    };
    add("", volume.root());
    return nodes;
  }

  [[nodiscard]] std::unique_ptr<IsoFileSystem> primary() const {
    return open_iso_file_system(ImageView(*image_), *inspection_.iso->primary);
  }

  TemporaryFolder folder_;
  std::string path_;
  std::unique_ptr<FileImage> image_;
  IsoInspection inspection_;
};

TEST_P(IsoMediumTest, HasNothingWrong) {
  std::vector<Finding> unexpected;
  for (const Finding& finding : inspection_.findings) {
    if (GetParam().notes.count(std::string(finding.rule)) == 0) {
      unexpected.push_back(finding);
    }
  }
  EXPECT_THAT(unexpected, IsEmpty());
}

TEST_P(IsoMediumTest, IsLookedAtAsAWhole) { EXPECT_TRUE(inspection_.tree.is_complete()); }

/// The words of a line between its quotes, and before them.
struct QuotedLine {
  std::string before;
  std::vector<std::string> quoted;
};

std::vector<QuotedLine> quoted_lines(const std::string& text) {
  std::vector<QuotedLine> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    QuotedLine parsed;
    std::size_t at = line.find('\'');
    parsed.before = line.substr(0, at);
    while (at != std::string::npos) {
      const std::size_t end = line.find('\'', at + 1);
      if (end == std::string::npos) {
        break;
      }
      parsed.quoted.push_back(line.substr(at + 1, end - at - 1));
      at = line.find('\'', end + 1);
    }
    if (!parsed.quoted.empty()) {
      lines.push_back(std::move(parsed));
    }
  }
  return lines;
}

TEST_P(IsoMediumTest, HasTheFilesThatXorrisoReports) {
  const auto volume = primary();
  if (!volume->has_rock_ridge()) {
    GTEST_SKIP() << "xorriso changes names without Rock Ridge";
  }
  std::map<std::string, std::string> ours;
  for (const auto& [path, node] : nodes_of(*volume)) {
    if (node.kind == NodeKind::kFile && node.size > 0) {
      const std::vector<Extent> extents = volume->extents(node);
      ours[path] = fmt::format("{} {}", extents.empty() ? 0 : extents[0].offset / 2048, node.size);
    }
  }
  // The catalog is no file for xorriso.
  std::erase_if(ours, [&](const auto& file) {
    return inspection_.el_torito &&
           file.second.starts_with(fmt::format("{} ", inspection_.el_torito->catalog_lba));
  });
  const auto report = output_of({"xorriso", "-indev", path_, "-find", "/", "-exec", "report_lba"});
  ASSERT_TRUE(report.has_value()) << "install the package xorriso";
  std::map<std::string, std::string> theirs;
  for (const QuotedLine& line : quoted_lines(*report)) {
    // "File data lba:  0 ,       49 ,     1169 ,  2392304 , '/boot/grub/fonts/unicode.pf2'"
    std::string numbers =
        line.before.substr(std::min(line.before.find(':') + 1, line.before.size()));
    std::replace(numbers.begin(), numbers.end(), ',', ' ');
    std::istringstream in(numbers);
    std::uint64_t section = 0;
    std::uint64_t lba = 0;
    std::uint64_t blocks = 0;
    std::uint64_t bytes = 0;
    if (in >> section >> lba >> blocks >> bytes && section == 0 && bytes > 0) {
      theirs[line.quoted.front()] = fmt::format("{} {}", lba, bytes);
    }
  }
  EXPECT_EQ(ours, theirs);
}

TEST_P(IsoMediumTest, HasTheSymbolicLinksThatXorrisoReports) {
  const auto volume = primary();
  std::map<std::string, std::string> ours;
  for (const auto& [path, node] : nodes_of(*volume)) {
    if (node.kind == NodeKind::kSymlink) {
      ours[path] = node.target;
    }
  }
  const auto report =
      output_of({"xorriso", "-indev", path_, "-find", "/", "-type", "l", "-exec", "lsdl"});
  ASSERT_TRUE(report.has_value()) << "install the package xorriso";
  std::map<std::string, std::string> theirs;
  for (const QuotedLine& line : quoted_lines(*report)) {
    if (line.quoted.size() == 2) {
      theirs[line.quoted[0]] = line.quoted[1];
    }
  }
  EXPECT_EQ(ours, theirs);
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) {
      lines.insert(line);
    }
  }
  return lines;
}

/// UTF-8 of two bytes at most as ISO 8859-1.
std::string latin1_of(const std::string& utf8) {
  std::string text;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte >= 0xC0 && i + 1 < utf8.size()) {
      const auto next = static_cast<unsigned char>(utf8[++i]);
      text.push_back(static_cast<char>((byte & 0x1FU) << 6U | (next & 0x3FU)));
    } else {
      text.push_back(utf8[i]);
    }
  }
  return text;
}

TEST_P(IsoMediumTest, HasTheJolietNamesThatIsoinfoLists) {
  const auto joliet =
      std::find_if(inspection_.iso->supplementary.begin(), inspection_.iso->supplementary.end(),
                   [](const IsoVolume& v) { return v.kind == IsoVolumeKind::kJoliet; });
  if (joliet == inspection_.iso->supplementary.end()) {
    GTEST_SKIP() << "no Joliet on this medium";
  }
  const auto volume = open_iso_file_system(ImageView(*image_), *joliet);
  EXPECT_EQ(volume->kind(), VolumeKind::kJoliet);
  std::set<std::string> ours;
  for (const auto& [path, node] : nodes_of(*volume)) {
    ours.insert(latin1_of(path));
  }
  const auto list = output_of({"isoinfo", "-j", "iso8859-1", "-J", "-f", "-i", path_});
  ASSERT_TRUE(list.has_value()) << "install the package genisoimage";
  EXPECT_EQ(ours, lines_of(*list));
}

TEST_P(IsoMediumTest, HasTheShortNamesThatIsoinfoLists) {
  const auto volume = primary();
  if (volume->has_rock_ridge()) {
    GTEST_SKIP() << "this medium has Rock Ridge";
  }
  std::set<std::string> ours;
  for (const auto& [path, node] : nodes_of(*volume)) {
    ours.insert(path);
  }
  const auto list = output_of({"isoinfo", "-f", "-i", path_});
  ASSERT_TRUE(list.has_value()) << "install the package genisoimage";
  std::set<std::string> theirs;
  for (std::string line : lines_of(*list)) {
    line.resize(std::min(line.find(';'), line.size()));
    line.resize(line.ends_with('.') ? line.size() - 1 : line.size());
    theirs.insert(line);
  }
  EXPECT_EQ(ours, theirs);
}

TEST_P(IsoMediumTest, HasTheUuidThatBlkidReports) {
  const auto uuid = output_of({"blkid", "-p", "-s", "UUID", "-o", "value", path_});
  if (!has_tool("blkid")) {
    GTEST_SKIP() << "install the package util-linux";
  }
  EXPECT_EQ(primary()->uuid() + "\n", uuid.value_or("none\n"));
}

INSTANTIATE_TEST_SUITE_P(All, IsoMediumTest, ::testing::ValuesIn(media()),
                         [](const auto& test) { return test.param.name; });

TEST(Genisoimage, WithoutItsOptionsMakesWhatIsFound) {
  if (!has_tool("genisoimage") || !has_tool("mkfs.vfat") || !fs::exists(kIsolinux)) {
    GTEST_SKIP() << "install the packages genisoimage, dosfstools and isolinux";
  }
  const TemporaryFolder folder;
  make_tree(folder);
  const std::string path = (folder.path() / "out.iso").string();
  const std::string tree = (folder.path() / "tree").string();
  const std::vector<std::string> common{
      "genisoimage",   "-quiet",          "-R", "-o", path,
      "-no-emul-boot", "-boot-load-size", "4",  "-b", "isolinux/isolinux.bin"};
  // It writes the table into the file in the tree, where it goes stale.
  std::vector<std::string> words = common;
  words.insert(words.end(), {"-boot-info-table", tree});
  ASSERT_TRUE(output_of(words).has_value());
  words = common;
  words.insert(words.end(), {"-eltorito-alt-boot", "-e", "boot/grub/efi.img", "-no-emul-boot",
                             "-boot-load-size", "4", tree});
  std::ofstream(folder.path() / "tree/aaa") << std::string(5000, 'a');
  ASSERT_TRUE(output_of(words).has_value());
  auto image = FileImage::open(path);
  ASSERT_TRUE(image.has_value());
  std::set<std::string_view> rules;
  for (const Finding& finding : inspect_iso(ImageView(**image)).findings) {
    rules.insert(finding.rule);
  }
  EXPECT_EQ(rules,
            (std::set<std::string_view>{"el-torito.boot-info-file", "el-torito.uefi-load-size"}));
}

/// A sparse image of so many bytes that begins with `bytes`.
std::unique_ptr<FileImage> sparse_image(const fs::path& path, const Bytes& bytes,
                                        std::uint64_t size) {
  std::ofstream(path, std::ios::binary)
      .write(std::string(bytes.begin(), bytes.end()).data(),
             static_cast<std::streamsize>(bytes.size()));
  fs::resize_file(path, size);
  auto opened = FileImage::open(path);
  return opened ? std::move(*opened) : nullptr;
}

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30U;
constexpr std::uint64_t kRoot = bootproof::testing::HybridPlaces::kRoot;
constexpr std::uint64_t kVolumeBlocks = std::uint64_t{16} * 2048 + 80;

TEST(LargeFile, OfSeveralExtentsIsReadAsXorrisoReadsIt) {
  constexpr std::uint64_t kFirst = 0xFFFFF800;
  Bytes iso = bootproof::testing::hybrid_iso();
  const std::uint64_t first = bootproof::testing::record_at(iso, kRoot, "BIG.;1");
  const std::uint64_t second = first + iso[first];
  constexpr std::uint64_t kBlock = 48;
  bootproof::testing::Patch(iso)
      .both32(first + 2, kBlock)
      .both32(first + 10, kFirst)
      .both32(second + 2, kBlock + kFirst / 2048)
      .both32(second + 10, kGibibyte)
      .both32(kVolumeBlocks, kBlock + (kFirst + kGibibyte) / 2048);
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "large.iso";
  const auto image = sparse_image(path, iso, kBlock * 2048 + kFirst + kGibibyte);
  ASSERT_NE(image, nullptr);
  const IsoInspection found = inspect_iso(ImageView(*image));
  EXPECT_THAT(found.findings, IsEmpty());
  const auto volume = open_iso_file_system(ImageView(*image), *found.iso->primary);
  const Lookup big = find(*volume, "/big");
  ASSERT_TRUE(big.node.has_value());
  EXPECT_EQ(big.node->size, kFirst + kGibibyte);
  EXPECT_EQ(FileContent(*volume, *big.node).size(), kFirst + kGibibyte);
  const auto report =
      output_of({"xorriso", "-indev", path.string(), "-find", "/big", "-exec", "report_lba"});
  if (!report) {
    GTEST_SKIP() << "install the package xorriso";
  }
  EXPECT_NE(report->find(fmt::format("{} , '/big'", kFirst + kGibibyte)), std::string::npos)
      << *report;
}

TEST(LargeFile, AsLongAsOneRecordCanSayIsSuspicious) {
  Bytes iso = bootproof::testing::hybrid_iso();
  const std::uint64_t record = bootproof::testing::record_at(iso, kRoot, "README.TXT;1");
  bootproof::testing::Patch(iso)
      .both32(record + 10, 0xFFFFFFFF)
      .both32(kVolumeBlocks, 5 * kGibibyte / 2048);
  const TemporaryFolder folder;
  const auto image = sparse_image(folder.path() / "limit.iso", iso, 5 * kGibibyte);
  ASSERT_NE(image, nullptr);
  const IsoInspection found = inspect_iso(ImageView(*image));
  ASSERT_EQ(found.findings.size(), 1U);
  EXPECT_EQ(found.findings.front().rule, "iso9660.size-limit");
}

}  // namespace
}  // namespace bootproof::inspectors
