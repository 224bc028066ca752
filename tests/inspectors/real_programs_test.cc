// EFI programs and varstores of Debian packages: nothing wrong, and read as objdump, sbverify,
// pesign and osslsigncode read them.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "inspectors/file_image.h"
#include "inspectors/programs/secure_boot.h"
#include "inspectors/programs/uki.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/tool_output.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::content_of;
using bootproof::testing::has_tool;
using bootproof::testing::output_of;
using bootproof::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kInstaller = "/usr/lib/debian-installer/images/12/";
const std::string kInstallerX64 = kInstaller + "amd64/text/debian-installer/amd64/";
const std::string kInstallerArm64 = kInstaller + "arm64/text/debian-installer/arm64/";
const std::string kShim = "/usr/lib/shim/shimx64.efi.signed";
const std::string kGrub = "/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed";
const std::string kStub = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub";
const std::string kCertificate = "/usr/share/ovmf/PkKek-1-snakeoil.pem";
const std::string kMicrosoftStore = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd";
const std::string kSnakeoilStore = "/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd";

bool is_there(const std::string& path) { return std::filesystem::exists(path); }

/// A program in a file, read.
struct ProgramFile {
  explicit ProgramFile(const std::string& path)
      : image(std::move(FileImage::open(path).value())), view(*image) {
    pe = read_pe(view, path, findings);
    if (pe) {
      authenticode = read_authenticode(view, *pe, path, findings);
      check_digests(view, *pe, authenticode, path, findings);
      read_sbat(view, *pe, path, findings);
      read_uki(view, *pe, path, findings);
      read_shim_vendor(view, *pe, path, findings);
    }
  }

  std::unique_ptr<FileImage> image;
  ImageView view;
  Findings findings;
  std::optional<PeImage> pe;
  Authenticode authenticode;
};

Varstore store_in(const std::string& path) {
  const auto image = FileImage::open(path).value();
  Findings findings;
  Varstore store = read_varstore(ImageView(*image), findings).value();
  EXPECT_THAT(findings.take(), IsEmpty());
  return store;
}

/// A program of a package.
struct RealProgram {
  std::string name;
  std::string path;
  std::string package;
  std::uint16_t machine;
  std::string signer;  ///< The first one's common name; empty where there is none.
};

class RealProgramTest : public ::testing::TestWithParam<RealProgram> {
 protected:
  void SetUp() override {
    if (!is_there(GetParam().path)) {
      GTEST_SKIP() << GetParam().path << " is missing; install the package " << GetParam().package;
    }
    program_ = std::make_unique<ProgramFile>(GetParam().path);
    ASSERT_TRUE(program_->pe.has_value());
  }

  std::unique_ptr<ProgramFile> program_;
};

TEST_P(RealProgramTest, HasNothingWrong) { EXPECT_THAT(program_->findings.take(), IsEmpty()); }

TEST_P(RealProgramTest, IsForItsMachineAndByItsSigner) {
  EXPECT_EQ(program_->pe->machine, GetParam().machine);
  EXPECT_EQ(program_->pe->subsystem, kSubsystemEfiApplication);
  EXPECT_TRUE(program_->pe->is_loadable);
  const auto& signatures = program_->authenticode.signatures;
  ASSERT_EQ(signatures.empty(), GetParam().signer.empty());
  for (const AuthenticodeSignature& signature : signatures) {
    EXPECT_TRUE(signature.is_genuine);
  }
  if (!signatures.empty()) {
    EXPECT_EQ(signatures.front().signer_certificate()->common_name, GetParam().signer);
  }
}

/// The words of each line of a program's output.
std::vector<std::vector<std::string>> words_of(const std::string& output) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::vector<std::string>& row = rows.emplace_back();
    for (std::string word; words >> word;) {
      row.push_back(word);
    }
  }
  return rows;
}

