#pragma once

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "inspectors/integers.h"

namespace bootproof::inspectors::openssl {

/// Owners of what libcrypto gives. Inside this module.
template <auto kFree>
struct Freer {
  template <typename Object>
  void operator()(Object* object) const {
    kFree(object);
  }
};

using BioOwner = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using DigestOwner = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using Pkcs7Owner = std::unique_ptr<PKCS7, Freer<PKCS7_free>>;
using StoreOwner = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;
using X509Owner = std::unique_ptr<X509, Freer<X509_free>>;

/// Leaves no errors of ours in the queue of the thread.
class ErrorMark {
 public:
  ErrorMark() { ERR_set_mark(); }
  ErrorMark(const ErrorMark&) = delete;
  ErrorMark& operator=(const ErrorMark&) = delete;
  ~ErrorMark() { ERR_pop_to_mark(); }
};

/// A certificate in DER; null where the bytes are none.
X509Owner certificate_of(ByteSpan der);

/// A name in one line, printable: "C=US, O=Org, CN=Name".
std::string name_text(const X509_NAME* name);

/// SHA-256 of bytes in memory; empty where libcrypto fails.
Bytes sha256_of(ByteSpan bytes);

}  // namespace bootproof::inspectors::openssl
