// What loader configurations are read as.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "inspectors/loaders/grub_device.h"
#include "inspectors/loaders/grub_image.h"
#include "inspectors/loaders/loader_config.h"
#include "tests/inspectors/loader_sample.h"
#include "tests/inspectors/print_finding.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::LoaderSample;
using bootproof::testing::replaced;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

LoaderConfig config_of(std::string_view text) {
  Findings findings;
  return LoaderSample(text).read(findings);
}

std::vector<Finding> findings_of(std::string_view text) {
  Findings findings;
  (void)LoaderSample(text).read(findings);
  return findings.take();
}

/// "menu > title: kernel arguments [initrd, ...]", with "*" at the default.
std::string line_of(const LoaderEntry& entry) {
  std::string line = entry.is_default ? "* " : "";
  for (const std::string& menu : entry.menus) {
    line += menu + " > ";
  }
  line += entry.title + ":";
  if (entry.kernel) {
    line += " " + entry.kernel->name;
  }
  if (entry.chain_target) {
    line += " -> " + entry.chain_target->name;
  }
  line += entry.arguments.empty() ? "" : " " + entry.arguments;
  for (const LoaderFile& initrd : entry.initrds) {
    line += " [" + initrd.name + "]";
  }
  for (const LoaderFile& module : entry.modules) {
    line += " {" + module.name + "}";
  }
  line += entry.action.empty() ? "" : " (" + entry.action + ")";
  line += entry.is_conditional ? " ?" : "";
  return line;
}

std::vector<std::string> lines_of(const LoaderConfig& config) {
  std::vector<std::string> lines;
  for (const LoaderEntry& entry : config.entries) {
    lines.push_back(line_of(entry));
  }
  return lines;
}

/// Entries of a grub.cfg on a CD for a BIOS with the files /a and /b.
std::string grub_cd(std::string_view config) {
  return fmt::format(
      "%loader grub\n%platform i386-pc\n%volume cd0 iso LIVE 2024-01-31-12-00-00-00\n%own\n"
      "%file /a\n%file /b\n%file /boot/grub/grub.cfg\nset timeout=1\n{}",
      config);
}

TEST(GrubModel, OfALiveCd) {
  const LoaderConfig config = config_of(bootproof::testing::kGrubSample);
  EXPECT_THAT(lines_of(config),
              ElementsAre("* Live system: /live/vmlinuz boot=live console=tty0 "
                          "console=ttyS0,115200 [/live/initrd.img]",
                          "More > Expert: /live/vmlinuz boot=live expert [/live/initrd.img]"));
  EXPECT_THAT(config.files, ElementsAre("(cd0)/boot/grub/grub.cfg", "(cd0)/boot/grub/more.cfg"));
  EXPECT_EQ(config.timeout_seconds, 5);
  EXPECT_FALSE(config.waits_for_input);
  EXPECT_TRUE(config.has_serial_terminal);
  EXPECT_THAT(config.not_followed, IsEmpty());
  ASSERT_NE(config.default_entry(), nullptr);
  EXPECT_EQ(config.default_entry()->id, "live");
  EXPECT_EQ(config.default_entry()->line, 9U);
  EXPECT_EQ(config.default_entry()->kernel->path, "/live/vmlinuz");
  EXPECT_EQ(config.default_entry()->kernel->node->size, 7U);
}

TEST(GrubModel, FollowsTheStubOnAnEsp) {
  const LoaderConfig config = config_of(bootproof::testing::kGrubEspSample);
  ASSERT_THAT(config.entries, SizeIs(1));
  EXPECT_EQ(config.entries.front().kernel->volume, 1U);
  EXPECT_EQ(config.entries.front().id, "gnulinux-simple");
  EXPECT_THAT(config.files,
              ElementsAre("(hd0,gpt1)/EFI/debian/grub.cfg", "(hd0,gpt2)/boot/grub/grub.cfg"));
}

TEST(GrubModel, TakesBothWaysOfAnUnknownCondition) {
  EXPECT_THAT(lines_of(config_of(grub_cd("menuentry m {\n if cpuid -l; then linux /a x\n else "
                                         "linux /b y\n fi\n initrd /b\n}\n"))),
              ElementsAre("* m: /a x [/b] ?", "m: /b y ?"));
}

TEST(GrubModel, DoesNotJudgeWhatDependsOnTheMachine) {
  const std::string config = grub_cd(
      "if cpuid -l; then set k=/a; else set k=/c; fi\nmenuentry m { linux $k console=ttyS0; }\n");
  EXPECT_THAT(findings_of(config), IsEmpty());
  EXPECT_THAT(lines_of(config_of(config)), ElementsAre("* m: /a console=ttyS0"));
}

