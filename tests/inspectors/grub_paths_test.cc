// Disks and ISOs that GRUB's own programs make for a BIOS; single defects and the link at which the
// path breaks.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/tool_output.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::inspectors {
namespace {

namespace fs = std::filesystem;
using bootproof::testing::content_of;
using bootproof::testing::has_tool;
using bootproof::testing::output_of;
using bootproof::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kModules = "/usr/lib/grub/i386-pc";
constexpr const char* kKernel =
    "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64/linux";
constexpr std::uint64_t kSector = 512;

std::string why_not() {
  if (!fs::exists(kModules) || !fs::exists(kKernel)) {
    return "packages grub-pc-bin and debian-installer-12-netboot-amd64 are needed";
  }
  for (const char* tool : {"grub-mkimage", "sfdisk", "mke2fs", "mkfs.vfat", "mcopy"}) {
    if (!has_tool(tool)) {
      return std::string(tool) + " is missing: see packages.txt";
    }
  }
  return {};
}

void write_at(const fs::path& file, std::uint64_t offset, const std::string& bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(offset));
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string number(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) {
    bytes.push_back(static_cast<char>((value >> (8 * i)) & 0xFFU));
  }
  return bytes;
}

/// A disk as grub-install leaves it: a GPT with core.img in its BIOS boot partition, or an MBR with
/// core.img in the gap behind it, and one volume.
struct Disk {
  bool is_gpt = true;
  std::string prefix = "(,gpt2)/boot/grub";
  std::string config;  ///< In the core image.
  std::vector<std::string> modules{"biosdisk", "part_gpt", "ext2"};
  std::vector<std::string> removed;  ///< Of the files in i386-pc.
  std::string grub_cfg =
      "set timeout=1\nmenuentry Debian { linux /vmlinuz console=ttyS0 root=/dev/ram0; }\n";
  std::function<void(std::string& core)> damage;  ///< Of core.img with its list of blocks.
  std::uint64_t pointer_off = 0;                  ///< Added to what boot.img says.

  [[nodiscard]] std::uint64_t core_sector() const { return is_gpt ? 2048 : 1; }
  [[nodiscard]] std::uint64_t volume_sector() const { return is_gpt ? 4096 : 2048; }

  /// Empty where a tool fails.
  [[nodiscard]] fs::path write(const TemporaryFolder& folder) const {
    fs::path image = folder.path() / "disk.img";
    std::ofstream(image).close();
    fs::resize_file(image, std::uint64_t{40} << 20U);
    const std::string script =
        is_gpt ? "label: gpt\n2048,2048,21686148-6449-6E6F-744E-656564454649\n4096,65536,L\n"
               : "label: dos\n2048,65536,c,*\n";
    return output_of({"sfdisk", "-q", image.string()}, script) && write_volume(image) &&
                   write_core(folder, image)
               ? image
               : fs::path();
  }

 private:
  [[nodiscard]] bool write_volume(const fs::path& image) const {
    const TemporaryFolder tree;
    std::ignore = tree.write("boot/grub/grub.cfg", grub_cfg);
    if (grub_cfg.empty()) {
      fs::remove(tree.path() / "boot/grub/grub.cfg");
    }
    const fs::path folder = tree.path() / "boot/grub/i386-pc";
    fs::create_directories(folder);
    for (const fs::directory_entry& file : fs::directory_iterator(kModules)) {
      if (file.path().extension() == ".mod" || file.path().extension() == ".lst") {
        fs::copy_file(file.path(), folder / file.path().filename());
      }
    }
    for (const std::string& name : removed) {
      fs::remove(folder / name);
    }
    fs::copy_file(kKernel, tree.path() / "vmlinuz");
    const std::string offset = std::to_string(volume_sector() * kSector);
    if (is_gpt) {
      return output_of({"mke2fs", "-q", "-t", "ext2", "-d", tree.path().string(), "-E",
                        "offset=" + offset, image.string(), "32768k"})
          .has_value();
    }
    return output_of({"mkfs.vfat", "--offset", std::to_string(volume_sector()), image.string(),
                      "32768"}) &&
           output_of({"mcopy", "-s", "-i", image.string() + "@@" + offset,
                      (tree.path() / "boot").string(), (tree.path() / "vmlinuz").string(), "::"});
  }

  [[nodiscard]] bool write_core(const TemporaryFolder& folder, const fs::path& image) const {
    const fs::path file = folder.path() / "core.img";
    std::vector<std::string> words{"grub-mkimage", "-O", "i386-pc", "-o",
                                   file.string(),  "-p", prefix};
    if (!config.empty()) {
      words.insert(words.end(), {"-c", folder.write("early.cfg", config).string()});
    }
    words.insert(words.end(), modules.begin(), modules.end());
    if (!output_of(words)) {
      return false;
    }
    std::string core = content_of(file);
    core.resize((core.size() + kSector - 1) / kSector * kSector);
    core.replace(500, 8, number(core_sector() + 1, 8));
    if (damage) {
      damage(core);
    }
    write_at(image, core_sector() * kSector, core);
    std::string boot = content_of(fs::path(kModules) / "boot.img").substr(0, 440);
    boot.replace(0x5C, 8, number(core_sector() + pointer_off, 8));
    write_at(image, 0, boot);
    return true;
  }
};

