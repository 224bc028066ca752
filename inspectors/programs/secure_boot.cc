#include "inspectors/programs/secure_boot.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "inspectors/programs/openssl.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// What a verifier trusts or refuses, and how sentences call it.
struct KeyList {
  std::string_view name;  ///< "db", "MokList", "shim's vendor certificate".
  std::vector<const Certificate*> certificates;
  std::vector<ByteSpan> digests;              ///< SHA-256 of programs.
  std::vector<ByteSpan> certificate_digests;  ///< SHA-256 of what is signed of certificates.
};

KeyList key_list(std::string_view name, const std::vector<SignatureList>& lists) {
  constexpr std::size_t kSha256Bytes = 32;
  KeyList keys{name, {}, {}, {}};
  for (const SignatureList& list : lists) {
    const std::string type = text_of(list.type);
    for (const StoredSignature& signature : list.signatures) {
      if (signature.certificate) {
        keys.certificates.push_back(&*signature.certificate);
      } else if (type == kSha256List && signature.data.size() == kSha256Bytes) {
        keys.digests.emplace_back(signature.data);
      } else if (type == kX509Sha256List && signature.data.size() >= kSha256Bytes) {
        keys.certificate_digests.push_back(ByteSpan(signature.data).first(kSha256Bytes));
      }
    }
  }
  return keys;
}

KeyList key_list(std::string_view name, const std::vector<Certificate>& certificates,
                 const std::vector<Bytes>& digests) {
  KeyList keys{name, {}, {}, {}};
  for (const Certificate& certificate : certificates) {
    keys.certificates.push_back(&certificate);
  }
  keys.digests.assign(digests.begin(), digests.end());
  return keys;
}

bool contains(const std::vector<ByteSpan>& digests, const Bytes& digest) {
  return std::any_of(digests.begin(), digests.end(), [&](ByteSpan candidate) {
    return std::equal(candidate.begin(), candidate.end(), digest.begin(), digest.end());
  });
}

/// SHA-256 of the part of a certificate that is signed, by which dbx revokes it.
Bytes signed_part_digest(const Certificate& certificate) {
  const openssl::X509Owner x509 = openssl::certificate_of(certificate.der);
  unsigned char* bytes = nullptr;
  const int size = x509 ? i2d_re_X509_tbs(x509.get(), &bytes) : 0;
  Bytes digest;
  if (size > 0) {
    digest = openssl::sha256_of(ByteSpan(bytes, static_cast<std::size_t>(size)));
  }
  OPENSSL_free(bytes);
  return digest;
}

/// A program with all that is needed to verify it.
struct Candidate {
  const ImageView& file;
  const PeImage& pe;
  Authenticode authenticode;
  std::map<DigestAlgorithm, std::optional<Bytes>> digests;

  const std::optional<Bytes>& digest(DigestAlgorithm algorithm) {
    const auto [found, is_new] = digests.try_emplace(algorithm);
    if (is_new) {
      found->second = authenticode_digest(file, pe, algorithm);
    }
    return found->second;
  }
};

Candidate candidate_of(const ImageView& file, const PeImage& pe) {
  Findings not_asked;
  return {file, pe, read_authenticode(file, pe, {}, not_asked), {}};
}

std::string signed_by(const AuthenticodeSignature& signature) {
  const Certificate* const signer = signature.signer_certificate();
  return signer == nullptr ? "signed by a certificate that is not in the signature"
                           : "signed by " + short_name(*signer);
}

/// The certificate of a list that a signature leads to; null where there is none.
const Certificate* anchor_in(const KeyList& keys, const AuthenticodeSignature& signature) {
  const auto found =
      std::find_if(keys.certificates.begin(), keys.certificates.end(),
                   [&](const Certificate* anchor) { return chains_to(signature, *anchor); });
  return found == keys.certificates.end() ? nullptr : *found;
}

