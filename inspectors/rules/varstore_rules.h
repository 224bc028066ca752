#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kVarstoreRules{
    Rule{"varstore.header-checksum", Severity::kError,
         "the words of a varstore's volume header do not add up to 0: firmware formats it anew or "
         "hangs",
         "copy the varstore anew from the firmware's package: OVMF_VARS_4M.fd"},
    Rule{"varstore.no-db", Severity::kWarning,
         "a varstore that enforces Secure Boot and holds nothing in db: nothing starts",
         "enrol keys, or use OVMF_VARS_4M.ms.fd"},
    Rule{"varstore.signature-list", Severity::kError,
         "a list of keys in a varstore is damaged: firmware stops reading there",
         "enrol the keys anew, or copy the varstore from the firmware's package"},
    Rule{"varstore.store-header", Severity::kError,
         "a varstore's variable store is of no known kind: firmware formats it anew or hangs",
         "copy the varstore anew from the firmware's package: OVMF_VARS_4M.fd"},
    Rule{"varstore.store-outside", Severity::kError,
         "a varstore's variable store is larger than its volume",
         "copy the varstore anew from the firmware's package: OVMF_VARS_4M.fd"},
    Rule{"varstore.store-state", Severity::kError,
         "a varstore's variable store is not formatted or not healthy",
         "copy the varstore anew from the firmware's package: OVMF_VARS_4M.fd"},
    Rule{"varstore.truncated", Severity::kError, "a varstore is larger than its file",
         "copy the varstore anew: it was cut, or is for firmware of another size"},
    Rule{"varstore.unreadable-certificate", Severity::kWarning,
         "a certificate among a varstore's keys can't be read: it verifies nothing",
         "enrol the certificate in DER: cert-to-efi-sig-list takes PEM"},
    Rule{"varstore.variable-outside", Severity::kError,
         "a variable reaches beyond the variable store: what stands behind it is lost",
         "copy the varstore anew from the firmware's package: OVMF_VARS_4M.fd"},
};

}  // namespace bootproof::inspectors
