#include "harness/run/guest_log.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/files.h"
#include "harness/diagnosis/kernel_symbols.h"
#include "harness/diagnosis/symbols_elf.h"
#include "harness/run/memory_file.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::uint64_t kMostMemoryMib = 4096;
/// What is left free of a disk.
constexpr std::uint64_t kReserveMib = 256;
constexpr std::chrono::seconds kSaveLimit{60};

std::string why_not(const MachineSpec& spec, const fs::path& folder) {
  if (spec.memory_mib > kMostMemoryMib) {
    return fmt::format("the guest has {} MiB of memory, {} are read at most", spec.memory_mib,
                       kMostMemoryMib);
  }
  std::error_code code;
  const fs::space_info space = fs::space(folder, code);
  if (!code && space.available >> 20U < spec.memory_mib + kReserveMib) {
    return fmt::format("the guest's memory needs {} MiB for a moment, the disk has {} MiB left",
                       spec.memory_mib + kReserveMib, space.available >> 20U);
  }
  return {};
}

}  // namespace

Task<GuestLog> read_guest_log(Machine& machine, const MachineSpec& spec, const fs::path& folder,
                              asio::thread_pool& pool, std::vector<std::uint64_t> addresses) {
  GuestLog result;
  result.problem = why_not(spec, folder);
  if (!result.problem.empty()) {
    co_return result;
  }
  try {
    std::vector<ScratchFile> files;
    const std::vector<RamRange> ranges = ram_ranges(spec);
    for (const RamRange& range : ranges) {
      files.emplace_back(fs::absolute(folder) / fmt::format("memory-{:x}.tmp", range.address));
      json::object arguments{
          {"val", range.address}, {"size", range.size}, {"filename", files.back().path().string()}};
      auto saving = machine.command("pmemsave", std::move(arguments), kSaveLimit);
      co_await std::move(saving);
    }
    GuestMemory memory;
    for (std::size_t i = 0; i < files.size(); ++i) {
      FileBytes bytes = value_or_throw(open_bytes(files[i].path()));
      memory.add(std::move(bytes.read), {ranges[i].address, ranges[i].size});
    }
    files.clear();  // They are open, and their space is given back when they are closed.
    auto reading = offload(pool, [&memory, &addresses, &result] {
      KernelLog log = read_kernel_log(memory);
      if (!log.records.empty()) {
        result.symbols = find_kernel_symbols(memory, addresses).names;
        const KernelSymbolTable table = read_kernel_symbols(memory);
        result.symbols_elf = symbols_elf(table.architecture, table.symbols);
      }
      return log;
    });
    result.log = co_await std::move(reading);
  } catch (const Error& error) {
    result.problem = error.message();
  }
  co_return result;
}

}  // namespace bootproof
