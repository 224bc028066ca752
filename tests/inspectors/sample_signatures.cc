#include "tests/inspectors/sample_signatures.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <memory>
#include <string>

#include "tests/inspectors/sample_programs.h"

namespace bootproof::testing {
namespace {

template <auto kFree>
struct Freer {
  template <typename Object>
  void operator()(Object* object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using CertificateOwner = std::unique_ptr<X509, Freer<X509_free>>;

/// Keys of Ed25519 for authorities, whose signatures have one size; of P-256 for the signer.
Key authority_key() { return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

CertificateOwner make_certificate(std::string_view name, EVP_PKEY* key, std::string_view issuer,
                                  EVP_PKEY* issuer_key) {
  CertificateOwner certificate(X509_new());
  const auto put_name = [](X509_NAME* into, std::string_view text) {
    const Bytes bytes = bytes_of(text);
    X509_NAME_add_entry_by_txt(into, "CN", MBSTRING_ASC, bytes.data(),
                               static_cast<int>(bytes.size()), -1, 0);
  };
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 7);
  ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), "200101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), "210101000000Z");
  put_name(X509_get_subject_name(certificate.get()), name);
  put_name(X509_get_issuer_name(certificate.get()), issuer);
  X509_set_pubkey(certificate.get(), key);
  if (name == issuer) {
    X509_EXTENSION* const authority =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
    X509_add_ext(certificate.get(), authority, -1);
    X509_EXTENSION_free(authority);
  }
  X509_sign(certificate.get(), issuer_key, nullptr);
  return certificate;
}

Bytes der_of(X509& certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(&certificate, &der);
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

/// The keys and certificates of one process.
struct Identities {
  Key ca_key = authority_key();
  Key other_key = authority_key();
  Key signer_key = Key(EVP_EC_gen("P-256"));
  CertificateOwner ca = make_certificate("Sample CA", ca_key.get(), "Sample CA", ca_key.get());
  CertificateOwner other =
      make_certificate("Other CA", other_key.get(), "Other CA", other_key.get());
  CertificateOwner signer =
      make_certificate("Sample Signer", signer_key.get(), "Sample CA", ca_key.get());
  Bytes ca_der = der_of(*ca);
  Bytes other_der = der_of(*other);
  Bytes signer_der = der_of(*signer);
};

const Identities& identities() {
  static const Identities kIdentities;
  return kIdentities;
}

Bytes digest_of(const Bytes& bytes, const EVP_MD* algorithm) {
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, algorithm, nullptr);
  digest.resize(size);
  return digest;
}

/// What Authenticode hashes of a program without gaps: all but its checksum, the entry of the
/// certificate table and the table.
Bytes hashed_part(const Bytes& program) {
  constexpr std::uint64_t kChecksum = ProgramPlaces::kOptionalHeader + 64;
  constexpr std::uint64_t kEntry = ProgramPlaces::kCertificateEntry;
  Bytes part = program;
  part.erase(part.begin() + kEntry, part.begin() + kEntry + 8);
  part.erase(part.begin() + kChecksum, part.begin() + kChecksum + 4);
  return part;
}

/// One element of DER.
Bytes der(std::uint8_t tag, std::initializer_list<Bytes> parts) {
  Bytes content;
  for (const Bytes& part : parts) {
    content.insert(content.end(), part.begin(), part.end());
  }
  Bytes element{tag, static_cast<std::uint8_t>(content.size())};
  if (content.size() > 127) {
    element = {tag, 0x81, static_cast<std::uint8_t>(content.size())};
  }
  element.insert(element.end(), content.begin(), content.end());
  return element;
}

/// The content of a SpcIndirectDataContent, without its own tag and length.
Bytes indirect_data(const Bytes& digest, const EVP_MD* algorithm) {
  const ASN1_OBJECT* const object = OBJ_nid2obj(EVP_MD_get_type(algorithm));
  const Bytes identifier(OBJ_get0_data(object), OBJ_get0_data(object) + OBJ_length(object));
  // SPC_PE_IMAGE_DATA, no flags, an empty file name.
  const Bytes image_data{0x30, 0x17, 0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01,
                         0x82, 0x37, 0x02, 0x01, 0x0F, 0x30, 0x09, 0x03, 0x01,
                         0x00, 0xA0, 0x04, 0xA2, 0x02, 0x80, 0x00};
  const Bytes info =
      der(0x30, {der(0x30, {der(0x06, {identifier}), {0x05, 0x00}}), der(0x04, {digest})});
  Bytes content = image_data;
  content.insert(content.end(), info.begin(), info.end());
  return content;
}

/// A SignedData over `content`, as sbsign makes it.
Bytes signed_data(const Bytes& content, bool has_certificate) {
  const std::unique_ptr<PKCS7, Freer<PKCS7_free>> pkcs7(PKCS7_new());
  PKCS7_set_type(pkcs7.get(), NID_pkcs7_signed);
  PKCS7_content_new(pkcs7.get(), NID_pkcs7_data);
  PKCS7_SIGNER_INFO* const info = PKCS7_sign_add_signer(
      pkcs7.get(), identities().signer.get(), identities().signer_key.get(), EVP_sha256(),
      PKCS7_BINARY | PKCS7_NOSMIMECAP | (has_certificate ? 0 : PKCS7_NOCERTS));
  ASN1_OBJECT* const kind = OBJ_txt2obj("1.3.6.1.4.1.311.2.1.4", 1);
  PKCS7_add_signed_attribute(info, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_dup(kind));
  BIO* const bio = PKCS7_dataInit(pkcs7.get(), nullptr);
  BIO_write(bio, content.data(), static_cast<int>(content.size()));
  PKCS7_dataFinal(pkcs7.get(), bio);
  BIO_free_all(bio);
  // The content is put in afterwards: libcrypto writes none but octet strings.
  PKCS7* const inner = pkcs7->d.sign->contents;
  ASN1_OCTET_STRING_free(inner->d.data);
  ASN1_OBJECT_free(inner->type);
  inner->type = kind;
  const Bytes whole = der(0x30, {content});
  ASN1_STRING* const sequence = ASN1_STRING_new();
  ASN1_STRING_set(sequence, whole.data(), static_cast<int>(whole.size()));
  inner->d.other = ASN1_TYPE_new();
  ASN1_TYPE_set(inner->d.other, V_ASN1_SEQUENCE, sequence);
  unsigned char* bytes = nullptr;
  const int size = i2d_PKCS7(pkcs7.get(), &bytes);
  Bytes result(bytes, bytes + std::max(size, 0));
  OPENSSL_free(bytes);
  return result;
}

/// A GUID's bytes from its text.
Bytes guid_bytes(std::string_view text) {
  constexpr std::array<std::size_t, 16> kDigits{6,  4,  2,  0,  11, 9,  16, 14,
                                                19, 21, 24, 26, 28, 30, 32, 34};
  Bytes bytes;
  for (const std::size_t at : kDigits) {
    std::uint8_t byte = 0;
    std::from_chars(text.data() + at, text.data() + at + 2, byte, 16);
    bytes.push_back(byte);
  }
  return bytes;
}

void append(Bytes& to, const Bytes& bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

Bytes signature_list(std::string_view type, const Bytes& data) {
  Bytes list = guid_bytes(type);
  list.resize(28);
  Patch(list).le32(16, 28 + 16 + data.size()).le32(24, 16 + data.size());
  append(list, guid_bytes(kGlobalGuid));  // The owner.
  append(list, data);
  return list;
}

}  // namespace

const Bytes& ca_certificate() { return identities().ca_der; }
const Bytes& signer_certificate() { return identities().signer_der; }
const Bytes& other_certificate() { return identities().other_der; }

Bytes sha256_of(const Bytes& bytes) { return digest_of(bytes, EVP_sha256()); }
Bytes program_digest(const Bytes& program) { return sha256_of(hashed_part(program)); }
Bytes x509_list(const Bytes& certificate) {
  return signature_list("A5C059A1-94E4-4AA7-87B5-AB155C2BF072", certificate);
}
Bytes sha256_list(const Bytes& digest) {
  return signature_list("C1C41626-504C-4092-ACA9-41F936934328", digest);
}

Bytes sign(Bytes program, const SigningOptions& options) {
  constexpr std::uint64_t kEntry = ProgramPlaces::kCertificateEntry;
  const EVP_MD* const algorithm = EVP_get_digestbyname(std::string(options.digest).c_str());
  program.resize((program.size() + 7) / 8 * 8 + options.misalignment);
  const Bytes digest = digest_of(hashed_part(program), algorithm);
  const Bytes data = signed_data(indirect_data(digest, algorithm), options.has_certificate);
  const std::uint64_t table = program.size();
  program.resize(table + kSignedTableBytes);
  Patch(program)
      .le32(kEntry, table)
      .le32(kEntry + 4, kSignedTableBytes)
      .le32(table, kSignedTableBytes)
      .le16(table + 4, 0x0200)
      .le16(table + 6, 0x0002);
  std::copy_n(data.begin(), std::min<std::size_t>(data.size(), kSignedTableBytes - 8),
              program.begin() + static_cast<std::ptrdiff_t>(table) + 8);
  return program;
}

std::vector<SampleVariable> sample_variables() {
  constexpr std::string_view kCustomModeGuid = "C076EC0C-7028-4399-A072-71EE5C448B9F";
  constexpr std::string_view kEnableGuid = "F0A30BC7-AF08-4556-99C4-001009C93A44";
  return {{"SecureBootEnable", kEnableGuid, {1}},
          {"CustomMode", kCustomModeGuid, {0}},
          {"Lang", kGlobalGuid, {'e', 'n', 'g', 0}, 0x3C},
          {"PK", kGlobalGuid, x509_list(other_certificate())},
          {"KEK", kGlobalGuid, x509_list(other_certificate())},
          {"db", kImageSecurityGuid, x509_list(ca_certificate())},
          {"dbx", kImageSecurityGuid, sha256_list(Bytes(32, 0xDD))}};
}

void seal_varstore(Bytes& file) {
  Patch(file).le16(50, 0);
  unsigned sum = 0;
  for (std::size_t i = 0; i < 72; i += 2) {
    sum += unsigned{file[i]} | unsigned{file[i + 1]} << 8U;
  }
  Patch(file).le16(50, 0x10000U - (sum & 0xFFFFU));
}

Bytes varstore_of(const std::vector<SampleVariable>& variables) {
  constexpr std::uint64_t kBytes = 16384;
  constexpr std::uint64_t kHeaderBytes = 72;
  Bytes file(16);
  append(file, guid_bytes("FFF12B8D-7696-4C8B-A985-2747075B4F50"));
  file.resize(kHeaderBytes);
  Patch(file).le64(32, kBytes).text(40, "_FVH").le32(44, 0x0004FEFF).le16(48, kHeaderBytes);
  Patch(file).u8(55, 2).le32(56, 4).le32(60, 4096);
  append(file, guid_bytes("AAF32C78-947B-439A-A180-2E144EC37792"));
  file.resize(kHeaderBytes + 28);
  Patch(file).le32(kHeaderBytes + 16, kBytes - kHeaderBytes).le16(kHeaderBytes + 20, 0xFE5A);
  for (const SampleVariable& variable : variables) {
    const std::uint64_t at = file.size();
    file.resize(at + 44);
    Patch(file).le16(at, 0x55AA).u8(at + 2, variable.state).le32(at + 4, 7);
    Patch(file).le32(at + 36, (variable.name.size() + 1) * 2).le32(at + 40, variable.data.size());
    append(file, guid_bytes(variable.vendor));
    const std::uint64_t name = file.size();
    file.resize(name + (variable.name.size() + 1) * 2);
    Patch(file).utf16_le(name, variable.name);
    append(file, variable.data);
    file.resize((file.size() + 3) / 4 * 4, 0xFF);
  }
  file.resize(kBytes, 0xFF);
  seal_varstore(file);
  return file;
}

}  // namespace bootproof::testing
