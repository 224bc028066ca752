#include "harness/vm/machine_spec.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace bootproof {
namespace {

namespace json = boost::json;

/// Words of a command line being put together.
class Words {
 public:
  explicit Words(std::string program) { words_.push_back(std::move(program)); }
  void flag(std::string name) { words_.push_back(std::move(name)); }
  void option(std::string name, std::string value) {
    words_.push_back(std::move(name));
    words_.push_back(std::move(value));
  }
  /// `-blockdev` in its JSON form, in which file names need no escaping.
  void blockdev(const json::object& node) { option("-blockdev", json::serialize(node)); }
  [[nodiscard]] std::vector<std::string> take() { return std::move(words_); }

 private:
  std::vector<std::string> words_;
};

bool has_flash(Firmware firmware) {
  return firmware != Firmware::kSeabios && firmware != Firmware::kKernel;
}

std::string machine_option(const MachineSpec& spec) {
  std::string text = fmt::format("{},accel={}", name_of(spec.machine), name_of(spec.accelerator));
  if (spec.firmware == Firmware::kOvmfSecure) {
    text += ",smm=on";
  }
  if (architecture_of(spec.machine) == Architecture::kX86_64) {
    // SeaBIOS and all that prints through the BIOS then appears on the serial line.
    text += ",graphics=off";
  }
  if (has_flash(spec.firmware)) {
    text += ",pflash0=code,pflash1=vars";
  }
  return text;
}

void add_firmware(Words& words, const MachineFiles& files, Firmware firmware) {
  if (!has_flash(firmware)) {
    return;
  }
  if (firmware == Firmware::kOvmfSecure) {
    words.option("-global", "driver=cfi.pflash01,property=secure,value=on");
  }
  words.blockdev({{"driver", "raw"},
                  {"node-name", "code"},
                  {"read-only", true},
                  {"file", {{"driver", "file"}, {"filename", files.firmware_code.string()}}}});
  words.blockdev({{"driver", "raw"},
                  {"node-name", "vars"},
                  {"file", {{"driver", "file"}, {"filename", files.varstore.string()}}}});
}

void add_image(Words& words, const MachineSpec& spec, const MachineFiles& files) {
  const json::object image{{"driver", "file"}, {"filename", spec.image.string()}};
  if (files.overlay.empty()) {
    words.blockdev(
        {{"driver", "raw"}, {"node-name", "medium"}, {"read-only", true}, {"file", image}});
    return;
  }
  words.blockdev({{"driver", "qcow2"},
                  {"node-name", "medium"},
                  {"file", {{"driver", "file"}, {"filename", files.overlay.string()}}},
                  {"backing", {{"driver", "raw"}, {"read-only", true}, {"file", image}}}});
}

/// The bus for an AHCI device: built into q35, added elsewhere.
std::string_view add_ahci(Words& words, MachineType machine) {
  if (machine == MachineType::kQ35) {
    return "ide.0";
  }
  words.option("-device", "ich9-ahci,id=ahci");
  return "ahci.0";
}

void add_device(Words& words, const MachineSpec& spec) {
  const auto device = [&](std::string_view front) {
    const std::string sectors =
        spec.sector_size == 0
            ? std::string()
            : fmt::format(",logical_block_size={0},physical_block_size={0}", spec.sector_size);
    words.option("-device", fmt::format("{},drive=medium,bootindex=0{}", front, sectors));
  };
  switch (spec.device) {
    case Device::kNone:
      break;
    case Device::kIdeCd:
      device("ide-cd,bus=ide.0");
      break;
    case Device::kIdeHd:
      device("ide-hd,bus=ide.0");
      break;
    case Device::kAhciCd:
      device(fmt::format("ide-cd,bus={}", add_ahci(words, spec.machine)));
      break;
    case Device::kAhciHd:
      device(fmt::format("ide-hd,bus={}", add_ahci(words, spec.machine)));
      break;
    case Device::kScsiCd:
      words.option("-device", "virtio-scsi-pci,id=scsi");
      device("scsi-cd,bus=scsi.0");
      break;
    case Device::kScsiHd:
      words.option("-device", "virtio-scsi-pci,id=scsi");
      device("scsi-hd,bus=scsi.0");
      break;
    case Device::kUsbCd:
      words.option("-device", "qemu-xhci,id=usb");
      words.option("-device", "usb-bot,id=bot,bus=usb.0");
      device("scsi-cd,bus=bot.0");
      break;
    case Device::kUsbStorage:
      words.option("-device", "qemu-xhci,id=usb");
      device("usb-storage,bus=usb.0,removable=on");
      break;
    case Device::kVirtioBlk:
      device("virtio-blk-pci");
      break;
    case Device::kNvme:
      device("nvme,serial=bootproof");
      break;
  }
}

void add_kernel(Words& words, const MachineSpec& spec) {
  if (spec.firmware != Firmware::kKernel) {
    return;
  }
  words.option("-kernel", spec.kernel.string());
  if (!spec.initrd.empty()) {
    words.option("-initrd", spec.initrd.string());
  }
  if (!spec.append.empty()) {
    words.option("-append", spec.append);
  }
}

void add_channel(Words& words, std::string_view id, std::string_view chardev) {
  // "socket,fd=5" -> "socket,id=console,fd=5": QEMU wants the back end's name first.
  const std::size_t comma = chardev.find(',');
  const std::string_view rest = comma == std::string_view::npos ? "" : chardev.substr(comma);
  words.option("-chardev", fmt::format("{},id={}{}", chardev.substr(0, comma), id, rest));
}

void add_channels(Words& words, const MachineSpec& spec, const MachineChannels& channels) {
  add_channel(words, "console", channels.console);
  words.option("-serial", "chardev:console");
  if (!channels.monitor.empty()) {
    add_channel(words, "monitor", channels.monitor);
    words.option("-mon", "chardev=monitor,mode=control");
  }
  if (!channels.debug.empty() && architecture_of(spec.machine) == Architecture::kX86_64) {
    add_channel(words, "debug", channels.debug);
    words.option("-device", "isa-debugcon,iobase=0x402,chardev=debug");
  }
  if (channels.paused) {
    words.flag("-S");
  }
}

}  // namespace

