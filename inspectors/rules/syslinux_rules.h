#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kSyslinuxRules{
    Rule{"syslinux.boot-code", Severity::kError,
         "syslinux's boot sector has lost its code: a BIOS runs into something else and hangs",
         "syslinux --install IMAGE (or extlinux --install FOLDER) writes it anew"},
    Rule{"syslinux.ldlinux-checksum", Severity::kError,
         "the words of ldlinux.sys do not add up: syslinux stops with 'Load error'",
         "syslinux --install IMAGE (or extlinux --install FOLDER) writes it anew"},
    Rule{"syslinux.ldlinux-moved", Severity::kError,
         "ldlinux.sys does not stand where the boot sector or its own list of sectors says",
         "syslinux --install IMAGE (or extlinux --install FOLDER); copying the file moves it"},
    Rule{"syslinux.ldlinux-version", Severity::kError,
         "the boot sector and ldlinux.sys come from different builds of syslinux",
         "syslinux --install IMAGE (or extlinux --install FOLDER) writes both"},
    Rule{"syslinux.no-ldlinux-c32", Severity::kError,
         "there is no ldlinux.c32 beside ldlinux.sys: syslinux 5 and later can't go on",
         "copy ldlinux.c32 of the same syslinux (modules/bios) into the same folder"},
    Rule{"syslinux.no-ldlinux-sys", Severity::kWarning,
         "syslinux's boot sector on a volume without ldlinux.sys: it starts what its sectors still "
         "hold, until they are written over",
         "syslinux --install IMAGE (or extlinux --install FOLDER) writes it"},
};

}  // namespace bootproof::inspectors
