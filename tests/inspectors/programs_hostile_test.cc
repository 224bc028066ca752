// Programs, signatures and varstores that nobody made by accident: bounded, whatever they claim.

#include <gtest/gtest.h>

#include <vector>

#include "inspectors/programs/secure_boot.h"
#include "inspectors/programs/uki.h"
#include "tests/inspectors/defects.h"
#include "tests/inspectors/hostile.h"
#include "tests/inspectors/sample_programs.h"
#include "tests/inspectors/sample_signatures.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::ca_certificate;
using bootproof::testing::efi_program;
using bootproof::testing::findings_of_program;
using bootproof::testing::findings_of_varstore;
using bootproof::testing::for_each_cut;
using bootproof::testing::for_each_damage;
using bootproof::testing::HugeImage;
using bootproof::testing::Patch;
using bootproof::testing::program_of;
using bootproof::testing::ProgramPlaces;
using bootproof::testing::sample_variables;
using bootproof::testing::shim_sections;
using bootproof::testing::sign;
using bootproof::testing::uki_program;
using bootproof::testing::varstore_of;

/// Asks all that can be asked; the answers don't matter.
void ask_all(const Bytes& bytes) {
  static const Bytes kStore = varstore_of(sample_variables());
  static const Bytes kShim = program_of(shim_sections(ca_certificate()));
  MemoryImage store_source{ByteSpan(kStore)};
  MemoryImage shim_source{ByteSpan(kShim)};
  MemoryImage source{ByteSpan(bytes)};
  Findings findings;
  const auto store = read_varstore(ImageView(store_source), findings);
  const ImageView shim(shim_source);
  const auto shim_pe = read_pe(shim, {}, findings);
  const ImageView file(source);
  if (const auto pe = read_pe(file, {}, findings)) {
    EXPECT_FALSE(secure_boot_answer(file, *pe, *store).reason.empty());
    EXPECT_FALSE(shim_answer(shim, *shim_pe, file, *pe, *store).reason.empty());
    EXPECT_FALSE(shim_answer(file, *pe, shim, *shim_pe, *store).reason.empty());
  }
}

std::vector<Bytes> sample_programs() {
  return {sign(efi_program()), uki_program(), sign(program_of(shim_sections(ca_certificate())))};
}

TEST(HostileProgram, CutAnywhereIsStillRead) {
  for (const Bytes& whole : sample_programs()) {
    for_each_cut(ByteSpan(whole), {7, 1024, 61}, [](ByteSpan begin) {
      const Bytes cut(begin.begin(), begin.end());
      EXPECT_LT(findings_of_program(cut).size(), 40U);
      ask_all(cut);
    });
  }
}

TEST(HostileProgram, DamagedAnywhereIsStillRead) {
  for (const Bytes& whole : sample_programs()) {
    for (const std::size_t within : {std::size_t{ProgramPlaces::kHeadersSize}, whole.size()}) {
      for_each_damage(ByteSpan(whole), {.seed = 5, .rounds = 150, .changes = 4, .within = within},
                      [](const Bytes& damaged) {
                        EXPECT_LT(findings_of_program(damaged).size(), 200U);
                        ask_all(damaged);
                      });
    }
  }
}

TEST(HostileVarstore, CutAnywhereIsStillRead) {
  const Bytes whole = varstore_of(sample_variables());
  for_each_cut(ByteSpan(whole), {5, 2048, 509}, [](ByteSpan cut) {
    EXPECT_LT(findings_of_varstore({cut.begin(), cut.end()}).size(), 10U);
  });
}

TEST(HostileVarstore, DamagedAnywhereIsStillRead) {
  const Bytes whole = varstore_of(sample_variables());
  for_each_damage(
      ByteSpan(whole), {.seed = 7, .rounds = 3000, .changes = 2, .within = 2400},
      [](const Bytes& damaged) { EXPECT_LT(findings_of_varstore(damaged).size(), 20U); });
}

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30U;

TEST(HostileProgram, WithSectionsThatAllClaimTheFileIsNotHashedAgainAndAgain) {
  Bytes bytes = efi_program();
  Patch patch(bytes);
  for (std::uint64_t i = 0; i < 4; ++i) {
    patch.le32(ProgramPlaces::row(i) + 16, kGibibyte - 4096).le32(ProgramPlaces::row(i) + 20, 4096);
  }
  HugeImage source(ByteSpan(bytes), kGibibyte);
  const ImageView file(source);
  Findings findings;
  const auto pe = read_pe(file, "program", findings);
  ASSERT_TRUE(pe.has_value());
  EXPECT_EQ(authenticode_digest(file, *pe, DigestAlgorithm::kSha256), std::nullopt);
  EXPECT_LT(source.bytes_read(), 1000000U);
}

TEST(HostileProgram, WithACertificateTableOfAGibibyteIsNotReadThrough) {
  Bytes bytes = efi_program();
  Patch(bytes).le32(ProgramPlaces::kCertificateEntry, 4096);
  Patch(bytes).le32(ProgramPlaces::kCertificateEntry + 4, kGibibyte - 4096);
  bytes.resize(8192);
  for (std::uint64_t at = 4096; at < 8192; at += 8) {
    Patch(bytes).le32(at, 8).le16(at + 4, 0x0200).le16(at + 6, 2);
  }
  HugeImage source(ByteSpan(bytes), kGibibyte);
  const ImageView file(source);
  Findings findings;
  const auto pe = read_pe(file, "program", findings);
  const Authenticode read = read_authenticode(file, *pe, "program", findings);
  EXPECT_LE(read.signatures.size(), 8U);
  EXPECT_LT(source.bytes_read(), 4000000U);
}

TEST(HostileVarstore, OfVariablesWithoutBytesEnds) {
  std::vector<bootproof::testing::SampleVariable> variables;
  for (int i = 0; i < 200; ++i) {
    variables.push_back({"", bootproof::testing::kGlobalGuid, {}, 0x3F});
  }
  const Bytes bytes = varstore_of(variables);
  MemoryImage source{ByteSpan(bytes)};
  Findings findings;
  EXPECT_EQ(read_varstore(ImageView(source), findings)->variables.size(), 200U);
}

TEST(HostileSignatureLists, EndWhereTheyDontFit) {
  for (const std::uint32_t size : {0U, 1U, 15U, 16U, 17U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    for (const std::uint64_t field : {16U, 20U, 24U}) {
      Bytes list = bootproof::testing::x509_list(ca_certificate());
      Patch(list).le32(field, size);
      bool is_whole = false;
      EXPECT_LE(read_signature_lists(list, &is_whole).size(), 1U);
    }
  }
}

}  // namespace
}  // namespace bootproof::inspectors
