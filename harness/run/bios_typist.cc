#include "harness/run/bios_typist.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace bootproof {
namespace {

/// SeaBIOS's serial console keeps 15 keys and drops the rest; fewer are sent before their echo is
/// awaited.
constexpr std::size_t kBiosKeys = 12;
/// A program that does not echo (a password, a menu) gets the next keys after this long.
constexpr std::chrono::milliseconds kEchoPatience{1000};

/// True when all characters of `wanted` come in `text` in this order; a terminal that redraws puts
/// others between them.
bool has_in_order(std::string_view text, std::string_view wanted) {
  std::size_t next = 0;
  for (const char c : text) {
    if (next < wanted.size() && c == wanted[next]) {
      ++next;
    }
  }
  return next == wanted.size();
}

}  // namespace

BiosTypist::BiosTypist(std::string text, std::uint64_t position, Time now)
    : rest_(std::move(text)), since_(position), sent_(now) {}

std::optional<std::string> BiosTypist::next_keys(const Transcript& transcript, Time now) {
  if (!has_in_order(transcript.since(since_), awaited_) && now < deadline()) {
    return std::nullopt;
  }
  if (rest_.empty()) {
    done_ = true;
    return std::nullopt;
  }
  // Enter goes alone and last: it has no echo of its own.
  const std::size_t end = std::min(rest_.find('\r'), kBiosKeys);
  std::string part = rest_.substr(0, std::max<std::size_t>(end, 1));
  rest_.erase(0, part.size());
  awaited_ = part == "\r" ? std::string() : part;
  since_ = transcript.end();
  sent_ = now;
  return part;
}

BiosTypist::Time BiosTypist::deadline() const { return sent_ + kEchoPatience; }

}  // namespace bootproof
