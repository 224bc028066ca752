#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kStartupNshRules{
    Rule{"startup-nsh.no-program", Severity::kWarning,
         "the EFI shell's startup script starts no program: the shell's prompt is the end",
         "name the EFI program that is to be started, or remove the script"},
    Rule{"startup-nsh.program-missing", Severity::kError,
         "the EFI shell's startup script starts a program that is on no volume of the medium",
         "put the program there, or correct its name in the script"},
    Rule{"startup-nsh.wrong-machine", Severity::kWarning,
         "the EFI shell's startup script starts a program that is made for another machine",
         "start BOOTX64.EFI on x86-64, BOOTAA64.EFI on aarch64"},
};

}  // namespace bootproof::inspectors
