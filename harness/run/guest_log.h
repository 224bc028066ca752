#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/async.h"
#include "harness/diagnosis/kernel_log.h"
#include "harness/vm/machine.h"
#include "harness/vm/machine_spec.h"

namespace bootproof {

/// The kernel's log in the memory of a machine that stands still.
struct GuestLog {
  std::optional<KernelLog> log;      ///< Nothing where the memory could not be had.
  std::string problem;               ///< Then: why.
  std::vector<std::string> symbols;  ///< The names of the addresses that were asked for.
  /// The kernel's code by names, as an ELF file without KASLR (symbols_elf()); empty where its
  /// memory has no table.
  std::string symbols_elf;
};

/// Has QEMU write the guest's memory (`pmemsave`) to files in `folder`, which are removed again,
/// and reads the kernel's log in them on `pool`. No exception: what fails is the result's
/// `problem`. A guest of more than 4 GiB is not read, nor one for whose memory the disk has no
/// room.
/// `addresses`: places in the kernel that are to be named (find_kernel_symbols()).
Task<GuestLog> read_guest_log(Machine& machine, const MachineSpec& spec,
                              const std::filesystem::path& folder, asio::thread_pool& pool,
                              std::vector<std::uint64_t> addresses);

}  // namespace bootproof
