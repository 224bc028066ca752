// What starts under Secure Boot, and why not.

#include "inspectors/programs/secure_boot.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/inspectors/sample_programs.h"
#include "tests/inspectors/sample_signatures.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::bytes_of;
using bootproof::testing::ca_certificate;
using bootproof::testing::efi_program;
using bootproof::testing::efi_sections;
using bootproof::testing::kGlobalGuid;
using bootproof::testing::kImageSecurityGuid;
using bootproof::testing::kShimGuid;
using bootproof::testing::other_certificate;
using bootproof::testing::Patch;
using bootproof::testing::program_digest;
using bootproof::testing::program_of;
using bootproof::testing::sample_variables;
using bootproof::testing::SampleVariable;
using bootproof::testing::sha256_list;
using bootproof::testing::shim_sections;
using bootproof::testing::sign;
using bootproof::testing::signer_certificate;
using bootproof::testing::varstore_of;
using bootproof::testing::x509_list;

/// The sample's variables with others in the place of those of the same name.
std::vector<SampleVariable> with(std::vector<SampleVariable> changes) {
  std::vector<SampleVariable> variables = sample_variables();
  for (SampleVariable& change : changes) {
    std::erase_if(variables, [&](const auto& v) { return v.name == change.name; });
    variables.push_back(std::move(change));
  }
  return variables;
}

Varstore store_of(const std::vector<SampleVariable>& variables) {
  const Bytes bytes = varstore_of(variables);
  MemoryImage source{ByteSpan(bytes)};
  Findings findings;
  return read_varstore(ImageView(source), findings).value();
}

std::string text_of(const SecureBootAnswer& answer) {
  return fmt::format("{}: {}", name_of(answer.verdict), answer.reason);
}

/// Whether firmware starts a program.
std::string answer(const Bytes& bytes, const std::vector<SampleVariable>& variables) {
  MemoryImage source{ByteSpan(bytes)};
  Findings findings;
  const ImageView file(source);
  return text_of(
      secure_boot_answer(file, read_pe(file, {}, findings).value(), store_of(variables)));
}

/// Whether a shim with this vendor certificate starts a program.
std::string answer_by_shim(const Bytes& vendor, const Bytes& bytes,
                           const std::vector<SampleVariable>& variables,
                           ShimRequest request = ShimRequest::kStart) {
  const Bytes shim_bytes = program_of(shim_sections(vendor));
  MemoryImage shim_source{ByteSpan(shim_bytes)};
  MemoryImage source{ByteSpan(bytes)};
  Findings findings;
  const ImageView shim(shim_source);
  const ImageView file(source);
  return text_of(shim_answer(shim, read_pe(shim, {}, findings).value(), file,
                             read_pe(file, {}, findings).value(), store_of(variables), request));
}

std::string answer_by_shim(const Bytes& bytes) {
  return answer_by_shim(ca_certificate(), bytes,
                        with({{"db", kImageSecurityGuid, x509_list(other_certificate())}}));
}

TEST(SecureBoot, StartsWhatChainsToDb) {
  EXPECT_EQ(answer(sign(efi_program()), sample_variables()),
            "starts: signed by CN=Sample Signer, which chains to db entry CN=Sample CA");
  EXPECT_EQ(answer(sign(efi_program()),
                   with({{"db", kImageSecurityGuid, x509_list(signer_certificate())}})),
            "starts: signed by CN=Sample Signer, which is db entry CN=Sample Signer");
}

TEST(SecureBoot, StartsWhatHasItsDigestInDb) {
  EXPECT_EQ(answer(efi_program(),
                   with({{"db", kImageSecurityGuid, sha256_list(program_digest(efi_program()))}})),
            "starts: its digest is in db");
}

TEST(SecureBoot, RefusesWhatIsUnsigned) {
  EXPECT_EQ(answer(efi_program(), sample_variables()),
            "refused: unsigned, and its digest is not in db");
}

TEST(SecureBoot, RefusesASignerWhomDbDoesNotKnow) {
  EXPECT_EQ(
      answer(sign(efi_program()),
             with({{"db", kImageSecurityGuid, x509_list(other_certificate())}})),
      "refused: signed by CN=Sample Signer, issued by CN=Sample CA, which chains to nothing in "
      "db");
}

TEST(SecureBoot, RefusesWhatWasChangedAfterwards) {
  Bytes program = sign(efi_program());
  Patch(program).u8(0x600, 0x23);
  EXPECT_EQ(answer(program, sample_variables()),
            "refused: signed by CN=Sample Signer, but the signature's digest does not match the "
            "file");
}

