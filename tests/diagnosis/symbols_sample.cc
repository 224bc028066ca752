#include "tests/diagnosis/symbols_sample.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kNamesAt = 0x20000;
constexpr std::uint64_t kTokensAt = 0x21000;
constexpr std::uint64_t kIndexAt = 0x22000;
constexpr std::uint64_t kOffsetsAt = 0x23000;
constexpr std::uint64_t kCountAt = 0x24000;
constexpr std::uint64_t kBaseAt = 0x24010;

std::uint64_t put_text(KernelSample& sample, std::uint64_t at, std::string_view text) {
  for (const char c : text) {
    sample.put(at++, static_cast<std::uint8_t>(c), 1);
  }
  return at;
}

}  // namespace

void add_symbols(KernelSample& sample, std::uint64_t image, bool has_absolute_symbols) {
  const std::array<std::pair<const char*, std::uint64_t>, 6> symbols{
      {{"kallsyms_names", kNamesAt},
       {"kallsyms_num_syms", kCountAt},
       {"kallsyms_token_table", kTokensAt},
       {"kallsyms_token_index", kIndexAt},
       {"kallsyms_offsets", kOffsetsAt},
       {"kallsyms_relative_base", kBaseAt}}};
  for (const auto& [name, address] : symbols) {
    sample.set_note(fmt::format("SYMBOL({})", name), fmt::format("{:x}", image + address));
  }
  sample.put(kCountAt, 2, 4);
  sample.put(kBaseAt, image);
  const std::array<std::uint64_t, 2> places{kFirstSymbolAt, kSecondSymbolAt};
  for (std::size_t i = 0; i < places.size(); ++i) {
    sample.put(kOffsetsAt + i * 4, has_absolute_symbols ? ~places[i] : places[i], 4);
  }
  // Each byte stands for itself, and 1 for "init_".
  std::uint64_t at = kTokensAt;
  for (std::uint64_t token = 0; token < 256; ++token) {
    sample.put(kIndexAt + token * 2, at - kTokensAt, 2);
    at = token == 1 ? put_text(sample, at, "init_")
                    : put_text(sample, at, std::string(1, static_cast<char>(token)));
    sample.put(at++, 0, 1);
  }
  at = put_text(sample, kNamesAt, std::string("\x07T\x01", 3) + "first");
  put_text(sample, at, "\x07tsecond");
}

}  // namespace bootproof::testing