TEST(GrubModel, MarksEntriesOfUnknownConditions) {
  EXPECT_THAT(lines_of(config_of(grub_cd("menuentry m { linux /a; }\nif keystatus --shift; then\n"
                                         "menuentry n { linux /b; }\nfi\n"))),
              ElementsAre("* m: /a", "n: /b ?"));
}

TEST(GrubModel, DecidesTests) {
  EXPECT_THAT(
      lines_of(config_of(grub_cd(
          "if [ -e /a -a ! -d /a -a -f (cd0)/b -a -s /boot/grub/grub.cfg ]; then menuentry 1 { "
          "linux /a; }; fi\n"
          "if [ -e /c -o -d /b ]; then menuentry 2 { linux /a; }; fi\n"
          "if [ \"$grub_platform\" = pc -a 2 -gt 1 ]; then menuentry 3 { linux /a; }; fi\n"
          "if ! test -z \"$nothing\"; then menuentry 4 { linux /a; }; fi\n"
          "if true; false; then menuentry 5 { linux /a; }; else menuentry 6 { linux /a; }; fi\n"
          "if [ a != a ]; then true; elif [ 10 -lt 9 ]; then true; elif [ ( a = a ) ]; then "
          "menuentry 7 { linux /a; }; fi\n"))),
      ElementsAre("* 1: /a", "3: /a", "6: /a", "7: /a"));
}

TEST(GrubModel, RunsLoopsAndFunctions) {
  EXPECT_THAT(lines_of(config_of(
                  grub_cd("function add {\n menuentry \"$1-$2\" \"$2\" { linux $2 $1 $#; }\n}\n"
                          "for i in a b; do add $i /$i; done\n"
                          "set n=\nwhile [ x$n != x11 ]; do set n=1$n; done\nadd \"n $n\" /a\n"
                          "until true; do add no; done\n"))),
              ElementsAre("* a-/a: /a a-/a 2", "b-/b: /b b-/b 2", "n 11-/a: /a n 11-/a 2"));
}

TEST(GrubModel, SplitsValuesOutsideOfQuotes) {
  EXPECT_THAT(lines_of(config_of(
                  grub_cd("args='x  y'\nmenuentry m { linux /a $args \"$args\" 'p q'; }\n"))),
              ElementsAre("* m: /a x y \"x  y\" \"p q\""));
}

TEST(GrubModel, ShowsSubmenusWhatIsExportedAlone) {
  EXPECT_THAT(lines_of(config_of(
                  grub_cd("set default='s>n'\nset k=/a\nset e=/b\nexport e\nsubmenu s {\n"
                          " menuentry m { linux \"${k}\" $e; }\n menuentry n { linux $e; }\n}\n"))),
              ElementsAre("s > m:  /b", "* s > n: /b"));
}

TEST(GrubModel, FollowsAMenuOfAnEntry) {
  EXPECT_THAT(
      lines_of(config_of(grub_cd("menuentry m { linux /a; }\nmenuentry more { configfile "
                                 "/more.cfg; }\n%file /more.cfg\nmenuentry n { linux /b; "
                                 "}\nmenuentry back { configfile /boot/grub/grub.cfg; }\n"))),
      ElementsAre("* m: /a", "more > n: /b", "more > back: (menu)"));
}

TEST(GrubModel, TakesTheMenuThatIsShownFirst) {
  EXPECT_THAT(lines_of(config_of(grub_cd("configfile /more.cfg\nmenuentry m { linux /a; }\n%file "
                                         "/more.cfg\nmenuentry n { linux /b; }\n"))),
              ElementsAre("* n: /b"));
}

TEST(GrubModel, BootsWithoutAMenu) {
  const LoaderConfig config = config_of(grub_cd("linux /a console=ttyS0\ninitrd /b\nboot\n"));
  EXPECT_THAT(lines_of(config), ElementsAre("* without a menu: /a console=ttyS0 [/b]"));
  EXPECT_FALSE(config.ends_at_prompt);
}

TEST(GrubModel, ReadsTheEnvironmentBlock) {
  EXPECT_THAT(lines_of(config_of(grub_cd("load_env\nset default=$saved_entry\nmenuentry m { linux "
                                         "/a; }\nmenuentry n { linux /b; }\n%file "
                                         "/boot/grub/grubenv\n# GRUB Environment Block\n"
                                         "saved_entry=n\n####\n"))),
              ElementsAre("m: /a", "* n: /b"));
}

