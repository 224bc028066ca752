#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kMbrRules{
    Rule{"mbr.blank-boot-code", Severity::kNote,
         "a partition table without boot code: a BIOS runs into zeros and hangs in silence",
         "for a BIOS, write syslinux's mbr.bin or run grub-install; for UEFI alone nothing"},
    Rule{"mbr.boot-code-missing", Severity::kWarning,
         "no boot code on a medium that is laid out for a BIOS: it runs into zeros and hangs",
         "grub-install --target=i386-pc DISK, syslinux's mbr.bin, or isohybrid for an ISO"},
    Rule{"mbr.chs", Severity::kNote,
         "the active partition's address by cylinder, head and sector is not that of its LBA: boot "
         "code of DOS on an old BIOS reads elsewhere",
         "nothing for UEFI and current loaders; else write the table anew with sfdisk"},
    Rule{"mbr.covers-itself", Severity::kWarning,
         "an MBR partition begins at sector 0, where the table itself stands",
         "begin partitions at sector 2048"},
    Rule{"mbr.empty-partition", Severity::kWarning, "an MBR partition of no sectors",
         "delete the partition, or give it its size"},
    Rule{"mbr.extended-broken", Severity::kWarning, "the chain of logical partitions breaks off",
         "write the logical partitions anew; fetch the image again if it was cut"},
    Rule{"mbr.extended-loop", Severity::kWarning,
         "the chain of logical partitions runs in a circle", "write the logical partitions anew"},
    Rule{"mbr.grub-core", Severity::kError,
         "GRUB's boot code loads a sector that holds nothing: its core image is not there",
         "grub-install --target=i386-pc DISK writes both; don't copy the first sector alone"},
    Rule{"mbr.hybrid", Severity::kNote,
         "a hybrid MBR: firmware that reads it sees other partitions than the GPT has",
         "keep both in step by hand, or use a protective MBR"},
    Rule{"mbr.hybrid-differs", Severity::kWarning,
         "an entry of a hybrid MBR is no partition of the GPT: each firmware sees another disk",
         "write the hybrid MBR anew with gdisk (r, h) or sgdisk -h"},
    Rule{"mbr.no-active", Severity::kWarning,
         "boot code that starts the active partition, and no partition is active",
         "sfdisk --activate IMAGE N"},
    Rule{"mbr.no-signature", Severity::kError,
         "boot code or a partition table without the signature 55 aa: no BIOS starts it",
         "write the bytes 55 aa at offset 510"},
    Rule{"mbr.overlap", Severity::kWarning, "two MBR partitions overlap",
         "write the table anew with partitions one after the other"},
    Rule{"mbr.partition-outside", Severity::kError, "an MBR partition reaches beyond the image",
         "fetch the image again if it was cut, otherwise make it larger or the partition smaller"},
    Rule{"mbr.protective-active", Severity::kWarning,
         "the protective entry is marked active: firmware that keeps to UEFI does not use the GPT "
         "(EDK "
         "II of 2022 does)",
         "sgdisk -N IMAGE or parted's disk_set pmbr_boot off writes it without the mark"},
    Rule{"mbr.protective-begin", Severity::kError,
         "the protective entry does not begin at LBA 1: UEFI and Linux do not use the GPT",
         "gdisk (x, n, w) writes a new protective MBR"},
    Rule{"mbr.several-active", Severity::kWarning,
         "more than one active MBR partition: boot code refuses, or takes any of them",
         "sfdisk --activate IMAGE N leaves one"},
    Rule{"mbr.status", Severity::kWarning,
         "an MBR partition has a status other than 0x00 and 0x80: Linux refuses the whole table",
         "write the table anew with sfdisk"},
};

}  // namespace bootproof::inspectors
