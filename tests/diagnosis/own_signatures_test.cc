#include "harness/diagnosis/own_signatures.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/error.h"
#include "harness/diagnosis/log_diagnosis.h"

namespace bootproof {
namespace {

using Lines = std::vector<std::string>;

OwnSignature row(std::string cause, std::string pattern, Proof proof = Proof::kCertain) {
  OwnSignature own;
  own.cause = std::move(cause);
  own.pattern = std::move(pattern);
  own.sentence = "the card has no firmware";
  own.hint = "add it";
  own.link = "https://tracker.example/1";
  own.explains = "*";
  own.settle = std::chrono::milliseconds(1000);
  own.stage = Stage::kKernel;
  own.proof = proof;
  return own;
}

OwnSignature ignored(std::string cause, std::string pattern) {
  OwnSignature own = row(std::move(cause), std::move(pattern));
  own.is_ignored = true;
  return own;
}

std::shared_ptr<const OwnSignatures> compiled(std::vector<OwnSignature> rows) {
  return std::make_shared<const OwnSignatures>(std::move(rows));
}

/// The certain cause after text that was cut into pieces of `size` bytes; "none".
std::string certain_after(const std::shared_ptr<const OwnSignatures>& own, std::string_view text,
                          std::size_t size) {
  SignatureWatch watch(own);
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) {
    watch.add_text(text.substr(0, size));
  }
  const std::optional<Finding> finding = watch.certain({});
  return finding ? std::string(finding->signature->cause) : "none";
}

TEST(OwnSignatures, ALineOfTheUsersEndsABootHoweverItWasCut) {
  const auto own = compiled({row("site.nic", "nic0: firmware .* missing")});
  for (const std::size_t size : {1U, 2U, 7U, 4096U}) {
    EXPECT_EQ(certain_after(own, "[    1.000000] nic0: firmware x.bin missing\n", size),
              "site.nic");
    EXPECT_EQ(certain_after(own, "[    1.000000] nic0: firmware x.bin loaded\n", size), "none");
  }
}

TEST(OwnSignatures, TheTablesStillCount) {
  const auto own = compiled({row("site.nic", "nic0")});
  EXPECT_EQ(certain_after(own, "No bootable device.\n", 4096), "firmware.no-bootable-device");
}

TEST(OwnSignatures, TheUsersRowGoesFirstOnTheSameLine) {
  const auto own = compiled({row("site.no-disk", "No bootable device")});
  SignatureWatch watch(own);
  watch.add_text("No bootable device.\n");
  const std::optional<Finding> finding = watch.certain({});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->signature->cause, "site.no-disk");
  EXPECT_EQ(finding->signature->link, "https://tracker.example/1");
}

TEST(OwnSignatures, AnIgnoredLineProvesNothingHoweverItWasCut) {
  const auto own = compiled({ignored("site.known", "No bootable device. \\(known\\)")});
  for (const std::size_t size : {1U, 2U, 7U, 4096U}) {
    EXPECT_EQ(certain_after(own, "No bootable device. (known)\n", size), "none") << size;
    EXPECT_EQ(certain_after(own, "No bootable device.\n", size), "firmware.no-bootable-device");
    EXPECT_EQ(certain_after(own, "No bootable device. (known)\nNo bootable device.\n", size),
              "firmware.no-bootable-device");
  }
}

TEST(OwnSignatures, WhatWasIgnoredIsTold) {
  SignatureWatch watch(compiled({ignored("site.known", "glitch"), ignored("site.other", "other")}));
  watch.add_text("a glitch\nagain a glitch\n");
  EXPECT_EQ(watch.ignored(), Lines{"site.known"});
}

TEST(OwnSignatures, AnIgnoredPromptDoesNotSettle) {
  SignatureWatch watch(compiled({ignored("site.shell", "^grub> *$")}));
  watch.add_text("grub> ");
  EXPECT_FALSE(watch.settled({}));
  SignatureWatch other;
  other.add_text("grub> ");
  EXPECT_TRUE(other.settled({}));
}

TEST(OwnSignatures, APromptOfTheUsersSettles) {
  SignatureWatch watch(compiled({row("site.vendor-shell", "^vendor> *$", Proof::kSettled)}));
  watch.add_text("starting\nvendor> ");
  const std::optional<Finding> finding = watch.settled({});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->signature->cause, "site.vendor-shell");
  EXPECT_EQ(finding->settle(), std::chrono::milliseconds(1000));
}

TEST(OwnSignatures, ALineOfTheUsersExplainsALossAndTheProofIsItsCandidate) {
  SignatureWatch watch(compiled({row("site.nic", "nic0: dead", Proof::kRemembered)}));
  watch.add_text("nic0: dead\nNo bootable device.\n");
  const std::optional<Finding> finding = watch.certain({});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->signature->cause, "site.nic");
  EXPECT_EQ(finding->evidence, (Lines{"nic0: dead", "No bootable device."}));
  ASSERT_EQ(finding->candidates.size(), 1U);
  EXPECT_EQ(finding->candidates[0]->cause, "firmware.no-bootable-device");
}

TEST(OwnSignatures, AToleratedCauseOfTheUsersIsPassedOver) {
  SignatureWatch watch(compiled({row("site.nic", "nic0: dead")}));
  watch.add_text("nic0: dead\n");
  EXPECT_FALSE(watch.certain(Lines{"site.nic"}));
}

TEST(OwnSignatures, CountInAKernelsLogToo) {
  KernelLog log;
  log.records.emplace_back();
  log.records.back().text = "nic0: dead";
  const LogDiagnosis diagnosis =
      diagnose_kernel_log(log, "machine.silent", {}, compiled({row("site.nic", "nic0: dead")}));
  ASSERT_TRUE(diagnosis.finding);
  EXPECT_EQ(diagnosis.finding->signature->cause, "site.nic");
}

TEST(OwnSignatures, ABadPatternIsTheScenariosFault) {
  try {
    const OwnSignatures own({row("site.x", "a(b")});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kScenario);
    EXPECT_EQ(error.message(), "the patterns of 'causes': bad signature 'a(b': missing ): a(b");
  }
}

}  // namespace
}  // namespace bootproof
