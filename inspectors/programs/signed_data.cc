#include "inspectors/programs/signed_data.h"

#include <algorithm>
#include <array>
#include <utility>

#include "inspectors/programs/openssl.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

// More are in no honest signature, and each costs a verification.
constexpr int kMostCertificates = 64;
constexpr int kMostSigners = 8;

/// One element of DER (X.690, 8.1).
struct Element {
  std::uint8_t tag = 0;
  ByteSpan content;
};

constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kObjectIdentifier = 0x06;

/// Takes the first element from `bytes`; nothing where it does not fit.
std::optional<Element> take_element(ByteSpan& bytes) {
  constexpr std::size_t kLongForm = 0x80;
  if (bytes.size() < 2) {
    return std::nullopt;
  }
  const std::uint8_t tag = bytes[0];
  std::size_t length = bytes[1];
  bytes = bytes.subspan(2);
  if (length > kLongForm) {
    const std::size_t digits = length - kLongForm;
    if (digits > 4 || digits > bytes.size()) {
      return std::nullopt;
    }
    length = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      length = length << 8U | bytes[i];
    }
    bytes = bytes.subspan(digits);
  } else if (length == kLongForm) {
    return std::nullopt;  // The indefinite form is BER.
  }
  if (length > bytes.size()) {
    return std::nullopt;
  }
  const Element element{tag, bytes.first(length)};
  bytes = bytes.subspan(length);
  return element;
}

std::optional<ByteSpan> take(ByteSpan& bytes, std::uint8_t tag) {
  const auto element = take_element(bytes);
  return element && element->tag == tag ? std::optional(element->content) : std::nullopt;
}

DigestAlgorithm algorithm_of(ByteSpan identifier) {
  constexpr std::array<std::uint8_t, 5> kSha1{0x2B, 0x0E, 0x03, 0x02, 0x1A};
  constexpr std::array<std::uint8_t, 8> kSha2{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02};
  if (std::equal(identifier.begin(), identifier.end(), kSha1.begin(), kSha1.end())) {
    return DigestAlgorithm::kSha1;
  }
  if (identifier.size() == kSha2.size() + 1 &&
      std::equal(kSha2.begin(), kSha2.end(), identifier.begin())) {
    switch (identifier.back()) {
      case 1:
        return DigestAlgorithm::kSha256;
      case 2:
        return DigestAlgorithm::kSha384;
      case 3:
        return DigestAlgorithm::kSha512;
      default:
        break;
    }
  }
  return DigestAlgorithm::kUnknown;
}

/// SpcIndirectDataContent (Authenticode 1.0): SEQUENCE {data, DigestInfo {algorithm, digest}}.
bool read_indirect_data(ByteSpan content, AuthenticodeSignature& signature) {
  const auto data = take(content, kSequence);
  auto info = take(content, kSequence);
  if (!data || !info) {
    return false;
  }
  auto algorithm = take(*info, kSequence);
  const auto digest = take(*info, kOctetString);
  const auto identifier = algorithm ? take(*algorithm, kObjectIdentifier) : std::nullopt;
  if (!identifier || !digest) {
    return false;
  }
  signature.algorithm = algorithm_of(*identifier);
  signature.digest.assign(digest->begin(), digest->end());
  return true;
}

openssl::Pkcs7Owner pkcs7_of(ByteSpan der) {
  const unsigned char* at = der.data();
  openssl::Pkcs7Owner pkcs7(d2i_PKCS7(nullptr, &at, static_cast<long>(der.size())));
  const bool is_signed_data = pkcs7 && PKCS7_type_is_signed(pkcs7.get()) == 1 &&
                              pkcs7->d.sign != nullptr && pkcs7->d.sign->contents != nullptr &&
                              sk_X509_num(pkcs7->d.sign->cert) <= kMostCertificates &&
                              sk_PKCS7_SIGNER_INFO_num(pkcs7->d.sign->signer_info) <= kMostSigners;
  return is_signed_data ? std::move(pkcs7) : nullptr;
}

/// What was signed: the content of the SpcIndirectDataContent, without its tag and length.
std::optional<ByteSpan> signed_content(const PKCS7& pkcs7) {
  // 1.3.6.1.4.1.311.2.1.4, SPC_INDIRECT_DATA_OBJID.
  constexpr std::array<std::uint8_t, 10> kIndirectData{0x2B, 0x06, 0x01, 0x04, 0x01,
                                                       0x82, 0x37, 0x02, 0x01, 0x04};
  const PKCS7& contents = *pkcs7.d.sign->contents;
  const std::size_t size = contents.type == nullptr ? 0 : OBJ_length(contents.type);
  const unsigned char* const identifier = size == 0 ? nullptr : OBJ_get0_data(contents.type);
  if (identifier == nullptr ||
      !std::equal(identifier, identifier + size, kIndirectData.begin(), kIndirectData.end())) {
    return std::nullopt;
  }
  const ASN1_TYPE* const other = contents.d.other;
  if (other == nullptr || ASN1_TYPE_get(other) != V_ASN1_SEQUENCE) {
    return std::nullopt;
  }
  const ASN1_STRING* const sequence = other->value.sequence;
  ByteSpan bytes(ASN1_STRING_get0_data(sequence),
                 static_cast<std::size_t>(ASN1_STRING_length(sequence)));
  return take(bytes, kSequence);
}

