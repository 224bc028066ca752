#include "harness/diagnosis/kernel_symbols.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "harness/core/text.h"
#include "harness/diagnosis/kernel_addresses.h"
#include "harness/diagnosis/vmcore_info.h"

namespace bootproof {
namespace {

constexpr std::size_t kMostAddresses = 64;
constexpr std::size_t kLongestName = 512;  // KSYM_NAME_LEN of Linux 6.1.
constexpr std::uint64_t kFarthest = 1U << 20U;
constexpr std::size_t kTokens = 256;
constexpr std::size_t kPiece = 4096;

/// A run of bytes at a virtual address, read piece by piece.
class KernelBytes {
 public:
  KernelBytes(const KernelAddresses& kernel, std::uint64_t address)
      : kernel_(&kernel), next_(address) {}

  /// The next byte; nothing where it can't be had.
  std::optional<std::uint8_t> take() {
    if (used_ == have_.size()) {
      have_.resize(kPiece - next_ % kPiece);
      used_ = 0;
      if (!kernel_->read(next_, have_)) {
        have_.clear();
        return std::nullopt;
      }
      next_ += have_.size();
    }
    return have_[used_++];
  }
  std::optional<std::uint64_t> take_number(std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const auto byte = take();
      if (!byte) {
        return std::nullopt;
      }
      value |= std::uint64_t{*byte} << (8 * i);
    }
    return value;
  }

