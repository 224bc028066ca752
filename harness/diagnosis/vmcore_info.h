#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/diagnosis/guest_memory.h"

namespace bootproof {

/// The note VMCOREINFO, which a Linux kernel writes about itself for those who read its memory
/// after its death (Documentation/admin-guide/kdump/vmcoreinfo.rst): lines "KEY=VALUE" with the
/// addresses of symbols and the sizes and offsets of what they name.
class VmcoreInfo {
 public:
  /// Reads a note's text. Lines that are no "KEY=VALUE" are passed over; at most 1024 are kept.
  explicit VmcoreInfo(std::string_view text);

  /// "6.1.0-18-amd64" (OSRELEASE).
  [[nodiscard]] std::string release() const;
  /// The kernel's version as 100 * major + minor, 0 where OSRELEASE does not say it.
  [[nodiscard]] unsigned version() const;
  /// The value of a line, without its key.
  [[nodiscard]] std::optional<std::string> text(const std::string& key) const;
  /// SYMBOL(name): a virtual address, hexadecimal.
  [[nodiscard]] std::optional<std::uint64_t> symbol(std::string_view name) const;
  /// SIZE(name), in bytes.
  [[nodiscard]] std::optional<std::uint64_t> size(std::string_view name) const;
  /// OFFSET(name), in bytes.
  [[nodiscard]] std::optional<std::uint64_t> offset(std::string_view name) const;
  /// NUMBER(name): decimal, which may be negative (then modulo 2^64), or hexadecimal with 0x.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> lines_;
};

/// The texts of the notes in a memory, each once, 16 at most: what begins with "OSRELEASE=" and
/// goes on as such a note does. Reads the whole memory once.
std::vector<std::string> find_vmcore_notes(const GuestMemory& memory);
/// The same in bytes, as those of an ELF core's notes.
std::vector<std::string> find_vmcore_notes(std::string_view bytes);

}  // namespace bootproof
