#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builders/efi_program.h"
#include "builders/uki_maker.h"
#include "fixture.h"
#include "harness/core/program.h"
#include "payload_files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kStub = "/usr/lib/systemd/boot/efi/linuxx64.efi.stub";
constexpr const char* kKey = "/usr/share/ovmf/PkKek-1-snakeoil.key";
constexpr const char* kCertificate = "/usr/share/ovmf/PkKek-1-snakeoil.pem";

std::string hex_of(std::string_view bytes) {
  std::string digits;
  for (const char c : bytes) {
    digits += fmt::format("{:02x}", static_cast<std::uint8_t>(c));
  }
  return digits;
}

class UkiTest : public FolderTest {
 protected:
  UkiTest() {
    recipe_.stub.mark = {"r.yaml", 0, 0};
    recipe_.kernel.mark = {"r.yaml", 0, 0};
    recipe_.command_line = "console=ttyS0 quiet";
    recipe_.os_release = "ID=test\n";
    input_.stub = {write("stub", efi_program(kPeX86_64)), "", false};
    input_.kernel = {write("kernel", efi_program(kPeX86_64)), "", false};
    input_.initrds = {{write("a", "first"), "", false}, {write("b", "second"), "", false}};
  }

  [[nodiscard]] fs::path make(const std::string& name = "image") const {
    fs::path image = folder_ / name;
    bootproof::make(input_, {folder_ / "work", image, {}});
    return image;
  }
  [[nodiscard]] std::string refusal() const {
    return error_text([&] { static_cast<void>(make()); });
  }
  void sign_by(const fs::path& key, const fs::path& certificate, const std::string& passphrase) {
    sign_.passphrase = passphrase;
    sign_.key.mark = {"r.yaml", 0, 0};
    sign_.certificate.mark = {"r.yaml", 0, 0};
    input_.sign = SignInput{&sign_, {key, "", false}, {certificate, "", false}};
  }

  UkiRecipe recipe_;
  SignRecipe sign_;
  UkiInput input_{recipe_, {}, {}, {}, {}};
};

TEST_F(UkiTest, HasItsSectionsBehindThoseOfTheStub) {
  EXPECT_THAT(EfiProgram(read(make()), "uki").section_names(),
              ElementsAre(".text", ".osrel", ".cmdline", ".initrd", ".linux"));
}

TEST_F(UkiTest, HoldsWhatObjcopyReadsBack) {
  input_.stub.path = kStub;
  if (!fs::exists(kStub)) {
    GTEST_SKIP() << kStub << " is missing: install systemd-boot-efi";
  }
  const fs::path image = make();
  const auto section = [&](const std::string& name) {
    ProgramCall call;
    call.arguments = {"objcopy",
                      "-O",
                      "binary",
                      "--only-section=" + name,
                      "--set-section-flags",
                      name + "=alloc,load,contents",
                      image.string(),
                      (folder_ / "section").string()};
    run_program_or_throw(call, ErrorKind::kHost);
    return read(folder_ / "section");
  };
  EXPECT_EQ(section(".osrel"), "ID=test\n");
  EXPECT_EQ(section(".cmdline"), "console=ttyS0 quiet");
  EXPECT_EQ(section(".initrd"), std::string("first\0\0\0second", 14));
  EXPECT_EQ(section(".linux"), efi_program(kPeX86_64));
}

TEST_F(UkiTest, IsTheSameEachTime) { EXPECT_EQ(read(make("one")), read(make("two"))); }

TEST_F(UkiTest, IsTheSameEachTimeWhenItIsSigned) {
  if (!fs::exists(kKey)) {
    GTEST_SKIP() << kKey << " is missing: install ovmf";
  }
  sign_by(kKey, kCertificate, "snakeoil");
  EXPECT_EQ(read(make("one")), read(make("two")));
}

TEST_F(UkiTest, BearsASignatureThatOthersVerify) {
  if (!fs::exists(kKey) || !fs::exists(kStub)) {
    GTEST_SKIP() << "install ovmf and systemd-boot-efi";
  }
  input_.stub.path = kStub;
  sign_by(kKey, kCertificate, "snakeoil");
  ProgramCall call;
  call.arguments = {"sbverify", "--cert", kCertificate, make().string()};
  const Result<ProgramResult> verified = run_program(call);
  if (!verified) {
    GTEST_SKIP() << "sbverify is missing: install sbsigntool";
  }
  EXPECT_EQ(verified->exit_code, 0) << verified->error_output;
  std::string changed = read(folder_ / "image");
  changed.at(changed.find("console=ttyS0")) = 'C';
  call.arguments.back() = write("changed", changed).string();
  EXPECT_NE(value_or_throw(run_program(call)).exit_code, 0);
}

TEST_F(UkiTest, RefusesAWrongPassphraseAndAKeyOfAnotherCertificate) {
  if (!fs::exists(kKey)) {
    GTEST_SKIP() << kKey << " is missing: install ovmf";
  }
  sign_by(kKey, kCertificate, "wrong");
  EXPECT_THAT(refusal(),
              StartsWith(fmt::format("r.yaml: {} can't be read as a private key: ", kKey)));
  sign_by(kKey, kKey, "snakeoil");
  EXPECT_THAT(refusal(),
              StartsWith(fmt::format("r.yaml: {} can't be read as a certificate: ", kKey)));
}