TEST_P(RealProgramTest, HasTheSectionsAndTheEntryPointThatObjdumpReads) {
  if (!has_tool("objdump")) {
    GTEST_SKIP() << "objdump is missing; install the package binutils";
  }
  const auto report = output_of({"objdump", "-f", "-h", GetParam().path});
  if (!report) {
    GTEST_SKIP() << "this objdump does not know " << machine_name(GetParam().machine);
  }
  const PeImage& pe = *program_->pe;
  std::vector<std::string> own;
  for (const PeSection& section : pe.sections) {
    if (section.raw_size > 0) {
      own.push_back(fmt::format("{} {:08x} {:016x} {:08x}", section.name, section.content_size(),
                                pe.image_base + section.virtual_address, section.raw_offset));
    }
  }
  std::vector<std::string> theirs;
  std::string start;
  for (const std::vector<std::string>& row : words_of(*report)) {
    if (row.size() == 7 && row[6].starts_with("2**") && row[5] != "00000000") {
      const std::string address(16 - std::min<std::size_t>(16, row[3].size()), '0');
      theirs.push_back(fmt::format("{} {} {}{} {}", row[1], row[2], address, row[3], row[5]));
    } else if (row.size() == 3 && row[0] == "start") {
      start = row[2];
    }
  }
  EXPECT_EQ(own, theirs);
  EXPECT_EQ(std::stoull(start, nullptr, 16), pe.image_base + pe.entry_point);
}

TEST_P(RealProgramTest, HasTheSignersThatSbverifyLists) {
  if (!has_tool("sbverify")) {
    GTEST_SKIP() << "sbverify is missing; install the package sbsigntool";
  }
  const auto report = output_of({"sbverify", "--list", GetParam().path});
  if (!report) {
    EXPECT_TRUE(program_->authenticode.signatures.empty());
    return;
  }
  // The last relative name of each subject and issuer.
  std::vector<std::string> theirs;
  std::istringstream lines(*report);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(" - subject: ") || line.starts_with("   issuer: ")) {
      theirs.push_back(line.substr(line.rfind('=') + 1));
    }
  }
  std::vector<std::string> own;
  for (const AuthenticodeSignature& signature : program_->authenticode.signatures) {
    for (const Certificate& certificate : signature.certificates) {
      own.push_back(certificate.subject.substr(certificate.subject.rfind('=') + 1));
      own.push_back(certificate.issuer.substr(certificate.issuer.rfind('=') + 1));
    }
  }
  EXPECT_EQ(own, theirs);
}

TEST_P(RealProgramTest, HasTheDigestThatPesignComputes) {
  if (!has_tool("pesign")) {
    GTEST_SKIP() << "pesign is missing; install the package pesign";
  }
  // pesign fills an unsigned file up to 8 bytes before it hashes; firmware doesn't.
  const TemporaryFolder folder;
  const std::string copy = (folder.path() / "program").string();
  std::filesystem::copy_file(GetParam().path, copy);
  std::filesystem::permissions(copy, std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add);
  std::filesystem::resize_file(copy, (std::filesystem::file_size(copy) + 7) / 8 * 8);
  const auto report = output_of({"pesign", "-h", "-i", copy});
  ASSERT_TRUE(report.has_value());
  const ProgramFile filled(copy);
  const auto digest = authenticode_digest(filled.view, *filled.pe, DigestAlgorithm::kSha256);
  ASSERT_TRUE(digest.has_value());
  EXPECT_EQ("hash: " + hex_digits(*digest) + "\n", *report);
}

TEST_P(RealProgramTest, HasTheDigestThatOsslsigncodeComputes) {
  if (!has_tool("osslsigncode")) {
    GTEST_SKIP() << "osslsigncode is missing; install the package osslsigncode";
  }
  if (program_->authenticode.signatures.size() != 1) {
    return;  // It says nothing of programs without a signature or with several.
  }
  // It fails where the chain does not end at a certificate of the host.
  const auto report =
      output_of({"sh", "-c", "osslsigncode verify -in \"$0\" || true", GetParam().path});
  ASSERT_TRUE(report.has_value());
  const auto digest = authenticode_digest(program_->view, *program_->pe, DigestAlgorithm::kSha256);
  std::string upper = hex_digits(digest.value());
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; });
  EXPECT_THAT(*report, ::testing::HasSubstr("Calculated message digest : " + upper));
}

