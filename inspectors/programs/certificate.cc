#include "inspectors/programs/certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "inspectors/programs/openssl.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::size_t kLongestName = 512;

}  // namespace

namespace openssl {

X509Owner certificate_of(ByteSpan der) {
  const ErrorMark mark;
  const unsigned char* at = der.data();
  return X509Owner(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

std::string name_text(const X509_NAME* name) {
  const BioOwner out(BIO_new(BIO_s_mem()));
  constexpr unsigned long kForm = ASN1_STRFLGS_RFC2253 | XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN;
  if (!out || X509_NAME_print_ex(out.get(), name, 0, kForm) < 0) {
    return {};
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return printable_text(
      std::string_view(text, std::min(static_cast<std::size_t>(size), kLongestName)));
}

Bytes sha256_of(ByteSpan bytes) {
  const ErrorMark mark;
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    size = 0;
  }
  digest.resize(size);
  return digest;
}

}  // namespace openssl

namespace {

/// The last common name; empty where there is none.
std::string common_name_of(const X509_NAME* name) {
  int last = -1;
  for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) {
    last = at;
  }
  const X509_NAME_ENTRY* const entry = last < 0 ? nullptr : X509_NAME_get_entry(name, last);
  if (entry == nullptr) {
    return {};
  }
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
  if (size < 0) {
    return {};
  }
  const ByteSpan bytes(utf8, std::min<std::size_t>(static_cast<std::size_t>(size), kLongestName));
  std::string text = printable_text(bytes);
  OPENSSL_free(utf8);
  return text;
}

std::string text_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) {
    return {};
  }
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

std::string hex_digits(ByteSpan bytes) { return fmt::format("{:02x}", fmt::join(bytes, "")); }

std::optional<Certificate> read_certificate(ByteSpan der) {
  const openssl::ErrorMark mark;
  const openssl::X509Owner x509 = openssl::certificate_of(der);
  if (!x509) {
    return std::nullopt;
  }
  Certificate certificate;
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(x509.get(), &bytes);
  if (size > 0) {
    certificate.der.assign(bytes, bytes + size);
  }
  OPENSSL_free(bytes);
  certificate.subject = openssl::name_text(X509_get_subject_name(x509.get()));
  certificate.issuer = openssl::name_text(X509_get_issuer_name(x509.get()));
  certificate.common_name = common_name_of(X509_get_subject_name(x509.get()));
  if (certificate.common_name.empty()) {
    certificate.common_name = certificate.subject;
  }
  certificate.not_before = text_of(X509_get0_notBefore(x509.get()));
  certificate.not_after = text_of(X509_get0_notAfter(x509.get()));
  certificate.sha256 = hex_digits(openssl::sha256_of(certificate.der));
  return certificate;
}

std::string short_name(const Certificate& certificate) {
  return certificate.common_name == certificate.subject ? certificate.subject
                                                        : "CN=" + certificate.common_name;
}

}  // namespace bootproof::inspectors
