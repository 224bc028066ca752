#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kAuthenticodeRules{
    Rule{"authenticode.alignment", Severity::kWarning,
         "the certificate table of an EFI program is not at a multiple of 8 bytes",
         "sign the program anew: sbsign --key KEY --cert CERT PROGRAM"},
    Rule{"authenticode.certificate-size", Severity::kWarning,
         "a signature of an EFI program does not fit in the certificate table: Secure Boot refuses "
         "the program",
         "sign the program anew: sbattach --remove PROGRAM, then sbsign"},
    Rule{"authenticode.certificate-type", Severity::kWarning,
         "a signature of an EFI program is of a kind that firmware does not use",
         "sign the program with sbsign or pesign, which write PKCS signed data"},
    Rule{"authenticode.digest-algorithm", Severity::kWarning,
         "a signature of an EFI program has a digest that shim and newer firmware do not take",
         "sign the program anew with SHA-256: sbsign --key KEY --cert CERT PROGRAM"},
    Rule{"authenticode.digest-differs", Severity::kWarning,
         "an EFI program was changed after it was signed: Secure Boot refuses it",
         "fetch the program again, or sign it anew: sbattach --remove PROGRAM, then sbsign"},
    Rule{"authenticode.no-digest", Severity::kWarning,
         "a signature of an EFI program that names no digest of it",
         "sign the program anew: sbattach --remove PROGRAM, then sbsign"},
    Rule{"authenticode.no-signer", Severity::kWarning,
         "a signature of an EFI program without its signer's certificate: Secure Boot can't verify "
         "it",
         "sign the program anew with sbsign, which adds the certificate"},
    Rule{"authenticode.not-genuine", Severity::kWarning,
         "a signature of an EFI program was not made by its signer's key, or was changed",
         "fetch the program again, or sign it anew: sbattach --remove PROGRAM, then sbsign"},
    Rule{"authenticode.not-signed-data", Severity::kWarning,
         "a signature of an EFI program can't be read: Secure Boot refuses the program",
         "fetch the program again, or sign it anew: sbattach --remove PROGRAM, then sbsign"},
    Rule{"authenticode.table-not-at-end", Severity::kWarning,
         "bytes behind the signatures of an EFI program: Secure Boot refuses it",
         "cut the file behind its certificate table, or sign it anew: sbattach --remove, then "
         "sbsign"},
    Rule{"authenticode.table-outside", Severity::kError,
         "the certificate table lies outside the file: firmware refuses the EFI program",
         "fetch or copy the program again: it was cut"},
};

}  // namespace bootproof::inspectors
