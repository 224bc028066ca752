#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "inspectors/integers.h"

namespace bootproof::inspectors {

/// An X.509 certificate (RFC 5280). Texts are printable.
struct Certificate {
  std::string subject;      ///< "C=US, O=Microsoft Corporation, CN=...".
  std::string issuer;       ///< The same form.
  std::string common_name;  ///< The subject's last CN; the whole subject where it has none.
  std::string not_before;   ///< "2011-06-27 21:22:45" in UTC; empty where it can't be read.
  std::string not_after;
  std::string sha256;  ///< Fingerprint of the whole certificate, lower case hexadecimal.
  Bytes der;           ///< As recorded.

  bool operator==(const Certificate&) const = default;
};

/// Reads a certificate in DER; nothing where the bytes are none.
std::optional<Certificate> read_certificate(ByteSpan der);

/// "CN=Debian Secure Boot CA": how sentences name a certificate.
std::string short_name(const Certificate& certificate);

/// Bytes as hexadecimal digits without blanks: how digests are written.
std::string hex_digits(ByteSpan bytes);

}  // namespace bootproof::inspectors
