#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/console/keys.h"
#include "harness/core/text.h"
#include "harness/diagnosis/line_reader.h"
#include "harness/diagnosis/signature.h"
#include "tests/console/cut.h"
#include "tests/diagnosis/samples.h"

namespace bootproof {
namespace {

std::vector<test::Sample> loss_samples() {
  std::vector<test::Sample> all;
  for (const std::span<const test::Sample> part :
       {std::span<const test::Sample>(test::kFirmwareSamples),
        {test::kLoaderSamples},
        {test::kGrubSamples},
        {test::kKernelSamples},
        {test::kUserSamples}}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

bool matches(std::string_view pattern, std::string_view line) {
  return RE2::PartialMatch(re2::StringPiece(line.data(), line.size()),
                           RE2(re2::StringPiece(pattern.data(), pattern.size())));
}

/// True when `pattern` matches a line of `text`, or its end as a menu's.
bool matches_a_line(std::string_view pattern, std::string_view text) {
  while (!text.empty()) {
    const std::size_t feed_at = text.find('\n');
    if (matches(pattern, trim_line(text.substr(0, feed_at)))) {
      return true;
    }
    text = feed_at == std::string_view::npos ? std::string_view{} : text.substr(feed_at + 1);
  }
  return false;
}

std::string recognised(const SignatureWatch& watch) {
  if (const auto finding = watch.certain({})) {
    return std::string(finding->signature->cause);
  }
  if (const auto finding = watch.settled({})) {
    return std::string(finding->signature->cause);
  }
  return "nothing";
}

TEST(SignatureTable, EachSampleIsRecognisedHoweverItIsCut) {
  for (const test::Sample& sample : loss_samples()) {
    for (const std::size_t size : test::kCutSizes) {
      SignatureWatch watch;
      for (const std::string_view piece : test::cut(sample.text, size)) {
        watch.add_text(piece);
      }
      EXPECT_EQ(recognised(watch), sample.cause) << "cut at " << size << ": " << sample.text;
    }
  }
}

TEST(SignatureTable, EachSampleIsRecognisedOnAScreen) {
  for (const test::Sample& sample : loss_samples()) {
    SignatureWatch watch;
    std::string screen(sample.text);
    screen.erase(screen.find_last_not_of(" \n") + 1);
    watch.show_screen(screen + "\n---");
    const bool is_certain = watch.certain({}).has_value();
    if (!is_certain) {
      watch.show_screen(screen);
    }
    EXPECT_EQ(recognised(watch), sample.cause) << sample.text;
  }
}

TEST(SignatureTable, EachRowHasASample) {
  std::vector<test::Sample> samples = loss_samples();
  samples.insert(samples.end(), std::begin(test::kReasonSamples), std::end(test::kReasonSamples));
  samples.insert(samples.end(), std::begin(test::kLoopSamples), std::end(test::kLoopSamples));
  for (const Signature& row : failure_signatures()) {
    EXPECT_TRUE(std::any_of(
        samples.begin(), samples.end(),
        [&](const test::Sample& sample) { return matches_a_line(row.pattern, sample.text); }))
        << row.cause << ": " << row.pattern;
  }
}

TEST(SignatureTable, ReasonsExplainWhatAWatchdogFound) {
  for (const test::Sample& sample : test::kReasonSamples) {
    SignatureWatch watch;
    watch.add_text(sample.text);
    const auto finding = watch.explanation("machine.silent", {});
    ASSERT_TRUE(finding) << sample.text;
    EXPECT_EQ(finding->signature->cause, sample.cause);
    EXPECT_EQ(finding->evidence, std::vector<std::string>{finding->line});
  }
}

TEST(SignatureTable, ALineThatComesAgainAndAgainIsALossHoweverItIsCut) {
  for (const test::Sample& sample : test::kLoopSamples) {
    for (const std::size_t size : test::kCutSizes) {
      SignatureWatch watch;
      for (int times = 1; times <= 4; ++times) {
        EXPECT_FALSE(watch.repeating({})) << times << ", cut at " << size << ": " << sample.text;
        for (const std::string_view piece : test::cut(sample.text, size)) {
          watch.add_text(piece);
        }
      }
      const auto finding = watch.repeating({});
      ASSERT_TRUE(finding) << "cut at " << size << ": " << sample.text;
      EXPECT_EQ(finding->signature->cause, sample.cause);
      EXPECT_EQ(finding->evidence, std::vector<std::string>{finding->line});
    }
  }
}

TEST(SignatureTable, RowsAreWhole) {
  EXPECT_GE(failure_signatures().size(), 45U);
  for (const Signature& row : failure_signatures()) {
    const RE2 pattern(re2::StringPiece(row.pattern.data(), row.pattern.size()), RE2::Quiet);
    EXPECT_TRUE(pattern.ok()) << row.pattern << ": " << pattern.error();
    EXPECT_FALSE(RE2::PartialMatch("", pattern)) << row.pattern;
    EXPECT_NE(row.stage, Stage::kNone) << row.pattern;
    EXPECT_EQ(row.proof == Proof::kSettled, row.settle.count() > 0) << row.pattern;
    EXPECT_EQ(row.proof == Proof::kRemembered, !row.explains.empty()) << row.pattern;
    if (row.cause.empty()) {
      EXPECT_EQ(row.proof, Proof::kRemembered) << row.pattern;
      continue;
    }
    EXPECT_TRUE(RE2::FullMatch(std::string(row.cause), "[a-z]+(\\.[a-z-]+)+")) << row.cause;
    EXPECT_FALSE(row.sentence.empty()) << row.cause;
    EXPECT_FALSE(row.sentence.ends_with('.')) << row.cause;
    EXPECT_FALSE(row.hint.empty()) << row.cause;
    EXPECT_FALSE(row.hint.ends_with('.')) << row.cause;
  }
}

TEST(SignatureTable, WhatRowsExplainAreCauses) {
  for (const Signature& row : failure_signatures()) {
    std::string_view rest = row.explains;
    while (!rest.empty()) {
      const std::size_t blank = rest.find(' ');
      const std::string_view glob = rest.substr(0, blank);
      EXPECT_TRUE(std::any_of(causes().begin(), causes().end(), [&](const Cause& cause) {
        return matches_glob(glob, cause.id);
      })) << glob;
      rest = blank == std::string_view::npos ? std::string_view{} : rest.substr(blank + 1);
    }
  }
}

TEST(SignatureTable, StageMarkersAndCountdownsAreWhole) {
  for (const StageMarker& row : stage_markers()) {
    EXPECT_TRUE(RE2(re2::StringPiece(row.pattern.data(), row.pattern.size()), RE2::Quiet).ok())
        << row.pattern;
  }
  for (const Countdown& row : countdowns()) {
    EXPECT_TRUE(RE2(re2::StringPiece(row.pattern.data(), row.pattern.size()), RE2::Quiet).ok())
        << row.pattern;
    EXPECT_TRUE(find_key(row.key)) << row.key;
  }
}

TEST(Causes, HoldTheSignaturesAndTheWatchdogsEachOnce) {
  std::set<std::string_view> ids;
  for (const Cause& cause : causes()) {
    EXPECT_TRUE(ids.insert(cause.id).second) << cause.id;
    EXPECT_FALSE(cause.sentence.empty()) << cause.id;
    EXPECT_FALSE(cause.hint.empty()) << cause.id;
    EXPECT_EQ(find_cause(cause.id), &cause);
  }
  for (const Signature& row : failure_signatures()) {
    EXPECT_TRUE(row.cause.empty() || is_cause(row.cause)) << row.cause;
  }
  for (const std::string_view id :
       {"machine.reset-loop", "machine.silent", "machine.shutdown", "machine.qemu-exited",
        "step.no-match", "case.limit", "loader.waits-for-input", "kernel.silent-console",
        "host.qemu-did-not-start", "host.kvm-broken", "host.interrupted", "host.build-failed",
        "host.image-changed", "host.image-unreadable"}) {
    EXPECT_TRUE(is_cause(id)) << id;
  }
  for (const std::string_view id : {"", "kernel", "kernel.", "kernel.panic.no", "zzz"}) {
    EXPECT_FALSE(is_cause(id)) << id;
  }
}

TEST(Causes, TheReferenceNamesEachCauseAndPattern) {
  const std::string page = causes_reference();
  EXPECT_THAT(page, testing::StartsWith("# Causes\n\n"));
  for (const Cause& cause : causes()) {
    EXPECT_THAT(page, testing::HasSubstr("\n| `" + std::string(cause.id) + "` | "));
  }
  EXPECT_THAT(page,
              testing::HasSubstr("| `firmware.fell-to-shell` | firmware | settled, 800 ms | `"));
  EXPECT_THAT(page, testing::HasSubstr("(?:CD\\|DVD\\|USB)"));
}

}  // namespace
}  // namespace bootproof
