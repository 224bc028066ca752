#include "harness/diagnosis/kernel_log.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <utility>

#include "harness/core/text.h"
#include "harness/diagnosis/kernel_addresses.h"
#include "harness/diagnosis/printk_records.h"
#include "harness/diagnosis/vmcore_info.h"

namespace bootproof {
namespace {

KernelLog read_by_note(const GuestMemory& memory, std::string_view text) {
  const VmcoreInfo note(text);
  KernelLog log;
  log.release = note.release();
  std::string problem;
  const auto addresses = KernelAddresses::of(note, memory, problem);
  if (!addresses) {
    log.problems.push_back(std::move(problem));
    return log;
  }
  log.architecture = addresses->architecture();
  PrintkRecords read =
      note.symbol("prb") ? read_printk_ring(note, *addresses) : read_log_buffer(note, *addresses);
  log.records = std::move(read.records);
  log.problems = std::move(read.problems);
  return log;
}

/// The longest log that one of the notes leads to.
KernelLog read_by_notes(const GuestMemory& memory, const std::vector<std::string>& notes) {
  KernelLog best;
  for (const std::string& note : notes) {
    KernelLog log = read_by_note(memory, note);
    if (best.release.empty() || log.records.size() > best.records.size()) {
      best = std::move(log);
    }
  }
  if (notes.empty()) {
    best.problems.push_back(fmt::format(
        "no VMCOREINFO note in {} MiB of memory: no Linux has come far enough to write it, or it "
        "was built without CONFIG_CRASH_CORE (CONFIG_VMCORE_INFO)",
        memory.size() >> 20U));
  } else if (best.records.empty() && best.problems.empty()) {
    best.problems.emplace_back("the kernel's log is empty");
  }
  return best;
}

}  // namespace

KernelLog read_kernel_log(const GuestMemory& memory, std::string_view note) {
  if (!note.empty()) {
    KernelLog log = read_by_notes(memory, find_vmcore_notes(note));
    if (!log.records.empty()) {
      return log;
    }
  }
  return read_by_notes(memory, find_vmcore_notes(memory));
}

KernelLog read_raw_kernel_log(const ReadBytes& image, std::uint64_t size,
                              std::optional<std::uint64_t> base) {
  constexpr std::array<std::uint64_t, 3> kBases{0, 0x4000'0000, 0x8000'0000};
  GuestMemory memory;
  memory.add(image, {base.value_or(0), size});
  const std::vector<std::string> notes = find_vmcore_notes(memory);
  KernelLog best = read_by_notes(memory, notes);
  if (base || notes.empty()) {
    return best;
  }
  for (const std::uint64_t other : kBases) {
    GuestMemory moved;
    moved.add(image, {other, size});
    KernelLog log = read_by_notes(moved, notes);
    if (log.records.size() > best.records.size()) {
      best = std::move(log);
    }
  }
  return best;
}

std::string console_text(const KernelLog& log) {
  std::string text;
  for (const KernelLogRecord& record : log.records) {
    const auto microseconds =
        std::chrono::duration_cast<std::chrono::microseconds>(record.time).count();
    constexpr std::int64_t kPerSecond = 1'000'000;
    std::string_view rest = record.text;
    do {
      const std::size_t end = rest.find('\n');
      fmt::format_to(std::back_inserter(text), "[{:5}.{:06}] {}\n", microseconds / kPerSecond,
                     microseconds % kPerSecond, rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    } while (!rest.empty());
  }
  return text;
}

std::string kernel_log_file(const KernelLog& log) {
  std::string text =
      fmt::format("# the log of Linux {}, read from the machine's memory: {}\n",
                  log.release.empty() ? "(unknown)" : escape_for_terminal(log.release),
                  counted(log.records.size(), "record"));
  for (const std::string& problem : log.problems) {
    text += fmt::format("# {}\n", escape_for_terminal(problem));
  }
  return text + escape_for_terminal(console_text(log), true);
}

}  // namespace bootproof
