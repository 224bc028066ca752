#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/words.h"

namespace bootproof {

/// What machine to start, as plain data: no paths of this run, no descriptors.
struct MachineSpec {
  MachineType machine = MachineType::kQ35;
  Firmware firmware = Firmware::kSeabios;
  Device device = Device::kAhciCd;  ///< kNone with Firmware::kKernel.
  std::filesystem::path image;      ///< The medium under test; empty with Firmware::kKernel.
  std::filesystem::path kernel;     ///< For Firmware::kKernel.
  std::filesystem::path initrd;     ///< For Firmware::kKernel; may be empty.
  std::string append;               ///< Kernel arguments for Firmware::kKernel.
  std::uint32_t memory_mib = 512;
  std::uint32_t cpus = 1;
  std::string cpu_model;          ///< `-cpu`; empty: cortex-a72 on virt, QEMU's default elsewhere.
  std::uint32_t sector_size = 0;  ///< Of a disk, in bytes; 0: as the device has it.
  bool network = false;
  bool skip_countdowns = true;  ///< Takes away the firmware's wait for a key (AAVMF's 5 s).
  Accelerator accelerator = Accelerator::kTcg;  ///< Resolved: never kAuto.
};

/// The files a machine is started from.
struct MachineFiles {
  std::string qemu = "qemu-system-x86_64";  ///< Program.
  std::filesystem::path
      firmware_code;               ///< pflash unit 0, read-only; empty for SeaBIOS and kKernel.
  std::filesystem::path varstore;  ///< pflash unit 1, private copy.
  std::filesystem::path varstore_template;  ///< What the varstore is a copy of.
  std::filesystem::path overlay;  ///< qcow2 on top of the image; empty for optical devices.
};

/// How the machine's serial line, monitor and debug port reach the outside.
struct MachineChannels {
  std::string console;  ///< A `-chardev` without its id: `socket,fd=5`.
  std::string monitor;  ///< QMP; empty: none.
  std::string debug;    ///< Port 0x402 (x86 only); empty: none.
  bool paused = true;   ///< `-S`: wait for `cont`.
};

/// QEMU's program for an architecture: `qemu-system-x86_64`.
std::string qemu_program(Architecture architecture);

/// True where the device writes to the medium, so that it gets an overlay; optical ones are
/// read-only.
bool needs_overlay(Device device);

/// The whole command line, program first. Pure: the same input gives the same words. `spec` must be
/// a possible combination (scenarios' combination_problem).
std::vector<std::string> qemu_command_line(const MachineSpec& spec, const MachineFiles& files,
                                           const MachineChannels& channels);

/// Memory that the machine will need on the host: the guest's, its flash and QEMU's own, in MiB.
std::uint32_t host_memory_mib(const MachineSpec& spec);

}  // namespace bootproof
