#include "inspectors/programs/authenticode.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "inspectors/cursor.h"
#include "inspectors/programs/openssl.h"
#include "inspectors/programs/signed_data.h"
#include "inspectors/rules.h"

namespace bootproof::inspectors {
namespace {

/// WIN_CERTIFICATE (UEFI 2.10, 32.2.4).
struct WinCertificate {
  Le32 length;
  Le16 revision;
  Le16 type;
};
static_assert(sizeof(WinCertificate) == 8);

constexpr std::uint16_t kRevision2 = 0x0200;
constexpr std::uint16_t kTypePkcsSignedData = 0x0002;
constexpr std::uint64_t kAlignment = 8;
constexpr std::size_t kMostSignatures = 8;
constexpr std::size_t kMostRecords = 64;
constexpr std::uint64_t kLongestPadding = 4096;

const EVP_MD* digest_of(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kSha1:
      return EVP_sha1();
    case DigestAlgorithm::kSha256:
      return EVP_sha256();
    case DigestAlgorithm::kSha384:
      return EVP_sha384();
    case DigestAlgorithm::kSha512:
      return EVP_sha512();
    case DigestAlgorithm::kUnknown:
      break;
  }
  return nullptr;
}

std::string path_of(const std::string& path, std::size_t index) {
  return fmt::format("{}, signature {}", path, index + 1);
}

/// Where the checksum and the entry of the certificate table stand.
constexpr std::uint64_t kChecksumField = 24 + 64;
std::uint64_t table_field(const PeImage& pe) {
  return pe.header_offset + 24 + (pe.is_pe32_plus ? 112U : 96U) + kCertificateTable * 8;
}

/// Adds a problem of a SignedData.
void report(SignedDataProblem problem, const AuthenticodeSignature& signature, std::uint64_t offset,
            const std::string& path, Findings& findings) {
  switch (problem) {
    case SignedDataProblem::kNotSignedData:
      findings.add(rule("authenticode.not-signed-data"), offset, path, "other bytes",
                   "a SignedData in DER (UEFI 2.10, 32.2.4)");
      break;
    case SignedDataProblem::kNoDigest:
      findings.add(rule("authenticode.no-digest"), offset, path, "another content",
                   "SpcIndirectDataContent (Authenticode 1.0)");
      break;
    case SignedDataProblem::kNoSigner:
      findings.add(
          rule("authenticode.no-signer"), offset, path,
          fmt::format("{} certificates, none of the signer", signature.certificates.size()),
          fmt::format("the signer's, issued by {}", signature.signer_issuer));
      break;
    case SignedDataProblem::kNotGenuine:
      findings.add(
          rule("authenticode.not-genuine"), offset, path, "a signature that does not verify",
          fmt::format("one by the key of {}", short_name(*signature.signer_certificate())));
      break;
    case SignedDataProblem::kNone:
      if (signature.algorithm == DigestAlgorithm::kUnknown) {
        findings.add(rule("authenticode.digest-algorithm"), offset, path,
                     "a digest of another kind", "SHA-256");
      } else if (signature.algorithm == DigestAlgorithm::kSha1) {
        findings.add(rule("authenticode.digest-algorithm"), offset, path, "SHA-1", "SHA-256");
      }
      break;
  }
}

/// Hashes ranges of a file.
class Hasher {
 public:
  Hasher(const ImageView& file, const EVP_MD* digest) : file_(file), context_(EVP_MD_CTX_new()) {
    is_good_ = context_ && EVP_DigestInit_ex(context_.get(), digest, nullptr) == 1;
  }

  /// From `begin` up to `end`; fails where that is not inside the file.
  void add(std::uint64_t begin, std::uint64_t end) {
    is_good_ = is_good_ && begin <= end && file_.contains(begin, end - begin);
    while (is_good_ && begin < end) {
      const auto length = std::min<std::uint64_t>(end - begin, piece_.size());
      const std::span<std::uint8_t> piece =
          std::span(piece_).first(static_cast<std::size_t>(length));
      is_good_ = file_.read_into(begin, piece) &&
                 EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) == 1;
      begin += length;
    }
  }

  [[nodiscard]] std::optional<Bytes> finish() {
    Bytes digest(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    if (!is_good_ || EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1) {
      return std::nullopt;
    }
    digest.resize(size);
    return digest;
  }

 private:
  static constexpr std::size_t kPieceBytes = std::size_t{256} << 10U;

  const ImageView& file_;
  openssl::DigestOwner context_;
  Bytes piece_ = Bytes(kPieceBytes);
  bool is_good_ = false;
};

}  // namespace

std::string_view name_of(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kSha1:
      return "SHA-1";
    case DigestAlgorithm::kSha256:
      return "SHA-256";
    case DigestAlgorithm::kSha384:
      return "SHA-384";
    case DigestAlgorithm::kSha512:
      return "SHA-512";
    case DigestAlgorithm::kUnknown:
      break;
  }
  return "unknown digest";
}