/// Verifies the signature; with a store also that the signer leads to one of its certificates.
bool verifies(PKCS7& pkcs7, ByteSpan content, X509_STORE* store) {
  const openssl::BioOwner bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  const int flags = PKCS7_BINARY | (store == nullptr ? PKCS7_NOVERIFY : 0);
  return bio && PKCS7_verify(&pkcs7, nullptr, store, bio.get(), nullptr, flags) == 1;
}

void read_certificates(const PKCS7& pkcs7, AuthenticodeSignature& signature) {
  const STACK_OF(X509)* const stack = pkcs7.d.sign->cert;
  for (int i = 0; i < sk_X509_num(stack); ++i) {
    unsigned char* der = nullptr;
    const int size = i2d_X509(sk_X509_value(stack, i), &der);
    if (size > 0) {
      if (auto certificate = read_certificate(ByteSpan(der, static_cast<std::size_t>(size)))) {
        signature.certificates.push_back(std::move(*certificate));
      }
    }
    OPENSSL_free(der);
  }
}

/// Finds the signer that the first signer info names.
void read_signer(PKCS7& pkcs7, AuthenticodeSignature& signature) {
  STACK_OF(PKCS7_SIGNER_INFO)* const infos = PKCS7_get_signer_info(&pkcs7);
  const PKCS7_SIGNER_INFO* const info =
      sk_PKCS7_SIGNER_INFO_num(infos) > 0 ? sk_PKCS7_SIGNER_INFO_value(infos, 0) : nullptr;
  if (info == nullptr || info->issuer_and_serial == nullptr) {
    return;
  }
  signature.signer_issuer = openssl::name_text(info->issuer_and_serial->issuer);
  for (std::size_t i = 0; i < signature.certificates.size(); ++i) {
    const openssl::X509Owner x509 = openssl::certificate_of(signature.certificates[i].der);
    if (x509 &&
        X509_NAME_cmp(X509_get_issuer_name(x509.get()), info->issuer_and_serial->issuer) == 0 &&
        ASN1_INTEGER_cmp(X509_get0_serialNumber(x509.get()), info->issuer_and_serial->serial) ==
            0) {
      signature.signer = i;
      return;
    }
  }
}

}  // namespace

SignedDataProblem read_signed_data(AuthenticodeSignature& signature) {
  const openssl::ErrorMark mark;
  const openssl::Pkcs7Owner pkcs7 = pkcs7_of(signature.der);
  if (!pkcs7) {
    return SignedDataProblem::kNotSignedData;
  }
  read_certificates(*pkcs7, signature);
  read_signer(*pkcs7, signature);
  const auto content = signed_content(*pkcs7);
  if (!content || !read_indirect_data(*content, signature)) {
    return SignedDataProblem::kNoDigest;
  }
  if (!signature.signer) {
    return SignedDataProblem::kNoSigner;
  }
  signature.is_genuine = verifies(*pkcs7, *content, nullptr);
  return signature.is_genuine ? SignedDataProblem::kNone : SignedDataProblem::kNotGenuine;
}

bool chains_to(const AuthenticodeSignature& signature, const Certificate& anchor) {
  // Most anchors have nothing to do with the signature: names say so without verifying.
  if (std::none_of(signature.certificates.begin(), signature.certificates.end(),
                   [&](const Certificate& certificate) {
                     return certificate.issuer == anchor.subject ||
                            certificate.sha256 == anchor.sha256;
                   })) {
    return false;
  }
  const openssl::ErrorMark mark;
  const openssl::Pkcs7Owner pkcs7 = pkcs7_of(signature.der);
  const openssl::X509Owner x509 = openssl::certificate_of(anchor.der);
  const openssl::StoreOwner store(X509_STORE_new());
  const auto content = pkcs7 ? signed_content(*pkcs7) : std::nullopt;
  if (!content || !x509 || !store) {
    return false;
  }
  // As edk2's Pkcs7Verify: any certificate may be an anchor, and no date is looked at.
  X509_STORE_add_cert(store.get(), x509.get());
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
  X509_STORE_set_purpose(store.get(), X509_PURPOSE_ANY);
  return verifies(*pkcs7, *content, store.get());
}

}  // namespace bootproof::inspectors
