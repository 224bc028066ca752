#include "builders/efi_signer.h"

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "builders/tools.h"
#include "harness/core/files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

template <auto free_function>
struct Freer {
  template <typename T>
  void operator()(T* pointer) const {
    free_function(pointer);
  }
};
using BioOwner = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using KeyOwner = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using CertificateOwner = std::unique_ptr<X509, Freer<X509_free>>;
using Pkcs7Owner = std::unique_ptr<PKCS7, Freer<PKCS7_free>>;
using TypeOwner = std::unique_ptr<ASN1_TYPE, Freer<ASN1_TYPE_free>>;
using StringOwner = std::unique_ptr<ASN1_STRING, Freer<ASN1_STRING_free>>;
using TimeOwner = std::unique_ptr<ASN1_TIME, Freer<ASN1_TIME_free>>;

/// What OpenSSL says of its last failure.
std::string reason() {
  const char* const text = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return text == nullptr ? "no reason given" : escape_for_terminal(text);
}

void check(bool holds) {
  if (!holds) {
    throw Error(ErrorKind::kBuild, fmt::format("cannot sign: OpenSSL says: {}", reason()));
  }
}

BioOwner bio_of(const std::string& bytes) {
  BioOwner bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  check(bio != nullptr);
  return bio;
}

std::string pem_text(const InputFile& file) {
  constexpr std::uint64_t kLargest = 1U << 20U;
  return value_or_throw(read_file(file.path, kLargest));
}

/// Gives OpenSSL the passphrase, and never lets it ask on the terminal.
int give_passphrase(char* buffer, int size, int /*writing*/, void* recipe) {
  const std::optional<std::string>& text = static_cast<const SignRecipe*>(recipe)->passphrase;
  if (!text || text->size() > static_cast<std::size_t>(size)) {
    return -1;
  }
  std::memcpy(buffer, text->data(), text->size());
  return static_cast<int>(text->size());
}

KeyOwner read_key(const SignInput& input) {
  const std::string text = pem_text(input.key);
  SignRecipe recipe = *input.recipe;  // The callback's argument is not const.
  KeyOwner key(PEM_read_bio_PrivateKey(bio_of(text).get(), nullptr, &give_passphrase, &recipe));
  if (!key) {
    throw error_at(
        recipe.key.mark,
        fmt::format("{} can't be read as a private key: {}", input.key.path.string(), reason()),
        "a key in PEM is expected; where it has a passphrase, add 'passphrase'");
  }
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1) {
    throw error_at(recipe.key.mark, fmt::format("{} is no RSA key", input.key.path.string()),
                   "Secure Boot takes signatures by RSA keys alone");
  }
  return key;
}

CertificateOwner read_certificate(const SignInput& input) {
  const std::string text = pem_text(input.certificate);
  CertificateOwner certificate(PEM_read_bio_X509(bio_of(text).get(), nullptr, nullptr, nullptr));
  if (!certificate) {
    throw error_at(input.recipe->certificate.mark,
                   fmt::format("{} can't be read as a certificate: {}",
                               input.certificate.path.string(), reason()),
                   "an X.509 certificate in PEM is expected");
  }
  return certificate;
}

/// An element in DER (X.690, 8.1 and 10.1) of at most 255 bytes.
std::string der(unsigned tag, const std::string& content) {
  constexpr std::size_t kShort = 0x80;
  std::string element(1, static_cast<char>(tag));
  if (content.size() >= kShort) {
    element.push_back('\x81');
  }
  element.push_back(static_cast<char>(content.size()));
  return element + content;
}

constexpr const char* kIndirectData = "1.3.6.1.4.1.311.2.1.4";

/// The content of SpcIndirectDataContent, which is what is signed.
std::string indirect_data(const std::string& digest) {
  constexpr unsigned kSequence = 0x30;
  constexpr unsigned kOid = 0x06;
  constexpr unsigned kNull = 0x05;
  constexpr unsigned kOctets = 0x04;
  constexpr unsigned kBits = 0x03;
  constexpr std::string_view kObsolete = "<<<Obsolete>>>";
  std::string file_name;  // Of SpcString, UTF-16 with the larger byte first.
  for (const char c : kObsolete) {
    file_name.push_back('\0');
    file_name.push_back(c);
  }
  const std::string link = der(0xA0, der(0xA2, der(0x80, file_name)));
  const std::string image_data = der(kSequence, der(kBits, std::string(1, '\0')) + link);
  const std::string pe_image_oid = der(kOid, "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0f");
  const std::string sha256_oid = der(kOid, "\x60\x86\x48\x01\x65\x03\x04\x02\x01");
  const std::string algorithm = der(kSequence, sha256_oid + der(kNull, {}));
  return der(kSequence, pe_image_oid + image_data) +
         der(kSequence, algorithm + der(kOctets, digest));
}

