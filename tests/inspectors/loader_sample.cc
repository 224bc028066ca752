#include "tests/inspectors/loader_sample.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <utility>

#include "inspectors/loaders/startup_nsh.h"
#include "inspectors/loaders/systemd_boot_config.h"

namespace bootproof::testing {

using inspectors::LoaderPlatform;
using inspectors::SyslinuxKind;
using inspectors::VolumeKind;

namespace {

LoaderPlatform platform_named(std::string_view name) {
  for (const LoaderPlatform platform :
       {LoaderPlatform::kBios, LoaderPlatform::kUefiX64, LoaderPlatform::kUefiIa32,
        LoaderPlatform::kUefiAarch64, LoaderPlatform::kUefiArm, LoaderPlatform::kUefiRiscv64}) {
    if (inspectors::name_of(platform) == name) {
      return platform;
    }
  }
  return LoaderPlatform::kBios;
}

/// Little endian integers, one after the other.
class Writer {
 public:
  Writer& number(std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      bytes_.push_back(static_cast<char>(i < 8 ? (value >> (8 * i)) & 0xFFU : 0U));
    }
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace

std::string com32_module(bool is_64_bit, const std::vector<std::string>& libraries) {
  const std::size_t word = is_64_bit ? 8 : 4;
  const std::size_t header_bytes = is_64_bit ? 64 : 52;
  const std::size_t program_bytes = is_64_bit ? 56 : 32;
  const std::size_t tags_at = header_bytes + 2 * program_bytes;
  const std::size_t tags_bytes = (libraries.size() + 2) * 2 * word;
  const std::size_t strings_at = tags_at + tags_bytes;
  std::string strings(1, '\0');
  Writer tags;
  for (const std::string& library : libraries) {
    tags.number(1, word).number(strings.size(), word);
    strings += library + '\0';
  }
  tags.number(5, word).number(strings_at, word).number(0, word).number(0, word);
  Writer out;
  out.number(0x464C457F, 4).number(is_64_bit ? 2 : 1, 1).number(1, 1).number(1, 1).number(0, 9);
  out.number(3, 2).number(is_64_bit ? 62 : 3, 2).number(1, 4).number(0, word);
  out.number(header_bytes, word).number(0, word).number(0, 4).number(header_bytes, 2);
  out.number(program_bytes, 2).number(2, 2).number(0, 6);
  const auto segment = [&](std::uint64_t type, std::uint64_t at, std::uint64_t size) {
    out.number(type, 4);
    if (is_64_bit) {
      out.number(0, 4);
    }
    out.number(at, word).number(at, word).number(at, word).number(size, word).number(size, word);
    if (!is_64_bit) {
      out.number(0, 4);
    }
    out.number(1, word);
  };
  segment(1, 0, strings_at + strings.size());
  segment(2, tags_at, tags_bytes);
  return out.bytes() + tags.bytes() + strings;
}

std::string grub_module(const std::string& name, const std::vector<std::string>& dependencies) {
  constexpr std::size_t kHeaderBytes = 52;
  constexpr std::size_t kSectionBytes = 40;
  constexpr std::size_t kSections = 4;
  const std::string names(".modname\0.moddeps\0.shstrtab\0", 28);
  const std::string own = name + '\0';
  std::string needed;
  for (const std::string& dependency : dependencies) {
    needed += dependency + '\0';
  }
  const std::size_t contents = kHeaderBytes + kSections * kSectionBytes;
  Writer out;
  out.number(0x464C457F, 4).number(1, 1).number(1, 1).number(1, 1).number(0, 9);
  out.number(1, 2).number(3, 2).number(1, 4).number(0, 4).number(0, 4).number(kHeaderBytes, 4);
  out.number(0, 4).number(kHeaderBytes, 2).number(0, 2).number(0, 2).number(kSectionBytes, 2);
  out.number(kSections, 2).number(kSections - 1, 2);
  const auto section = [&](std::size_t name_at, std::size_t at, std::size_t size) {
    out.number(name_at, 4).number(1, 4).number(0, 4).number(0, 4).number(contents + at, 4);
    out.number(size, 4).number(0, 16);
  };
  out.number(0, kSectionBytes);  // The null section.
  section(0, names.size(), own.size());
  section(9, names.size() + own.size(), needed.size());
  section(18, 0, names.size());
  return out.bytes() + names + own + needed;
}

LoaderSample::LoaderSample(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    add_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  finish_file();
}

void LoaderSample::finish_file() {
  if (has_embedded_) {
    embedded_ += text_;
  } else if (!path_.empty() && !volumes_.empty()) {
    volumes_.back().add(path_, text_);
  }
  path_.clear();
  text_.clear();
}

void LoaderSample::add_line(std::string_view line) {
  if (!line.starts_with('%')) {
    text_ += std::string(line) + "\n";
    return;
  }
  finish_file();
  has_embedded_ = false;
  std::istringstream stream{std::string(line.substr(1))};
  const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
  if (!words.empty()) {
    add_directive(words);
  }
}

void LoaderSample::add_directive(const std::vector<std::string>& words) {
  const auto word = [&](std::size_t i) { return i < words.size() ? words[i] : std::string(); };
  const std::string& what = words.front();
  if (what == "loader") {
    loader_ = word(1);
    directory_ = words.size() > 2 ? words[2] : directory_;
  } else if (what == "platform") {
    world_.platform = platform_named(word(1));
  } else if (what == "embedded") {
    has_embedded_ = true;
  } else if (what == "built-in") {
    built_in_.emplace(words.begin() + 1, words.end());
  } else if (what == "isolinux.bin") {
    isolinux_ = "ISOLINUX " + word(1);
  } else if (what == "volume" && volumes_.size() < 16) {
    const VolumeKind kind = word(2) == "iso"   ? VolumeKind::kIso9660
                            : word(2) == "fat" ? VolumeKind::kFat
                                               : VolumeKind::kExt;
    volumes_.emplace_back(kind, word(3), word(4));
    world_.volumes.push_back({});
    world_.volumes.back().grub_name = word(1);
    world_.volumes.back().volume = word(2) == "unreadable" ? nullptr : &volumes_.back();
  }
  if (volumes_.empty()) {
    return;
  }
  inspectors::LoaderVolume& volume = world_.volumes.back();
  if (what == "own") {
    world_.own = world_.volumes.size() - 1;
  } else if (what == "xbootldr") {
    volume.is_xbootldr = true;
  } else if (what == "partition") {
    volume.partition_uuid = word(1);
    volume.partition_label = word(2);
  } else if (what == "file") {
    path_ = word(1);
  } else if (what == "directory") {
    volumes_.back().add_directory(word(1));
  } else if (what == "link") {
    volumes_.back().add_link(word(1), word(2));
  } else if (what == "module32" || what == "module64") {
    const std::vector<std::string> libraries(
        words.begin() + std::min<std::ptrdiff_t>(2, std::ssize(words)), words.end());
    volumes_.back().add(word(1), com32_module(what == "module64", libraries));
  } else if (what == "grub-module") {
    const std::string file = word(1).substr(word(1).rfind('/') + 1);
    volumes_.back().add(
        word(1),
        grub_module(file.substr(0, file.find('.')),
                    {words.begin() + std::min<std::ptrdiff_t>(2, std::ssize(words)), words.end()}));
  } else if (what == "module-old") {
    volumes_.back().add(word(1), "\xB8\xFF\x4C\xCD\x21");
  }
}

inspectors::LoaderConfig LoaderSample::read(inspectors::Findings& findings) const {
  if (loader_ == "grub") {
    const inspectors::Bytes bytes(embedded_.begin(), embedded_.end());
    inspectors::MemoryImage embedded{inspectors::ByteSpan(bytes)};
    inspectors::GrubStart start;
    start.prefix = directory_;
    start.modules = built_in_;
    if (!embedded_.empty()) {
      start.embedded_config = inspectors::ImageView(embedded);
    }
    return read_grub_config(world_, start, findings);
  }
  if (loader_ == "systemd-boot") {
    return read_systemd_boot_config(world_, findings);
  }
  if (loader_ == "startup-nsh") {
    return read_startup_nsh(world_, findings).value_or(inspectors::LoaderConfig{});
  }
  const inspectors::Bytes isolinux(isolinux_.begin(), isolinux_.end());
  inspectors::MemoryImage image{inspectors::ByteSpan(isolinux)};
  inspectors::SyslinuxStart start;
  start.kind = loader_ == "isolinux"       ? SyslinuxKind::kIsolinux
               : loader_ == "syslinux-efi" ? SyslinuxKind::kSyslinuxEfi
                                           : SyslinuxKind::kSyslinux;
  start.directory = directory_.empty() ? "/" : directory_;
  if (!isolinux_.empty()) {
    start.loader = inspectors::ImageView(image);
  }
  return read_syslinux_config(world_, start, findings);
}

std::vector<inspectors::Finding> findings_of_loader(const inspectors::Bytes& bytes) {
  inspectors::Findings findings;
  (void)LoaderSample(std::string(bytes.begin(), bytes.end())).read(findings);
  return findings.take();
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string_view::npos) {
    std::abort();  // The sample was changed and the defect was not.
  }
  return std::string(text.substr(0, at)) + std::string(to) +
         std::string(text.substr(at + from.size()));
}

const std::string_view kGrubSample = R"(%loader grub /boot/grub
%platform i386-pc
%volume cd0 iso LIVE 2024-01-31-12-00-00-00
%own
%file /boot/grub/grub.cfg
# A live CD.
set timeout=5
set default=live
serial --unit=0
terminal_output console serial
search --no-floppy --set=root --label LIVE
source ${prefix}/more.cfg

menuentry "Live system" --id live {
	linux /live/vmlinuz boot=live console=tty0 console=ttyS0,115200
	initrd /live/initrd.img
}
submenu 'More' {
	menuentry "Expert" {
		linux /live/vmlinuz boot=live expert
		initrd /live/initrd.img
	}
}
%file /boot/grub/more.cfg
function load_video {
	insmod vbe
}
load_video
%file /live/vmlinuz
kernel
%file /live/initrd.img
initramfs
)";

const std::string_view kGrubEspSample = R"(%loader grub /EFI/debian
%platform x86_64-efi
%volume hd0,gpt1 fat ESP 1234-ABCD
%own
%partition 11111111-2222-4333-8444-555555555555 esp
%file /EFI/debian/grub.cfg
search.fs_uuid 0f0e0d0c-1111-4222-8333-444444444444 root hd0,gpt2
set prefix=($root)'/boot/grub'
configfile $prefix/grub.cfg
%volume hd0,gpt2 ext ROOT 0f0e0d0c-1111-4222-8333-444444444444
%partition 99999999-2222-4333-8444-555555555555 root
%file /boot/grub/grub.cfg
if [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "${next_entry}" ] ; then
   set default="${next_entry}"
else
   set default="0"
fi
if [ x"${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi
export menuentry_id_option
set timeout=1
menuentry 'Debian' --class debian $menuentry_id_option 'gnulinux-simple' {
	if [ x$grub_platform = xxen ]; then insmod xzio; fi
	search --no-floppy --fs-uuid --set=root --hint-efi=hd0,gpt2 0f0e0d0c-1111-4222-8333-444444444444
	linux	/boot/vmlinuz root=UUID=0f0e0d0c-1111-4222-8333-444444444444 ro console=ttyS0
	initrd	/boot/initrd.img
}
%file /boot/grub/grubenv
# GRUB Environment Block
saved_entry=gnulinux-simple
####################
%file /boot/vmlinuz-6.1
kernel
%link /boot/vmlinuz vmlinuz-6.1
%file /boot/initrd.img
initramfs
)";

const std::string_view kGrubCoreSample = R"(%loader grub (,gpt2)/boot/grub
%platform i386-pc
%embedded
insmod part_msdos
search.fs_uuid 0f0e0d0c-1111-4222-8333-444444444444 root
set prefix=($root)/boot/grub
%built-in biosdisk part_gpt ext2 search_fs_uuid
%volume hd0 unreadable
%own
%volume hd0,gpt2 ext ROOT 0f0e0d0c-1111-4222-8333-444444444444
%grub-module /boot/grub/i386-pc/normal.mod crypto terminal
%grub-module /boot/grub/i386-pc/crypto.mod
%grub-module /boot/grub/i386-pc/terminal.mod
%grub-module /boot/grub/i386-pc/part_msdos.mod
%grub-module /boot/grub/i386-pc/linux.mod boot
%grub-module /boot/grub/i386-pc/boot.mod
%grub-module /boot/grub/i386-pc/search.mod
%grub-module /boot/grub/i386-pc/fat.mod
%file /boot/grub/i386-pc/command.lst
%file /boot/grub/grub.cfg
set timeout=1
menuentry 'Debian' {
	search --set=root --file /vmlinuz
	linux /vmlinuz console=ttyS0
	initrd /initrd.img
}
menuentry 'Other' {
	multiboot /vmlinuz
}
%grub-module /boot/grub/i386-pc/multiboot.mod
%file /vmlinuz
kernel
%file /initrd.img
initramfs
%volume hd0,msdos3 fat DATA 1234-ABCD
)";

