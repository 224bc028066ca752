#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/tool_output.h"
#include "tests/support/temporary_folder.h"

// One defect of a healthy stick or disk each, and the link of the boot path at which it breaks.

namespace bootproof::inspectors {
namespace {

namespace fs = std::filesystem;
using bootproof::testing::content_of;
using bootproof::testing::has_tool;
using bootproof::testing::output_of;
using bootproof::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kSystemdBoot = "/usr/lib/systemd/boot/efi/systemd-bootx64.efi";
constexpr const char* kShim = "/usr/lib/shim/shimx64.efi.signed";
constexpr const char* kInstaller = "/usr/lib/debian-installer/images/12";
constexpr const char* kBiosModules = "/usr/lib/syslinux/mbr";

std::string kernel_for(std::string_view architecture) {
  return std::string(kInstaller) + "/" + std::string(architecture) + "/text/debian-installer/" +
         std::string(architecture) + "/linux";
}

/// A cpio archive (newc) of one file.
std::string archive_with(const std::string& name, const std::string& content, unsigned mode) {
  std::string archive;
  const auto add = [&](const std::string& file, const std::string& bytes, unsigned its_mode) {
    const auto hex = [](std::size_t value) {
      std::string text(8, '0');
      for (std::size_t i = 8; i > 0; --i, value >>= 4U) {
        text[i - 1] = "0123456789ABCDEF"[value & 15U];
      }
      return text;
    };
    archive += "070701" + hex(1) + hex(its_mode) + hex(0) + hex(0) + hex(1) + hex(0) +
               hex(bytes.size()) + hex(0) + hex(0) + hex(0) + hex(0) + hex(file.size() + 1) +
               hex(0);
    archive += file + '\0';
    archive.resize((archive.size() + 3) / 4 * 4);
    archive += bytes;
    archive.resize((archive.size() + 3) / 4 * 4);
  };
  add(name, content, mode);
  add("TRAILER!!!", "", 0);
  return archive;
}

/// A FAT32 volume without a partition table: systemd-boot, one entry, kernel and initramfs.
class Stick {
 public:
  Stick() {
    files_ = {{"EFI/BOOT/BOOTX64.EFI", content_of(kSystemdBoot)},
              {"loader/entries/debian.conf",
               "title Debian\nlinux /linux\ninitrd /initrd\noptions console=ttyS0\n"},
              {"linux", content_of(kernel_for("amd64"))},
              {"initrd", archive_with("init", content_of("/usr/bin/busybox"), 0100755)}};
  }
  Stick& put(const std::string& name, std::string content) {
    remove(name);
    files_.emplace_back(name, std::move(content));
    return *this;
  }
  Stick& remove(const std::string& name) {
    std::erase_if(files_, [&](const auto& file) { return file.first == name; });
    return *this;
  }
  /// Makes the volume in `folder`; empty where a tool is missing.
  [[nodiscard]] fs::path write(const TemporaryFolder& folder) const {
    const fs::path image = folder.path() / "stick.img";
    std::ofstream(image).close();
    fs::resize_file(image, std::uint64_t{80} << 20U);
    bool is_made = output_of({"mkfs.vfat", "-F", "32", image.string()}).has_value();
    const TemporaryFolder tree;
    for (const auto& [name, content] : files_) {
      std::ignore = tree.write(name, content);
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(tree.path())) {
      is_made =
          is_made &&
          output_of({"mcopy", "-s", "-i", image.string(), entry.path().string(), "::"}).has_value();
    }
    return is_made ? image : fs::path();
  }

