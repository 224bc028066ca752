#include "harness/run/case_texts.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/run/machine_steps.h"

namespace bootproof {

std::string text_of(const Step& step) {
  if (const auto* expect = std::get_if<ExpectStep>(&step.action)) {
    return fmt::format("expect '{}'",
                       fmt::join(expect->patterns, expect->all ? "' and '" : "' or '"));
  }
  if (const auto* send = std::get_if<SendStep>(&step.action)) {
    return fmt::format("send '{}'", send->text);
  }
  if (const auto* press = std::get_if<KeyStep>(&step.action)) {
    return fmt::format("key {}", press->key);
  }
  if (const auto* wait = std::get_if<WaitQuietStep>(&step.action)) {
    return fmt::format("wait_quiet {} ms", wait->quiet.count());
  }
  if (const auto* reach = std::get_if<ReachStep>(&step.action)) {
    return fmt::format("reach {}", name_of(reach->goal));
  }
  return text_of_machine_step(step);
}

bool waits_for_the_guest(const Step& step) {
  return std::holds_alternative<ExpectStep>(step.action) ||
         std::holds_alternative<ReachStep>(step.action);
}

SourceMask mask_of(MatchOn on) {
  switch (on) {
    case MatchOn::kAny:
      return {.serial = true, .screen = true, .vga = true};
    case MatchOn::kSerial:
      return {.serial = true, .screen = false, .vga = false};
    case MatchOn::kScreen:
      return {.serial = false, .screen = true, .vga = true};
    case MatchOn::kVga:
      break;
  }
  return {.serial = false, .screen = false, .vga = true};
}

std::string as_typed(std::string text) {
  std::replace(text.begin(), text.end(), '\n', '\r');
  return text;
}

std::string shortened(std::string_view line) {
  constexpr std::size_t kLongest = 200;
  if (line.size() <= kLongest) {
    return std::string(line);
  }
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) {
    --end;  // Not within a character.
  }
  return fmt::format("{} [and {} bytes more]", line.substr(0, end), line.size() - end);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end != 0) {
      lines.push_back(shortened(text.substr(0, end)));
    }
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

std::string seconds_text(std::chrono::steady_clock::duration duration) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(duration).count());
}

std::string_view sentence_of(std::string_view cause) {
  const Cause* row = find_cause(cause);
  return row == nullptr ? cause : row->sentence;
}

LimitWords words_for_limit(std::string_view cause, Stage stage, double slowness) {
  LimitWords words{cause, "serial.log holds what was printed"};
  if (cause != "machine.silent") {
    constexpr double kTold = 1.05;  // Below it would read as 1.0.
    if (slowness >= kTold) {
      words.hint += fmt::format("; limits were multiplied by {:.1f} for this host", slowness);
    }
  } else if (stage == Stage::kKernelLoad) {
    words.cause = "kernel.silent-console";
    words.hint =
        "name this machine's serial port on the kernel's command line: console=ttyS0 on x86_64, "
        "console=ttyAMA0 on aarch64";
  } else if (stage != Stage::kLoader) {
    words.hint = "screen.png shows what the machine's own screen says";
  }
  return words;
}

}  // namespace bootproof