Authenticode read_authenticode(const ImageView& file, const PeImage& pe, const std::string& path,
                               Findings& findings) {
  Authenticode result;
  const PeDirectory table = pe.directory(kCertificateTable);
  if (table.size == 0) {
    return result;
  }
  result.offset = table.address;
  result.size = table.size;
  const std::uint64_t field = file.image_offset(table_field(pe));
  const std::uint64_t end = result.offset + result.size;
  if (!file.contains(result.offset, result.size)) {
    const bool is_cut =
        std::any_of(pe.sections.begin(), pe.sections.end(), [&](const PeSection& section) {
          return section.raw_size > 0 && !file.contains(section.raw_offset, section.raw_size);
        });
    if (is_cut) {
      return result;  // A finding of read_pe() already.
    }
    findings.add(rule("authenticode.table-outside"), field, path,
                 fmt::format("{} bytes from offset {}", result.size, result.offset),
                 fmt::format("inside the file of {} bytes", file.size()));
    return result;
  }
  if (end != file.size()) {
    findings.add(rule("authenticode.table-not-at-end"), field, path,
                 fmt::format("{} bytes behind the table", file.size() - end),
                 "the certificate table at the end of the file");
  } else if (result.offset % kAlignment != 0) {
    findings.add(rule("authenticode.alignment"), field, path,
                 fmt::format("offset {}", result.offset),
                 "a multiple of 8 (PE/COFF 11, Attribute Certificate Table)");
  }
  std::uint64_t at = result.offset;
  for (std::size_t count = 0; at < end && count < kMostRecords; ++count) {
    const std::size_t index = result.signatures.size();
    const auto header = read_struct<WinCertificate>(file.subview(0, end), at);
    const std::uint32_t length = header ? header->length.value() : 0;
    const std::uint64_t offset = file.image_offset(at);
    if (header && length == 0 && is_blank(file.subview(at, std::min(end - at, kLongestPadding)))) {
      break;  // Padding.
    }
    if (length < sizeof(WinCertificate) || length > end - at) {
      findings.add(rule("authenticode.certificate-size"), offset, path_of(path, index),
                   fmt::format("{} bytes", length),
                   fmt::format("8 to the {} bytes that are left of the table", end - at));
      break;
    }
    if (header->type.value() != kTypePkcsSignedData || header->revision.value() != kRevision2) {
      findings.add(rule("authenticode.certificate-type"), offset, path_of(path, index),
                   fmt::format("type 0x{:04X}, revision 0x{:04X}", header->type.value(),
                               header->revision.value()),
                   "type 0x0002, PKCS signed data, revision 0x0200");
    } else if (index < kMostSignatures) {
      AuthenticodeSignature signature;
      signature.offset = at;
      signature.size = length;
      signature.der = file.read(at + sizeof(WinCertificate), length - sizeof(WinCertificate));
      const SignedDataProblem problem = read_signed_data(signature);
      report(problem, signature, offset, path_of(path, index), findings);
      result.signatures.push_back(std::move(signature));
    }
    at += (std::uint64_t{length} + kAlignment - 1) / kAlignment * kAlignment;
  }
  return result;
}

std::optional<Bytes> authenticode_digest(const ImageView& file, const PeImage& pe,
                                         DigestAlgorithm algorithm) {
  const openssl::ErrorMark mark;
  const EVP_MD* const digest = digest_of(algorithm);
  const PeDirectory table = pe.directory(kCertificateTable);
  std::vector<const PeSection*> sections;
  std::uint64_t hashed = pe.headers_size;
  for (const PeSection& section : pe.sections) {
    if (section.raw_size > 0) {
      sections.push_back(&section);
      hashed += section.raw_size;
    }
  }
  // Overlapping sections would be hashed again and again; edk2 refuses them here, too.
  if (digest == nullptr || hashed + table.size > file.size()) {
    return std::nullopt;
  }
  Hasher hasher(file, digest);
  const std::uint64_t checksum = pe.header_offset + kChecksumField;
  constexpr std::uint64_t kChecksumBytes = 4;
  constexpr std::uint64_t kDirectoryBytes = 8;
  hasher.add(0, checksum);
  if (pe.directories.size() > kCertificateTable) {
    hasher.add(checksum + kChecksumBytes, table_field(pe));
    hasher.add(table_field(pe) + kDirectoryBytes, pe.headers_size);
  } else {
    hasher.add(checksum + kChecksumBytes, pe.headers_size);
  }
  std::stable_sort(sections.begin(), sections.end(), [](const PeSection* a, const PeSection* b) {
    return a->raw_offset < b->raw_offset;
  });
  for (const PeSection* section : sections) {
    hasher.add(section->raw_offset, std::uint64_t{section->raw_offset} + section->raw_size);
  }
  hasher.add(hashed, file.size() - table.size);
  return hasher.finish();
}

bool check_digests(const ImageView& file, const PeImage& pe, const Authenticode& authenticode,
                   const std::string& path, Findings& findings) {
  std::map<DigestAlgorithm, std::optional<Bytes>> digests;
  bool all_agree = true;
  // Bytes behind the table are a finding already, and change every digest.
  const bool is_judged = authenticode.offset + authenticode.size == file.size();
  for (std::size_t i = 0; i < authenticode.signatures.size(); ++i) {
    const AuthenticodeSignature& signature = authenticode.signatures[i];
    const auto [digest, is_new] = digests.try_emplace(signature.algorithm);
    if (is_new) {
      digest->second = authenticode_digest(file, pe, signature.algorithm);
    }
    if (digest->second == signature.digest) {
      continue;
    }
    all_agree = false;
    if (is_judged && !signature.digest.empty() && digest->second) {
      findings.add(rule("authenticode.digest-differs"), file.image_offset(signature.offset),
                   path_of(path, i),
                   fmt::format("a file with {} {}", name_of(signature.algorithm),
                               hex_digits(*digest->second)),
                   fmt::format("{}, as it was signed", hex_digits(signature.digest)));
    }
  }
  return all_agree;
}

}  // namespace bootproof::inspectors
