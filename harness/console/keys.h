#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bootproof {

/// A named key: what a VT100 terminal sends for it, and QEMU's QKeyCode names for the keyboard
/// (several, pressed together, separated by '-': "ctrl-c").
struct Key {
  std::string_view name;
  std::string_view serial;
  std::string_view qcodes;
};

/// All keys: enter, esc, tab, space, backspace, delete, up, down, left, right, home, end, page-up,
/// page-down, f1 to f12, ctrl-a to ctrl-z, a to z, 0 to 9.
std::span<const Key> keys();

/// The key of that name (case-sensitive), or nothing.
std::optional<Key> find_key(std::string_view name);

/// The keys of a US keyboard that type `character`, as in Key::qcodes ("shift-a"); empty for what
/// no key types (anything beyond ASCII). A line feed and a carriage return are Enter.
std::string qcodes_for(char character);

}  // namespace bootproof
