// Programs, signatures and varstores that nobody made by accident: bounded, whatever they claim.

#include <gtest/gtest.h>

#include <random>

#include "inspectors/programs/secure_boot.h"
#include "inspectors/programs/uki.h"
#include "tests/inspectors/defects.h"
#include "tests/inspectors/sample_programs.h"
#include "tests/inspectors/sample_signatures.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::ca_certificate;
using bootproof::testing::efi_program;
using bootproof::testing::findings_of_program;
using bootproof::testing::findings_of_varstore;
using bootproof::testing::Patch;
using bootproof::testing::program_of;
using bootproof::testing::ProgramPlaces;
using bootproof::testing::sample_variables;
using bootproof::testing::shim_sections;
using bootproof::testing::sign;
using bootproof::testing::uki_program;
using bootproof::testing::varstore_of;

Bytes first(const Bytes& bytes, std::size_t size) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

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

TEST(HostileProgram, CutAnywhereIsStillRead) {
  for (const Bytes& whole :
       {sign(efi_program()), uki_program(), sign(program_of(shim_sections(ca_certificate())))}) {
    for (std::size_t size = 0; size <= whole.size(); size += size < 1024 ? 7 : 61) {
      const Bytes cut = first(whole, size);
      EXPECT_LT(findings_of_program(cut).size(), 40U);
      ask_all(cut);
    }
  }
}

TEST(HostileProgram, DamagedAnywhereIsStillRead) {
  std::mt19937 random(5);
  for (const Bytes& whole :
       {sign(efi_program()), uki_program(), sign(program_of(shim_sections(ca_certificate())))}) {
    for (int round = 0; round < 300; ++round) {
      Bytes bytes = whole;
      for (int change = 0; change < 4; ++change) {
        const bool is_in_headers = random() % 2 == 0;
        bytes[random() % (is_in_headers ? ProgramPlaces::kHeadersSize : bytes.size())] =
            static_cast<std::uint8_t>(random());
      }
      EXPECT_LT(findings_of_program(bytes).size(), 200U);
      ask_all(bytes);
    }
  }
}

TEST(HostileVarstore, CutAnywhereIsStillRead) {
  const Bytes whole = varstore_of(sample_variables());
  for (std::size_t size = 0; size <= whole.size(); size += size < 2048 ? 5 : 509) {
    EXPECT_LT(findings_of_varstore(first(whole, size)).size(), 10U);
  }
}

TEST(HostileVarstore, DamagedAnywhereIsStillRead) {
  std::mt19937 random(7);
  const Bytes whole = varstore_of(sample_variables());
  for (int round = 0; round < 3000; ++round) {
    Bytes bytes = whole;
    bytes[random() % 2400] = static_cast<std::uint8_t>(random());
    bytes[random() % 2400] = static_cast<std::uint8_t>(random());
    EXPECT_LT(findings_of_varstore(bytes).size(), 20U);
  }
}

/// Bytes behind which there is nothing but zeros, up to any size.
class SparseImage final : public ImageSource {
 public:
  SparseImage(const Bytes& bytes, std::uint64_t size) : bytes_(bytes), size_(size) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  bool read_inside(std::uint64_t offset, std::span<std::uint8_t> into) override {
    bytes_read_ += into.size();
    for (std::size_t i = 0; i < into.size(); ++i) {
      into[i] = offset + i < bytes_.size() ? bytes_[offset + i] : 0;
    }
    return true;
  }

  const Bytes& bytes_;
  std::uint64_t size_;
  std::uint64_t bytes_read_ = 0;
};

constexpr std::uint64_t kGibibyte = std::uint64_t{1} << 30U;

TEST(HostileProgram, WithSectionsThatAllClaimTheFileIsNotHashedAgainAndAgain) {
  Bytes bytes = efi_program();
  Patch patch(bytes);
  for (std::uint64_t i = 0; i < 4; ++i) {
    patch.le32(ProgramPlaces::row(i) + 16, kGibibyte - 4096).le32(ProgramPlaces::row(i) + 20, 4096);
  }
  SparseImage source(bytes, kGibibyte);
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
  SparseImage source(bytes, kGibibyte);
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