struct Answer {
  std::string path;
  std::vector<std::string> rules;  ///< All that are no notes.
};

Answer inspected(const fs::path& file, const std::string& title) {
  Answer answer;
  auto image = FileImage::open(file);
  if (!image) {
    return answer;
  }
  const Inspection inspection = inspect(ImageView(**image));
  for (const BootPath& path : inspection.paths) {
    if (title_of(path) == title) {
      answer.path = std::string(name_of(path.forecast)) + ": " + chain_text(path);
    }
  }
  for (const Finding& finding : inspection.findings) {
    if (finding.severity != Severity::kNote) {
      answer.rules.emplace_back(finding.rule);
    }
  }
  return answer;
}

class GrubDisks : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_not(); !why.empty()) {
      GTEST_SKIP() << why;
    }
  }
  TemporaryFolder folder_;
};

TEST_F(GrubDisks, OnGptBoot) {
  const Answer answer = inspected(Disk{}.write(folder_), "BIOS, disk");
  EXPECT_THAT(answer.path,
              AllOf(StartsWith("boots: MBR -> boot code: GRUB -> core.img at sector 2048 -> GRUB "
                               "with "),
                    HasSubstr("prefix (,gpt2)/boot/grub -> (hd0,gpt2)/boot/grub/grub.cfg -> entry "
                              "'Debian' -> /vmlinuz")));
  EXPECT_TRUE(answer.rules.empty()) << ::testing::PrintToString(answer.rules);
}

TEST_F(GrubDisks, WithAnMbrBoot) {
  Disk disk;
  disk.is_gpt = false;
  disk.prefix = "(hd0,msdos1)/boot/grub";
  disk.modules = {"biosdisk", "part_msdos", "fat"};
  const Answer answer = inspected(disk.write(folder_), "BIOS, disk");
  EXPECT_THAT(answer.path, AllOf(StartsWith("boots: MBR -> boot code: GRUB -> core.img at sector 1 "
                                            "-> GRUB with "),
                                 HasSubstr("(hd0,msdos1)/boot/grub/grub.cfg -> entry 'Debian'")));
  EXPECT_TRUE(answer.rules.empty()) << ::testing::PrintToString(answer.rules);
}

TEST_F(GrubDisks, WithAllModulesInTheCoreNeedNoFolder) {
  Disk disk;
  disk.modules = {"biosdisk", "part_gpt", "ext2", "normal", "linux"};
  disk.removed = {"normal.mod", "linux.mod", "command.lst"};
  EXPECT_THAT(inspected(disk.write(folder_), "BIOS, disk").path, StartsWith("boots: "));
}

TEST_F(GrubDisks, FindTheirVolumeByTheConfigurationInTheCore) {
  Disk disk;
  disk.prefix = "/boot/grub";
  disk.config = "search.file /vmlinuz root\nset prefix=($root)/boot/grub\n";
  disk.modules = {"biosdisk", "part_gpt", "ext2", "search_fs_file"};
  EXPECT_THAT(inspected(disk.write(folder_), "BIOS, disk").path, StartsWith("boots: "));
}

struct DiskDefect {
  const char* name;
  std::function<void(Disk&)> damage;
  const char* link;  ///< Part of the chain's text.
  std::vector<std::string> rules;
};

void PrintTo(const DiskDefect& defect, std::ostream* out) { *out << defect.name; }