INSTANTIATE_TEST_SUITE_P(
    Packages, RealProgramTest,
    ::testing::Values(
        RealProgram{"Shim", kShim, "shim-signed", kMachineX64,
                    "Microsoft Windows UEFI Driver Publisher"},
        RealProgram{"ShimUnsigned", "/usr/lib/shim/shimx64.efi", "shim-unsigned", kMachineX64, ""},
        RealProgram{"MokManager", "/usr/lib/shim/mmx64.efi.signed", "shim-helpers-amd64-signed",
                    kMachineX64, "Debian Secure Boot Signer 2022 - shim"},
        RealProgram{"Grub", kGrub, "grub-efi-amd64-signed", kMachineX64,
                    "Debian Secure Boot Signer 2022 - grub2"},
        RealProgram{"GrubUnsigned", "/usr/lib/grub/x86_64-efi/monolithic/gcdx64.efi",
                    "grub-efi-amd64-bin", kMachineX64, ""},
        RealProgram{"GrubArm64", kInstallerArm64 + "grubaa64.efi",
                    "debian-installer-12-netboot-arm64", kMachineAarch64,
                    "Debian Secure Boot Signer 2022 - grub2"},
        RealProgram{"ShimArm64", kInstallerArm64 + "bootnetaa64.efi",
                    "debian-installer-12-netboot-arm64", kMachineAarch64,
                    "Microsoft Windows UEFI Driver Publisher"},
        RealProgram{"Linux", kInstallerX64 + "linux", "debian-installer-12-netboot-amd64",
                    kMachineX64, "Debian Secure Boot Signer 2022 - linux"},
        RealProgram{"LinuxArm64", kInstallerArm64 + "linux", "debian-installer-12-netboot-arm64",
                    kMachineAarch64, "Debian Secure Boot Signer 2022 - linux"},
        RealProgram{"SystemdBoot", "/usr/lib/systemd/boot/efi/systemd-bootx64.efi",
                    "systemd-boot-efi", kMachineX64, ""},
        RealProgram{"SystemdStub", kStub, "systemd-boot-efi", kMachineX64, ""},
        RealProgram{"Memtest", "/boot/memtest86+x64.efi", "memtest86+", kMachineX64, ""},
        RealProgram{"Memtest32", "/boot/memtest86+ia32.efi", "memtest86+", kMachineI386, ""},
        RealProgram{"Ipxe", "/usr/lib/ipxe/ipxe.efi", "ipxe", kMachineX64, ""},
        RealProgram{"IpxeSnpOnly", "/usr/lib/ipxe/snponly.efi", "ipxe", kMachineX64, ""},
        RealProgram{"Syslinux", "/usr/lib/SYSLINUX.EFI/efi64/syslinux.efi", "syslinux-efi",
                    kMachineX64, ""},
        RealProgram{"Syslinux32", "/usr/lib/SYSLINUX.EFI/efi32/syslinux.efi", "syslinux-efi",
                    kMachineI386, ""}),
    [](const auto& test) { return test.param.name; });

std::vector<std::string> names_in(const std::vector<SignatureList>& lists) {
  std::vector<std::string> names;
  for (const SignatureList& list : lists) {
    for (const StoredSignature& signature : list.signatures) {
      names.push_back(signature.certificate ? signature.certificate->common_name
                                            : signature_type_name(list.type));
    }
  }
  return names;
}

TEST(RealVarstore, OfOvmfHasMicrosoftsKeys) {
  if (!is_there(kMicrosoftStore)) {
    GTEST_SKIP() << kMicrosoftStore << " is missing; install the package ovmf";
  }
  const Varstore store = store_in(kMicrosoftStore);
  EXPECT_TRUE(store.enforces_secure_boot());
  EXPECT_THAT(names_in(store.pk), ElementsAre("Debian UEFI Secure Boot (PK/KEK key)"));
  EXPECT_THAT(names_in(store.kek), ElementsAre("Debian UEFI Secure Boot (PK/KEK key)",
                                               "Microsoft Corporation KEK CA 2011"));
  EXPECT_THAT(names_in(store.db), ElementsAre("Microsoft Windows Production PCA 2011",
                                              "Microsoft Corporation UEFI CA 2011"));
  EXPECT_THAT(names_in(store.dbx), ElementsAre("SHA256"));
}

