#include "builders/kernel_module.h"

#include <archive.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "harness/core/error.h"
#include "harness/core/files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

constexpr std::uint64_t kLargestModule = 256U << 20U;
constexpr std::array<std::string_view, 4> kSuffixes{".ko", ".ko.xz", ".ko.zst", ".ko.gz"};

/// A little-endian number; nothing past the end.
std::optional<std::uint64_t> number(std::string_view bytes, std::uint64_t offset, unsigned size) {
  if (offset > bytes.size() || bytes.size() - offset < size) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (unsigned i = size; i > 0; --i) {
    value = value << 8U | static_cast<std::uint8_t>(bytes[offset + i - 1]);
  }
  return value;
}

std::string_view piece(std::string_view bytes, std::uint64_t offset, std::uint64_t size) {
  return offset > bytes.size() || bytes.size() - offset < size
             ? std::string_view{}
             : bytes.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

struct Section {
  std::uint64_t name = 0;
  std::string_view bytes;
};

/// A section header (System V ABI, chapter 4, "Sections": Elf64_Shdr).
Section section_at(std::string_view elf, std::uint64_t header) {
  constexpr std::uint64_t kOffset = 0x18;
  constexpr std::uint64_t kSize = 0x20;
  return {number(elf, header, 4).value_or(0),
          piece(elf, number(elf, header + kOffset, 8).value_or(0),
                number(elf, header + kSize, 8).value_or(0))};
}

/// The content of `.modinfo`; empty where there is none.
std::string_view modinfo_of(std::string_view elf) {
  constexpr std::string_view kName = ".modinfo";
  const std::uint64_t table = number(elf, 0x28, 8).value_or(0);        // e_shoff
  const std::uint64_t entry_size = number(elf, 0x3A, 2).value_or(0);   // e_shentsize
  const std::uint64_t entry_count = number(elf, 0x3C, 2).value_or(0);  // e_shnum
  const std::uint64_t names_at = number(elf, 0x3E, 2).value_or(0);     // e_shstrndx
  if (table > elf.size()) {
    return {};
  }
  const std::string_view names = section_at(elf, table + names_at * entry_size).bytes;
  for (std::uint64_t i = 0; i < entry_count; ++i) {
    const Section section = section_at(elf, table + i * entry_size);
    if (section.name < names.size() &&
        names.substr(section.name).substr(0, kName.size() + 1) == std::string_view(".modinfo", 9)) {
      return section.bytes;
    }
  }
  return {};
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(separator));
    if (!part.empty()) {
      parts.emplace_back(part);
    }
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return parts;
}

struct FreeArchive {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

}  // namespace

std::string module_bytes(const std::filesystem::path& file) {
  if (file.extension() == ".ko") {
    return value_or_throw(read_file(file, kLargestModule));
  }
  const std::unique_ptr<archive, FreeArchive> handle(archive_read_new());
  const auto refuse = [&](std::string_view why) {
    return Error(ErrorKind::kScenario,
                 fmt::format("cannot unpack the module {}: {}", file.string(), why));
  };
  const auto check = [&](la_ssize_t result) {
    if (result < ARCHIVE_WARN) {
      const char* const why = archive_error_string(handle.get());
      throw refuse(why == nullptr ? "no reason given" : escape_for_terminal(why));
    }
  };
  constexpr std::size_t kBlock = 64U << 10U;
  check(archive_read_support_filter_all(handle.get()));
  check(archive_read_support_format_raw(handle.get()));
  check(archive_read_open_filename(handle.get(), file.c_str(), kBlock));
  archive_entry* entry = nullptr;
  check(archive_read_next_header(handle.get(), &entry));
  std::string bytes;
  std::string block(kBlock, '\0');
  for (;;) {
    const la_ssize_t size = archive_read_data(handle.get(), block.data(), block.size());
    check(size);
    if (size <= 0) {
      return bytes;
    }
    bytes.append(block, 0, static_cast<std::size_t>(size));
    if (bytes.size() > kLargestModule) {
      throw refuse("it has more than 256 MiB");
    }
  }
}

KernelModule read_kernel_module(std::string_view bytes, std::string_view name) {
  constexpr std::string_view kMagic(
      "\x7f"
      "ELF\2\1",
      6);
  if (!bytes.starts_with(kMagic)) {
    throw Error(ErrorKind::kScenario, fmt::format("{} is not a 64-bit little-endian ELF file",
                                                  escape_for_terminal(name)));
  }
  const std::string_view modinfo = modinfo_of(bytes);
  if (modinfo.empty()) {
    throw Error(ErrorKind::kScenario,
                fmt::format("{} has no section .modinfo: it is no kernel module",
                            escape_for_terminal(name)));
  }
  KernelModule module;
  module.machine = static_cast<std::uint16_t>(number(bytes, 0x12, 2).value_or(0));
  for (const std::string& field : split(modinfo, '\0')) {
    const std::size_t equal = std::min(field.find('='), field.size());
    const std::string_view key = std::string_view(field).substr(0, equal);
    const std::string_view value =
        std::string_view(field).substr(std::min(equal + 1, field.size()));
    if (value.find('\n') != std::string_view::npos) {
      continue;  // It would be two lines of modules.alias.
    }
    if (key == "depends") {
      for (const std::string& used : split(value, ',')) {
        module.depends.push_back(module_name(used));
      }
    } else if (key == "alias") {
      module.aliases.emplace_back(value);
    } else if (key == "softdep") {
      module.soft_lines.emplace_back(value);
      for (std::string& word : split(value, ' ')) {
        if (word != "pre:" && word != "post:") {
          module.soft_depends.push_back(std::move(word));
        }
      }
    }
  }
  return module;
}

std::string module_name(std::string_view text) {
  text.remove_prefix(std::min(text.rfind('/') + 1, text.size()));
  for (const std::string_view suffix : kSuffixes) {
    if (text.ends_with(suffix)) {
      text.remove_suffix(suffix.size());
      break;
    }
  }
  std::string name(text);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

bool is_module_file(std::string_view file_name) {
  return std::any_of(kSuffixes.begin(), kSuffixes.end(),
                     [&](std::string_view suffix) { return file_name.ends_with(suffix); });
}

}  // namespace bootproof
