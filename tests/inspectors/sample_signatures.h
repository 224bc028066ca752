#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tests/inspectors/sample_images.h"

namespace bootproof::testing {

/// Signatures and varstores for the sample programs, made with libcrypto and by hand. The keys are
/// made anew by each process; all sizes are the same each time.

/// In DER: "CN=Sample CA", by itself, and "CN=Sample Signer", by that.
const Bytes& ca_certificate();
const Bytes& signer_certificate();
/// "CN=Other CA", with whom nobody has to do.
const Bytes& other_certificate();

/// How a program is signed.
struct SigningOptions {
  std::string_view digest = "SHA256";
  bool has_certificate = true;     ///< Whether the signer's certificate is in the signature.
  std::uint64_t misalignment = 0;  ///< Bytes before the certificate table.
};

/// Bytes of the certificate table that sign() appends: one signature, filled up with zeros.
constexpr std::uint64_t kSignedTableBytes = 2048;

/// A program of program_of() with a certificate table behind it.
Bytes sign(Bytes program, const SigningOptions& options = {});

/// An EFI_SIGNATURE_LIST: one certificate, or one SHA-256.
Bytes x509_list(const Bytes& certificate);
Bytes sha256_list(const Bytes& digest);
Bytes sha256_of(const Bytes& bytes);
/// The Authenticode digest of an unsigned program of program_of().
Bytes program_digest(const Bytes& program);

/// A variable as it stands in a varstore.
struct SampleVariable {
  std::string_view name;
  std::string_view vendor;  ///< A GUID.
  Bytes data;
  std::uint8_t state = 0x3F;
};

/// PK, KEK, db (the CA's certificate), dbx (one digest), SecureBootEnable, CustomMode, and one that
/// was deleted.
std::vector<SampleVariable> sample_variables();
/// 16 KiB: a firmware volume with an authenticated variable store at offset 72.
Bytes varstore_of(const std::vector<SampleVariable>& variables);
/// Corrects the checksum of the volume header.
void seal_varstore(Bytes& file);

constexpr std::string_view kGlobalGuid = "8BE4DF61-93CA-11D2-AA0D-00E098032B8C";
constexpr std::string_view kImageSecurityGuid = "D719B2CB-3D3A-4596-A3BC-DAD00E67656F";
constexpr std::string_view kShimGuid = "605DAB50-E046-4300-ABB6-3DD810DD8B23";

}  // namespace bootproof::testing
