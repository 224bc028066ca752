// Configurations of packages and of tools that write them: followed to the end, without a false
// alarm.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "inspectors/file_image.h"
#include "inspectors/loaders/com32_module.h"
#include "inspectors/loaders/grub_config.h"
#include "inspectors/loaders/grub_image.h"
#include "inspectors/loaders/grub_script.h"
#include "inspectors/loaders/loader_config.h"
#include "inspectors/loaders/syslinux_config.h"
#include "inspectors/loaders/systemd_boot_config.h"
#include "tests/inspectors/memory_volume.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/tool_output.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::content_of;
using bootproof::testing::has_tool;
using bootproof::testing::MemoryVolume;
using bootproof::testing::output_of;
using bootproof::testing::TemporaryFolder;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// The files of a folder of the host, the large ones without their end.
void add_folder(MemoryVolume& volume, const std::filesystem::path& folder,
                const std::string& where) {
  constexpr std::size_t kMost = 256 * 1024;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) {
      continue;
    }
    std::ifstream in(entry.path(), std::ios::binary);
    std::string text(std::min<std::uintmax_t>(entry.file_size(), kMost), '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    volume.add(where + "/" + std::filesystem::relative(entry.path(), folder).string(), text);
  }
}

LoaderWorld world_of(MemoryVolume& volume, std::string name, LoaderPlatform platform) {
  LoaderWorld world;
  world.platform = platform;
  world.volumes.push_back({});
  world.volumes.back().grub_name = std::move(name);
  world.volumes.back().volume = &volume;
  return world;
}

/// The rules of the findings, without those that say how an unattended machine would fare.
std::vector<std::string> alarms_of(Findings& findings) {
  std::vector<std::string> alarms;
  for (const Finding& finding : findings.take()) {
    if (finding.severity != Severity::kNote) {
      alarms.push_back(fmt::format("{} {} {}", finding.rule, finding.path, finding.found));
    }
  }
  return alarms;
}

std::size_t broken_entries_of(const LoaderConfig& config) {
  std::size_t count = 0;
  for (const LoaderEntry& entry : config.entries) {
    count += entry.problems.empty() ? 0U : 1U;
  }
  return count;
}

constexpr std::string_view kInstaller = "/usr/lib/debian-installer/images/12";

class InstallerConfigTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    folder_ = fmt::format("{}/{}/text/debian-installer", kInstaller, GetParam());
    if (!std::filesystem::exists(folder_)) {
      GTEST_SKIP() << "install the package debian-installer-12-netboot-" << GetParam();
    }
    add_folder(volume_, folder_, "/debian-installer");
  }

  std::string folder_;
  MemoryVolume volume_{VolumeKind::kIso9660, "Debian", "2024-01-31-12-00-00-00"};
};

TEST_P(InstallerConfigTest, HasAGrubConfigWithoutAnAlarm) {
  const LoaderPlatform platform =
      GetParam() == "arm64" ? LoaderPlatform::kUefiAarch64 : LoaderPlatform::kUefiX64;
  const LoaderWorld world = world_of(volume_, "cd0", platform);
  GrubStart start;
  start.prefix = fmt::format("/debian-installer/{}/grub", GetParam());
  Findings findings;
  const LoaderConfig config = read_grub_config(world, start, findings);
  // The graphical initramfs is in another package.
  for (const std::string& alarm : alarms_of(findings)) {
    EXPECT_THAT(alarm, ::testing::HasSubstr("/gtk/initrd.gz"));
  }
  EXPECT_GT(config.entries.size(), 10U);
  ASSERT_NE(config.default_entry(), nullptr);
  EXPECT_EQ(config.default_entry()->title, "Install");
  EXPECT_THAT(config.default_entry()->problems, IsEmpty());
  EXPECT_TRUE(config.waits_for_input);
}

INSTANTIATE_TEST_SUITE_P(Architectures, InstallerConfigTest, ::testing::Values("amd64", "arm64"),
                         [](const auto& test) { return test.param; });