TEST(RealVarstore, HasTheCertificatesThatEfitoolsExtract) {
  if (!is_there(kMicrosoftStore) || !has_tool("sig-list-to-certs")) {
    GTEST_SKIP() << "install the packages ovmf and efitools";
  }
  const Varstore store = store_in(kMicrosoftStore);
  const auto variable = std::find_if(store.variables.begin(), store.variables.end(),
                                     [](const Variable& v) { return v.name == "db"; });
  ASSERT_NE(variable, store.variables.end());
  const TemporaryFolder folder;
  const auto list =
      folder.write("db.esl", std::string(variable->data.begin(), variable->data.end()));
  const std::string stem = (folder.path() / "db").string();
  ASSERT_TRUE(output_of({"sig-list-to-certs", list.string(), stem}).has_value());
  for (std::size_t i = 0; i < store.db.size(); ++i) {
    const std::string der = content_of(fmt::format("{}-{}.der", stem, i));
    EXPECT_EQ(Bytes(der.begin(), der.end()), store.db[i].signatures.at(0).data);
  }
  EXPECT_EQ(store.db.size(), 2U);
}

TEST(RealVarstore, WithoutKeysIsInSetupMode) {
  for (const std::string path : {"/usr/share/OVMF/OVMF_VARS_4M.fd", "/usr/share/OVMF/OVMF_VARS.fd",
                                 "/usr/share/AAVMF/AAVMF_VARS.fd"}) {
    if (!is_there(path)) {
      GTEST_SKIP() << path << " is missing; install the packages ovmf and qemu-efi-aarch64";
    }
    EXPECT_TRUE(store_in(path).is_in_setup_mode()) << path;
  }
}

TEST(RealVarstore, OfAavmfIsReadToo) {
  const std::string path = "/usr/share/AAVMF/AAVMF_VARS.ms.fd";
  if (!is_there(path)) {
    GTEST_SKIP() << path << " is missing; install the package qemu-efi-aarch64";
  }
  EXPECT_TRUE(store_in(path).enforces_secure_boot());
  EXPECT_THAT(names_in(store_in(path).db), ElementsAre("Microsoft Windows Production PCA 2011",
                                                       "Microsoft Corporation UEFI CA 2011"));
}

TEST(RealSecureBoot, GoesFromShimToGrubToLinux) {
  for (const std::string& path : {kMicrosoftStore, kShim, kGrub, kInstallerX64 + "linux"}) {
    if (!is_there(path)) {
      GTEST_SKIP() << path << " is missing; install ovmf, shim-signed, grub-efi-amd64-signed and "
                   << "debian-installer-12-netboot-amd64";
    }
  }
  const Varstore store = store_in(kMicrosoftStore);
  const ProgramFile shim(kShim);
  const ProgramFile grub(kGrub);
  const ProgramFile kernel(kInstallerX64 + "linux");
  EXPECT_EQ(secure_boot_answer(shim.view, *shim.pe, store).reason,
            "signed by CN=Microsoft Windows UEFI Driver Publisher, which chains to db entry "
            "CN=Microsoft Corporation UEFI CA 2011");
  const SecureBootAnswer without_shim = secure_boot_answer(grub.view, *grub.pe, store);
  EXPECT_EQ(without_shim.verdict, SecureBootVerdict::kRefused);
  EXPECT_EQ(without_shim.reason,
            "signed by CN=Debian Secure Boot Signer 2022 - grub2, issued by CN=Debian Secure Boot "
            "CA, which chains to nothing in db");
  const SecureBootAnswer by_shim = shim_answer(shim.view, *shim.pe, grub.view, *grub.pe, store);
  EXPECT_EQ(by_shim.verdict, SecureBootVerdict::kStarts);
  EXPECT_EQ(by_shim.reason,
            "signed by CN=Debian Secure Boot Signer 2022 - grub2, which chains to shim's vendor "
            "entry CN=Debian Secure Boot CA");
  const SecureBootAnswer by_grub =
      shim_answer(shim.view, *shim.pe, kernel.view, *kernel.pe, store, ShimRequest::kVerify);
  EXPECT_EQ(by_grub.verdict, SecureBootVerdict::kStarts) << by_grub.reason;
}

