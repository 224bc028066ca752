#include "harness/vm/machine_spec.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/support/golden.h"

namespace bootproof {
namespace {

using testing::matches_golden;

struct GoldenCase {
  const char* name;
  MachineSpec spec;
};

MachineSpec spec(MachineType machine, Firmware firmware, Device device) {
  MachineSpec result;
  result.machine = machine;
  result.firmware = firmware;
  result.device = device;
  result.image = "/media/a,b.iso";
  return result;
}

MachineSpec direct_kernel() {
  MachineSpec result = spec(MachineType::kQ35, Firmware::kKernel, Device::kNone);
  result.image.clear();
  result.kernel = "/boot/vmlinuz";
  result.initrd = "/boot/initrd.img";
  result.append = "console=ttyS0 quiet";
  return result;
}

MachineSpec with_everything() {
  MachineSpec result = spec(MachineType::kVirt, Firmware::kAavmf, Device::kNvme);
  result.cpu_model = "max,pauth-impdef=on";
  result.cpus = 4;
  result.memory_mib = 2048;
  result.sector_size = 4096;
  result.network = true;
  result.skip_countdowns = false;
  return result;
}

MachineSpec on_controller(Firmware firmware, Device device, Controller controller) {
  MachineSpec result = spec(MachineType::kQ35, firmware, device);
  result.controller = controller;
  return result;
}

/// A stick as a medium can be presented, beside other disks, and a TPM.
MachineSpec presented() {
  MachineSpec result = on_controller(Firmware::kOvmf, Device::kUsbStorage, Controller::kNecXhci);
  result.removable = false;
  result.larger_mib = 64;
  result.tpm = true;
  result.disks = {{{}, 1024, Device::kScsiHd, Controller::kMegasas},
                  {"/media/other.img", 0, Device::kScsiHd, Controller::kMegasas},
                  {"/media/disc.iso", 0, Device::kAhciCd, Controller::kDefault},
                  {"/media/stick.img", 0, Device::kUsbStorage, Controller::kDefault}};
  result.shelf = {{"late", "/media/late.img"}};
  return result;
}

MachineSpec hidden() {
  MachineSpec result = spec(MachineType::kPc, Firmware::kSeabios, Device::kIdeCd);
  result.hide = Hide::kElTorito;
  result.firmware_code = "/firmware/bios.bin";
  result.disks = {{{}, 64, Device::kIdeHd, Controller::kDefault}};
  return result;
}

MachineSpec read_only() {
  MachineSpec result = spec(MachineType::kVirt, Firmware::kAavmfSecureOwn, Device::kScsiHd);
  result.read_only = true;
  result.tpm = true;
  return result;
}

std::string one_word_per_line(const MachineSpec& its_spec) {
  MachineFiles files;
  files.qemu = qemu_program(architecture_of(its_spec.machine));
  files.firmware_code = "/firmware/CODE.fd";
  files.varstore = "/run/vars.fd";
  if (needs_overlay(its_spec)) {
    files.overlay = "/run/overlay.qcow2";
  }
  MachineChannels channels;
  channels.console = "serial,path=/dev/fd/5";
  channels.monitor = "socket,fd=6";
  channels.debug = "socket,fd=7";
  channels.tpm = "socket,fd=8";
  for (std::size_t i = 0; i < its_spec.disks.size(); ++i) {
    files.disk_overlays.emplace_back(
        is_optical(its_spec.disks[i].device) ? "" : "/run/disk" + std::to_string(i + 1) + ".qcow2");
  }
  std::string text;
  for (const std::string& word : qemu_command_line(its_spec, files, channels)) {
    const bool is_value = !text.empty() && !word.starts_with("-");
    text += (text.empty() ? "" : is_value ? " " : "\n") + word;
  }
  return text + "\n";
}

class CommandLine : public ::testing::TestWithParam<GoldenCase> {};

TEST_P(CommandLine, IsTheGoldenOne) {
  EXPECT_TRUE(matches_golden(one_word_per_line(GetParam().spec),
                             std::string("vm/") + GetParam().name + ".txt"));
}

using M = MachineType;
using F = Firmware;
using D = Device;
INSTANTIATE_TEST_SUITE_P(
    All, CommandLine,
    ::testing::Values(GoldenCase{"pc-seabios-ide-cd", spec(M::kPc, F::kSeabios, D::kIdeCd)},
                      GoldenCase{"pc-seabios-ide-hd", spec(M::kPc, F::kSeabios, D::kIdeHd)},
                      GoldenCase{"pc-seabios-ahci-cd", spec(M::kPc, F::kSeabios, D::kAhciCd)},
                      GoldenCase{"q35-seabios-ahci-hd", spec(M::kQ35, F::kSeabios, D::kAhciHd)},
                      GoldenCase{"q35-ovmf-scsi-cd", spec(M::kQ35, F::kOvmf, D::kScsiCd)},
                      GoldenCase{"q35-ovmf-scsi-hd", spec(M::kQ35, F::kOvmf, D::kScsiHd)},
                      GoldenCase{"q35-ovmf-usb-storage", spec(M::kQ35, F::kOvmf, D::kUsbStorage)},
                      GoldenCase{"q35-ovmf-secure-ahci-cd",
                                 spec(M::kQ35, F::kOvmfSecure, D::kAhciCd)},
                      GoldenCase{"q35-ovmf-virtio-blk", spec(M::kQ35, F::kOvmf, D::kVirtioBlk)},
                      GoldenCase{"virt-aavmf-usb-cd", spec(M::kVirt, F::kAavmf, D::kUsbCd)},
                      GoldenCase{"virt-aavmf-nvme-everything", with_everything()},
                      GoldenCase{"q35-seabios-usb-uas", spec(M::kQ35, F::kSeabios, D::kUsbUas)},
                      GoldenCase{"q35-seabios-sd-card", spec(M::kQ35, F::kSeabios, D::kSdCard)},
                      GoldenCase{"q35-seabios-usb-cd-ehci",
                                 on_controller(F::kSeabios, D::kUsbCd, Controller::kEhci)},
                      GoldenCase{"q35-ovmf-ia32-usb-storage-uhci",
                                 on_controller(F::kOvmfIa32, D::kUsbStorage, Controller::kUhci)},
                      GoldenCase{"q35-seabios-scsi-hd-lsi",
                                 on_controller(F::kSeabios, D::kScsiHd, Controller::kLsi53c895a)},
                      GoldenCase{"q35-ovmf-presented", presented()},
                      GoldenCase{"pc-seabios-hidden", hidden()},
                      GoldenCase{"virt-aavmf-secure-own-read-only", read_only()},
                      GoldenCase{"q35-kernel", direct_kernel()}),
    [](const ::testing::TestParamInfo<GoldenCase>& one) {
      std::string name = one.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(CommandLine, TracesReadsWhereSomebodyWantsThem) {
  MachineChannels channels;
  channels.console = "stdio";
  channels.trace = "/dev/fd/9";
  const std::vector<std::string> words =
      qemu_command_line(spec(MachineType::kQ35, Firmware::kSeabios, Device::kAhciCd), {}, channels);
  std::string all;
  for (const std::string& word : words) {
    all += word + " ";
  }
  EXPECT_NE(all.find("-trace enable=bdrv_open_common -trace enable=blk_co_preadv -trace "
                     "enable=runstate_set -d cpu_reset -D /dev/fd/9 -S "),
            std::string::npos)
      << all;
}

TEST(CommandLine, NeverGivesAWritableNodeForTheMediumItself) {
  for (const auto& device : words<Device>()) {
    if (device.value == Device::kNone) {
      continue;
    }
    const std::string text = one_word_per_line(spec(M::kPc, F::kSeabios, device.value));
    const std::size_t image = text.find("/media/a,b.iso");
    ASSERT_NE(image, std::string::npos) << device.name;
    const std::size_t node = text.rfind("\"driver\":\"raw\"", image);
    ASSERT_NE(node, std::string::npos) << device.name;
    EXPECT_NE(text.substr(node, image - node).find("\"read-only\":true"), std::string::npos)
        << device.name;
  }
}

/// Each range as "ADDRESS+MIB".
std::string ram_of(MachineType machine, std::uint32_t memory_mib) {
  MachineSpec machine_spec = spec(machine, Firmware::kSeabios, Device::kIdeCd);
  machine_spec.memory_mib = memory_mib;
  std::string text;
  for (const RamRange& range : ram_ranges(machine_spec)) {
    text += fmt::format("{:#x}+{} ", range.address, range.size >> 20U);
  }
  return text;
}

TEST(RamRanges, AreWhereQemuPutsThem) {
  EXPECT_EQ(ram_of(MachineType::kQ35, 512), "0x0+512 ");
  EXPECT_EQ(ram_of(MachineType::kQ35, 2815), "0x0+2815 ");
  EXPECT_EQ(ram_of(MachineType::kQ35, 4096), "0x0+2048 0x100000000+2048 ");
  EXPECT_EQ(ram_of(MachineType::kPc, 3583), "0x0+3583 ");
  EXPECT_EQ(ram_of(MachineType::kPc, 4096), "0x0+3072 0x100000000+1024 ");
  EXPECT_EQ(ram_of(MachineType::kVirt, 4096), "0x40000000+4096 ");
}

TEST(HostMemory, CountsTheLargeFlashOfAavmf) {
  const std::uint32_t ovmf = host_memory_mib(spec(M::kQ35, F::kOvmf, D::kScsiCd));
  const std::uint32_t aavmf = host_memory_mib(spec(M::kVirt, F::kAavmf, D::kScsiCd));
  EXPECT_EQ(aavmf - ovmf, 128U);
}

}  // namespace
}  // namespace bootproof
