// What the sample programs and varstores are read as.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inspectors/programs/secure_boot.h"
#include "inspectors/programs/uki.h"
#include "tests/inspectors/defects.h"
#include "tests/inspectors/hostile.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/sample_programs.h"
#include "tests/inspectors/sample_signatures.h"

namespace bootproof::testing {

std::vector<inspectors::Finding> findings_of_program(const Bytes& bytes) {
  const std::string path = "/EFI/BOOT/BOOTX64.EFI";
  inspectors::MemoryImage source{ByteSpan(bytes)};
  const inspectors::ImageView file(source);
  inspectors::Findings findings;
  if (const auto pe = read_pe(file, path, findings)) {
    const auto authenticode = read_authenticode(file, *pe, path, findings);
    check_digests(file, *pe, authenticode, path, findings);
    read_sbat(file, *pe, path, findings);
    read_uki(file, *pe, path, findings);
    read_shim_vendor(file, *pe, path, findings);
  }
  return findings.take();
}

std::vector<inspectors::Finding> findings_of_varstore(const Bytes& bytes) {
  inspectors::MemoryImage source{ByteSpan(bytes)};
  inspectors::Findings findings;
  read_varstore(inspectors::ImageView(source), findings);
  return findings.take();
}

}  // namespace bootproof::testing

namespace bootproof::inspectors {
namespace {

using bootproof::testing::bytes_of;
using bootproof::testing::ca_certificate;
using bootproof::testing::efi_program;
using bootproof::testing::efi_sections;
using bootproof::testing::findings_of_program;
using bootproof::testing::findings_of_varstore;
using bootproof::testing::HugeImage;
using bootproof::testing::Patch;
using bootproof::testing::program_digest;
using bootproof::testing::program_of;
using bootproof::testing::ProgramPlaces;
using bootproof::testing::sample_variables;
using bootproof::testing::shim_sections;
using bootproof::testing::sign;
using bootproof::testing::signer_certificate;
using bootproof::testing::uki_program;
using bootproof::testing::varstore_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A program in memory, read.
struct Program {
  explicit Program(Bytes content)
      : bytes(std::move(content)), source(ByteSpan(bytes)), view(source) {
    pe = read_pe(view, "program", findings);
  }

