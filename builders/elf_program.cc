#include "builders/elf_program.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

namespace bootproof {
namespace {

/// Little-endian numbers out of the head of a file; nothing past its end.
class Head {
 public:
  explicit Head(const std::filesystem::path& file) {
    constexpr std::size_t kLength = 64U << 10U;
    bytes_.resize(kLength);
    std::ifstream stream(file, std::ios::binary);
    stream.read(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
    bytes_.resize(static_cast<std::size_t>(stream.gcount()));
  }

  [[nodiscard]] std::optional<std::uint64_t> number(std::uint64_t offset, unsigned bytes) const {
    if (offset > bytes_.size() || bytes_.size() - offset < bytes) {
      return std::nullopt;
    }
    std::uint64_t value = 0;
    for (unsigned i = bytes; i > 0; --i) {
      value = value << 8U | static_cast<std::uint8_t>(bytes_[offset + i - 1]);
    }
    return value;
  }

 private:
  std::vector<char> bytes_;
};

struct MachineName {
  std::uint16_t machine;
  std::string_view name;
};

constexpr std::array<MachineName, 8> kMachineNames{{{3, "i386"},
                                                    {8, "mips"},
                                                    {20, "powerpc"},
                                                    {21, "powerpc64"},
                                                    {22, "s390"},
                                                    {40, "arm"},
                                                    {62, "x86_64"},
                                                    {183, "aarch64"}}};

/// Where the program headers' fields are, by EI_CLASS.
struct Layout {
  std::uint64_t table_offset;  ///< e_phoff.
  unsigned address_bytes;
  std::uint64_t entry_size;   ///< e_phentsize.
  std::uint64_t entry_count;  ///< e_phnum.
};
constexpr Layout kElf32{0x1C, 4, 0x2A, 0x2C};
constexpr Layout kElf64{0x20, 8, 0x36, 0x38};

}  // namespace

Result<ElfProgram> read_elf_program(const std::filesystem::path& file) {
  constexpr std::uint64_t kMagic = 0x464C457F;
  constexpr std::uint64_t kLittleEndian = 1;
  constexpr std::uint64_t kInterpreter = 3;  // PT_INTERP.
  const Head head(file);
  const auto refuse = [&](std::string_view why) {
    return tl::unexpected(Error(ErrorKind::kScenario, fmt::format("{} {}", file.string(), why)));
  };
  if (head.number(0, 4) != kMagic) {
    return refuse("is not an ELF program");
  }
  const std::optional<std::uint64_t> width = head.number(4, 1);
  if ((width != 1 && width != 2) || head.number(5, 1) != kLittleEndian) {
    return refuse("is an ELF program for a big-endian or unknown machine");
  }
  const Layout& layout = width == 1 ? kElf32 : kElf64;
  const auto machine = head.number(0x12, 2);
  const auto table = head.number(layout.table_offset, layout.address_bytes);
  const auto entry_size = head.number(layout.entry_size, 2);
  const auto entry_count = head.number(layout.entry_count, 2);
  if (!machine || !table || !entry_size || !entry_count) {
    return refuse("is an ELF program that is cut off");
  }
  ElfProgram program{static_cast<std::uint16_t>(*machine), false};
  for (std::uint64_t i = 0; i < *entry_count; ++i) {
    const auto type = head.number(*table + i * *entry_size, 4);
    if (!type) {
      return refuse("has its ELF program headers beyond the first 64 KiB");
    }
    program.has_interpreter = program.has_interpreter || *type == kInterpreter;
  }
  return program;
}

std::string elf_machine_name(std::uint16_t machine) {
  for (const MachineName& row : kMachineNames) {
    if (row.machine == machine) {
      return std::string(row.name);
    }
  }
  return fmt::format("machine {}", machine);
}

}  // namespace bootproof