const std::string_view kIsolinuxSample = R"(%loader isolinux
%platform i386-pc
%isolinux.bin 6.04
%volume cd0 iso LIVE 2024-01-31-12-00-00-00
%own
%module32 /isolinux/ldlinux.c32
%module32 /isolinux/vesamenu.c32 libutil.c32 libcom32.c32
%module32 /isolinux/libutil.c32
%module32 /isolinux/libcom32.c32
%file /isolinux/isolinux.cfg
SERIAL 0 115200
UI vesamenu.c32
TIMEOUT 50
MENU TITLE Live CD
INCLUDE labels.cfg
%file /isolinux/labels.cfg
LABEL live
  MENU LABEL ^Live system
  MENU DEFAULT
  KERNEL /live/vmlinuz
  APPEND initrd=/live/initrd.img boot=live console=ttyS0
LABEL expert
  LINUX /live/vmlinuz
  INITRD /live/initrd.img
  APPEND boot=live expert
LABEL disk
  LOCALBOOT 0x80
%file /live/vmlinuz
kernel
%file /live/initrd.img
initramfs
)";

const std::string_view kSyslinuxEfiSample = R"(%loader syslinux-efi /EFI/BOOT
%platform x86_64-efi
%volume hd0 fat STICK 1234-ABCD
%own
%module64 /EFI/BOOT/ldlinux.e64
%file /EFI/BOOT/syslinux.cfg
DEFAULT linux
LABEL linux
  LINUX /vmlinuz
  INITRD /initrd.img
  APPEND console=ttyS0