TEST(SecureBoot, RefusesWhatDbxKnows) {
  EXPECT_EQ(answer(sign(efi_program()),
                   with({{"dbx", kImageSecurityGuid, sha256_list(program_digest(efi_program()))}})),
            "refused: its digest is in dbx");
  EXPECT_EQ(answer(sign(efi_program()),
                   with({{"dbx", kImageSecurityGuid, x509_list(signer_certificate())}})),
            "refused: signed by CN=Sample Signer, which chains to dbx entry CN=Sample Signer");
}

TEST(SecureBoot, IsNotEnforcedWithoutAPlatformKeyOrSwitchedOff) {
  auto variables = sample_variables();
  std::erase_if(variables, [](const auto& v) { return v.name == "PK"; });
  EXPECT_EQ(answer(efi_program(), variables),
            "not enforced: no platform key: the firmware is in setup mode");
  EXPECT_EQ(answer(efi_program(),
                   with({{"SecureBootEnable", "F0A30BC7-AF08-4556-99C4-001009C93A44", {0}}})),
            "not enforced: Secure Boot is switched off (SecureBootEnable)");
}

TEST(Shim, StartsByItsVendorCertificate) {
  EXPECT_EQ(answer_by_shim(sign(efi_program())),
            "starts: signed by CN=Sample Signer, which chains to shim's vendor entry CN=Sample CA");
}

TEST(Shim, StartsByMokListAndDb) {
  EXPECT_EQ(answer_by_shim(other_certificate(), sign(efi_program()),
                           with({{"db", kImageSecurityGuid, x509_list(other_certificate())},
                                 {"MokList", kShimGuid, x509_list(signer_certificate())}})),
            "starts: signed by CN=Sample Signer, which is MokList entry CN=Sample Signer");
  EXPECT_EQ(answer_by_shim(other_certificate(), sign(efi_program()), sample_variables()),
            "starts: signed by CN=Sample Signer, which chains to db entry CN=Sample CA");
}

TEST(Shim, RefusesWhatNobodyKnows) {
  EXPECT_EQ(answer_by_shim(efi_program()),
            "refused: unsigned, and its digest is not in shim's vendor, MokList or db");
}

TEST(Shim, RefusesWhatHasNoSbatUnlessALoaderAsks) {
  auto sections = efi_sections();
  sections.pop_back();
  const Bytes program = sign(program_of(sections));
  EXPECT_EQ(answer_by_shim(program), "refused: it has no SBAT, which shim requires");
  EXPECT_EQ(answer_by_shim(ca_certificate(), program, sample_variables(), ShimRequest::kVerify),
            "starts: signed by CN=Sample Signer, which chains to shim's vendor entry CN=Sample CA");
}

TEST(Shim, RefusesARevokedGeneration) {
  EXPECT_EQ(
      answer_by_shim(ca_certificate(), sign(efi_program()),
                     with({{"SbatLevel", kShimGuid, bytes_of("sbat,1,2025010100\nsample,3\n")}})),
      "refused: its SBAT sample,2 is revoked by SbatLevel 2025010100");
  // An older level of the variable gives way to shim's own, which allows generation 2.
  EXPECT_EQ(
      answer_by_shim(ca_certificate(), sign(efi_program()),
                     with({{"SbatLevel", kShimGuid, bytes_of("sbat,1,2022010100\nsample,3\n")}})),
      "starts: signed by CN=Sample Signer, which chains to shim's vendor entry CN=Sample CA");
}

TEST(Shim, StopsWhereItsOwnGenerationIsRevoked) {
  const Bytes bytes = program_of(shim_sections(ca_certificate()));
  MemoryImage source{ByteSpan(bytes)};
  Findings findings;
  const ImageView shim(source);
  const PeImage pe = read_pe(shim, {}, findings).value();
  EXPECT_EQ(text_of(shim_self_check(shim, pe, store_of(sample_variables()))),
            "starts: its SBAT is not revoked");
  const auto variables =
      with({{"SbatLevel", kShimGuid, bytes_of("sbat,1,2030010100\nsample,3\n")}});
  EXPECT_EQ(text_of(shim_self_check(shim, pe, store_of(variables))),
            "refused: its SBAT sample,2 is revoked by SbatLevel 2030010100");
}

TEST(Shim, RefusesStrippedRelocations) {
  auto program = efi_program();
  Patch(program).le16(bootproof::testing::ProgramPlaces::kPe + 22, 0x0207);
  EXPECT_EQ(answer_by_shim(sign(program)),
            "refused: its base relocations are stripped, which shim refuses");
}

TEST(Shim, VerifiesNothingWhenToldSo) {
  EXPECT_EQ(answer_by_shim(ca_certificate(), efi_program(), with({{"MokSBState", kShimGuid, {1}}})),
            "not enforced: shim's verification is switched off (MokSBState)");
}

}  // namespace
}  // namespace bootproof::inspectors
