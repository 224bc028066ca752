#pragma once

#include <string>
#include <vector>

#include "harness/diagnosis/kernel_addresses.h"
#include "harness/diagnosis/kernel_log.h"
#include "harness/diagnosis/vmcore_info.h"

namespace bootproof {

/// How much of a log is read, the newest of it.
inline constexpr std::uint64_t kMostRecords = 65536;
inline constexpr std::size_t kMostTextBytes = 16U << 20U;

/// The records of one kernel, and what is wrong with them.
struct PrintkRecords {
  std::vector<KernelLogRecord> records;
  std::vector<std::string> problems;
};

/// Reads the printk ring buffer of Linux 5.10 and later: kernel/printk/printk_ringbuffer.h, as
/// Documentation/admin-guide/kdump/gdbmacros.txt does.
PrintkRecords read_printk_ring(const VmcoreInfo& note, const KernelAddresses& memory);

/// Reads the log buffer of Linux 3.5 to 5.9: kernel/printk/printk.c, struct printk_log.
PrintkRecords read_log_buffer(const VmcoreInfo& note, const KernelAddresses& memory);

/// Takes apart the byte that has a record's flags and level (`u8 flags:5, level:3`).
unsigned level_of(std::uint8_t flags_and_level);

}  // namespace bootproof