std::string qemu_program(Architecture architecture) {
  return fmt::format("qemu-system-{}", name_of(architecture));
}

bool needs_overlay(Device device) { return device != Device::kNone && !is_optical(device); }

std::vector<std::string> qemu_command_line(const MachineSpec& spec, const MachineFiles& files,
                                           const MachineChannels& channels) {
  const bool is_virt = spec.machine == MachineType::kVirt;
  Words words(files.qemu);
  words.flag("-nodefaults");
  words.flag("-no-user-config");
  words.option("-sandbox",
               "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
  words.option("-machine", machine_option(spec));
  if (!spec.cpu_model.empty() || is_virt) {
    words.option("-cpu", spec.cpu_model.empty() ? "cortex-a72" : spec.cpu_model);
  }
  words.option("-m", fmt::format("{}M", spec.memory_mib));
  words.option("-smp", fmt::format("{}", spec.cpus));
  words.option("-display", "none");
  words.option("-vga", is_virt ? "none" : "std");
  words.option("-nic", spec.network ? "user,model=virtio-net-pci" : "none");
  // strict: the firmware tries the device under test and nothing else. AAVMF waits 5 s for a key
  // unless the boot menu is on with no time to show it.
  const bool skip_wait = spec.skip_countdowns && has_flash(spec.firmware) && is_virt;
  words.option("-boot", skip_wait ? "strict=on,menu=on,splash-time=0" : "strict=on");
  add_firmware(words, files, spec.firmware);
  if (spec.device != Device::kNone) {
    add_image(words, spec, files);
    add_device(words, spec);
  }
  add_kernel(words, spec);
  add_channels(words, spec, channels);
  return words.take();
}

std::uint32_t host_memory_mib(const MachineSpec& spec) {
  constexpr std::uint32_t kQemuItself = 96;
  constexpr std::uint32_t kAavmfFlash = 128;  // Two flash devices of 64 MiB.
  const bool large_flash = has_flash(spec.firmware) && spec.machine == MachineType::kVirt;
  return spec.memory_mib + kQemuItself + (large_flash ? kAavmfFlash : 0);
}

}  // namespace bootproof