%file /VMLINUZ
kernel
%file /INITRD.IMG
initramfs
)";

const std::string_view kSystemdBootSample = R"(%loader systemd-boot
%platform x86_64-efi
%volume hd0,gpt1 fat ESP 1234-ABCD
%own
%file /loader/loader.conf
timeout 3
default debian-*
console-mode keep
%file /loader/entries/debian-6.1.conf
title Debian
version 6.1
sort-key debian
linux \debian\vmlinuz
initrd /debian/initrd.img
options root=LABEL=ROOT
options console=ttyS0
architecture x64
%file /loader/entries/shell.conf
title Shell
efi /EFI/tools/shell.efi
%file /EFI/tools/shell.efi
program
%file /debian/vmlinuz
kernel
%file /debian/initrd.img
initramfs
%volume hd0,gpt2 fat BOOT 5678-ABCD
%xbootldr
%file /loader/entries/fallback+0-3.conf
title Fallback
linux /vmlinuz
%file /vmlinuz
kernel
%file /EFI/Linux/recovery.efi
program
%volume hd0,gpt3 ext ROOT 0f0e0d0c-1111-4222-8333-444444444444
)";

const std::string_view kStartupNshSample = R"(%loader startup-nsh
%platform x86_64-efi
%volume hd0,gpt1 fat ESP 1234-ABCD
%own
%file /startup.nsh
@echo -off
fs0:
cd \EFI\BOOT
bootx64.efi quiet
%file /EFI/BOOT/BOOTX64.EFI
program
)";

}  // namespace bootproof::testing
