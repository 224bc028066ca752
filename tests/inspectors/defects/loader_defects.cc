#include "tests/inspectors/defects.h"
#include "tests/inspectors/loader_sample.h"

namespace bootproof::testing {
namespace {

/// Collects changes of healthy samples.
class Collector {
 public:
  void add(std::string name, std::string_view sample, std::string_view from, std::string_view to,
           std::string_view rule) {
    add_text(std::move(name), replaced(sample, from, to), rule);
  }
  void add_text(std::string name, const std::string& text, std::string_view rule) {
    defects_.push_back({std::move(name), Bytes(text.begin(), text.end()), rule});
  }
  std::vector<Defect> take() { return std::move(defects_); }

 private:
  std::vector<Defect> defects_;
};

}  // namespace

std::vector<Defect> loader_defects() {
  Collector all;
  all.add("KernelMissing", kGrubSample, "%file /live/vmlinuz", "%file /live/linux",
          "loader.kernel-missing");
  all.add("KernelIsDirectory", kGrubSample, "%file /live/vmlinuz", "%file /live/vmlinuz/linux",
          "loader.kernel-missing");
  all.add("KernelMissingForIsolinux", kIsolinuxSample, "%file /live/vmlinuz", "%file /live/linux",
          "loader.kernel-missing");
  all.add("KernelMissingForSystemdBoot", kSystemdBootSample, "linux \\debian\\vmlinuz",
          "linux \\debian\\linux", "loader.kernel-missing");
  all.add("KernelIsDanglingLink", kGrubEspSample, "%link /boot/vmlinuz vmlinuz-6.1",
          "%link /boot/vmlinuz vmlinuz-6.2", "loader.kernel-missing");
  all.add("InitrdMissing", kGrubSample, "%file /live/initrd.img", "%file /live/initrd.gz",
          "loader.initrd-missing");
  all.add("InitrdMissingForIsolinux", kIsolinuxSample, "APPEND initrd=/live/initrd.img",
          "APPEND initrd=/live/initrd.img,/live/firmware.img", "loader.initrd-missing");
  all.add("InitrdMissingForSyslinuxEfi", kSyslinuxEfiSample, "INITRD /initrd.img",
          "INITRD /initrd.gz", "loader.initrd-missing");
  all.add("ModuleMissing", kGrubSample, "	linux /live/vmlinuz boot=live console=tty0",
          "	multiboot /live/vmlinuz console=ttyS0\n	module /live/init\n	echo",
          "loader.module-missing");
  all.add("ChainTargetMissing", kGrubSample,
          "	linux /live/vmlinuz boot=live console=tty0 console=ttyS0,115200\n	initrd "
          "/live/initrd.img\n}\nsubmenu",
          "	chainloader /EFI/BOOT/shim.efi\n}\nsubmenu", "loader.chain-target-missing");
  all.add("PathCase", kGrubSample, "	linux /live/vmlinuz boot=live console",
          "	linux /live/VMLINUZ boot=live console", "loader.path-case");
  all.add("OtherEntryBroken", kGrubSample, "	linux /live/vmlinuz boot=live expert",
          "	linux /expert/vmlinuz boot=live", "loader.other-entry-broken");
  all.add("OtherEntryBrokenForIsolinux", kIsolinuxSample, "LINUX /live/vmlinuz",
          "LINUX /expert/vmlinuz", "loader.other-entry-broken");
  all.add("ByteOrderMark", kGrubSample, "# A live CD.", "\xEF\xBB\xBF# A live CD.",
          "loader.byte-order-mark");
  all.add("ByteOrderMarkForIsolinux", kIsolinuxSample, "SERIAL 0", "\xEF\xBB\xBFSERIAL 0",
          "loader.byte-order-mark");
  all.add("ConfigTooLarge", kGrubSample, "function load_video",
          std::string(1 << 20, '\n') + "function load_video", "loader.config-too-large");
  all.add("IncludeMissing", kGrubSample, "%file /boot/grub/more.cfg", "%file /boot/grub/less.cfg",
          "loader.include-missing");
  all.add("ConfigOfALabelMissing", kIsolinuxSample, "  LOCALBOOT 0x80", "  CONFIG other.cfg",
          "loader.include-missing");
  all.add("NoSerialConsole", kGrubSample, " console=tty0 console=ttyS0,115200", "",
          "loader.no-serial-console");
  all.add("OnlyScreenConsole", kGrubSample, " console=tty0 console=ttyS0,115200", " console=tty0",
          "loader.no-serial-console");
  all.add("ArmConsoleOnX86", kGrubSample, "console=ttyS0,115200", "console=ttyAMA0",
          "loader.wrong-serial-console");
  all.add("X86ConsoleOnArm", kGrubSample, "%platform i386-pc", "%platform arm64-efi",
          "loader.wrong-serial-console");
  all.add("RootUuidUnknown", kGrubEspSample, "root=UUID=0f0e", "root=UUID=1f0e",
          "loader.root-not-found");
  all.add("RootLabelUnknown", kSystemdBootSample, "root=LABEL=ROOT", "root=LABEL=root",
          "loader.root-not-found");
  all.add("RootPartitionUnknown", kGrubEspSample, "root=UUID=0f0e0d0c-1111-4222-8333-444444444444",
          "root=PARTUUID=88888888-2222-4333-8444-555555555555", "loader.root-not-found");
  all.add("LiveLabelUnknown", kIsolinuxSample, "boot=live console",
          "root=live:CDLABEL=Live\\x20CD console", "loader.root-not-found");
  all.add("NoTimeout", kGrubSample, "set timeout=5\n", "", "loader.waits-for-input");
  all.add("NoTimeoutForIsolinux", kIsolinuxSample, "TIMEOUT 50", "TIMEOUT 0",
          "loader.waits-for-input");
  all.add("MenuForce", kSystemdBootSample, "timeout 3", "timeout menu-force",
          "loader.waits-for-input");
  return all.take();
}

std::vector<Defect> grub_defects() {
  Collector all;
  all.add("ConfigMissing", kGrubSample, "%file /boot/grub/grub.cfg", "%file /grub/grub.cfg",
          "grub.config-missing");
  all.add("StubLeadsNowhere", kGrubEspSample, "%file /boot/grub/grub.cfg", "%file /grub/grub.cfg",
          "grub.config-missing");
  all.add("StubSearchesInVain", kGrubEspSample, "search.fs_uuid 0f0e", "search.fs_uuid 1f0e",
          "grub.search-finds-nothing");
  all.add("SearchesAFileInVain", kGrubEspSample,
          "search --no-floppy --fs-uuid --set=root --hint-efi=hd0,gpt2 "
          "0f0e0d0c-1111-4222-8333-444444444444",
          "set root=hd0,gpt1\n	search --set=root --file /.disk/info", "grub.search-finds-nothing");
  all.add("SearchesInVainWithoutHarm", kGrubSample, "--label LIVE", "--label DEAD",
          "grub.search-without-effect");
  all.add("DefaultUnknown", kGrubSample, "set default=live", "set default=life",
          "grub.default-unknown");
  all.add("DefaultNumberTooHigh", kGrubSample, "set default=live", "set default=2",
          "grub.default-unknown");
  all.add("PartitionMissing", kGrubEspSample,
          "search --no-floppy --fs-uuid --set=root --hint-efi=hd0,gpt2 "
          "0f0e0d0c-1111-4222-8333-444444444444",
          "set root=(hd0,gpt3)", "grub.device-missing");
  all.add("OtherDisk", kGrubEspSample,
          "search --no-floppy --fs-uuid --set=root --hint-efi=hd0,gpt2 "
          "0f0e0d0c-1111-4222-8333-444444444444",
          "set root=(hd1,gpt2)", "grub.other-disk");
  all.add("EntryStartsNothing", kGrubSample,
          "	linux /live/vmlinuz boot=live console=tty0 console=ttyS0,115200\n	initrd "
          "/live/initrd.img\n}\nsubmenu",
          "	set color_normal=red/blue\n}\nsubmenu", "grub.entry-starts-nothing");
  all.add("FileNameFromUnsetVariable", kGrubSample, "	linux /live/vmlinuz boot=live console",
          "	linux \"$kernel\" boot=live console", "grub.file-name-empty");
  all.add("VariableNotExported",
          replaced(kGrubSample, "set default=live", "set default=\"More>0\"\nkernel=/live/vmlinuz"),
          "	linux /live/vmlinuz boot=live expert",
          "	linux \"$kernel\" boot=live console=ttyS0", "grub.file-name-empty");
  all.add("InitrdBeforeLinux", kGrubSample,
          "	linux /live/vmlinuz boot=live console=tty0 console=ttyS0,115200\n	initrd "
          "/live/initrd.img\n",
          "	initrd /live/initrd.img\n	linux /live/vmlinuz boot=live console=ttyS0\n",
          "grub.initrd-before-linux");
  all.add_text("NoEntries",
               "%loader grub\n%volume cd0 iso\n%own\n%file /boot/grub/grub.cfg\n"
               "set timeout=5\n",
               "grub.no-entries");
  all.add_text("EmptyConfig", "%loader grub\n%volume cd0 iso\n%own\n%file /boot/grub/grub.cfg\n",
               "grub.no-entries");
  all.add("RelativePath", kGrubSample, "	linux /live/vmlinuz boot=live console",
          "	linux live/vmlinuz boot=live console", "grub.relative-path");
  all.add("SourceLoop", kGrubSample, "load_video\n%file", "source $prefix/more.cfg\n%file",
          "grub.config-loop");
  all.add("ConfigfileLoop", kGrubSample, "load_video\n%file", "configfile $prefix/grub.cfg\n%file",
          "grub.config-loop");
  all.add("BraceMissing", kGrubSample, "	initrd /live/initrd.img\n}\nsubmenu",
          "	initrd /live/initrd.img\nsubmenu", "grub.syntax");
  all.add("FiMissing", kGrubSample, "load_video\n%file", "if true; then load_video\n%file",
          "grub.syntax");
  all.add("QuoteMissing", kGrubSample, "submenu 'More'", "submenu 'More", "grub.syntax");
  all.add("AndAnd", kGrubSample, "load_video\n%file", "true && load_video\n%file", "grub.syntax");
  all.add("EmptyThen", kGrubSample, "load_video\n%file", "if true; then\nfi\n%file", "grub.syntax");
  all.add("EndlessLoop", kGrubSample, "load_video\n%file", "while true; do load_video; done\n%file",
          "grub.too-much");
  all.add("UnknownCommand", kGrubSample, "load_video\n%file", "load_vdeo\n%file",
          "grub.unknown-command");
  // Without the configuration in its image.
  const std::string plain =
      replaced(kGrubCoreSample,
               "insmod part_msdos\nsearch.fs_uuid 0f0e0d0c-1111-4222-8333-444444444444 root\nset "
               "prefix=($root)/boot/grub\n",
               "");
  all.add("NormalMissing", kGrubCoreSample, "%grub-module /boot/grub/i386-pc/normal.mod",
          "%grub-module /boot/grub/i386-pc/abnormal.mod", "grub.normal-missing");
  all.add("NormalNeedsAModule", kGrubCoreSample, "/boot/grub/i386-pc/terminal.mod",
          "/boot/grub/i386-pc/term.mod", "grub.normal-missing");
  all.add("NormalIsText", kGrubCoreSample,
          "%grub-module /boot/grub/i386-pc/normal.mod crypto terminal",
          "%file /boot/grub/i386-pc/normal.mod\ntext", "grub.normal-missing");
  all.add("NoPartitionModule", plain, "biosdisk part_gpt ext2", "biosdisk ext2",
          "grub.volume-unreadable");
  all.add("NoFileSystemModule", plain, "biosdisk part_gpt ext2", "biosdisk part_gpt fat",
          "grub.volume-unreadable");
  all.add("NoDiskModule", plain, "biosdisk part_gpt ext2", "part_gpt ext2",
          "grub.volume-unreadable");
  all.add("PrefixIsTheWholeDisk", plain, "(,gpt2)/boot/grub", "/boot/grub",
          "grub.volume-unreadable");
  all.add("PrefixIsNoPartition", plain, "(,gpt2)/boot/grub", "(,gpt7)/boot/grub",
          "grub.volume-unreadable");
  all.add("KernelOnAPartitionWithoutModule", plain,
          "	search --set=root --file /vmlinuz\n	linux /vmlinuz",
          "	linux (hd0,msdos3)/vmlinuz", "grub.volume-unreadable");
  all.add("PrefixByAMissingCommand", kGrubCoreSample, " ext2 search_fs_uuid", " ext2",
          "grub.command-missing");
  all.add("SearchMissing", kGrubCoreSample, "/boot/grub/i386-pc/search.mod",
          "/boot/grub/i386-pc/seek.mod", "grub.command-missing");
  all.add("CommandListMissing",
          replaced(kGrubCoreSample, "ext2 search_fs_uuid", "ext2 search_fs_uuid search multiboot"),
          "%file /boot/grub/i386-pc/command.lst", "%file /boot/grub/i386-pc/commands.lst",
          "grub.loader-module-missing");
  all.add("LinuxMissing", kGrubCoreSample, "/boot/grub/i386-pc/linux.mod",
          "/boot/grub/i386-pc/linus.mod", "grub.loader-module-missing");
  all.add("MultibootMissing", kGrubCoreSample, "/boot/grub/i386-pc/multiboot.mod",
          "/boot/grub/i386-pc/multi.mod", "loader.other-entry-broken");
  all.add("EmbeddedSearchInVain", kGrubCoreSample, "search.fs_uuid 0f0e", "search.fs_uuid 1f0e",
          "grub.search-without-effect");
  all.add("EmbeddedSearchInVainFromTheWholeDisk",
          replaced(kGrubCoreSample, "(,gpt2)/boot/grub", "/boot/grub"), "search.fs_uuid 0f0e",
          "search.fs_uuid 1f0e", "grub.search-finds-nothing");
  return all.take();
}

std::vector<Defect> syslinux_config_defects() {
  Collector all;
  all.add("ConfigMissing", kIsolinuxSample, "%file /isolinux/isolinux.cfg",
          "%file /isolinux/isolinux.txt", "syslinux-config.missing");
  all.add("NoDefault", kIsolinuxSample, "UI vesamenu.c32\n", "", "syslinux-config.no-default");
  all.add("DefaultUnknown", kIsolinuxSample, "UI vesamenu.c32", "DEFAULT life",
          "syslinux-config.default-unknown");
  all.add("MenuMissing", kIsolinuxSample, "UI vesamenu.c32", "UI menu.c32",
          "syslinux-config.ui-missing");
  all.add("LdlinuxMissing", kIsolinuxSample, "%module32 /isolinux/ldlinux.c32\n", "",
          "syslinux-config.ldlinux-missing");
  all.add("LdlinuxOf64BitMissing", kSyslinuxEfiSample, "ldlinux.e64", "ldlinux.c32",
          "syslinux-config.ldlinux-missing");
  all.add("LibraryMissing", kIsolinuxSample, "%module32 /isolinux/libcom32.c32\n", "",
          "syslinux-config.library-missing");
  all.add("LibraryOfALibraryMissing", kIsolinuxSample, "%module32 /isolinux/libutil.c32\n",
          "%module32 /isolinux/libutil.c32 libgpl.c32\n", "syslinux-config.library-missing");
  all.add("ModuleOfVersion4", kIsolinuxSample,
          "%module32 /isolinux/vesamenu.c32 libutil.c32 libcom32.c32",
          "%module-old /isolinux/vesamenu.c32", "syslinux-config.module-kind");
  all.add("LibraryForUefi", kIsolinuxSample, "%module32 /isolinux/libcom32.c32",
          "%module64 /isolinux/libcom32.c32", "syslinux-config.module-kind");
  all.add("DuplicateLabel", kIsolinuxSample, "LABEL expert", "LABEL live",
          "syslinux-config.duplicate-label");
  all.add("EntryWithoutKernel", kIsolinuxSample, "  LOCALBOOT 0x80\n", "",
          "syslinux-config.entry-without-kernel");
  all.add("IncludeMissing", kIsolinuxSample, "INCLUDE labels.cfg",
          "INCLUDE labels.cfg\nINCLUDE more.cfg", "syslinux-config.include-missing");
  all.add("IncludeLoop", kIsolinuxSample, "LABEL disk", "INCLUDE isolinux.cfg\nLABEL disk",
          "syslinux-config.include-loop");
  all.add("UnknownKeyword", kIsolinuxSample, "  LINUX /live", "  KERNAL x\n  LINUX /live",
          "syslinux-config.unknown-keyword");
  return all.take();
}

std::vector<Defect> systemd_boot_defects() {
  Collector all;
  all.add("DefaultUnknown", kSystemdBootSample, "default debian-*", "default ubuntu-*",
          "systemd-boot.default-unknown");
  all.add("EntryName", kSystemdBootSample, "%file /loader/entries/shell.conf",
          "%file /loader/entries/shell.cnf", "systemd-boot.entry-name");
  all.add("NoProgram", kSystemdBootSample, "efi /EFI/tools/shell.efi", "# efi",
          "systemd-boot.no-program");
  all.add("Architecture", kSystemdBootSample, "architecture x64", "architecture x86-64",
          "systemd-boot.architecture");
  all.add("UnknownKey", kSystemdBootSample, "title Shell", "titel Shell",
          "systemd-boot.unknown-key");
  all.add_text("NoEntries",
               "%loader systemd-boot\n%platform x86_64-efi\n%volume hd0,gpt1 fat\n%own\n"
               "%file /loader/loader.conf\ntimeout 3\n",
               "systemd-boot.no-entries");
  all.add_text("OnlyEntryHasNoProgram",
               "%loader systemd-boot\n%platform x86_64-efi\n%volume hd0,gpt1 fat\n%own\n"
               "%file /loader/entries/a.conf\ntitle A\n",
               "systemd-boot.no-entries");
  all.add_text("EntriesForOtherMachines",
               "%loader systemd-boot\n%platform x86_64-efi\n%volume hd0,gpt1 fat\n%own\n"
               "%file /loader/entries/arm.conf\nlinux /linux\narchitecture aa64\n%file /linux\n",
               "systemd-boot.no-entries");
  return all.take();
}

std::vector<Defect> startup_nsh_defects() {
  Collector all;
  all.add("NoProgram", kStartupNshSample, "bootx64.efi quiet", "echo hello",
          "startup-nsh.no-program");
  all.add("ProgramMissing", kStartupNshSample, "bootx64.efi quiet", "grubx64.efi",
          "startup-nsh.program-missing");
  all.add("WrongMachine", kStartupNshSample, "%platform x86_64-efi", "%platform arm64-efi",
          "startup-nsh.wrong-machine");
  return all.take();
}

}  // namespace bootproof::testing