 private:
  const KernelAddresses* kernel_;
  std::uint64_t next_;
  std::vector<std::uint8_t> have_;
  std::size_t used_ = 0;
};

struct Table {
  std::uint64_t names = 0;
  std::uint64_t count = 0;
  std::uint64_t token_table = 0;
  std::uint64_t token_index = 0;
  std::uint64_t offsets = 0;
  std::uint64_t base = 0;
};

std::optional<Table> table_of(const VmcoreInfo& note, const KernelAddresses& kernel,
                              std::string& problem) {
  const auto names = note.symbol("kallsyms_names");
  const auto count = note.symbol("kallsyms_num_syms");
  const auto tokens = note.symbol("kallsyms_token_table");
  const auto index = note.symbol("kallsyms_token_index");
  const auto offsets = note.symbol("kallsyms_offsets");
  const auto base = note.symbol("kallsyms_relative_base");
  if (!names || !count || !tokens || !index || !offsets || !base) {
    problem = fmt::format(
        "the note of Linux {} does not name its table of symbols: kernels from 6.0 with "
        "CONFIG_KALLSYMS do",
        escape_for_terminal(note.release()));
    return std::nullopt;
  }
  const auto symbols = kernel.number(*count, 4);
  const auto relative = kernel.number(*base, 8);
  if (!symbols || !relative || *symbols == 0 || *symbols > kMostKernelSymbols) {
    problem = fmt::format("the kernel's table of symbols has {} entries, expected 1 to {}",
                          symbols ? fmt::format("{}", *symbols) : "unreadable", kMostKernelSymbols);
    return std::nullopt;
  }
  return Table{*names, *symbols, *tokens, *index, *offsets, *relative};
}

/// The symbol that an address belongs to.
struct Place {
  std::optional<std::uint64_t> symbol;  ///< Number in the table.
  std::uint64_t start = 0;              ///< Address.
};

/// With CONFIG_KALLSYMS_ABSOLUTE_PERCPU (x86_64 up to Linux 6.14) what is relative to the base is
/// negative, else every offset is a number without sign.
bool has_absolute_symbols(const KernelAddresses& kernel, const Table& table) {
  const auto last = kernel.number(table.offsets + (table.count - 1) * 4, 4);
  constexpr std::uint64_t kSign = 0x8000'0000;
  return last && (*last & kSign) != 0;
}

/// The address that an entry of the offsets means.
std::uint64_t start_of(const Table& table, std::uint64_t offset, bool has_absolute) {
  const auto number = static_cast<std::int32_t>(static_cast<std::uint32_t>(offset));
  if (!has_absolute) {
    return table.base + offset;
  }
  return number >= 0 ? offset : table.base - 1 + static_cast<std::uint64_t>(-std::int64_t{number});
}

std::vector<Place> places_of(const KernelAddresses& kernel, const Table& table,
                             std::span<const std::uint64_t> addresses, std::string& problem) {
  std::vector<Place> places(addresses.size());
  const bool has_absolute = has_absolute_symbols(kernel, table);
  KernelBytes offsets(kernel, table.offsets);
  for (std::uint64_t i = 0; i < table.count; ++i) {
    const auto offset = offsets.take_number(4);
    if (!offset) {
      problem = "the addresses of the kernel's symbols can't be read whole";
      return {};
    }
    const std::uint64_t start = start_of(table, *offset, has_absolute);
    for (std::size_t k = 0; k < addresses.size(); ++k) {
      const std::uint64_t distance = addresses[k] - start;
      const bool is_nearer = !places[k].symbol || start > places[k].start;
      if (start <= addresses[k] && distance < kFarthest && is_nearer) {
        places[k] = {i, start};
      }
    }
  }
  return places;
}

/// No symbol has a tab, which escape_for_terminal() leaves.
std::string without_tabs(std::string text) {
  std::replace(text.begin(), text.end(), '\t', ' ');
  return text;
}

/// The pieces that names are made of, which one byte stands for.
std::optional<std::vector<std::string>> tokens_of(const KernelAddresses& kernel,
                                                  const Table& table) {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < kTokens; ++i) {
    const auto at = kernel.number(table.token_index + i * 2, 2);
    if (!at) {
      return std::nullopt;
    }
    KernelBytes bytes(kernel, table.token_table + *at);
    std::string token;
    while (true) {
      const auto byte = bytes.take();
      if (!byte || token.size() > kLongestName) {
        return std::nullopt;
      }
      if (*byte == 0) {
        break;
      }
      token.push_back(static_cast<char>(*byte));
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

/// The next name, of which the first letter is the symbol's type: the names stand one behind the
/// other, each behind its length. Empty where it is passed over, nothing where it can't be read.
std::optional<std::string> next_name(KernelBytes& bytes, const std::vector<std::string>& tokens,
                                     bool is_wanted) {
  auto length = bytes.take();
  constexpr unsigned kLong = 0x80;  // Linux 6.1: the rest of the length is in the next byte.
  std::size_t size = length.value_or(0);
  if ((size & kLong) != 0) {
    length = bytes.take();
    size = (size & (kLong - 1)) | std::size_t{length.value_or(0)} << 7U;
  }
  // Packed it has no more bytes than its text and its type.
  if (!length || size == 0 || size > kLongestName + 1) {
    return std::nullopt;
  }
  std::string name;
  for (std::size_t k = 0; k < size; ++k) {
    const auto byte = bytes.take();
    if (!byte) {
      return std::nullopt;
    }
    if (is_wanted && name.size() <= kLongestName) {
      name += tokens[*byte];
    }
  }
  return name;
}

std::string unreadable_name(std::uint64_t index, const Table& table) {
  return fmt::format("the name of symbol {} of {} can't be read", index + 1, table.count);
}

/// Names those of `places` that have a symbol.
std::vector<std::string> names_of(const KernelAddresses& kernel, const Table& table,
                                  std::span<const std::uint64_t> addresses,
                                  const std::vector<Place>& places, std::string& problem) {
  std::vector<std::string> names(places.size());
  const auto tokens = tokens_of(kernel, table);
  if (!tokens) {
    problem = "the tokens of the kernel's symbols can't be read";
    return names;
  }
  std::uint64_t last = 0;
  for (const Place& place : places) {
    last = std::max(last, place.symbol ? *place.symbol + 1 : 0);
  }
  KernelBytes bytes(kernel, table.names);
  for (std::uint64_t i = 0; i < last; ++i) {
    const bool is_wanted = std::any_of(places.begin(), places.end(),
                                       [i](const Place& place) { return place.symbol == i; });
    const std::optional<std::string> name = next_name(bytes, *tokens, is_wanted);
    if (!name) {
      problem = unreadable_name(i, table);
      return names;
    }
    for (std::size_t k = 0; k < places.size(); ++k) {
      if (places[k].symbol == i && name->size() > 1 && is_text_symbol(name->front())) {
        const std::string_view told = std::string_view(*name).substr(1, kLongestName);
        names[k] = fmt::format("{}+0x{:x}", without_tabs(escape_for_terminal(told)),
                               addresses[k] - places[k].start);
      }
    }
  }
  return names;
}

/// KERNELOFFSET: hexadecimal, without a prefix.
std::uint64_t moved_by(const VmcoreInfo& note) {
  const std::string text = note.text("KERNELOFFSET").value_or("");
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return error == std::errc{} && end == text.data() + text.size() ? value : 0;
}

void read_table(const KernelAddresses& kernel, const Table& table, KernelSymbolTable& found) {
  const auto tokens = tokens_of(kernel, table);
  if (!tokens) {
    found.problem = "the tokens of the kernel's symbols can't be read";
    return;
  }
  const bool has_absolute = has_absolute_symbols(kernel, table);
  KernelBytes offsets(kernel, table.offsets);
  KernelBytes names(kernel, table.names);
  std::size_t bytes = 0;
  for (std::uint64_t i = 0; i < table.count; ++i) {
    const auto offset = offsets.take_number(4);
    std::optional<std::string> name = next_name(names, *tokens, true);
    if (!offset || !name) {
      found.problem = unreadable_name(i, table);
      return;
    }
    if (name->size() < 2 || !is_text_symbol(name->front())) {
      continue;
    }
    bytes += name->size();
    if (bytes > kMostKernelSymbolBytes) {
      found.problem =
          fmt::format("its symbols' names have more than {} MiB", kMostKernelSymbolBytes >> 20U);
      return;
    }
    found.symbols.push_back(
        {start_of(table, *offset, has_absolute) - found.moved, name->front(), name->substr(1)});
  }
}

}  // namespace

KernelSymbolTable read_kernel_symbols(const GuestMemory& memory) {
  KernelSymbolTable found;
  found.problem = "no VMCOREINFO note in memory";
  for (const std::string& text : find_vmcore_notes(memory)) {
    const VmcoreInfo note(text);
    found = {};
    const auto kernel = KernelAddresses::of(note, memory, found.problem);
    const auto table = kernel ? table_of(note, *kernel, found.problem) : std::nullopt;
    if (table) {
      found.architecture = kernel->architecture();
      found.release = note.release();
      found.moved = moved_by(note);
      read_table(*kernel, *table, found);
    }
    if (!found.symbols.empty()) {
      break;
    }
  }
  return found;
}

KernelSymbols find_kernel_symbols(const GuestMemory& memory,
                                  std::span<const std::uint64_t> addresses) {
  addresses = addresses.first(std::min(addresses.size(), kMostAddresses));
  KernelSymbols found;
  found.names.resize(addresses.size());
  if (addresses.empty()) {
    return found;
  }
  found.problem = "no VMCOREINFO note in memory";
  for (const std::string& text : find_vmcore_notes(memory)) {
    const VmcoreInfo note(text);
    std::string problem;
    const auto kernel = KernelAddresses::of(note, memory, problem);
    const auto table = kernel ? table_of(note, *kernel, problem) : std::nullopt;
    if (table) {
      const std::vector<Place> places = places_of(*kernel, *table, addresses, problem);
      if (!places.empty()) {
        found.names = names_of(*kernel, *table, addresses, places, problem);
      }
    }
    found.problem = std::move(problem);
    const bool has_names = std::any_of(found.names.begin(), found.names.end(),
                                       [](const std::string& name) { return !name.empty(); });
    if (has_names) {
      break;
    }
  }
  return found;
}

}  // namespace bootproof
