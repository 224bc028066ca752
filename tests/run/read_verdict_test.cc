#include "harness/run/read_verdict.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bootproof {
namespace {

using inspectors::BootLink;
using inspectors::BootPart;
using inspectors::BootPath;
using inspectors::ElToritoEntry;
using inspectors::FirmwareClass;
using inspectors::Forecast;
using inspectors::Inspection;
using Lines = std::vector<std::string>;

constexpr std::uint64_t kMib = 1U << 20U;
constexpr std::uint64_t kCatalog = 45;
constexpr std::uint64_t kImage = 1234;
constexpr std::uint64_t kConfiguration = 65536;

Verdict failed_for(std::string cause, std::string stage = "loader") {
  Verdict verdict;
  verdict.outcome = Outcome::kFailed;
  verdict.cause = std::move(cause);
  verdict.stage = std::move(stage);
  verdict.evidence = {"from the console"};
  return verdict;
}

/// A disc with a loader, its configuration, a kernel and an initramfs, and what was read of it.
struct Disc {
  Inspection inspection;
  BootPath path;
  MediumFacts facts;
  MediumReads reads;

  Disc() {
    inspection.el_torito.emplace();
    inspection.el_torito->catalog_lba = kCatalog;
    ElToritoEntry entry;
    entry.platform_id = 0xEF;
    entry.indicator = 0x88;
    entry.load_rba = kImage;
    inspection.el_torito->entries = {entry};
    path.firmware = FirmwareClass::kUefiX64;
    path.forecast = Forecast::kBoots;
    path.links = {
        {"El Torito section 1", kCatalog * 2048, Forecast::kBoots, "", BootPart::kEntry},
        {"/EFI/BOOT/BOOTX64.EFI (x86-64, GRUB)", kImage * 2048 + 4096, Forecast::kBoots, "",
         BootPart::kLoader},
        {"(cd0)/boot/grub/grub.cfg", kImage * 2048, Forecast::kBoots, "", BootPart::kLoader},
        {"/boot/vmlinuz", kConfiguration + 10, Forecast::kBoots, "", BootPart::kKernel},
        {"(cd0)/boot/initrd", kConfiguration + 50, Forecast::kBoots, "", BootPart::kInitramfs}};
    facts.inspection = &inspection;
    facts.path = &path;
    facts.map = std::make_shared<const MediumMap>(
        std::vector<NamedRange>{{kCatalog * 2048, 2048, "boot catalog", "ISO 9660"},
                                {kImage * 2048, kMib, "/boot/efi.img", "ISO 9660"},
                                {kImage * 2048 + 4096, 8192, "/EFI/BOOT/BOOTX64.EFI", "El Torito"},
                                {kConfiguration, 2048, "/boot/grub/grub.cfg", "ISO 9660"},
                                {8 * kMib, 8 * kMib, "/boot/vmlinuz", "ISO 9660"},
                                {16 * kMib, kMib, "/boot/initrd", "ISO 9660"}});
    reads.set_map(facts.map);
  }

