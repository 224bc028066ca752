#include "harness/vm/machine_spec.h"

#include <fmt/format.h>

#include "harness/vm/command_words.h"
#include "harness/vm/machine_devices.h"

namespace bootproof {
namespace {

std::string machine_option(const MachineSpec& spec) {
  std::string text = fmt::format("{},accel={}", name_of(spec.machine), name_of(spec.accelerator));
  if (needs_smm(spec.firmware)) {
    // Builds with Secure Boot for x86 keep their variables behind system management mode.
    text += ",smm=on";
  }
  if (architecture_of(spec.machine) == Architecture::kX86_64) {
    // SeaBIOS and all that prints through the BIOS then appears on the serial line.
    text += ",graphics=off";
  }
  if (has_varstore(spec.firmware)) {
    text += ",pflash0=code,pflash1=vars";
  }
  return text;
}

void add_firmware(CommandWords& words, const MachineSpec& spec, const MachineFiles& files) {
  if (!has_varstore(spec.firmware)) {
    if (!spec.firmware_code.empty()) {
      words.option("-bios", spec.firmware_code.string());
    }
    return;
  }
  if (needs_smm(spec.firmware)) {
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

void add_media(CommandWords& words, const MachineSpec& spec, const MachineFiles& files) {
  MachineDevices devices(words, spec.machine);
  if (spec.device != Device::kNone) {
    const bool read_only = spec.read_only || is_optical(spec.device);
    words.blockdev(block_node("medium", spec.image, files.overlay, read_only));
    Attachment first;
    first.device = spec.device;
    first.controller = spec.controller;
    first.node = "medium";
    first.id = "boot";
    first.sector_size = spec.sector_size;
    first.removable = spec.removable;
    devices.attach(first);
  }
  for (std::size_t i = 0; i < spec.disks.size(); ++i) {
    const ExtraDisk& disk = spec.disks[i];
    Attachment next;
    next.device = disk.device;
    next.controller = disk.controller;
    next.boot_index = static_cast<int>(i) + 1;
    next.node = fmt::format("medium{}", next.boot_index);
    next.id = fmt::format("disk{}", next.boot_index);
    words.blockdev(
        block_node(next.node, disk.image, files.disk_overlays.at(i), is_optical(disk.device)));
    devices.attach(next);
  }
  if (!spec.shelf.empty()) {
    devices.usb_bus(is_usb(spec.controller) ? spec.controller : Controller::kDefault);
  }
}

void add_kernel(CommandWords& words, const MachineSpec& spec) {
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

void add_channel(CommandWords& words, std::string_view id, std::string_view chardev) {
  // "socket,fd=5" -> "socket,id=console,fd=5": QEMU wants the back end's name first.
  const std::size_t comma = chardev.find(',');
  const std::string_view rest = comma == std::string_view::npos ? "" : chardev.substr(comma);
  words.option("-chardev", fmt::format("{},id={}{}", chardev.substr(0, comma), id, rest));
}

void add_channels(CommandWords& words, const MachineSpec& spec, const MachineChannels& channels) {
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
  if (spec.tpm) {
    add_channel(words, "tpm-socket", channels.tpm);
    words.option("-tpmdev", "emulator,id=tpm,chardev=tpm-socket");
    words.option("-device", spec.machine == MachineType::kVirt ? "tpm-tis-device,tpmdev=tpm"
                                                               : "tpm-crb,tpmdev=tpm");
  }
  if (!channels.trace.empty()) {
    if (spec.device != Device::kNone) {
      // Which block node is the medium's, what is read of it, and from when on the guest runs.
      for (const char* event : {"bdrv_open_common", "blk_co_preadv", "runstate_set"}) {
        words.option("-trace", fmt::format("enable={}", event));
      }
    }
    if (architecture_of(spec.machine) == Architecture::kX86_64) {
      // The processors at each reset, and whether a triple fault was the reason.
      words.option("-d", "cpu_reset");
    }
    words.option("-D", channels.trace);
  }
  if (channels.paused) {
    words.flag("-S");
  }
}

}  // namespace

std::string qemu_program(Architecture architecture) {
  return fmt::format("qemu-system-{}", name_of(architecture));
}

bool needs_overlay(const MachineSpec& spec) {
  if (spec.device == Device::kNone) {
    return false;
  }
  return spec.hide != Hide::kNothing || spec.larger_mib > 0 ||
         (!is_optical(spec.device) && !spec.read_only);
}

std::string plug_bus(const MachineSpec& spec) {
  CommandWords scratch("");
  return MachineDevices(scratch, spec.machine)
      .usb_bus(is_usb(spec.controller) ? spec.controller : Controller::kDefault);
}

std::string shelf_name(std::size_t index) { return fmt::format("shelf{}", index + 1); }

std::vector<std::string> qemu_command_line(const MachineSpec& spec, const MachineFiles& files,
                                           const MachineChannels& channels) {
  const bool is_virt = spec.machine == MachineType::kVirt;
  CommandWords words(files.qemu);
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
  const bool skip_wait = spec.skip_countdowns && has_varstore(spec.firmware) && is_virt;
  words.option("-boot", skip_wait ? "strict=on,menu=on,splash-time=0" : "strict=on");
  add_firmware(words, spec, files);
  add_media(words, spec, files);
  add_kernel(words, spec);
  add_channels(words, spec, channels);
  return words.take();
}

std::vector<RamRange> ram_ranges(const MachineSpec& spec) {
  constexpr std::uint64_t kGib = 1U << 30U;
  const std::uint64_t size = std::uint64_t{spec.memory_mib} << 20U;
  if (spec.machine == MachineType::kVirt) {
    return {{kGib, size}};
  }
  const bool is_q35 = spec.machine == MachineType::kQ35;
  const std::uint64_t most_below = is_q35 ? 0xB000'0000 : 0xE000'0000;
  if (size < most_below) {
    return {{0, size}};
  }
  const std::uint64_t below = is_q35 ? 2 * kGib : 3 * kGib;
  return {{0, below}, {4 * kGib, size - below}};
}

std::uint32_t host_memory_mib(const MachineSpec& spec) {
  constexpr std::uint32_t kQemuItself = 96;
  constexpr std::uint32_t kAavmfFlash = 128;  // Two flash devices of 64 MiB.
  const bool large_flash = has_varstore(spec.firmware) && spec.machine == MachineType::kVirt;
  return spec.memory_mib + kQemuItself + (large_flash ? kAavmfFlash : 0);
}

}  // namespace bootproof
