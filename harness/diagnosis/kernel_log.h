#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/words.h"
#include "harness/diagnosis/guest_memory.h"

namespace bootproof {

/// One record of a kernel's log.
struct KernelLogRecord {
  std::uint64_t sequence = 0;
  std::chrono::nanoseconds time{};  ///< Since the kernel's clock began.
  unsigned level = 0;               ///< 0 (emergency) to 7 (debug).
  unsigned facility = 0;            ///< As of syslog: 0 for the kernel's own.
  std::string text;                 ///< As the guest wrote it: any bytes, line feeds too.
};

/// A kernel's log as it stands in its machine's memory.
struct KernelLog {
  std::string release;  ///< "6.1.0-18-amd64"; empty where no kernel's note was found.
  std::optional<Architecture> architecture;
  std::vector<KernelLogRecord> records;  ///< Oldest first.
  /// What is wrong with the memory or the log, for people; any bytes a guest wrote are escaped.
  std::vector<std::string> problems;
};

/// Reads the kernel's log out of the memory of a machine that stands still: finds the kernel's note
/// (VmcoreInfo) and by it the printk ring buffer (Linux 5.10 and later,
/// kernel/printk/printk_ringbuffer.h) or the log buffer of older kernels (from 3.5). Where several
/// notes stand, as of a kernel before a restart, that of the longest log is taken. Takes any bytes:
/// what can't be read is told in `problems`. Bounded: the last 65536 records, 16 MiB of text.
/// `note`: bytes in which notes are looked for first, as those of an ELF core.
KernelLog read_kernel_log(const GuestMemory& memory, std::string_view note = {});

/// The same for a raw image of memory: its first byte's physical address is `base`, or, where none
/// is given, the one of those of common machines (0, 1 GiB, 2 GiB) by which a log is found.
KernelLog read_raw_kernel_log(const ReadBytes& image, std::uint64_t size,
                              std::optional<std::uint64_t> base = std::nullopt);

/// The log as the kernel prints it on a console, "[    1.234567] text" and a line feed, a line for
/// each line of a record. Not escaped.
std::string console_text(const KernelLog& log);

/// What a file has that keeps the log as evidence: its release and problems in lines that begin
/// with "# ", then console_text(), escaped for terminals.
std::string kernel_log_file(const KernelLog& log);

}  // namespace bootproof