TEST(Installer, HasAnIsolinuxConfigThatIsFollowedWhole) {
  const std::string folder = fmt::format("{}/amd64/text/debian-installer", kInstaller);
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "install the package debian-installer-12-netboot-amd64";
  }
  MemoryVolume volume(VolumeKind::kIso9660);
  add_folder(volume, folder, "/debian-installer");
  volume.add("/syslinux.cfg", content_of(folder + "/amd64/boot-screens/syslinux.cfg"));
  const LoaderWorld world = world_of(volume, "cd0", LoaderPlatform::kBios);
  Findings findings;
  const LoaderConfig config = read_syslinux_config(world, {}, findings);
  for (const std::string& alarm : alarms_of(findings)) {
    // The files of the graphical installer are in another package.
    EXPECT_THAT(alarm, ::testing::HasSubstr("gtk"));
  }
  EXPECT_EQ(config.files.size(), 12U);
  EXPECT_EQ(config.entries.size(), 10U);
  EXPECT_THAT(config.not_followed,
              ElementsAre("CONFIG debian-installer/amd64/boot-screens/prompt.cfg"));
}

/// The modules and the loader of a package, in a folder of a CD.
void add_isolinux(MemoryVolume& volume, const std::string& folder,
                  const std::vector<std::string>& modules) {
  for (const std::string& module : modules) {
    volume.add(folder + "/" + module, content_of("/usr/lib/syslinux/modules/bios/" + module));
  }
}

TEST(SyslinuxModules, NeedWhatReadelfSays) {
  const std::string folder = "/usr/lib/syslinux/modules";
  if (!std::filesystem::exists(folder) || !has_tool("readelf")) {
    GTEST_SKIP() << "install the packages syslinux-common, syslinux-efi and binutils";
  }
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".c32") {
      continue;
    }
    const auto report = output_of({"readelf", "-d", entry.path().string()});
    std::vector<std::string> expected;
    for (std::size_t at = 0; report && (at = report->find("(NEEDED)", at)) != std::string::npos;
         ++at) {
      const std::size_t begin = report->find('[', at) + 1;
      expected.push_back(report->substr(begin, report->find(']', begin) - begin));
    }
    auto image = FileImage::open(entry.path().string());
    ASSERT_TRUE(image.has_value());
    EXPECT_EQ(read_com32_module(ImageView(**image)).needed, expected) << entry.path();
    ++count;
  }
  EXPECT_GT(count, 20U);
}

TEST(SyslinuxModules, OfARealMenuAreAllThere) {
  if (!std::filesystem::exists("/usr/lib/syslinux/modules/bios/vesamenu.c32") ||
      !std::filesystem::exists("/usr/lib/ISOLINUX/isolinux.bin")) {
    GTEST_SKIP() << "install the packages isolinux and syslinux-common";
  }
  auto isolinux = FileImage::open("/usr/lib/ISOLINUX/isolinux.bin");
  ASSERT_TRUE(isolinux.has_value());
  SyslinuxStart start;
  start.loader = ImageView(**isolinux);
  const auto alarms = [&](const std::vector<std::string>& modules) {
    MemoryVolume volume(VolumeKind::kIso9660);
    add_isolinux(volume, "/isolinux", modules);
    volume.add("/isolinux/isolinux.cfg", "UI vesamenu.c32\nTIMEOUT 10\nLABEL a\nKERNEL /a\n");
    volume.add("/a", "kernel");
    Findings findings;
    (void)read_syslinux_config(world_of(volume, "cd0", LoaderPlatform::kBios), start, findings);
    return alarms_of(findings);
  };
  EXPECT_THAT(alarms({"ldlinux.c32", "vesamenu.c32", "libcom32.c32", "libutil.c32"}), IsEmpty());
  EXPECT_THAT(alarms({"ldlinux.c32", "vesamenu.c32", "libutil.c32"}), SizeIs(1));
  EXPECT_THAT(alarms({"vesamenu.c32", "libcom32.c32", "libutil.c32"}), SizeIs(1));
}

/// A file of an ISO, by xorriso.
std::string file_of_iso(const std::string& iso, const std::string& path) {
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "file").string();
  (void)output_of({"xorriso", "-no_rc", "-osirrox", "on", "-indev", iso, "-extract", path, out});
  return content_of(out);
}