TEST(GrubModel, ReadsEveryKindOfLoading) {
  EXPECT_THAT(
      lines_of(config_of(grub_cd("menuentry 1 { linuxefi /a x; initrdefi /a /b; }\n"
                                 "menuentry 2 { multiboot2 /a x; module2 --nounzip /b y; }\n"
                                 "menuentry 3 { chainloader --force +1; }\n"
                                 "menuentry 4 { chainloader (hd1,1)+1; }\n"
                                 "menuentry 5 { linux /a; devicetree /b; initrd newc:name:/b; }\n"
                                 "menuentry 6 { reboot; }\n"
                                 "menuentry 7 { loopback loop /a; linux (loop)/vmlinuz; }\n"))),
      ElementsAre("* 1: /a x [/a] [/b]", "2: /a x {/b}", "3: -> +1", "4: -> (hd1,1)+1",
                  "5: /a [/b] {/b}", "6: (reboot)", "7: (loop)/vmlinuz"));
}

TEST(GrubModel, SaysWhatItDoesNotFollow) {
  const LoaderConfig config =
      config_of(grub_cd("blscfg\nmenuentry m { loopback l /a; linux (l)/b; }\n"));
  EXPECT_THAT(config.not_followed,
              ElementsAre("the entries of blscfg", "in the loopback (l) of /a", "the device (l)"));
}

TEST(GrubModel, RunsTheConfigurationInTheImageFirst) {
  const LoaderConfig config = config_of(
      "%loader grub (memdisk)/boot/grub\n%platform x86_64-efi\n%embedded\nsearch --file --set=root "
      "/boot/grub/grub.cfg\nset prefix=($root)/boot/grub\n%volume hd0,gpt1 fat\n%own\n"
      "%volume hd0,gpt2 ext\n%file /boot/grub/grub.cfg\nmenuentry m { linux /a; }\n%file /a\n");
  EXPECT_THAT(lines_of(config), ElementsAre("* m: /a"));
  EXPECT_EQ(config.entries.front().kernel->volume, 1U);
}

TEST(GrubModel, FollowsAMemoryDiskThatIsAVolume) {
  const LoaderConfig config = config_of(
      "%loader grub (memdisk)/grub\n%platform x86_64-efi\n%volume hd0 fat\n%own\n%file /a\n%volume "
      "memdisk fat\n%file /grub/grub.cfg\nmenuentry m { linux ($root)/a; }\n");
  // GRUB's root is the device of its prefix.
  EXPECT_THAT(lines_of(config), ElementsAre("* m: (memdisk)/a"));
}

TEST(GrubModel, JudgesNothingOfVolumesThatCannotBeRead) {
  EXPECT_THAT(findings_of("%loader grub\n%platform x86_64-efi\n%volume hd0,gpt1 fat\n%own\n%file "
                          "/boot/grub/grub.cfg\nset timeout=1\nsearch --fs-uuid --set=root 12-34\n"
                          "menuentry m { linux /a console=ttyS0 root=UUID=99; }\n"
                          "%volume hd0,gpt2 unreadable\n"),
              IsEmpty());
}

/// The shape of the configurations of some distributions' media.
TEST(GrubModel, FollowsWhatLiveMediaDo) {
  const std::string_view world =
      "%loader grub\n%platform x86_64-efi\n%volume cd0 iso ARCH 2024-01-31-12-00-00-00\n%own\n"
      "%file /boot/id.uuid\n%file /k\n%file /i\n%file /boot/grub/fonts/unicode.pf2\n"
      "%file /boot/grub/grub.cfg\nset timeout=1\n";
  const std::string archiso = std::string(world) + R"(insmod part_gpt
if [ -z "${ARCHISO_UUID}" ]; then
    if [ -z "${ARCHISO_HINT}" ]; then
        regexp --set=1:ARCHISO_HINT '^\(([^)]+)\)' "${cmdpath}"
    fi
    search --no-floppy --set=root --file '/boot/id.uuid' --hint "${ARCHISO_HINT}"
    probe --set ARCHISO_UUID --fs-uuid "${root}"
fi
if [ "${grub_platform}" == 'efi' ]; then
    archiso_platform='UEFI'
fi
default=archlinux
menuentry "Arch ${archiso_platform}" --class arch --id 'archlinux' {
    set gfxpayload=keep
    linux /k archisobasedir=arch archisosearchuuid=${ARCHISO_UUID} console=ttyS0
    initrd /i
}
if [ "${grub_platform}" == 'efi' -a "${grub_cpu}" == 'x86_64' -a -f '/memtest.efi' ]; then
    menuentry 'Memtest' { chainloader /memtest.efi; }
fi
menuentry 'Shutdown' --class shutdown { echo 'Bye'; halt; }
play 600 988 1
)";
  EXPECT_THAT(findings_of(archiso), IsEmpty());
  EXPECT_THAT(
      lines_of(config_of(archiso)),
      ElementsAre("* Arch UEFI: /k archisobasedir=arch archisosearchuuid= console=ttyS0 [/i]",
                  "Shutdown: (halt)"));
  const std::string fedora = std::string(world) + R"(set default="1"