  Bytes bytes;
  MemoryImage source;
  ImageView view;
  Findings findings;
  std::optional<PeImage> pe;
};

TEST(HealthyPrograms, GiveNoFinding) {
  EXPECT_THAT(findings_of_program(efi_program()), IsEmpty());
  EXPECT_THAT(findings_of_program(program_of(efi_sections(), bootproof::testing::kArm64)),
              IsEmpty());
  EXPECT_THAT(findings_of_program(sign(efi_program())), IsEmpty());
  EXPECT_THAT(findings_of_program(uki_program()), IsEmpty());
  EXPECT_THAT(findings_of_program(program_of(shim_sections(ca_certificate()))), IsEmpty());
  EXPECT_THAT(findings_of_varstore(varstore_of(sample_variables())), IsEmpty());
  EXPECT_THAT(findings_of_varstore(varstore_of({})), IsEmpty());
}

TEST(PeImage, HasTheHeadersFields) {
  const Program program(efi_program());
  ASSERT_TRUE(program.pe.has_value());
  EXPECT_EQ(machine_name(program.pe->machine), "x86-64");
  EXPECT_EQ(removable_media_name(program.pe->machine), "BOOTX64.EFI");
  EXPECT_EQ(subsystem_name(program.pe->subsystem), "EFI application");
  EXPECT_TRUE(program.pe->is_pe32_plus && program.pe->is_loadable);
  EXPECT_TRUE(program.pe->is_nx_compatible());
  EXPECT_FALSE(program.pe->has_stripped_relocations());
  EXPECT_EQ(program.pe->entry_point, 0x1000U);
  EXPECT_EQ(program.pe->image_size, 0x5000U);
  EXPECT_EQ(program.pe->headers_size, 0x400U);
  EXPECT_EQ(program.pe->sections.size(), 4U);
  EXPECT_EQ(program.pe->section(".data")->virtual_address, 0x2000U);
  EXPECT_EQ(program.pe->section(".none"), nullptr);
  EXPECT_EQ(content_of(program.view, *program.pe->section(".data")).read(0, 100), Bytes(16, 0x22));
}

TEST(PeImage, HasLongNamesOfSections) {
  const Program shim(program_of(shim_sections(ca_certificate())));
  ASSERT_TRUE(shim.pe.has_value());
  EXPECT_NE(shim.pe->section(".vendor_cert"), nullptr);
  EXPECT_NE(shim.pe->section(".sbatlevel"), nullptr);
}

TEST(PeImage, IsNothingForOtherFiles) {
  for (const Bytes& bytes : {Bytes{}, Bytes{'M'}, bytes_of("VZ a TE image"),
                             bytes_of("\x7f"
                                      "ELF")}) {
    Program other(bytes);
    EXPECT_FALSE(other.pe.has_value());
    EXPECT_THAT(other.findings.take(), IsEmpty());
  }
}

TEST(PeImage, IsLoadableWhereShimAloneRefuses) {
  Bytes bytes = efi_program();
  Patch(bytes).le32(ProgramPlaces::row(3) + 8, 0);
  EXPECT_TRUE(Program(bytes).pe->is_loadable);
}

TEST(PeImage, IsNotLoadableWhereFirmwareRefuses) {
  Bytes bytes = efi_program();
  Patch(bytes).le32(ProgramPlaces::kOptionalHeader + 56, 0x400);
  EXPECT_FALSE(Program(bytes).pe->is_loadable);
}

TEST(PeImage, IsReadWithoutItsBody) {
  Bytes bytes = efi_program();
  constexpr std::uint64_t kSize = std::uint64_t{9} << 20U;
  Patch(bytes).le32(ProgramPlaces::row(3) + 8, kSize).le32(ProgramPlaces::row(3) + 16, kSize);
  Patch(bytes).le32(ProgramPlaces::kOptionalHeader + 56, kSize + 0x4000);
  HugeImage source(ByteSpan(bytes), std::uint64_t{10} << 20U);
  Findings findings;
  const auto pe = read_pe(ImageView(source), "program", findings);
  ASSERT_TRUE(pe.has_value());
  read_authenticode(ImageView(source), *pe, "program", findings);
  EXPECT_THAT(findings.take(), IsEmpty());
  EXPECT_LT(source.bytes_read(), 2000U);
}

TEST(MachineNames, AreThoseOfUefi) {
  EXPECT_EQ(machine_name(kMachineRiscv64), "riscv64");
  EXPECT_EQ(removable_media_name(kMachineRiscv64), "BOOTRISCV64.EFI");
  EXPECT_EQ(machine_name(0x1234), "machine 0x1234");
  EXPECT_EQ(removable_media_name(0x1234), "");
  EXPECT_EQ(subsystem_name(3), "subsystem 3");
}

TEST(Authenticode, HasSignerChainAndDigest) {
  Program program(sign(efi_program()));
  ASSERT_TRUE(program.pe.has_value());
  const Authenticode read =
      read_authenticode(program.view, *program.pe, "program", program.findings);
  ASSERT_EQ(read.signatures.size(), 1U);
  const AuthenticodeSignature& signature = read.signatures.front();
  EXPECT_TRUE(signature.is_genuine);
  EXPECT_EQ(signature.algorithm, DigestAlgorithm::kSha256);
  EXPECT_EQ(signature.digest, program_digest(efi_program()));
  ASSERT_NE(signature.signer_certificate(), nullptr);
  EXPECT_EQ(signature.signer_certificate()->subject, "CN=Sample Signer");
  EXPECT_EQ(signature.signer_certificate()->issuer, "CN=Sample CA");
  EXPECT_EQ(signature.signer_certificate()->not_before, "2020-01-01 00:00:00");
  EXPECT_EQ(signature.signer_certificate()->not_after, "2021-01-01 00:00:00");
  EXPECT_EQ(signature.signer_certificate()->der, signer_certificate());
  EXPECT_EQ(signature.signer_issuer, "CN=Sample CA");
  EXPECT_TRUE(check_digests(program.view, *program.pe, read, "program", program.findings));
}

TEST(Authenticode, DigestIsThatOfTheUnsignedProgram) {
  const Program unsigned_program(efi_program());
  const Program signed_program(sign(efi_program()));
  const auto digest =
      authenticode_digest(unsigned_program.view, *unsigned_program.pe, DigestAlgorithm::kSha256);
  EXPECT_EQ(digest, program_digest(efi_program()));
  EXPECT_EQ(digest,
            authenticode_digest(signed_program.view, *signed_program.pe, DigestAlgorithm::kSha256));
  EXPECT_EQ(authenticode_digest(signed_program.view, *signed_program.pe, DigestAlgorithm::kUnknown),
            std::nullopt);
}

TEST(Authenticode, ChainsToTheSignerAndItsIssuerAlone) {
  Program program(sign(efi_program()));
  const Authenticode read =
      read_authenticode(program.view, *program.pe, "program", program.findings);
  ASSERT_TRUE(read.is_signed());
  EXPECT_TRUE(chains_to(read.signatures[0], *read_certificate(signer_certificate())));
  EXPECT_TRUE(chains_to(read.signatures[0], *read_certificate(ca_certificate())));
  EXPECT_FALSE(
      chains_to(read.signatures[0], *read_certificate(bootproof::testing::other_certificate())));
}

TEST(Certificate, IsNothingForOtherBytes) {
  EXPECT_FALSE(read_certificate({}).has_value());
  EXPECT_FALSE(read_certificate(bytes_of("no certificate")).has_value());
}

TEST(Sbat, HasItsEntries) {
  Program program(efi_program());
  const auto entries = read_sbat(program.view, *program.pe, "program", program.findings);
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[1], (SbatEntry{"sample", 2, "Sample Vendor", "sample", "1.0",
                                      "https://example.org/sample"}));
}

TEST(Sbat, OfAnUnsignedProgramIsNotJudged) {
  auto sections = efi_sections();
  sections[3].content = bytes_of("memtest86+,1,Memtest86+,6.0,https://github.com/memtest86plus\n");
  EXPECT_THAT(findings_of_program(program_of(sections)), IsEmpty());
}

TEST(Sbat, IsRevokedBelowTheLevelAlone) {
  const SbatLevel level = read_sbat_level("sbat,1,2024010900\nshim,4\ngrub,3\nbad,x\n\n,5\n");
  EXPECT_EQ(level.date, "2024010900");
  EXPECT_THAT(level.minimums,
              ElementsAre(SbatMinimum{"sbat", 1}, SbatMinimum{"shim", 4}, SbatMinimum{"grub", 3}));
  const std::vector<SbatEntry> entries{
      {"sbat", 1, "", "", "", ""}, {"grub", 2, "", "", "", ""}, {"grub.debian", 1, "", "", "", ""}};
  EXPECT_THAT(revoked_entries(entries, level), ElementsAre(entries[1]));
}

TEST(Uki, HasItsParts) {
  Program program(uki_program());
  ASSERT_TRUE(is_uki(program.view, *program.pe));
  const Uki uki = read_uki(program.view, *program.pe, "program", program.findings);
  EXPECT_EQ(uki.stub, "systemd-stub 252.39");
  EXPECT_EQ(uki.os_name, "Sample Linux 1");
  EXPECT_EQ(uki.cmdline, "console=ttyS0 root=/dev/vda2");
  EXPECT_EQ(uki.kernel_version, "6.1.0-sample");
  ASSERT_TRUE(uki.kernel && uki.initrd && uki.devicetree && uki.splash);
  EXPECT_EQ(uki.kernel->read(0, efi_program().size()), efi_program());
  EXPECT_EQ(uki.initrd->read(0, 100), bytes_of("070701"));
  EXPECT_FALSE(uki.microcode.has_value());
  EXPECT_THAT(uki.sections, ElementsAre(".sbat", ".osrel", ".cmdline", ".uname", ".linux",
                                        ".initrd", ".dtb", ".splash"));
}

TEST(Uki, IsNoLoaderThatHasAnOsReleaseOfItsOwn) {
  auto sections = efi_sections();
  sections.push_back({".sdmagic", bytes_of("#### LoaderInfo: systemd-boot 252.39 ####")});
  sections.push_back({".osrel", bytes_of("ID=systemd-boot\n")});
  const Program program(program_of(sections));
  EXPECT_FALSE(is_uki(program.view, *program.pe));
  EXPECT_EQ(sd_magic(program.view, *program.pe), "systemd-boot 252.39");
}

TEST(Varstore, HasItsVariablesAndKeys) {
  const Bytes bytes = varstore_of(sample_variables());
  MemoryImage source{ByteSpan(bytes)};
  Findings findings;
  const auto store = read_varstore(ImageView(source), findings);
  ASSERT_TRUE(store.has_value());
  EXPECT_TRUE(store->is_authenticated && store->enforces_secure_boot());
  EXPECT_EQ(store->variables.size(), sample_variables().size() - 1);  // One was deleted.
  EXPECT_EQ(store->secure_boot_enable, true);
  EXPECT_EQ(store->custom_mode, false);
  ASSERT_EQ(store->db.size(), 1U);
  EXPECT_EQ(signature_type_name(store->db[0].type), "X509");
  EXPECT_EQ(short_name(*store->db[0].signatures.at(0).certificate), "CN=Sample CA");
  EXPECT_EQ(signature_type_name(store->dbx.at(0).type), "SHA256");
  EXPECT_EQ(store->dbx.at(0).signatures.at(0).data, Bytes(32, 0xDD));
}

TEST(Varstore, KeepsWhatIsInDeletionUntilThereIsANewerOne) {
  auto variables = sample_variables();
  variables.push_back({"Old", bootproof::testing::kGlobalGuid, {1}, 0x3E});
  variables.push_back({"Twice", bootproof::testing::kGlobalGuid, {1}, 0x3E});
  variables.push_back({"Twice", bootproof::testing::kGlobalGuid, {2}, 0x3F});
  const Bytes bytes = varstore_of(variables);
  MemoryImage source{ByteSpan(bytes)};
  Findings findings;
  const auto store = read_varstore(ImageView(source), findings);
  std::vector<std::pair<std::string, std::uint8_t>> found;
  for (const Variable& variable : store->variables) {
    if (variable.name == "Old" || variable.name == "Twice") {
      found.emplace_back(variable.name, variable.data.at(0));
    }
  }
  EXPECT_THAT(found, ElementsAre(std::pair("Twice", 2), std::pair("Old", 1)));
}

TEST(Varstore, ThatIsBlankHasNoVariables) {
  const Bytes bytes(std::size_t{256} << 10U, 0);
  MemoryImage source{ByteSpan(bytes)};
  Findings findings;
  const auto store = read_varstore(ImageView(source), findings);
  ASSERT_TRUE(store.has_value());
  EXPECT_TRUE(store->is_in_setup_mode());
  EXPECT_THAT(findings.take(), IsEmpty());
}

TEST(Varstore, IsNothingForOtherFiles) {
  const Bytes bytes = efi_program();
  MemoryImage source{ByteSpan(bytes)};
  Findings findings;
  EXPECT_FALSE(read_varstore(ImageView(source), findings).has_value());
}

}  // namespace
}  // namespace bootproof::inspectors