 private:
  std::vector<std::pair<std::string, std::string>> files_;
};

struct Answer {
  std::string path;
  std::vector<std::string> rules;
};

/// The path with this title and the rules of all findings that are no notes.
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

struct StickDefect {
  const char* name;
  std::function<void(Stick&)> damage;
  const char* link;                ///< Part of the chain's text.
  std::vector<std::string> rules;  ///< All that are no notes.
};

void PrintTo(const StickDefect& defect, std::ostream* out) { *out << defect.name; }

const std::vector<StickDefect>& stick_defects() {
  static const std::vector<StickDefect> defects{
      {"NoLoader",
       [](Stick& s) { s.remove("EFI/BOOT/BOOTX64.EFI").put("EFI/BOOT/x", "x"); },
       "/EFI/BOOT/BOOTX64.EFI: it is not there",
       {}},
      {"LoaderIsText",
       [](Stick& s) { s.put("EFI/BOOT/BOOTX64.EFI", "no program"); },
       "it is no PE/COFF program",
       {"boot.not-a-program"}},
      {"LoaderOfAnotherMachine",
       [](Stick& s) {
         s.put("EFI/BOOT/BOOTX64.EFI",
               content_of(std::string(kInstaller) +
                          "/arm64/text/debian-installer/arm64/grubaa64.efi"));
       },
       "it is for aarch64",
       {"boot.loader-machine"}},
      {"LoaderIsCut",
       [](Stick& s) { s.put("EFI/BOOT/BOOTX64.EFI", content_of(kSystemdBoot).substr(0, 40000)); },
       "BOOTX64.EFI",
       {"pe.section-outside"}},
      {"ShimAlone",
       [](Stick& s) { s.put("EFI/BOOT/BOOTX64.EFI", content_of(kShim)); },
       "/EFI/BOOT/grubx64.efi: it is not there",
       {"boot.shim-target"}},
      {"KernelIsMissing",
       [](Stick& s) { s.remove("linux"); },
       "the file is not there",
       {"loader.kernel-missing"}},
      {"KernelIsText",
       [](Stick& s) { s.put("linux", "no kernel"); },
       "it is no kernel",
       {"boot.no-kernel"}},
      {"KernelOfAnotherMachine",
       [](Stick& s) { s.put("linux", content_of(kernel_for("arm64"))); },
       "it is for arm64",
       {"boot.kernel-machine"}},
      {"KernelIsCut",
       [](Stick& s) { s.put("linux", content_of(kernel_for("amd64")).substr(0, 1 << 20)); },
       "/linux",
       {"kernel.truncated"}},
      {"InitramfsIsMissing",
       [](Stick& s) { s.remove("initrd"); },
       "the file is not there",
       {"loader.initrd-missing"}},
      {"InitramfsWithoutInit",
       [](Stick& s) { s.put("initrd", archive_with("hello", "hi", 0100644)); },
       "/initrd",
       {"initramfs.init-missing"}},
      {"InitIsNotExecutable",
       [](Stick& s) {
         s.put("initrd", archive_with("init", content_of("/usr/bin/busybox"), 0100644));
       },
       "/initrd",
       {"initramfs.init-not-executable"}},
      {"InitWithoutItsInterpreter",
       [](Stick& s) { s.put("initrd", archive_with("init", "#!/bin/sh\necho hi\n", 0100755)); },
       "/initrd",
       {"initramfs.interpreter-missing"}},
  };
  return defects;
}

/// The stick without a defect. Skips where what it is made of is not there.
class HealthyStick : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string& file : {std::string(kSystemdBoot), std::string(kShim),
                                    kernel_for("amd64"), kernel_for("arm64")}) {
      if (!fs::exists(file)) {
        GTEST_SKIP() << file << " is not there: see packages.txt";
      }
    }
    if (!has_tool("mkfs.vfat") || !has_tool("mcopy")) {
      GTEST_SKIP() << "mkfs.vfat or mcopy is missing: packages dosfstools and mtools";
    }
  }
};

class StickDefects : public HealthyStick, public ::testing::WithParamInterface<StickDefect> {};

TEST_P(StickDefects, BreakThePathAtTheirLink) {
  const TemporaryFolder folder;
  Stick stick;
  GetParam().damage(stick);
  const Answer answer = inspected(stick.write(folder), "UEFI x64, disk");
  EXPECT_THAT(answer.path, AllOf(HasSubstr("cannot boot: "), HasSubstr(GetParam().link)));
  EXPECT_EQ(answer.rules, GetParam().rules) << answer.path;
}