/// Puts the indirect data into the place of the plain data that was signed.
void replace_content(PKCS7& signature, const std::string& content) {
  constexpr unsigned kSequence = 0x30;
  const std::string whole = der(kSequence, content);
  StringOwner string(ASN1_STRING_new());
  check(string && ASN1_STRING_set(string.get(), whole.data(), static_cast<int>(whole.size())) == 1);
  TypeOwner type(ASN1_TYPE_new());
  check(type != nullptr);
  ASN1_TYPE_set(type.get(), V_ASN1_SEQUENCE, string.release());
  Pkcs7Owner inner(PKCS7_new());
  check(inner != nullptr);
  inner->type = OBJ_txt2obj(kIndirectData, 1);
  inner->d.other = type.release();
  check(inner->type != nullptr && PKCS7_set_content(&signature, inner.get()) == 1);
  static_cast<void>(inner.release());  // Owned by the signature now.
}

/// PKCS #7 SignedData over the digest (RFC 2315, 9.1).
std::string signature_of(const std::string& digest, X509* certificate, EVP_PKEY* key,
                         std::int64_t date) {
  const std::string content = indirect_data(digest);
  const Pkcs7Owner signature(PKCS7_new());
  check(signature && PKCS7_set_type(signature.get(), NID_pkcs7_signed) == 1);
  PKCS7_SIGNER_INFO* const signer =
      PKCS7_add_signature(signature.get(), certificate, key, EVP_sha256());
  check(signer != nullptr && PKCS7_add_certificate(signature.get(), certificate) == 1);
  ASN1_OBJECT* const type = OBJ_txt2obj(kIndirectData, 1);
  check(type != nullptr && PKCS7_add_attrib_content_type(signer, type) == 1);
  TimeOwner time(ASN1_TIME_set(nullptr, date));
  check(time && PKCS7_add0_attrib_signing_time(signer, time.get()) == 1);
  static_cast<void>(time.release());
  check(PKCS7_content_new(signature.get(), NID_pkcs7_data) == 1);
  const BioOwner data(PKCS7_dataInit(signature.get(), nullptr));
  const int size = static_cast<int>(content.size());
  check(data && BIO_write(data.get(), content.data(), size) == size &&
        PKCS7_dataFinal(signature.get(), data.get()) == 1);
  replace_content(*signature, content);
  unsigned char* bytes = nullptr;
  const int length = i2d_PKCS7(signature.get(), &bytes);
  check(length > 0);
  std::string result(bytes, bytes + length);
  OPENSSL_free(bytes);
  return result;
}

}  // namespace

SignRecipe read_sign_recipe(const YamlNode& node) {
  SignRecipe recipe{
      read_file_source(node.require("key")), read_file_source(node.require("certificate")), {}};
  if (const YamlNode passphrase = node.find("passphrase"); !passphrase.is_absent()) {
    recipe.passphrase = passphrase.text();
  }
  return recipe;
}

SignInput find_inputs(const SignRecipe& recipe, const InputFinder& finder) {
  return {&recipe, finder.file(recipe.key), finder.file(recipe.certificate)};
}

void describe(const SignInput& input, BuildKey& key) {
  key.add("key", input.key);
  key.add("certificate", input.certificate);
  key.add("passphrase", sha256_of(input.recipe->passphrase.value_or("")));
}

void sign(EfiProgram& program, const SignInput& input, std::int64_t date) {
  const KeyOwner key = read_key(input);
  const CertificateOwner certificate = read_certificate(input);
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    throw error_at(input.recipe->certificate.mark,
                   fmt::format("{} is not the certificate of the key {}",
                               input.certificate.path.string(), input.key.path.string()),
                   "name a key and a certificate that belong together");
  }
  program.attach_signature(
      signature_of(program.authenticode_digest(), certificate.get(), key.get(), date));
}

}  // namespace bootproof