TEST_F(UkiTest, RefusesAKernelForAnotherArchitecture) {
  input_.kernel.path = write("kernel", efi_program(kPeAarch64));
  EXPECT_EQ(refusal(),
            "r.yaml: the kernel is aarch64, the stub x86_64\n"
            "take a kernel and a stub for one architecture");
}

TEST_F(UkiTest, RefusesAStubThatIsFullAlready) {
  input_.stub.path = make("stub-with-kernel");
  EXPECT_EQ(refusal(),
            fmt::format("r.yaml: {} has a section .osrel already\n"
                        "take a bare stub, such as linuxx64.efi.stub of systemd-boot-efi",
                        input_.stub.path.string()));
}

TEST_F(UkiTest, RefusesAStubThatIsSignedOrHasNoRoom) {
  EfiProgram program(efi_program(kPeX86_64), "p");
  std::vector<EfiSection> many(15, EfiSection{".x", "x"});
  EXPECT_EQ(error_text([&] { program.add_sections(many); }),
            "p has no room for 15 more sections in its section table");
  program.attach_signature("der");
  EXPECT_THAT(error_text([&] { program.add_sections({}); }), StartsWith("p is signed: "));
}

TEST_F(UkiTest, RefusesWhatIsNoEfiProgram) {
  write("stub", "text");
  EXPECT_EQ(refusal(),
            fmt::format("r.yaml: {} is no EFI program\nan EFI program is expected, such as "
                        "linuxx64.efi.stub of systemd-boot-efi",
                        (folder_ / "stub").string()));
}

TEST(EfiProgram, CutAtAnyLengthOfItsHeadersIsRefused) {
  const std::string whole = efi_program(kPeX86_64);
  constexpr std::size_t kHeaders = 0x80 + 24 + 240 + 40;
  for (std::size_t size = 0; size < kHeaders; ++size) {
    EXPECT_THAT(error_text([&] { EfiProgram(whole.substr(0, size), "p"); }), StartsWith("p "));
  }
}

/// One defect: bytes of the least program, changed at one place.
struct EfiDefect {
  std::string name;
  std::size_t offset;
  unsigned size;
  std::uint64_t value;
  std::string message;
};
void PrintTo(const EfiDefect& defect, std::ostream* stream) { *stream << defect.name; }

class EfiDefects : public ::testing::TestWithParam<EfiDefect> {};

TEST_P(EfiDefects, AreRefused) {
  std::string bytes = efi_program(kPeX86_64);
  put(bytes, GetParam().offset, GetParam().size, GetParam().value);
  const std::string text = error_text([&] {
    EfiProgram program(bytes, "p");
    program.add_sections({{".x", "x"}});
  });
  EXPECT_EQ(text.substr(0, text.find('\n')), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, EfiDefects,
    ::testing::Values(
        EfiDefect{"PeBeyondTheEnd", 0x3C, 4, 0xFFFFFFF0, "p is no EFI program"},
        EfiDefect{"ThirtyTwoBits", 0x98, 2, 0x10B, "p is no 64-bit EFI program"},
        EfiDefect{"TooManySections", 0x86, 2, 97, "p has more than 96 sections"},
        EfiDefect{"SectionsBeyondTheEnd", 0x86, 2, 60, "p is cut off in its section table"},
        EfiDefect{"FewDirectories", 0x98 + 108, 4, 4,
                  "p has no place for a signature in its data directory"},
        EfiDefect{"SignatureElsewhere", 0x98 + 112 + 32, 4, 1024,
                  "p has a signature that is not at its end"},
        EfiDefect{"NoHeaders", 0x98 + 60, 4, 64, "p has headers of a size that can't be"},
        EfiDefect{"SectionBeyondTheEnd", 0x98 + 240 + 20, 4, 0xFFFFFE00,
                  "p has a section beyond its end"},
        EfiDefect{"NoFileAlignment", 0x98 + 36, 4, 0, "p has no usable alignment of its sections"},
        EfiDefect{"HugeSection", 0x98 + 240 + 8, 4, 0xFFFFF000,
                  "p would become larger than 2 GiB"}),
    [](const auto& test) { return test.param.name; });

TEST(EfiProgram, LosesWhatStandsBehindItsLastSection) {
  EfiProgram with(efi_program(kPeX86_64) + std::string(1000, 's'), "p");
  EfiProgram without(efi_program(kPeX86_64), "p");
  with.add_sections({{".x", "x"}});
  without.add_sections({{".x", "x"}});
  EXPECT_EQ(with.finish(), without.finish());
}

TEST(EfiProgram, HasTheDigestThatOthersSee) {
  if (!fs::exists(kStub)) {
    GTEST_SKIP() << kStub << " is missing: install systemd-boot-efi";
  }
  const testing::TemporaryFolder folder;
  std::string bytes = testing::content_of(kStub);
  bytes.resize((bytes.size() + 7) / 8 * 8);  // pesign takes what is not filled up as it is.
  ProgramCall call;
  call.arguments = {"pesign", "--hash", "--digest_type=sha256", "--in",
                    folder.write("stub", bytes).string()};
  const Result<ProgramResult> hashed = run_program(call);
  if (!hashed) {
    GTEST_SKIP() << "pesign is missing: install pesign";
  }
  EfiProgram stub(bytes, "stub");
  EXPECT_THAT(hashed->output, HasSubstr(hex_of(stub.authenticode_digest())));
}

}  // namespace
}  // namespace bootproof
