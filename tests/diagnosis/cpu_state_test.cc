#include "harness/diagnosis/cpu_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/core/files.h"
#include "harness/diagnosis/code_loop.h"
#include "harness/diagnosis/reset_log.h"

namespace bootproof {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Bytes = std::vector<std::uint8_t>;

/// What QEMU 7.2.22 said of a real machine.
std::string recorded(const std::string& name) {
  return value_or_throw(read_file(
      std::string(BOOTPROOF_SOURCE_DIR) + "/tests/diagnosis/registers/" + name, 1U << 20U));
}

TEST(CpuState, ABootSectorThatHaltedIsInRealModeAndItsOtherProcessorIsParkedInTheBios) {
  const std::vector<CpuState> cpus = parse_registers(recorded("x86_64-halted-boot-sector.txt"));
  ASSERT_EQ(cpus.size(), 2U);
  EXPECT_EQ(cpus[0].mode, CpuMode::kReal);
  EXPECT_EQ(cpus[0].address, 0x7C02U);
  EXPECT_EQ(cpus[0].is_halted, true);
  EXPECT_FALSE(cpus[0].interrupts);
  EXPECT_EQ(cpus[0].cr0, 0x10U);
  EXPECT_EQ(cpus[1].index, 1U);
  EXPECT_EQ(cpus[1].mode, CpuMode::kProtected);
  EXPECT_EQ(region_of(cpus[1]), CodeRegion::kBios);
  const std::vector<std::vector<CpuState>> samples(5, cpus);
  EXPECT_TRUE(are_halted_for_good(classify(samples)));
  EXPECT_THAT(describe(classify(samples), {}),
              ElementsAre("CPU 0 halted with interrupts off at 0x7c02 (boot sector), real mode: "
                          "nothing can wake it",
                          "CPU 1 halted with interrupts off at 0xfd09a (BIOS), protected mode: "
                          "nothing can wake it"));
}

TEST(CpuState, ABootSectorThatSpinsIsSeenInOnePlace) {
  const std::vector<CpuState> cpus = parse_registers(recorded("i386-spinning-boot-sector.txt"));
  const std::vector<std::vector<CpuState>> samples(5, cpus);
  EXPECT_THAT(describe(classify(samples), {}),
              ElementsAre("CPU 0 spins at 0x7c00 (boot sector), real mode: it stood there each "
                          "time, interrupts on"));
}

TEST(CpuState, AnIdleKernelOfX86WaitsInLongMode) {
  const std::vector<CpuState> cpus = parse_registers(recorded("x86_64-idle-kernel.txt"));
  ASSERT_EQ(cpus.size(), 1U);
  EXPECT_EQ(cpus[0].mode, CpuMode::kLong);
  EXPECT_EQ(cpus[0].efer, 0xD01U);
  EXPECT_TRUE(cpus[0].interrupts);
  EXPECT_EQ(region_of(cpus[0]), CodeRegion::kKernel);
  const std::vector<std::vector<CpuState>> samples(5, cpus);
  const std::vector<CpuHistory> histories = classify(samples);
  EXPECT_EQ(histories.at(0).activity, CpuActivity::kIdle);
  EXPECT_FALSE(are_halted_for_good(histories));
}

TEST(CpuState, AKernelOfAarch64RunsAtEl1WithInterruptsMaskedAndIsNeverHaltedForGood) {
  std::vector<CpuState> cpus = parse_registers(recorded("aarch64-idle-kernel.txt"));
  ASSERT_EQ(cpus.size(), 2U);
  EXPECT_EQ(cpus[0].mode, CpuMode::kArm);
  EXPECT_EQ(cpus[0].privilege, 1U);
  EXPECT_FALSE(cpus[0].interrupts);
  EXPECT_FALSE(cpus[0].is_halted.has_value());
  EXPECT_EQ(region_of(cpus[1]), CodeRegion::kKernel);
  for (CpuState& cpu : cpus) {
    cpu.is_halted = true;  // Behind a WFI.
  }
  const std::vector<std::vector<CpuState>> samples(5, cpus);
  EXPECT_EQ(classify(samples).at(0).activity, CpuActivity::kIdle);
  EXPECT_FALSE(are_halted_for_good(classify(samples)));
}

TEST(CpuState, OneSampleWithInterruptsOnIsEnoughToGoOn) {
  CpuState cpu;
  cpu.is_halted = true;
  std::vector<std::vector<CpuState>> samples(5, {cpu});
  EXPECT_TRUE(are_halted_for_good(classify(samples)));
  samples[3][0].interrupts = true;
  EXPECT_FALSE(are_halted_for_good(classify(samples)));
}

TEST(CpuState, AProcessorThatMovesRuns) {
  CpuState cpu;
  cpu.address = 0x10000;
  std::vector<std::vector<CpuState>> samples(5, {cpu});
  samples[2][0].address += kSpinBytes;
  EXPECT_EQ(classify(samples).at(0).activity, CpuActivity::kSpins);
  samples[2][0].address += 1;
  EXPECT_EQ(classify(samples).at(0).activity, CpuActivity::kRuns);
}

TEST(CpuState, WhatIsNoDumpHasNoProcessors) {
  EXPECT_THAT(parse_registers(""), IsEmpty());
  EXPECT_THAT(parse_registers("CPU#0\nEIP=zz EFL=2\nCPU#1\nEIP=00007c00\n"), IsEmpty());
  EXPECT_THAT(classify({}), IsEmpty());
  EXPECT_FALSE(are_halted_for_good({}));
}

TEST(CpuState, RegionsAreToldByAddressAndMode) {
  CpuState cpu;
  const auto at = [&](std::uint64_t address) {
    cpu.address = address;
    return region_of(cpu);
  };
  EXPECT_EQ(at(0x7DFF), CodeRegion::kBootSector);
  EXPECT_EQ(at(0x7E00), CodeRegion::kLowMemory);
  EXPECT_EQ(at(0xA0000), CodeRegion::kVideoMemory);
  EXPECT_EQ(at(0xC8000), CodeRegion::kOptionRom);
  EXPECT_EQ(at(0xFFFF0), CodeRegion::kBios);
  EXPECT_EQ(at(0xFFFFFFF0), CodeRegion::kFlash);
  cpu.mode = CpuMode::kLong;
  EXPECT_EQ(at(0x7C00), CodeRegion::kMemory);  // Paging: what is mapped there is not known.
  EXPECT_EQ(at(0xFFFFFFFFC0000000), CodeRegion::kKernelMemory);
  cpu.privilege = 3;
  EXPECT_EQ(at(0x401000), CodeRegion::kProgram);
}

TEST(CpuState, AMemoryDumpEndsWhereItCanNotBeRead) {
  EXPECT_EQ(parse_memory_dump("0000000000007c00: 0xeb 0xfe\n0000000000007c02: 0x55\n"),
            (Bytes{0xEB, 0xFE, 0x55}));
  EXPECT_EQ(parse_memory_dump("00007c00: 0xeb\nCannot access memory\n"), (Bytes{0xEB}));
}

TEST(CodeLoop, OnlyJumpsPausesAndHaltsThatComeBackAreClosed) {
  const auto is_closed = [](const Bytes& bytes, std::size_t at) {
    return is_closed_loop({bytes, at}, CpuMode::kReal, true);
  };
  EXPECT_TRUE(is_closed({0xEB, 0xFE}, 0));
  EXPECT_TRUE(is_closed({0xFA, 0xF4, 0xEB, 0xFD}, 2));
  EXPECT_TRUE(is_closed({0xF3, 0x90, 0xEB, 0xFC}, 0));
  EXPECT_TRUE(is_closed({0xE9, 0xFD, 0xFF}, 0));
  EXPECT_FALSE(is_closed({0xFB, 0xEB, 0xFD}, 1));  // sti
  EXPECT_FALSE(is_closed({0x40, 0xEB, 0xFD}, 0));  // inc ax
  EXPECT_FALSE(is_closed({0xEB, 0x10}, 0));        // Out of the window.
  EXPECT_FALSE(is_closed({0xEB}, 0));
  EXPECT_FALSE(is_closed({}, 0));
}

TEST(CodeLoop, ABranchToItselfOfAarch64IsClosed) {
  const Bytes branch{0x00, 0x00, 0x00, 0x14};
  EXPECT_TRUE(is_closed_loop({branch, 0}, CpuMode::kArm, false));
  const Bytes waiting{0x7F, 0x20, 0x03, 0xD5, 0xFF, 0xFF, 0xFF, 0x17};  // wfi; b to it
  EXPECT_TRUE(is_closed_loop({waiting, 4}, CpuMode::kArm, false));
  EXPECT_TRUE(is_behind_wfi({waiting, 4}));
  EXPECT_FALSE(is_behind_wfi({waiting, 0}));
  EXPECT_FALSE(is_behind_wfi({branch, 4}));
}

TEST(CodeLoop, AHandlerOutsideOfRomMayEndALoop) {
  Bytes vectors(1024, 0);
  for (std::size_t i = 3; i < vectors.size(); i += 4) {
    vectors[i] = 0xF0;
  }
  EXPECT_TRUE(are_interrupts_the_bios_own(vectors));
  vectors[0x1C * 4 + 3] = 0x07;
  EXPECT_FALSE(are_interrupts_the_bios_own(vectors));
  vectors.resize(1023);
  EXPECT_FALSE(are_interrupts_the_bios_own(vectors));
}

TEST(ResetLog, ATripleFaultIsToldFromTheOneByWhichSeabiosResets) {
  const std::string text = recorded("triple-fault.txt");
  for (const std::size_t chunk : {1U, 7U, 4096U}) {
    ResetLog log;
    for (std::size_t at = 0; at < text.size(); at += chunk) {
      log.feed(std::string_view(text).substr(at, chunk));
    }
    const std::vector<GuestReset> resets = log.resets();
    ASSERT_EQ(resets.size(), 4U);
    EXPECT_EQ(resets[0].outside_of_firmware(), nullptr);  // Power-on.
    EXPECT_TRUE(resets[2].is_triple_fault);
    ASSERT_NE(resets[2].outside_of_firmware(), nullptr);
    EXPECT_EQ(resets[2].outside_of_firmware()->address, 0x7C09U);
    EXPECT_TRUE(resets[3].is_triple_fault);
    EXPECT_EQ(resets[3].outside_of_firmware(), nullptr);  // SeaBIOS.
    EXPECT_FALSE(is_triple_fault_loop(resets));
    EXPECT_THAT(describe(resets),
                ElementsAre("CPU 0 was reset at 0x7c09 (boot sector), real mode, by a triple "
                            "fault"));
    log.feed(text);
    EXPECT_TRUE(is_triple_fault_loop(log.resets()));
  }
}

TEST(ResetLog, IsBounded) {
  ResetLog log;
  for (int i = 0; i < 1000; ++i) {
    log.feed("CPU Reset (CPU 0)\nEIP=00007c00 EFL=00000002 HLT=0\n" + std::string(5000, 'x') +
             "\n");
  }
  EXPECT_EQ(log.resets().size(), 16U);
}

}  // namespace
}  // namespace bootproof