/// Why a list refuses a signature; empty where it does not.
std::string refusal_by(const KeyList& keys, const AuthenticodeSignature& signature) {
  if (const Certificate* const anchor = anchor_in(keys, signature)) {
    return fmt::format("{}, which chains to {} entry {}", signed_by(signature), keys.name,
                       short_name(*anchor));
  }
  if (keys.certificate_digests.empty()) {
    return {};
  }
  for (const Certificate& certificate : signature.certificates) {
    if (contains(keys.certificate_digests, signed_part_digest(certificate))) {
      return fmt::format("{}, and {} has the digest of certificate {}", signed_by(signature),
                         keys.name, short_name(certificate));
    }
  }
  return {};
}

std::string names_of(const std::vector<KeyList>& lists) {
  std::string names;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    names += i == 0 ? "" : i + 1 == lists.size() ? " or " : ", ";
    names += lists[i].name;
  }
  return names;
}

/// Whether one signature is good by itself; the reason where it is not.
std::string problem_of(const AuthenticodeSignature& signature, Candidate& candidate) {
  if (!signature.is_genuine) {
    return signed_by(signature) + ", but the signature does not verify";
  }
  if (signature.algorithm == DigestAlgorithm::kUnknown) {
    return signed_by(signature) + ", with a digest of an unknown kind";
  }
  if (candidate.digest(signature.algorithm) != signature.digest) {
    return signed_by(signature) + ", but the signature's digest does not match the file";
  }
  return {};
}

/// Verifies as edk2's DxeImageVerificationHandler does: what a list in `refused` knows never
/// starts; otherwise one good signature or the digest is enough.
SecureBootAnswer answer_for(Candidate& candidate, const std::vector<KeyList>& allowed,
                            const std::vector<KeyList>& refused) {
  const auto refuse = [](std::string reason) {
    return SecureBootAnswer{SecureBootVerdict::kRefused, std::move(reason)};
  };
  const std::optional<Bytes> digest = candidate.digest(DigestAlgorithm::kSha256);
  if (!digest) {
    return refuse("its headers do not fit the file, so it can't be hashed");
  }
  for (const KeyList& keys : refused) {
    if (contains(keys.digests, *digest)) {
      return refuse(fmt::format("its digest is in {}", keys.name));
    }
  }
  std::string reason;
  for (const AuthenticodeSignature& signature : candidate.authenticode.signatures) {
    std::string problem = problem_of(signature, candidate);
    for (const KeyList& keys : refused) {
      if (std::string refusal = refusal_by(keys, signature); problem.empty() && !refusal.empty()) {
        return refuse(std::move(refusal));
      }
    }
    for (const KeyList& keys : allowed) {
      if (!problem.empty()) {
        break;
      }
      if (const Certificate* const anchor = anchor_in(keys, signature)) {
        return {SecureBootVerdict::kStarts,
                fmt::format(
                    "{}, which {} {} entry {}", signed_by(signature),
                    anchor->sha256 == signature.signer_certificate()->sha256 ? "is" : "chains to",
                    keys.name, short_name(*anchor))};
      }
    }
    if (problem.empty()) {
      problem = fmt::format("{}, issued by {}, which chains to nothing in {}", signed_by(signature),
                            signature.signer_issuer, names_of(allowed));
    }
    reason += (reason.empty() ? "" : "; ") + problem;
  }
  for (const KeyList& keys : allowed) {
    if (contains(keys.digests, *digest)) {
      return {SecureBootVerdict::kStarts, fmt::format("its digest is in {}", keys.name)};
    }
  }
  return refuse(reason.empty()
                    ? fmt::format("unsigned, and its digest is not in {}", names_of(allowed))
                    : reason);
}

std::optional<SecureBootAnswer> not_enforced(const Varstore& varstore) {
  if (varstore.is_in_setup_mode()) {
    return SecureBootAnswer{SecureBootVerdict::kNotEnforced,
                            "no platform key: the firmware is in setup mode"};
  }
  if (!varstore.enforces_secure_boot()) {
    return SecureBootAnswer{SecureBootVerdict::kNotEnforced,
                            "Secure Boot is switched off (SecureBootEnable)"};
  }
  return std::nullopt;
}

