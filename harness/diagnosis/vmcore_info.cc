#include "harness/diagnosis/vmcore_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bootproof {
namespace {

constexpr std::string_view kBegin = "OSRELEASE=";
constexpr std::size_t kMostLines = 1024;
constexpr std::size_t kMostNotes = 16;
/// How many places that begin as a note does are looked at.
constexpr std::size_t kMostPlaces = 4096;
/// VMCOREINFO_BYTES of Linux, include/linux/vmcore_info.h: the text fills no more than a page.
constexpr std::size_t kMostBytes = 4096;
constexpr std::size_t kPiece = 1U << 20U;

std::optional<std::uint64_t> parsed(std::string_view digits, int base) {
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return value;
}

/// The note that begins at the beginning of `bytes`; empty where none does.
std::string_view note_at(std::string_view bytes) {
  bytes = bytes.substr(0, kMostBytes);
  const auto end = std::find_if(bytes.begin(), bytes.end(),
                                [](char c) { return c != '\n' && (c < ' ' || c > '~'); });
  const std::string_view text = bytes.substr(0, static_cast<std::size_t>(end - bytes.begin()));
  // The kernel's own format strings begin alike.
  return text.find("\nPAGESIZE=") == std::string_view::npos ? std::string_view{} : text;
}

void take_note(std::string_view bytes, std::vector<std::string>& notes) {
  const std::string_view text = note_at(bytes);
  if (!text.empty() && std::find(notes.begin(), notes.end(), text) == notes.end()) {
    notes.emplace_back(text);
  }
}

}  // namespace

VmcoreInfo::VmcoreInfo(std::string_view text) {
  while (!text.empty() && lines_.size() < kMostLines) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos) {
      lines_.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
}

std::string VmcoreInfo::release() const { return text("OSRELEASE").value_or(""); }

unsigned VmcoreInfo::version() const {
  const std::string name = release();
  const std::size_t dot = name.find('.');
  if (dot == std::string::npos) {
    return 0;
  }
  const std::size_t end = name.find_first_not_of("0123456789", dot + 1);
  const std::string_view view = name;
  const auto major = parsed(view.substr(0, dot), 10);
  const auto minor = parsed(view.substr(dot + 1, end - dot - 1), 10);
  constexpr std::uint64_t kMost = 99;
  if (!major || !minor || *major > kMost || *minor > kMost) {
    return 0;
  }
  return static_cast<unsigned>(*major * 100 + *minor);
}

std::optional<std::string> VmcoreInfo::text(const std::string& key) const {
  const auto found = lines_.find(key);
  return found == lines_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

std::optional<std::uint64_t> VmcoreInfo::symbol(std::string_view name) const {
  const auto value = text(fmt::format("SYMBOL({})", name));
  return value ? parsed(*value, 16) : std::nullopt;
}

std::optional<std::uint64_t> VmcoreInfo::size(std::string_view name) const {
  const auto value = text(fmt::format("SIZE({})", name));
  return value ? parsed(*value, 10) : std::nullopt;
}

std::optional<std::uint64_t> VmcoreInfo::offset(std::string_view name) const {
  const auto value = text(fmt::format("OFFSET({})", name));
  return value ? parsed(*value, 10) : std::nullopt;
}

std::optional<std::uint64_t> VmcoreInfo::number(std::string_view name) const {
  const auto value = text(fmt::format("NUMBER({})", name));
  if (!value) {
    return std::nullopt;
  }
  if (value->starts_with("0x")) {
    return parsed(std::string_view(*value).substr(2), 16);
  }
  if (value->starts_with("-")) {
    const auto magnitude = parsed(std::string_view(*value).substr(1), 10);
    return magnitude ? std::optional<std::uint64_t>(~*magnitude + 1) : std::nullopt;
  }
  return parsed(*value, 10);
}

std::vector<std::string> find_vmcore_notes(std::string_view bytes) {
  std::vector<std::string> notes;
  std::size_t at = bytes.find(kBegin);
  for (std::size_t places = 0; at != std::string_view::npos && places < kMostPlaces; ++places) {
    take_note(bytes.substr(at), notes);
    if (notes.size() == kMostNotes) {
      break;
    }
    at = bytes.find(kBegin, at + kBegin.size());
  }
  return notes;
}

std::vector<std::string> find_vmcore_notes(const GuestMemory& memory) {
  std::vector<std::string> notes;
  std::size_t places = 0;
  std::vector<std::uint8_t> piece(kPiece + kMostBytes);
  for (const MemoryRange& range : memory.ranges()) {
    // Each piece is searched for beginnings, with what may belong to the last of them behind it.
    for (std::uint64_t at = 0; at < range.size; at += kPiece) {
      const std::size_t size = std::min<std::uint64_t>(range.size - at, piece.size());
      if (!memory.read(range.address + at, std::span(piece).first(size))) {
        continue;
      }
      const std::string_view bytes(static_cast<const char*>(static_cast<const void*>(piece.data())),
                                   size);
      std::size_t found = bytes.find(kBegin);
      for (; found < kPiece && places < kMostPlaces; ++places) {
        take_note(bytes.substr(found), notes);
        if (notes.size() == kMostNotes) {
          return notes;
        }
        found = bytes.find(kBegin, found + kBegin.size());
      }
    }
  }
  return notes;
}

}  // namespace bootproof
