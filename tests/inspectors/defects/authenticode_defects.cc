#include <algorithm>
#include <utility>

#include "tests/inspectors/defects.h"
#include "tests/inspectors/sample_programs.h"
#include "tests/inspectors/sample_signatures.h"

namespace bootproof::testing {
namespace {

/// A signed program; `damage` gets a patch and where the certificate table begins.
template <typename Change>
Bytes damaged(Change damage, const SigningOptions& options = {}) {
  Bytes program = sign(efi_program(), options);
  Patch patch(program);
  damage(patch, program.size() - kSignedTableBytes);
  return program;
}

/// With a byte of the identifier of SpcIndirectDataContent changed.
Bytes without_digest() {
  const Bytes identifier{0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x04};
  Bytes program = sign(efi_program());
  const auto found =
      std::search(program.begin(), program.end(), identifier.begin(), identifier.end());
  *(found + 9) = 0x05;
  return program;
}

/// With the last byte of the signature itself changed.
Bytes with_another_signature() {
  Bytes program = sign(efi_program());
  const auto table = program.end() - static_cast<std::ptrdiff_t>(kSignedTableBytes);
  const std::size_t der_bytes = (std::size_t{*(table + 10)} << 8U | *(table + 11)) + 4;
  *(table + 8 + static_cast<std::ptrdiff_t>(der_bytes) - 1) ^= 0xFFU;
  return program;
}

Bytes resized(std::ptrdiff_t difference) {
  Bytes program = sign(efi_program());
  program.resize(
      static_cast<std::size_t>(static_cast<std::ptrdiff_t>(program.size()) + difference));
  return program;
}

Bytes with_sbat(std::string_view text) {
  std::vector<SampleSection> sections = efi_sections();
  sections[3].content = bytes_of(text);
  return sign(program_of(sections));
}

}  // namespace

std::vector<Defect> authenticode_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes program, std::string_view rule) {
    defects.push_back({std::move(name), std::move(program), rule});
  };
  const auto nothing = [](Patch&, std::uint64_t) {};
  add("TableOutside", resized(-8), "authenticode.table-outside");
  add("BytesBehindTable", resized(8), "authenticode.table-not-at-end");
  add("Alignment", damaged(nothing, {.digest = "SHA256", .misalignment = 4}),
      "authenticode.alignment");
  add("CertificateTooSmall", damaged([](Patch& p, std::uint64_t at) { p.le32(at, 4); }),
      "authenticode.certificate-size");
  add("CertificateTooLarge", damaged([](Patch& p, std::uint64_t at) { p.le32(at, 0xFFFFFFFF); }),
      "authenticode.certificate-size");
  add("CertificateType", damaged([](Patch& p, std::uint64_t at) { p.le16(at + 6, 1); }),
      "authenticode.certificate-type");
  add("CertificateRevision", damaged([](Patch& p, std::uint64_t at) { p.le16(at + 4, 0x0100); }),
      "authenticode.certificate-type");
  add("NotSignedData", damaged([](Patch& p, std::uint64_t at) { p.u8(at + 8, 0x31); }),
      "authenticode.not-signed-data");
  add("NoDigest", without_digest(), "authenticode.no-digest");
  add("NoSigner", damaged(nothing, {.digest = "SHA256", .has_certificate = false}),
      "authenticode.no-signer");
  add("AnotherSignature", with_another_signature(), "authenticode.not-genuine");
  add("Sha1", damaged(nothing, {.digest = "SHA1"}), "authenticode.digest-algorithm");
  add("Md5", damaged(nothing, {.digest = "MD5"}), "authenticode.digest-algorithm");
  add("CodeChanged", damaged([](Patch& p, std::uint64_t) { p.u8(0x600, 0x23); }),
      "authenticode.digest-differs");
  return defects;
}

std::vector<Defect> sbat_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, std::string_view sbat, std::string_view rule) {
    defects.push_back({std::move(name), with_sbat(sbat), rule});
  };
  add("FiveFields",
      "sbat,1,SBAT Version,sbat,1,https://example.org\nsample,2,Sample,1.0,https://example.org\n",
      "sbat.line");
  add("NoComponent", ",2,Sample,sample,1.0,https://example.org\n", "sbat.line");
  add("GenerationIsNoNumber", "sample,two,Sample,sample,1.0,https://example.org\n",
      "sbat.generation");
  add("GenerationZero", "sample,0,Sample,sample,1.0,https://example.org\n", "sbat.generation");
  add("NoLine", "\n\n", "sbat.empty");
  add("OldGrub", "grub,3,Free Software Foundation,grub,2.06,https://www.gnu.org/software/grub/\n",
      "sbat.revoked");
  return defects;
}

}  // namespace bootproof::testing