TEST(RealShim, BringsItsVendorsKeysAndRevocations) {
  if (!is_there(kShim)) {
    GTEST_SKIP() << kShim << " is missing; install the package shim-signed";
  }
  ProgramFile shim(kShim);
  ASSERT_TRUE(is_shim(*shim.pe));
  const ShimVendor vendor = read_shim_vendor(shim.view, *shim.pe, kShim, shim.findings);
  ASSERT_EQ(vendor.db_certificates.size(), 1U);
  EXPECT_EQ(vendor.db_certificates[0].common_name, "Debian Secure Boot CA");
  EXPECT_GT(vendor.dbx_digests.size(), 100U);
  const auto level = read_shim_sbat_level(shim.view, *shim.pe);
  ASSERT_TRUE(level.has_value());
  EXPECT_GE(level->date, "2023012900");
}

/// Makes programs with other people's tools.
class MadeProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string& path : {kStub, kInstallerX64 + "linux", kSnakeoilStore, kCertificate}) {
      if (!is_there(path)) {
        GTEST_SKIP() << path << " is missing; install systemd-boot-efi, "
                     << "debian-installer-12-netboot-amd64 and ovmf";
      }
    }
    for (const std::string tool : {"sbsign", "sbverify", "openssl", "objcopy"}) {
      if (!has_tool(tool)) {
        GTEST_SKIP() << tool << " is missing; install sbsigntool, openssl and binutils";
      }
    }
  }

  /// Signs with the throw-away key of Debian's OVMF, of which everybody knows the passphrase.
  std::string signed_file(const std::string& program) {
    const std::string key = file("key.pem");
    const std::string result = program + ".signed";
    EXPECT_TRUE(output_of({"openssl", "pkey", "-passin", "pass:snakeoil", "-in",
                           "/usr/share/ovmf/PkKek-1-snakeoil.key", "-out", key}));
    EXPECT_TRUE(
        output_of({"sbsign", "--key", key, "--cert", kCertificate, "--output", result, program}));
    return result;
  }

  /// A UKI as objcopy makes one, with these addresses.
  std::string uki(const std::string& kernel_address, const std::string& initrd_address) {
    const auto os_release = folder_.write("osrel", "ID=sample\nPRETTY_NAME=\"Sample 12\"\n");
    const auto cmdline = folder_.write("cmdline", "console=ttyS0 quiet\n");
    const auto initrd = folder_.write("initrd", "070701");
    EXPECT_TRUE(
        output_of({"objcopy", "--add-section", ".osrel=" + os_release.string(),
                   "--change-section-vma", ".osrel=0x20000", "--add-section",
                   ".cmdline=" + cmdline.string(), "--change-section-vma", ".cmdline=0x30000",
                   "--add-section", ".linux=" + kInstallerX64 + "linux", "--change-section-vma",
                   ".linux=" + kernel_address, "--add-section", ".initrd=" + initrd.string(),
                   "--change-section-vma", ".initrd=" + initrd_address, kStub, file("uki.efi")}));
    return file("uki.efi");
  }

  [[nodiscard]] std::string file(const std::string& name) const {
    return (folder_.path() / name).string();
  }

  TemporaryFolder folder_;
};