INSTANTIATE_TEST_SUITE_P(All, StickDefects, ::testing::ValuesIn(stick_defects()),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(HealthyStick, BootsToItsInit) {
  const TemporaryFolder folder;
  const Answer answer = inspected(Stick().write(folder), "UEFI x64, disk");
  EXPECT_EQ(answer.path,
            "boots: no partition table, the medium -> FAT -> /EFI/BOOT/BOOTX64.EFI (x86-64, "
            "systemd-boot 252.39-1~deb12u2, not signed) -> (hd0)/loader/entries/debian.conf -> "
            "entry 'Debian' -> /linux -> /initrd -> /init");
  EXPECT_TRUE(answer.rules.empty()) << ::testing::PrintToString(answer.rules);
}

/// A disk of 8 MiB with a FAT partition, made by sfdisk from this script.
fs::path disk(const TemporaryFolder& folder, const std::string& script, const fs::path& boot_code,
              bool formats) {
  fs::path image = folder.path() / "disk.img";
  std::ofstream(image).close();
  fs::resize_file(image, std::uint64_t{8} << 20U);
  if (!output_of({"sfdisk", "-q", image.string()}, script)) {
    return {};
  }
  const std::string code = content_of(boot_code).substr(0, 440);
  std::fstream file(image, std::ios::in | std::ios::out | std::ios::binary);
  file.write(code.data(), static_cast<std::streamsize>(code.size()));
  file.close();
  if (formats &&
      !output_of({"mkfs.vfat", "-F", "12", "--offset", "2048", image.string(), "4096"})) {
    return {};
  }
  return image;
}

class DiskDefects : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kBiosModules) || !has_tool("sfdisk") || !has_tool("mkfs.vfat")) {
      GTEST_SKIP() << "packages syslinux-common, fdisk and dosfstools are needed";
    }
  }
  TemporaryFolder folder_;
};

TEST_F(DiskDefects, NoActivePartitionForSyslinux) {
  const fs::path image =
      disk(folder_, "label: dos\n2048,8192,c\n", fs::path(kBiosModules) / "mbr.bin", true);
  const Answer answer = inspected(image, "BIOS, disk");
  EXPECT_THAT(answer.path, HasSubstr("cannot boot: MBR -> boot code: syslinux mbr: no partition is "
                                     "active"));
  EXPECT_EQ(answer.rules, std::vector<std::string>{"mbr.no-active"});
}

TEST_F(DiskDefects, ActivePartitionWithoutALoader) {
  const fs::path image =
      disk(folder_, "label: dos\n2048,8192,c,*\n", fs::path(kBiosModules) / "mbr.bin", true);
  const Answer answer = inspected(image, "BIOS, disk");
  EXPECT_THAT(answer.path, HasSubstr("its boot sector only prints that there is no loader"));
  EXPECT_EQ(answer.rules, std::vector<std::string>{"boot.no-loader-installed"});
}

TEST_F(DiskDefects, NoPartitionForSyslinuxOnGpt) {
  const fs::path image =
      disk(folder_, "label: gpt\n2048,8192,U\n", fs::path(kBiosModules) / "gptmbr.bin", true);
  const Answer answer = inspected(image, "BIOS, disk");
  EXPECT_THAT(answer.path, HasSubstr("no GPT partition has the attribute legacy BIOS bootable"));
  EXPECT_EQ(answer.rules,
            (std::vector<std::string>{"gpt.no-legacy-bootable", "boot.esp-without-loader"}));
}

TEST_F(DiskDefects, GrubWithoutItsCoreImage) {
  const fs::path boot_image = "/usr/lib/grub/i386-pc/boot.img";
  if (!fs::exists(boot_image)) {
    GTEST_SKIP() << boot_image << " is not there: package grub-pc-bin";
  }
  const fs::path image = disk(folder_, "label: dos\n2048,8192,c\n", boot_image, true);
  const Answer answer = inspected(image, "BIOS, disk");
  EXPECT_THAT(answer.path, HasSubstr("core.img at sector 1: there is nothing"));
  EXPECT_EQ(answer.rules, std::vector<std::string>{"mbr.grub-core"});
}

TEST_F(DiskDefects, ADiskWithoutBootCode) {
  const fs::path image = disk(folder_, "label: dos\n2048,8192,c,*\n", "/dev/null", true);
  const Answer answer = inspected(image, "BIOS, disk");
  EXPECT_THAT(answer.path, HasSubstr("cannot boot: MBR -> boot code: none: there is none"));
  EXPECT_EQ(answer.rules, std::vector<std::string>{"mbr.boot-code-missing"});
}

}  // namespace
}  // namespace bootproof::inspectors