function load_video {
  insmod all_video
}
load_video
search --no-floppy --set=root -l 'ARCH'
menuentry 'Test' { linux /k quiet; initrd /i; }
menuentry 'Live' --class fedora { linux /k root=live:CDLABEL=ARCH rd.live.image console=ttyS0; initrd /i; }
submenu 'Troubleshooting -->' {
  menuentry 'Rescue' { linux /k inst.rescue quiet; initrd /i; }
}
)";
  EXPECT_THAT(findings_of(fedora), IsEmpty());
  EXPECT_EQ(config_of(fedora).default_entry()->title, "Live");
  const std::string debian = std::string(world) + R"(if loadfont $prefix/font.pf2 ; then
  set gfxmode=800x600
elif loadfont unicode ; then
  terminal_output gfxterm
fi
if background_image /isolinux/splash.png; then
  set color_normal=light-gray/black
else
  set menu_color_normal=cyan/blue
fi
linux=linux
if [ "${grub_platform}" = "pc" ]; then linux=linux16; fi
menuentry "Live" --hotkey=l { $linux /k boot=live findiso=${iso_path} console=ttyS0; initrd /i; }
submenu 'Utilities' --hotkey=u {
  menuentry "UEFI" { fwsetup; }
}
)";
  EXPECT_THAT(findings_of(debian), IsEmpty());
  EXPECT_THAT(lines_of(config_of(debian)),
              ElementsAre("* Live: /k boot=live findiso= console=ttyS0 [/i]",
                          "Utilities > UEFI: (fwsetup)"));
}

TEST(GrubDevices, HaveSeveralNames) {
  LoaderWorld world;
  for (const char* const name : {"cd0", "hd0", "hd0,msdos1", "hd0,gpt12"}) {
    world.volumes.push_back({});
    world.volumes.back().grub_name = name;
  }
  const auto volume_of = [&](std::string_view name) {
    const GrubDevice device = find_grub_device(world, name);
    return device.state == GrubDeviceState::kKnown     ? static_cast<int>(device.volume)
           : device.state == GrubDeviceState::kMissing ? -1
                                                       : -2;
  };
  EXPECT_EQ(volume_of("cd"), 0);
  EXPECT_EQ(volume_of("hd0"), 1);
  EXPECT_EQ(volume_of("hd0,1"), 2);
  EXPECT_EQ(volume_of("hd0,msdos1"), 2);
  EXPECT_EQ(volume_of("hd0,12"), 3);
  EXPECT_EQ(volume_of("hd0,gpt1"), -1);
  EXPECT_EQ(volume_of("hd1,gpt1"), -2);
  EXPECT_EQ(volume_of("memdisk"), -2);
  world.own = 2;
  EXPECT_EQ(whole_grub_prefix(world, "/boot/grub"), "(hd0,msdos1)/boot/grub");
  EXPECT_EQ(whole_grub_prefix(world, "(,gpt12)/boot/grub"), "(hd0,gpt12)/boot/grub");
  EXPECT_EQ(whole_grub_prefix(world, "(cd0)/boot/grub"), "(cd0)/boot/grub");
}

TEST(SyslinuxModel, OfACdWithAMenu) {
  const LoaderConfig config = config_of(bootproof::testing::kIsolinuxSample);
  EXPECT_THAT(lines_of(config),
              ElementsAre("* Live system: /live/vmlinuz boot=live console=ttyS0 [/live/initrd.img]",
                          "expert: /live/vmlinuz boot=live expert [/live/initrd.img]",
                          "disk: (localboot 0x80)"));
  EXPECT_EQ(config.timeout_seconds, 5);
  EXPECT_TRUE(config.has_serial_terminal);
  EXPECT_THAT(config.files,
              ElementsAre("(cd0)/isolinux/isolinux.cfg", "(cd0)/isolinux/labels.cfg"));
}