  Disc& read(std::uint64_t offset, std::uint64_t length) {
    reads.add({offset, length}, {});
    return *this;
  }
  Disc& read_catalog() { return read(kCatalog * 2048, 2048); }
  Disc& read_loader() { return read(kImage * 2048, 16384); }
  Disc& read_configuration() { return read(kConfiguration, 2048); }
  [[nodiscard]] Lines evidence(const Verdict& verdict) const {
    return read_evidence(verdict, reads, facts);
  }
};

TEST(ReadVerdict, WantsWhatNoLineProves) {
  EXPECT_TRUE(wants_reads(failed_for("machine.silent")));
  EXPECT_TRUE(wants_reads(failed_for("machine.halted")));
  EXPECT_TRUE(wants_reads(failed_for("kernel.hangs")));
  EXPECT_TRUE(wants_reads(failed_for("firmware.no-bootable-device")));
  EXPECT_FALSE(wants_reads(failed_for("kernel.panic.no-init")));
  Verdict passed = failed_for("machine.silent");
  passed.outcome = Outcome::kPassed;
  EXPECT_FALSE(wants_reads(passed));
}

TEST(ReadVerdict, SaysThatNothingWasRead) {
  EXPECT_EQ(Disc().evidence(failed_for("machine.silent", "firmware")),
            Lines{"(medium) nothing was read from the medium"});
}

TEST(ReadVerdict, NamesTheBootImageThatWasNeverReadAndItsPlatform) {
  Disc disc;
  disc.inspection.el_torito->entries[0].platform_id = 0;
  disc.path.links.resize(1);
  disc.read_catalog();
  EXPECT_EQ(disc.evidence(failed_for("firmware.no-bootable-device", "boot-device")),
            (Lines{"(medium) the firmware read the boot catalog (sector 45) and never the boot "
                   "image: it has platform 0x00, image at sector 1234; 0xEF (EFI) expected",
                   "(medium) read last: boot catalog"}));
}

TEST(ReadVerdict, NamesTheLoaderThatWasNeverRead) {
  Disc disc;
  disc.read_catalog().read(kImage * 2048, 2048);
  EXPECT_EQ(disc.evidence(failed_for("firmware.fell-to-shell", "boot-device")),
            (Lines{"(medium) /EFI/BOOT/BOOTX64.EFI was never read",
                   "(medium) read last: /boot/efi.img 0 % (of 1016.0 KiB)"}));
}

TEST(ReadVerdict, TellsAConfigurationThatWasReadFromAKernelThatWasNot) {
  Disc disc;
  disc.path.links[3].problem = "it is not there";
  disc.read_catalog().read_loader().read_configuration();
  EXPECT_EQ(disc.evidence(failed_for("machine.silent")),
            (Lines{"(medium) the loader read its configuration (/boot/grub/grub.cfg) and never the "
                   "kernel /boot/vmlinuz; the inspection says of it: it is not there",
                   "(medium) read last: /boot/grub/grub.cfg to its end (2.0 KiB)"}));
}

TEST(ReadVerdict, SaysWhereReadsOfAKernelStopAndWhy) {
  Disc disc;
  disc.path.links[3].problem = "the image ends 3 MiB before its end";
  disc.read_catalog().read_loader().read_configuration().read(8 * kMib, 5 * kMib);
  EXPECT_EQ(disc.evidence(failed_for("step.no-match")),
            (Lines{"(medium) reads of the kernel stop: /boot/vmlinuz 62 % (of 8.0 MiB); the "
                   "inspection says of it: the image ends 3 MiB before its end",
                   "(medium) read last: /boot/vmlinuz 62 % (of 8.0 MiB)"}));
}

TEST(ReadVerdict, SaysThatTheInitramfsWasNotReadOrNotToItsEnd) {
  Disc disc;
  disc.read_catalog().read_loader().read_configuration().read(8 * kMib, 8 * kMib);
  EXPECT_EQ(disc.evidence(failed_for("machine.silent")).at(0),
            "(medium) the kernel /boot/vmlinuz was read to its end, the initramfs /boot/initrd "
            "never");
  disc.read(16 * kMib, kMib / 2);
  EXPECT_EQ(disc.evidence(failed_for("machine.silent")).at(0),
            "(medium) reads of the initramfs stop: /boot/initrd 50 % (of 1.0 MiB)");
}

TEST(ReadVerdict, SaysThatKernelAndInitramfsWereReadToTheirEnds) {
  Disc disc;
  disc.read_catalog().read_loader().read_configuration();
  disc.read(8 * kMib, 8 * kMib).read(16 * kMib, kMib);
  EXPECT_EQ(disc.evidence(failed_for("kernel.silent-console", "kernel-load")).at(0),
            "(medium) kernel and initramfs (/boot/vmlinuz, /boot/initrd) were read to their ends, "
            "and nothing of a kernel came after that");
  EXPECT_EQ(disc.evidence(failed_for("machine.silent", "userspace")),
            Lines{"(medium) read last: /boot/initrd to its end (1.0 MiB)"});
}

TEST(ReadVerdict, HasOffsetsWhereTheMediumCouldNotBeInspected) {
  MediumReads reads;
  reads.add({4096, 512}, {});
  reads.set_map(nullptr);
  EXPECT_EQ(read_evidence(failed_for("machine.silent"), reads, {}),
            Lines{"(medium) read last: bytes without a name at offset 4096"});
}

TEST(ReadVerdict, KeepsTheCauseAndTheConsolesEvidence) {
  Disc disc;
  const Verdict explained =
      explain_by_reads(failed_for("machine.silent", "firmware"), disc.reads, disc.facts);
  EXPECT_EQ(explained.cause, "machine.silent");
  EXPECT_EQ(explained.evidence,
            (Lines{"from the console", "(medium) nothing was read from the medium"}));
}

}  // namespace
}  // namespace bootproof
