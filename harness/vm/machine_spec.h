#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/words.h"

namespace bootproof {

/// A further disk or disc of a machine, after the medium under test in the order of boot.
struct ExtraDisk {
  std::filesystem::path image;  ///< Only read; empty for an empty disk.
  std::uint64_t size_mib = 0;   ///< Of an empty disk.
  Device device = Device::kVirtioBlk;
  Controller controller = Controller::kDefault;
};

/// A medium that lies beside the machine, to be inserted or plugged in while it runs.
struct ShelfMedium {
  std::string name;
  std::filesystem::path image;  ///< Only read: what is plugged in gets an overlay.
};

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
  Controller controller = Controller::kDefault;  ///< Of a USB or SCSI device.
  Hide hide = Hide::kNothing;
  bool removable = true;                ///< What `usb-storage` says of itself.
  bool read_only = false;               ///< The disk refuses writes.
  std::uint32_t larger_mib = 0;         ///< By how much the stick is larger than the image on it.
  bool tpm = false;                     ///< A TPM 2.0, emulated by swtpm.
  std::filesystem::path firmware_code;  ///< A build of one's own; empty: the installed one.
  std::filesystem::path varstore_template;  ///< A varstore of one's own; empty: the installed one.
  std::vector<ExtraDisk> disks;
  std::vector<ShelfMedium> shelf;
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
  std::filesystem::path overlay;  ///< qcow2 on top of the image; empty where it is only read.
  std::vector<std::filesystem::path> disk_overlays;   ///< One for each of `disks`; empty for discs.
  std::vector<std::filesystem::path> shelf_overlays;  ///< One for each of `shelf`.
  std::filesystem::path tpm_state;                    ///< A folder for swtpm; empty for no TPM.
};

/// How the machine's serial line, monitor and debug port reach the outside.
struct MachineChannels {
  std::string console;  ///< A `-chardev` without its id: `socket,fd=5`.
  std::string monitor;  ///< QMP; empty: none.
  std::string debug;    ///< Port 0x402 (x86 only); empty: none.
  std::string tpm;      ///< To swtpm, where the machine has a TPM.
  std::string trace;    ///< The file for QEMU's log and its trace of reads; empty: none.
  bool paused = true;   ///< `-S`: wait for `cont`.
};

/// QEMU's program for an architecture: `qemu-system-x86_64`.
std::string qemu_program(Architecture architecture);

/// True where the machine sees something else than the file as it is, or may write to it: then the
/// medium gets an overlay. Discs and read-only disks that show all of the file need none.
bool needs_overlay(const MachineSpec& spec);

/// The name of a machine's USB bus that media are plugged into while it runs.
std::string plug_bus(const MachineSpec& spec);
/// The name of the block node and of the device for `shelf[index]`.
std::string shelf_name(std::size_t index);

/// The whole command line, program first. Pure: the same input gives the same words. `spec` must be
/// a possible combination (scenarios' combination_problem).
std::vector<std::string> qemu_command_line(const MachineSpec& spec, const MachineFiles& files,
                                           const MachineChannels& channels);

/// A run of the guest's RAM at its physical address, in bytes.
struct RamRange {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

/// Where QEMU puts the guest's RAM: from 1 GiB on virt, from 0 on PCs, which leave a hole for
/// devices below 4 GiB (QEMU, hw/arm/virt.c, hw/i386/pc_q35.c, hw/i386/pc_piix.c).
std::vector<RamRange> ram_ranges(const MachineSpec& spec);

/// Memory that the machine will need on the host: the guest's, its flash and QEMU's own, in MiB.
std::uint32_t host_memory_mib(const MachineSpec& spec);

}  // namespace bootproof
