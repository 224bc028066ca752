#include "harness/console/keys.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace bootproof {
namespace {

// VT100 user guide, chapter 3, and what xterm and the Linux console send for the keys that a VT100
// has not; QEMU 7.2, qapi/ui.json, QKeyCode.
constexpr std::array<Key, 26> kNamedKeys{{
    {"enter", "\r", "ret"},
    {"esc", "\x1b", "esc"},
    {"tab", "\t", "tab"},
    {"space", " ", "spc"},
    {"backspace", "\x7f", "backspace"},
    {"delete", "\x1b[3~", "delete"},
    {"up", "\x1b[A", "up"},
    {"down", "\x1b[B", "down"},
    {"left", "\x1b[D", "left"},
    {"right", "\x1b[C", "right"},
    {"home", "\x1b[H", "home"},
    {"end", "\x1b[F", "end"},
    {"page-up", "\x1b[5~", "pgup"},
    {"page-down", "\x1b[6~", "pgdn"},
    {"f1", "\x1bOP", "f1"},
    {"f2", "\x1bOQ", "f2"},
    {"f3", "\x1bOR", "f3"},
    {"f4", "\x1bOS", "f4"},
    {"f5", "\x1b[15~", "f5"},
    {"f6", "\x1b[17~", "f6"},
    {"f7", "\x1b[18~", "f7"},
    {"f8", "\x1b[19~", "f8"},
    {"f9", "\x1b[20~", "f9"},
    {"f10", "\x1b[21~", "f10"},
    {"f11", "\x1b[23~", "f11"},
    {"f12", "\x1b[24~", "f12"},
}};

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLettersWithControl =
    "ctrl-actrl-bctrl-cctrl-dctrl-ectrl-fctrl-gctrl-hctrl-ictrl-jctrl-kctrl-lctrl-mctrl-nctrl-o"
    "ctrl-pctrl-qctrl-rctrl-sctrl-tctrl-uctrl-vctrl-wctrl-xctrl-yctrl-z";
constexpr std::string_view kControls =
    "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"
    "\x18\x19\x1a";
constexpr std::size_t kControlName = std::string_view("ctrl-a").size();

constexpr std::size_t kKeyCount = kNamedKeys.size() + 2 * kLetters.size() + kDigits.size();

/// The named keys, and the three families that need no row each.
constexpr std::array<Key, kKeyCount> make_keys() {
  std::array<Key, kKeyCount> all{};
  std::size_t next = 0;
  for (const Key& key : kNamedKeys) {
    all[next++] = key;
  }
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    const std::string_view name = kLettersWithControl.substr(i * kControlName, kControlName);
    all[next++] = {name, kControls.substr(i, 1), name};
  }
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    all[next++] = {kLetters.substr(i, 1), kLetters.substr(i, 1), kLetters.substr(i, 1)};
  }
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    all[next++] = {kDigits.substr(i, 1), kDigits.substr(i, 1), kDigits.substr(i, 1)};
  }
  return all;
}

constexpr std::array<Key, kKeyCount> kKeys = make_keys();

}  // namespace

std::span<const Key> keys() { return kKeys; }

std::optional<Key> find_key(std::string_view name) {
  const auto* const key = std::find_if(
      kKeys.begin(), kKeys.end(), [&](const Key& candidate) { return candidate.name == name; });
  if (key == kKeys.end()) {
    return std::nullopt;
  }
  return *key;
}

std::string qcodes_for(char character) {
  struct Typed {
    char plain;
    char shifted;
    std::string_view qcode;
  };
  // The keys of a US keyboard beside letters; QEMU 7.2, qapi/ui.json, QKeyCode.
  static constexpr std::array<Typed, 21> kTyped{{
      {'1', '!', "1"},
      {'2', '@', "2"},
      {'3', '#', "3"},
      {'4', '$', "4"},
      {'5', '%', "5"},
      {'6', '^', "6"},
      {'7', '&', "7"},
      {'8', '*', "8"},
      {'9', '(', "9"},
      {'0', ')', "0"},
      {'-', '_', "minus"},
      {'=', '+', "equal"},
      {'[', '{', "bracket_left"},
      {']', '}', "bracket_right"},
      {';', ':', "semicolon"},
      {'\'', '"', "apostrophe"},
      {'`', '~', "grave_accent"},
      {'\\', '|', "backslash"},
      {',', '<', "comma"},
      {'.', '>', "dot"},
      {'/', '?', "slash"},
  }};
  if (character >= 'a' && character <= 'z') {
    return {character};
  }
  if (character >= 'A' && character <= 'Z') {
    return std::string("shift-") + static_cast<char>(character - 'A' + 'a');
  }
  for (const Typed& key : kTyped) {
    if (character == key.plain || character == key.shifted) {
      return (character == key.shifted ? "shift-" : "") + std::string(key.qcode);
    }
  }
  const std::string_view wanted = character == '\n' ? "\r" : std::string_view(&character, 1);
  const auto* const key = std::find_if(
      kKeys.begin(), kKeys.end(), [&](const Key& candidate) { return candidate.serial == wanted; });
  return key == kKeys.end() ? std::string() : std::string(key->qcodes);
}

}  // namespace bootproof
