#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kSbatRules{
    Rule{"sbat.empty", Severity::kWarning,
         "an EFI program with a section .sbat that says nothing: shim refuses it under Secure Boot",
         "build it with its SBAT: grub-mkimage --sbat FILE, ukify --sbat"},
    Rule{"sbat.generation", Severity::kWarning,
         "an SBAT generation that is no number: shim takes it for 0, which is revoked",
         "write the generation as a number in the file that --sbat names"},
    Rule{"sbat.line", Severity::kWarning,
         "a line of SBAT without its six fields: shim refuses the program under Secure Boot",
         "write all fields in the file that --sbat names, and end each line"},
    Rule{"sbat.revoked", Severity::kWarning,
         "a program whose SBAT generation is revoked: machines with the newest revocations refuse "
         "it under Secure Boot",
         "take the loader from a newer package of the distribution"},
};

}  // namespace bootproof::inspectors