TEST(SyslinuxModel, LooksInFoldersInOrder) {
  const std::string_view sample = bootproof::testing::kIsolinuxSample;
  EXPECT_EQ(config_of(std::string(sample) + "%file /boot/isolinux/syslinux.cfg\nDEFAULT "
                                            "/live/vmlinuz\n")
                .files.front(),
            "(cd0)/boot/isolinux/syslinux.cfg");
  EXPECT_EQ(config_of(std::string(sample) + "%file /boot/syslinux/isolinux.cfg\n").files.front(),
            "(cd0)/isolinux/isolinux.cfg");
}

TEST(SyslinuxModel, NeedsNoModulesBeforeVersion5) {
  const std::string text =
      "%loader isolinux\n%isolinux.bin 4.07\n%volume cd0 iso\n%own\n%module-old "
      "/isolinux/menu.c32\n"
      "%file /isolinux/isolinux.cfg\nui menu.c32\ntimeout 10\nlabel a\nkernel /a\n%file /a\n";
  EXPECT_THAT(findings_of(text), IsEmpty());
  EXPECT_THAT(lines_of(config_of(text)), ElementsAre("* a: /a"));
}

TEST(SyslinuxModel, StartsTheDefaultAtOnceWithoutPrompt) {
  const LoaderConfig config = config_of(
      "%loader syslinux /syslinux\n%volume hd0 fat\n%own\n%file /syslinux/syslinux.cfg\n"
      "default linux\nappend quiet\nlabel linux\nkernel ../vmlinuz\n%file /vmlinuz\n");
  EXPECT_THAT(lines_of(config), ElementsAre("* linux: ../vmlinuz quiet"));
  EXPECT_EQ(config.timeout_seconds, 0);
  EXPECT_TRUE(config.entries.front().is_quiet());
  EXPECT_TRUE(config.entries.front().kernel->node.has_value());
}

TEST(SyslinuxModel, ReadsModulesThatLoadKernels) {
  EXPECT_THAT(
      lines_of(config_of("%loader syslinux\n%volume hd0 fat\n%own\n%file /syslinux.cfg\n"
                         "DEFAULT a\nLABEL a\nCOM32 linux.c32\nAPPEND /k initrd=/i,/j quiet\n"
                         "LABEL b\nKERNEL mboot.c32\nAPPEND /k x --- /i y --- /j\n"
                         "LABEL c\nKERNEL chain.c32\nAPPEND hd0\n"
                         "LABEL d\nKERNEL memdisk\nINITRD floppy.img\n")),
      ElementsAre("* a: /k quiet [/i] [/j] {linux.c32}",
                  "b: /k /k x --- /i y --- /j {mboot.c32} "
                  "{/i} {/j}",
                  "c: hd0 {chain.c32} (chain.c32)", "d: memdisk [floppy.img]"));
}

TEST(SystemdBootModel, OfTwoVolumes) {
  const LoaderConfig config = config_of(bootproof::testing::kSystemdBootSample);
  EXPECT_THAT(lines_of(config),
              ElementsAre("* Debian: \\debian\\vmlinuz root=LABEL=ROOT console=ttyS0 "
                          "[/debian/initrd.img]",
                          "Shell: -> /EFI/tools/shell.efi",
                          "recovery.efi: -> /EFI/Linux/recovery.efi", "Fallback: /vmlinuz"));
  EXPECT_EQ(config.timeout_seconds, 3);
  EXPECT_EQ(config.entries[3].id, "fallback.conf");
}

TEST(SystemdBootModel, PutsNewVersionsFirst) {
  std::string text =
      "%loader systemd-boot\n%platform x86_64-efi\n%volume hd0 fat\n%own\n%file /k\n";
  for (const char* const version : {"6.1.9", "6.1.10", "5.10.200"}) {
    text += fmt::format(
        "%file /loader/entries/{0}.conf\ntitle {0}\nversion {0}\nsort-key d\nlinux "
        "/k\n",
        version);
  }
  EXPECT_THAT(lines_of(config_of(text)), ElementsAre("* 6.1.10: /k", "6.1.9: /k", "5.10.200: /k"));
}

TEST(SystemdBootModel, LeavesOutOtherMachines) {
  EXPECT_THAT(lines_of(config_of(replaced(bootproof::testing::kSystemdBootSample,
                                          "architecture x64", "architecture aa64"))),
              SizeIs(3));
}

TEST(StartupNshModel, FollowsVolumeAndFolder) {
  const LoaderConfig config = config_of(bootproof::testing::kStartupNshSample);
  EXPECT_THAT(lines_of(config), ElementsAre("* bootx64.efi: -> bootx64.efi quiet"));
  EXPECT_EQ(config.entries.front().chain_target->path, "/EFI/BOOT/bootx64.efi");
}

}  // namespace
}  // namespace bootproof::inspectors