TEST(RealMedia, OfIpxeStartTheirKernelAtOnce) {
  const std::string iso = "/usr/lib/ipxe/ipxe.iso";
  if (!std::filesystem::exists(iso) || !has_tool("xorriso")) {
    GTEST_SKIP() << "install the packages ipxe and xorriso";
  }
  MemoryVolume volume(VolumeKind::kIso9660);
  for (const char* const path : {"/isolinux.cfg", "/ipxe.krn", "/ldlinux.c32", "/isolinux.bin"}) {
    volume.add(path, file_of_iso(iso, path));
  }
  const std::string isolinux = file_of_iso(iso, "/isolinux.bin");
  const Bytes bytes(isolinux.begin(), isolinux.end());
  MemoryImage image{ByteSpan(bytes)};
  SyslinuxStart start;
  start.loader = ImageView(image);
  Findings findings;
  const LoaderConfig config =
      read_syslinux_config(world_of(volume, "cd0", LoaderPlatform::kBios), start, findings);
  EXPECT_THAT(findings.take(), IsEmpty());
  ASSERT_NE(config.default_entry(), nullptr);
  EXPECT_EQ(config.default_entry()->id, "ipxe.lkrn");
}

TEST(RealMedia, OfGrubRescueShowTheSampleMenu) {
  const std::string iso = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso";
  if (!std::filesystem::exists(iso) || !has_tool("xorriso")) {
    GTEST_SKIP() << "install the packages grub-rescue-pc and xorriso";
  }
  MemoryVolume volume(VolumeKind::kIso9660);
  volume.add("/boot/grub/grub.cfg", file_of_iso(iso, "/boot/grub/grub.cfg"));
  Findings findings;
  const LoaderConfig config =
      read_grub_config(world_of(volume, "cd0", LoaderPlatform::kBios), {}, findings);
  // Its entries are for disks of the machine, not for the CD.
  EXPECT_THAT(alarms_of(findings), IsEmpty());
  EXPECT_THAT(config.entries, SizeIs(9));
  EXPECT_EQ(config.timeout_seconds, 30);
  ASSERT_NE(config.default_entry(), nullptr);
  EXPECT_EQ(config.default_entry()->title, "GNU/Linux");
}

/// Runs grub-mkconfig's scripts with a GRUB and a /boot of a temporary folder.
std::optional<std::string> mkconfig(const TemporaryFolder& folder) {
  const std::string probe = folder.write("grub-probe", R"sh(#!/bin/sh
for target; do case "$last" in --target=*) ;; esac; last=$target; done
case "$*" in
  *--target=device*) echo /dev/sda2 ;;
  *--target=fs_uuid*) echo 0f0e0d0c-1111-4222-8333-444444444444 ;;
  *--target=partuuid*) echo 99999999-2222-4333-8444-555555555555 ;;
  *--target=fs*) echo ext2 ;;
  *--target=partmap*) echo gpt ;;
  *--target=abstraction*) ;;
  *--target=hints_string*) echo "--hint-bios=hd0,gpt2 --hint-efi=hd0,gpt2" ;;
  *--target=compatibility_hint*) echo hd0,gpt2 ;;
  *) echo gpt ;;
esac
)sh");
  const std::string script = R"sh(
set -e
cd "$1"
chmod +x grub-probe
mkdir -p boot/grub etc/grub.d etc/default
echo kernel >boot/vmlinuz-6.1.0-1-amd64
echo initramfs >boot/initrd.img-6.1.0-1-amd64
echo kernel >boot/vmlinuz-6.1.0-2-amd64
echo initramfs >boot/initrd.img-6.1.0-2-amd64
printf 'GRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR=Debian\nGRUB_CMDLINE_LINUX="console=ttyS0"\nGRUB_DISABLE_OS_PROBER=true\n' >etc/default/grub
for part in 00_header 10_linux 30_uefi-firmware 41_custom; do
  [ -f /etc/grub.d/$part ] || exit 1
  sed -e "s,/boot/vmlinuz-,$1/boot/vmlinuz-,g; s,/vmlinuz-\* /kernel,/nowhere-* /kernel,; s,/boot/kernel-,/nowhere/kernel-,g" /etc/grub.d/$part >etc/grub.d/$part
  chmod +x etc/grub.d/$part
done
sed -e "s,^grub_probe=.*,grub_probe=$1/grub-probe,; s,^sysconfdir=.*,sysconfdir=$1/etc,; s,^grub_mkconfig_dir=.*,grub_mkconfig_dir=$1/etc/grub.d," "$(command -v grub-mkconfig || echo /usr/sbin/grub-mkconfig)" >mkconfig
mkdir lib
sed -e "s,^  grub_probe=.*,  grub_probe=$1/grub-probe," /usr/share/grub/grub-mkconfig_lib >lib/grub-mkconfig_lib
pkgdatadir=$1/lib exec sh mkconfig 2>/dev/null
)sh";
  (void)probe;
  return output_of({"sh", "-c", script, "sh", folder.path().string()});
}

