#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inspectors/programs/authenticode.h"

namespace bootproof::inspectors {

/// The SignedData of an Authenticode signature (PKCS #7 1.5). Inside this module.

/// What of a SignedData is wrong or missing.
enum class SignedDataProblem : std::uint8_t {
  kNone,
  kNotSignedData,  ///< No DER, or another content type.
  kNoDigest,       ///< Its content is no SpcIndirectDataContent.
  kNoSigner,       ///< The signer's certificate is not in it.
  kNotGenuine,     ///< The signature does not verify.
};

/// Fills digest, certificates, signer and is_genuine from `signature.der`. What stands behind the
/// SignedData is padding.
SignedDataProblem read_signed_data(AuthenticodeSignature& signature);

}  // namespace bootproof::inspectors