TEST_F(MadeProgramTest, SignedBySbsignStartsWithTheSnakeoilStore) {
  if (!is_there("/usr/lib/ipxe/ipxe.efi")) {
    GTEST_SKIP() << "install the package ipxe";
  }
  std::filesystem::copy_file("/usr/lib/ipxe/ipxe.efi", file("ipxe.efi"));
  const std::string path = signed_file(file("ipxe.efi"));
  ASSERT_TRUE(output_of({"sbverify", "--cert", kCertificate, path}).has_value());
  const Varstore store = store_in(kSnakeoilStore);
  ProgramFile program(path);
  EXPECT_THAT(program.findings.take(), IsEmpty());
  const SecureBootAnswer answer = secure_boot_answer(program.view, *program.pe, store);
  EXPECT_EQ(answer.verdict, SecureBootVerdict::kStarts) << answer.reason;
  EXPECT_EQ(secure_boot_answer(program.view, *program.pe, store_in(kMicrosoftStore)).verdict,
            SecureBootVerdict::kRefused);
  const ProgramFile original(file("ipxe.efi"));
  EXPECT_EQ(secure_boot_answer(original.view, *original.pe, store).reason,
            "unsigned, and its digest is not in db");

  // One byte of its code changed.
  std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(0x1000);
  stream.put('\x5a');
  stream.close();
  EXPECT_FALSE(output_of({"sbverify", "--cert", kCertificate, path}).has_value());
  ProgramFile changed(path);
  const auto findings = changed.findings.take();
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].rule, "authenticode.digest-differs");
  EXPECT_THAT(secure_boot_answer(changed.view, *changed.pe, store).reason,
              ::testing::HasSubstr("the signature's digest does not match the file"));
}

TEST_F(MadeProgramTest, UkiByObjcopyIsReadAndStarts) {
  const std::string path = signed_file(uki("0x2000000", "0x3000000"));
  ASSERT_TRUE(output_of({"sbverify", "--cert", kCertificate, path}).has_value());
  ProgramFile program(path);
  EXPECT_THAT(program.findings.take(), IsEmpty());
  ASSERT_TRUE(is_uki(program.view, *program.pe));
  const Uki uki = read_uki(program.view, *program.pe, path, program.findings);
  EXPECT_THAT(uki.stub, ::testing::StartsWith("systemd-stub 25"));
  EXPECT_EQ(uki.os_name, "Sample 12");
  EXPECT_EQ(uki.cmdline, "console=ttyS0 quiet");
  ASSERT_TRUE(uki.kernel && uki.initrd);
  EXPECT_EQ(uki.kernel->size(), std::filesystem::file_size(kInstallerX64 + "linux"));
  Findings findings;
  const auto kernel = read_pe(*uki.kernel, "kernel", findings);
  ASSERT_TRUE(kernel.has_value());
  EXPECT_TRUE(read_authenticode(*uki.kernel, *kernel, "kernel", findings).is_signed());
  EXPECT_TRUE(secure_boot_answer(program.view, *program.pe, store_in(kSnakeoilStore)).starts());
}

TEST_F(MadeProgramTest, UkiWithAKernelOverItsInitrdHasThatOneFinding) {
  ProgramFile program(uki("0x2000000", "0x2100000"));
  const auto findings = program.findings.take();
  ASSERT_EQ(findings.size(), 1U) << ::testing::PrintToString(findings);
  EXPECT_EQ(findings[0].rule, "pe.sections-overlap");
  EXPECT_THAT(findings[0].path, ::testing::EndsWith("section .initrd"));
}

TEST_F(MadeProgramTest, UkiOfGrubsMakingIsNone) {
  if (!has_tool("grub-mkimage") || !is_there("/usr/lib/grub/x86_64-efi/moddep.lst")) {
    GTEST_SKIP() << "install the packages grub-common and grub-efi-amd64-bin";
  }
  ASSERT_TRUE(output_of({"grub-mkimage", "-O", "x86_64-efi", "-o", file("grub.efi"), "-p", "/boot",
                         "part_gpt", "fat", "normal"})
                  .has_value());
  ProgramFile grub(file("grub.efi"));
  EXPECT_THAT(grub.findings.take(), IsEmpty());
  EXPECT_FALSE(is_uki(grub.view, *grub.pe));
}

}  // namespace
}  // namespace bootproof::inspectors