TEST(GrubMkconfig, WritesWhatIsFollowedWithoutAFinding) {
  if (!has_tool("grub-mkconfig") || !std::filesystem::exists("/etc/grub.d/10_linux")) {
    GTEST_SKIP() << "install the packages grub-common and grub2-common";
  }
  const TemporaryFolder folder;
  const auto text = mkconfig(folder);
  if (!text || text->find("menuentry 'Debian") == std::string::npos) {
    GTEST_SKIP() << "grub-mkconfig does not run outside of an installed system here";
  }
  // The kernels stand below the temporary folder, and on the volume as well.
  MemoryVolume esp(VolumeKind::kFat, "ESP", "1234-ABCD");
  MemoryVolume root(VolumeKind::kExt, "ROOT", "0f0e0d0c-1111-4222-8333-444444444444");
  add_folder(root, folder.path(), folder.path().string());
  root.add("/boot/grub/grub.cfg", *text);
  LoaderWorld world = world_of(esp, "hd0,gpt1", LoaderPlatform::kUefiX64);
  world.volumes.push_back({});
  world.volumes.back().grub_name = "hd0,gpt2";
  world.volumes.back().volume = &root;
  world.volumes.back().partition_uuid = "99999999-2222-4333-8444-555555555555";
  world.own = 1;
  Findings findings;
  const LoaderConfig config = read_grub_config(world, {}, findings);
  EXPECT_THAT(findings.take(), IsEmpty());
  EXPECT_EQ(config.timeout_seconds, 5);
  ASSERT_NE(config.default_entry(), nullptr);
  EXPECT_EQ(config.default_entry()->title, "Debian GNU/Linux");
  EXPECT_THAT(config.default_entry()->initrds, SizeIs(1));
  EXPECT_GE(config.entries.size(), 5U);
  EXPECT_EQ(broken_entries_of(config), 0U);
}

TEST(GrubImages, OfDebianCarryTheirPrefixAndAMemoryDisk) {
  struct Expected {
    std::string path;
    std::string prefix;
  };
  const std::string folder = "/usr/lib/grub/x86_64-efi-signed";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "install the package grub-efi-amd64-signed";
  }
  for (const Expected& expected : {Expected{folder + "/grubx64.efi.signed", "/EFI/debian"},
                                   Expected{folder + "/gcdx64.efi.signed", "/boot/grub"}}) {
    auto file = FileImage::open(expected.path);
    ASSERT_TRUE(file.has_value());
    const auto image = read_grub_image(ImageView(**file));
    ASSERT_TRUE(image.has_value()) << expected.path;
    EXPECT_EQ(image->prefix, expected.prefix);
    ASSERT_TRUE(image->embedded_config.has_value());
    ASSERT_TRUE(image->memdisk.has_value());
    const Bytes config = image->embedded_config->read(0, 4096);
    EXPECT_THAT(parse_grub_script(std::string(config.begin(), config.end())).errors, IsEmpty());
  }
}

TEST(GrubImages, OfMkimageCarryWhatItWasTold) {
  if (!has_tool("grub-mkimage") || !std::filesystem::exists("/usr/lib/grub/x86_64-efi")) {
    GTEST_SKIP() << "install the packages grub-common and grub-efi-amd64-bin";
  }
  const TemporaryFolder folder;
  const std::string config = folder.write("early.cfg", "set root=cd0\n").string();
  const std::string out = (folder.path() / "grub.efi").string();
  ASSERT_TRUE(output_of({"grub-mkimage", "-O", "x86_64-efi", "-p", "(cd0)/boot/grub", "-c", config,
                         "-o", out, "normal"}));
  auto file = FileImage::open(out);
  ASSERT_TRUE(file.has_value());
  const auto image = read_grub_image(ImageView(**file));
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->prefix, "(cd0)/boot/grub");
  EXPECT_FALSE(image->memdisk.has_value());
  ASSERT_TRUE(image->embedded_config.has_value());
  const Bytes bytes = image->embedded_config->read(0, 13);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "set root=cd0\n");
}

}  // namespace
}  // namespace bootproof::inspectors
