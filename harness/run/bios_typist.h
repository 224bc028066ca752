#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "harness/console/transcript.h"

namespace bootproof {

/// Types a text through SeaBIOS's serial keyboard, whose buffer drops what comes faster than the
/// program reads: it gives a few keys at a time and goes on when their echo has come, or when a
/// program that echoes nothing (a password, a menu) has had long enough. Pure: no I/O, no clock of
/// its own.
class BiosTypist {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `text`: as a terminal sends it, a carriage return for Enter. `position`: the transcript's end.
  BiosTypist(std::string text, std::uint64_t position, Time now);

  /// The keys to send now; empty while the echo of the last ones is awaited, or when all is typed.
  [[nodiscard]] std::optional<std::string> next_keys(const Transcript& transcript, Time now);

  /// True when next_keys() has found the echo of the last keys.
  [[nodiscard]] bool is_done() const { return done_; }

  /// The keys whose echo is awaited.
  [[nodiscard]] const std::string& awaited() const { return awaited_; }

  /// When next_keys() no longer waits for an echo.
  [[nodiscard]] Time deadline() const;

 private:
  std::string rest_;     ///< Not sent yet.
  std::string awaited_;  ///< Sent; its echo is awaited.
  std::uint64_t since_;  ///< Transcript position behind which the echo stands.
  Time sent_;
  bool done_ = false;
};

}  // namespace bootproof
