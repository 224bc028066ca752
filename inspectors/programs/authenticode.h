#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/programs/certificate.h"
#include "inspectors/programs/pe.h"

namespace bootproof::inspectors {

/// Digests that Authenticode signatures of boot programs use.
enum class DigestAlgorithm : std::uint8_t { kUnknown, kSha1, kSha256, kSha384, kSha512 };

/// "SHA-1", "SHA-256", "SHA-384", "SHA-512", "unknown digest".
std::string_view name_of(DigestAlgorithm algorithm);

/// One signature of a program: a WIN_CERTIFICATE of type PKCS_SIGNED_DATA (UEFI 2.10, 32.2.4;
/// Windows Authenticode Portable Executable Signature Format 1.0).
struct AuthenticodeSignature {
  std::uint64_t offset = 0;  ///< Of its WIN_CERTIFICATE, in the file.
  std::uint32_t size = 0;    ///< Of the same, in bytes, as it says.
  DigestAlgorithm algorithm = DigestAlgorithm::kUnknown;
  Bytes digest;                           ///< Of the program, as the signature has it.
  std::vector<Certificate> certificates;  ///< As they stand in it.
  std::optional<std::size_t> signer;      ///< Which of them signed.
  std::string signer_issuer;              ///< Printable; as the signer info names it.
  /// Whether the signer's key made the signature over the attributes and the attributes hold the
  /// digest of the content. Says nothing about the program's own digest, nor about trust.
  bool is_genuine = false;
  Bytes der;  ///< The SignedData, as recorded.

  /// Null where the signer's certificate is not among the certificates.
  [[nodiscard]] const Certificate* signer_certificate() const {
    return signer ? &certificates[*signer] : nullptr;
  }
};

/// The certificate table of a program.
struct Authenticode {
  std::uint64_t offset = 0;                       ///< In the file; 0 for an unsigned program.
  std::uint64_t size = 0;                         ///< In bytes.
  std::vector<AuthenticodeSignature> signatures;  ///< In their order; firmware takes any of them.

  [[nodiscard]] bool is_signed() const { return !signatures.empty(); }
};

/// Reads the certificate table, its signatures and certificates. The program's body is not read.
/// An unsigned program gives an empty result and no finding.
Authenticode read_authenticode(const ImageView& file, const PeImage& pe, const std::string& path,
                               Findings& findings);

/// The program's Authenticode digest (Authenticode 1.0, "Calculating the PE Image Hash"), as edk2
/// computes it: streams over the whole file. Nothing where the file can't be read, the algorithm is
/// unknown or the headers don't say what to hash.
std::optional<Bytes> authenticode_digest(const ImageView& file, const PeImage& pe,
                                         DigestAlgorithm algorithm);

/// Computes the digest for each signature and compares: a finding for each that differs. Returns
/// whether all agree.
bool check_digests(const ImageView& file, const PeImage& pe, const Authenticode& authenticode,
                   const std::string& path, Findings& findings);

/// Whether a signature leads, by the certificates in it, to this one, as UEFI's trust goes: the
/// anchor may be the signer, an intermediate or a root; dates are not looked at.
bool chains_to(const AuthenticodeSignature& signature, const Certificate& anchor);

}  // namespace bootproof::inspectors