/// The revocation level that counts: shim replaces the variable by its own where that is newer.
/// Nothing for a shim from before SBAT.
std::optional<SbatLevel> level_of(const ImageView& shim, const PeImage& shim_pe,
                                  const Varstore& varstore) {
  auto own = read_shim_sbat_level(shim, shim_pe);
  if (varstore.sbat_level.empty()) {
    return own;
  }
  SbatLevel stored = read_sbat_level(varstore.sbat_level);
  return own && own->date > stored.date ? std::move(*own) : std::move(stored);
}

/// "its SBAT grub,3 is revoked by SbatLevel 2025021800"; empty where nothing is revoked.
std::string revocation_of(const std::vector<SbatEntry>& entries, const SbatLevel& level) {
  const std::vector<SbatEntry> revoked = revoked_entries(entries, level);
  return revoked.empty()
             ? std::string()
             : fmt::format("its SBAT {},{} is revoked by SbatLevel {}", revoked.front().component,
                           revoked.front().generation, level.date);
}

}  // namespace

std::string_view name_of(SecureBootVerdict verdict) {
  switch (verdict) {
    case SecureBootVerdict::kStarts:
      return "starts";
    case SecureBootVerdict::kRefused:
      return "refused";
    case SecureBootVerdict::kNotEnforced:
      break;
  }
  return "not enforced";
}

SecureBootAnswer secure_boot_answer(const ImageView& file, const PeImage& pe,
                                    const Varstore& varstore) {
  const openssl::ErrorMark mark;
  if (auto answer = not_enforced(varstore)) {
    return *answer;
  }
  Candidate candidate = candidate_of(file, pe);
  return answer_for(candidate, {key_list("db", varstore.db)}, {key_list("dbx", varstore.dbx)});
}

SecureBootAnswer shim_answer(const ImageView& shim, const PeImage& shim_pe, const ImageView& file,
                             const PeImage& pe, const Varstore& varstore, ShimRequest request) {
  const openssl::ErrorMark mark;
  if (auto answer = not_enforced(varstore)) {
    return *answer;
  }
  if (!varstore.shim_verifies) {
    return {SecureBootVerdict::kNotEnforced, "shim's verification is switched off (MokSBState)"};
  }
  if (pe.has_stripped_relocations()) {
    return {SecureBootVerdict::kRefused, "its base relocations are stripped, which shim refuses"};
  }
  Findings not_asked;
  const ShimVendor vendor = read_shim_vendor(shim, shim_pe, {}, not_asked);
  Candidate candidate = candidate_of(file, pe);
  SecureBootAnswer answer =
      answer_for(candidate,
                 {key_list("shim's vendor", vendor.db_certificates, vendor.db_digests),
                  key_list("MokList", varstore.mok_list), key_list("db", varstore.db)},
                 {key_list("shim's vendor dbx", vendor.dbx_certificates, vendor.dbx_digests),
                  key_list("dbx", varstore.dbx), key_list("MokListX", varstore.mok_listx)});
  const auto level = level_of(shim, shim_pe, varstore);
  if (!answer.starts() || !level) {
    return answer;
  }
  const auto entries = read_sbat(file, pe, {}, not_asked);
  const bool has_sbat = entries && !entries->empty();
  std::string refusal;
  if (has_sbat) {
    refusal = revocation_of(*entries, *level);
  } else if (request == ShimRequest::kStart) {
    refusal = "it has no SBAT, which shim requires";
  }
  return refusal.empty() ? answer
                         : SecureBootAnswer{SecureBootVerdict::kRefused, std::move(refusal)};
}

SecureBootAnswer shim_self_check(const ImageView& shim, const PeImage& pe,
                                 const Varstore& varstore) {
  if (auto answer = not_enforced(varstore)) {
    return *answer;
  }
  Findings not_asked;
  const auto level = level_of(shim, pe, varstore);
  const auto entries = read_sbat(shim, pe, {}, not_asked);
  std::string refusal = level && entries ? revocation_of(*entries, *level) : std::string();
  return refusal.empty() ? SecureBootAnswer{SecureBootVerdict::kStarts, "its SBAT is not revoked"}
                         : SecureBootAnswer{SecureBootVerdict::kRefused, std::move(refusal)};
}

}  // namespace bootproof::inspectors
