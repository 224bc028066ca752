#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "harness/diagnosis/signature.h"

namespace bootproof {

/// The tables behind failure_signatures(), one for each part of a boot.
std::span<const Signature> firmware_rows();
std::span<const Signature> bootloader_rows();
std::span<const Signature> grub_rows();
std::span<const Signature> kernel_rows();
std::span<const Signature> initramfs_rows();
std::span<const Signature> userspace_rows();

// How rows are written: what is proved, then pattern, sentence and hint.

/// A line that is printed only when the boot is lost.
constexpr Signature certain(std::string_view cause, Stage stage, std::string_view pattern,
                            std::string_view sentence, std::string_view hint) {
  return {.cause = cause,
          .pattern = pattern,
          .sentence = sentence,
          .hint = hint,
          .stage = stage,
          .proof = Proof::kCertain};
}

/// As certain(), for a pattern that also matches the beginnings of lines that rows above it match.
constexpr Signature certain_at_line_end(std::string_view cause, Stage stage,
                                        std::string_view pattern, std::string_view sentence,
                                        std::string_view hint) {
  Signature row = certain(cause, stage, pattern, sentence, hint);
  row.whole_line = true;
  return row;
}

/// A prompt or menu that waits for a person.
constexpr Signature settled(std::string_view cause, Stage stage, std::string_view pattern,
                            int settle_ms, std::string_view sentence, std::string_view hint) {
  Signature row = certain(cause, stage, pattern, sentence, hint);
  row.proof = Proof::kSettled;
  row.settle = std::chrono::milliseconds(settle_ms);
  return row;
}

/// A line that is no loss, but the reason of one with a cause among `explains`.
constexpr Signature reason(std::string_view cause, Stage stage, std::string_view explains,
                           std::string_view pattern, std::string_view sentence,
                           std::string_view hint) {
  Signature row = certain(cause, stage, pattern, sentence, hint);
  row.proof = Proof::kRemembered;
  row.explains = explains;
  return row;
}

/// As reason(), where the kernel goes on to try something else that shows a later stage.
constexpr Signature reason_where(std::string_view cause, Stage stage, std::string_view explains,
                                 std::string_view pattern, std::string_view sentence,
                                 std::string_view hint) {
  Signature row = reason(cause, stage, explains, pattern, sentence, hint);
  row.ends_there = true;
  return row;
}

/// A line that proves the loss when nothing else comes: `times` of it, and more for `settle_ms`.
constexpr Signature repeated(std::string_view cause, Stage stage, std::size_t times, int settle_ms,
                             std::string_view pattern, std::string_view sentence,
                             std::string_view hint) {
  Signature row = settled(cause, stage, pattern, settle_ms, sentence, hint);
  row.repeats = times;
  return row;
}

/// As reason(), where its line goes round at the end of what was printed, `times` at least.
constexpr Signature reason_while_repeated(std::string_view cause, Stage stage,
                                          std::string_view explains, std::size_t times,
                                          std::string_view pattern, std::string_view sentence,
                                          std::string_view hint) {
  Signature row = reason(cause, stage, explains, pattern, sentence, hint);
  row.repeats = times;
  return row;
}

/// A line that belongs to the evidence of a loss with a cause among `explains`.
constexpr Signature evidence(Stage stage, std::string_view explains, std::string_view pattern) {
  return reason({}, stage, explains, pattern, {}, {});
}

}  // namespace bootproof
