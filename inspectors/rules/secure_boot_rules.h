#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kSecureBootRules{
    Rule{"secure-boot.vendor-certificate", Severity::kWarning,
         "a certificate that a shim was built with can't be read: it starts nothing by it",
         "build shim with a certificate in DER: make VENDOR_CERT_FILE=cert.der"},
    Rule{"secure-boot.vendor-table", Severity::kWarning,
         "the table of a shim's own certificates points outside its section",
         "fetch shim again, or build it anew"},
};

}  // namespace bootproof::inspectors