const std::vector<DiskDefect>& disk_defects() {
  static const std::vector<DiskDefect> defects{
      {"PointerToAnotherSector",
       [](Disk& d) { d.pointer_off = 1; },
       "core.img at sector 2049: what stands there is no core image",
       {"grub.core-unrecognised"}},
      {"PointerOutside",
       [](Disk& d) { d.pointer_off = 1 << 20; },
       "core.img at sector 1050624: there is nothing",
       {"mbr.grub-core"}},
      {"BlocksAsGrubMkimageLeavesThem",
       [](Disk& d) { d.damage = [](std::string& core) { core.replace(500, 8, number(2, 8)); }; },
       "core.img at sector 2048: it does not begin as one",
       {"grub.core-unrecognised"}},
      {"BlocksOutside",
       [](Disk& d) {
         d.damage = [](std::string& core) { core.replace(500, 8, number(1 << 20, 8)); };
       },
       "core.img at sector 2048: the list of its blocks is wrong",
       {"grub.core-outside"}},
      {"TooFewBlocks",
       [](Disk& d) { d.damage = [](std::string& core) { core.replace(508, 2, number(9, 2)); }; },
       "core.img at sector 2048: only a part of it is loaded",
       {"grub.core-truncated"}},
      {"CoreOverwritten",
       [](Disk& d) { d.damage = [](std::string& core) { core.replace(6000, 512, 512, 'x'); }; },
       "core.img at sector 2048: it does not unpack",
       {"grub.core-corrupt"}},
      {"NoConfiguration",
       [](Disk& d) { d.grub_cfg.clear(); },
       "there is no grub.cfg where GRUB looks for it: it ends at its prompt",
       {"grub.config-missing"}},
      {"NoNormal",
       [](Disk& d) { d.removed = {"normal.mod"}; },
       "it ends at 'grub rescue>' ((hd0,gpt2)/boot/grub/i386-pc/normal.mod is not there",
       {"grub.normal-missing"}},
      {"NoModuleForNormal",
       [](Disk& d) { d.removed = {"terminal.mod"}; },
       "it ends at 'grub rescue>' ((hd0,gpt2)/boot/grub/i386-pc/terminal.mod is not there",
       {"grub.normal-missing"}},
      {"NoLinuxModule",
       [](Disk& d) { d.removed = {"linux.mod"}; },
       "can load none ('linux' without the module linux",
       {"grub.loader-module-missing"}},
      {"NoPartitionModule",
       [](Disk& d) {
         d.modules = {"biosdisk", "ext2"};
       },
       "((hd0,gpt2) without the module part_gpt",
       {"grub.volume-unreadable"}},
      {"NoFileSystemModule",
       [](Disk& d) {
         d.modules = {"biosdisk", "part_gpt", "fat"};
       },
       "((hd0,gpt2) without the module ext2",
       {"grub.volume-unreadable"}},
      {"PrefixOfAnotherPartition",
       [](Disk& d) { d.prefix = "(,gpt3)/boot/grub"; },
       "prefix (,gpt3)/boot/grub: GRUB can't read a volume",
       {"grub.volume-unreadable"}},
      {"PrefixOfTheWholeDisk",
       [](Disk& d) { d.prefix = "/boot/grub"; },
       "((hd0) without a file system of its own beside its partitions",
       {"grub.volume-unreadable"}},
      {"PrefixOfAnotherFolder",
       [](Disk& d) { d.prefix = "(,gpt2)/grub"; },
       "(hd0,gpt2)/grub/i386-pc/normal.mod is not there",
       {"grub.normal-missing"}},
  };
  return defects;
}

class GrubDiskDefects : public GrubDisks, public ::testing::WithParamInterface<DiskDefect> {};

TEST_P(GrubDiskDefects, BreakThePathAtTheirLink) {
  Disk disk;
  GetParam().damage(disk);
  const Answer answer = inspected(disk.write(folder_), "BIOS, disk");
  EXPECT_THAT(answer.path, AllOf(StartsWith("cannot boot: "), HasSubstr(GetParam().link)));
  EXPECT_EQ(answer.rules, GetParam().rules) << answer.path;
}

INSTANTIATE_TEST_SUITE_P(All, GrubDiskDefects, ::testing::ValuesIn(disk_defects()),
                         [](const auto& test) { return std::string(test.param.name); });

/// An ISO by grub-mkrescue with GRUB for a BIOS alone.
class GrubIsos : public GrubDisks {
 protected:
  void SetUp() override {
    GrubDisks::SetUp();
    if (!has_tool("grub-mkrescue") || !has_tool("xorriso")) {
      GTEST_SKIP() << "packages grub-common and xorriso are needed";
    }
  }
  [[nodiscard]] fs::path make(const std::vector<std::string>& options) const {
    fs::path image = folder_.path() / "rescue.iso";
    std::ignore = folder_.write("tree/boot/grub/grub.cfg", Disk{}.grub_cfg);
    fs::copy_file(kKernel, folder_.path() / "tree/vmlinuz", fs::copy_options::overwrite_existing);
    std::vector<std::string> words{
        "grub-mkrescue", "-d", kModules, "-o", image.string(), (folder_.path() / "tree").string()};
    words.insert(words.end(), options.begin(), options.end());
    return output_of(words) ? image : fs::path();
  }
};

TEST_F(GrubIsos, BootFromCdAndStick) {
  const fs::path iso = make({});
  for (const std::string title : {"BIOS, optical", "BIOS, disk"}) {
    const Answer answer = inspected(iso, title);
    EXPECT_THAT(answer.path, AllOf(StartsWith("boots: "), HasSubstr("entry 'Debian' -> /vmlinuz")));
    EXPECT_TRUE(answer.rules.empty()) << ::testing::PrintToString(answer.rules);
  }
}

TEST_F(GrubIsos, WithPackedModulesBoot) {
  const fs::path iso = make({"--compress=xz"});
  for (const std::string title : {"BIOS, optical", "BIOS, disk"}) {
    EXPECT_THAT(inspected(iso, title).path, StartsWith("boots: "));
  }
}

}  // namespace
}  // namespace bootproof::inspectors
