#include "harness/diagnosis/kernel_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "harness/core/text.h"
#include "harness/diagnosis/log_diagnosis.h"
#include "tests/diagnosis/kernel_sample.h"

namespace bootproof {
namespace {

using testing::elf_core_of;
using testing::KernelSample;
using Style = KernelSample::Style;

KernelLog log_of(const KernelSample& sample) {
  return read_raw_kernel_log(read_from(sample.bytes()), sample.bytes().size());
}

/// A log as one text: the records, and behind them what is wrong.
std::string text_of(const KernelLog& log) {
  std::string text = escape_for_terminal(console_text(log), true);
  for (const std::string& problem : log.problems) {
    text += fmt::format("! {}\n", problem);
  }
  return text;
}

constexpr std::string_view kThreeLines =
    "[    0.000000] Linux version 6.1\n"
    "[    1.500000] Run /init as init process\n"
    "[   12.000001] done\n";

void print_three(KernelSample& sample) {
  sample.print("Linux version 6.1", 0, 5);
  sample.print("Run /init as init process", 1'500'000'000);
  sample.print("done", 12'000'001'000);
}

class EachStyle : public ::testing::TestWithParam<Style> {};

TEST_P(EachStyle, GivesTheLinesOfTheLog) {
  KernelSample sample(GetParam());
  print_three(sample);
  const KernelLog log = log_of(sample);
  EXPECT_EQ(text_of(log), kThreeLines);
  ASSERT_EQ(log.records.size(), 3U);
  EXPECT_EQ(log.records[0].level, 5U);
  EXPECT_EQ(log.records[1].level, 6U);
  EXPECT_EQ(log.records[2].sequence, 2U);
}

TEST_P(EachStyle, IsReadInAnElfCoreToo) {
  KernelSample sample(GetParam());
  print_three(sample);
  const std::vector<std::uint8_t> core = elf_core_of(sample.bytes(), 0);
  const MemoryFile file = read_elf_core(read_from(core), core.size());
  EXPECT_TRUE(file.problems.empty());
  EXPECT_EQ(text_of(read_kernel_log(file.memory, file.note)), kThreeLines);
}

TEST_P(EachStyle, SaysThatItIsEmptyWhereItIs) {
  EXPECT_EQ(text_of(log_of(KernelSample(GetParam()))), "! the kernel's log is empty\n");
}

TEST_P(EachStyle, SurvivesEveryCutOfItsMemory) {
  KernelSample sample(GetParam());
  print_three(sample);
  for (std::uint64_t size = 0; size < sample.bytes().size(); size += 509) {
    const KernelLog log = read_raw_kernel_log(read_from(sample.bytes()), size);
    EXPECT_TRUE(!log.problems.empty() || console_text(log) == kThreeLines) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(KernelLog, EachStyle,
                         ::testing::Values(Style::kX86, Style::kX86DirectMap, Style::kArm,
                                           Style::kLogBuffer),
                         [](const auto& one) {
                           switch (one.param) {
                             case Style::kX86:
                               return "X86";
                             case Style::kX86DirectMap:
                               return "X86DirectMap";
                             case Style::kArm:
                               return "Arm";
                             case Style::kLogBuffer:
                               return "LogBuffer";
                           }
                           return "";
                         });

TEST(KernelLog, KeepsTheNewestOfARingThatIsFull) {
  KernelSample sample(Style::kX86);
  for (int i = 0; i < 30; ++i) {
    sample.print(fmt::format("{:0>{}}", i, 20 + i), 0);
  }
  std::string expected;
  for (int i = 22; i < 30; ++i) {
    expected += fmt::format("[    0.000000] {:0>{}}\n", i, 20 + i);
  }
  EXPECT_EQ(text_of(log_of(sample)), expected);
}

TEST(KernelLog, OfALogBufferEndsWhereTheNextRecordComes) {
  KernelSample sample(Style::kLogBuffer);
  for (int i = 0; i < 8; ++i) {
    sample.print(fmt::format("{:0>40}", i), 0);
  }
  // As the kernel does it: the first record moves on before what it had is written over.
  sample.put(KernelSample::kLogVariablesAt + 16, 56, 4);
  sample.print(fmt::format("{:0>40}", 8), 0);
  std::string expected;
  for (int i = 1; i < 9; ++i) {
    expected += fmt::format("[    0.000000] {:0>40}\n", i);
  }
  EXPECT_EQ(text_of(log_of(sample)), expected);
}

TEST(KernelLog, HasRecordsWithoutTextAndWithSeveralLines) {
  KernelSample sample(Style::kX86);
  sample.print("", 0);
  sample.print("a\nb", 2'000'000'000);
  EXPECT_EQ(text_of(log_of(sample)), "[    0.000000] \n[    2.000000] a\n[    2.000000] b\n");
}

TEST(KernelLog, IsEscapedInItsFile) {
  KernelSample sample(Style::kX86);
  sample.print("\x1B[2Jgone\xFF", 0);
  EXPECT_EQ(kernel_log_file(log_of(sample)),
            "# the log of Linux 6.1.0-amd64, read from the machine's memory: 1 record\n"
            "[    0.000000] \\x1b[2Jgone\\xff\n");
}

TEST(KernelLog, IsThatOfTheNoteWithMostRecords) {
  KernelSample sample(Style::kX86);
  print_three(sample);
  sample.add_note(0x0, "SYMBOL(prb)", "ffffffff80009000");
  EXPECT_EQ(text_of(log_of(sample)), kThreeLines);
}

TEST(KernelLog, IsFoundWhereverAnImageBegins) {
  // A board's memory that begins at 1 GiB: all addresses of the kernel are as much larger.
  KernelSample sample(Style::kArm);
  print_three(sample);
  constexpr std::uint64_t kGib = 1U << 30U;
  sample.set_note("NUMBER(kimage_voffset)", fmt::format("{:#x}", 0xFFFF'8000'0800'0000 - kGib));
  sample.set_note("NUMBER(PHYS_OFFSET)", fmt::format("{:#x}", 0xFFFF'D5C8'C000'0000 + kGib));
  EXPECT_EQ(text_of(log_of(sample)), kThreeLines);
  const KernelLog elsewhere =
      read_raw_kernel_log(read_from(sample.bytes()), sample.bytes().size(), 0);
  EXPECT_TRUE(elsewhere.records.empty());
  EXPECT_FALSE(elsewhere.problems.empty());
}

TEST(KernelLog, GoesThroughTheSignatures) {
  KernelSample sample(Style::kX86);
  sample.print("Linux version 6.1", 0, 5);
  sample.print("Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)", 1);
  const LogDiagnosis diagnosis = diagnose_kernel_log(log_of(sample));
  ASSERT_TRUE(diagnosis.finding);
  EXPECT_EQ(diagnosis.finding->signature->cause, "kernel.panic.no-root");
  EXPECT_TRUE(diagnosis.is_certain);
  EXPECT_EQ(diagnosis.stage, Stage::kKernel);
}

struct Damage {
  const char* name;
  Style style;
  std::function<void(KernelSample&)> damage;
  const char* expected;
};

class DamagedKernelLog : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedKernelLog, IsTold) {
  KernelSample sample(GetParam().style);
  print_three(sample);
  GetParam().damage(sample);
  EXPECT_EQ(text_of(log_of(sample)), GetParam().expected);
}

const std::vector<Damage> kDamages{
    {"RecordBeingWritten", Style::kX86, [](KernelSample& s) { s.reserve(); },
     "[    0.000000] Linux version 6.1\n[    1.500000] Run /init as init process\n"
     "[   12.000001] done\n! 1 record: being written when the memory was read\n"},
    {"DescriptorOfAnotherRecord", Style::kX86,
     [](KernelSample& s) { s.put(s.descriptor(1), s.get(s.descriptor(1)) - 8); },
     "[    0.000000] Linux version 6.1\n[   12.000001] done\n"
     "! 1 record: the descriptor is another record's, or damaged\n"},
    {"ReusableDescriptor", Style::kX86,
     [](KernelSample& s) { s.put(s.descriptor(2), s.get(s.descriptor(2)) | 3ULL << 62U); },
     "[    1.500000] Run /init as init process\n[   12.000001] done\n"},
    {"CommittedDescriptor", Style::kX86,
     [](KernelSample& s) {
       s.put(s.descriptor(), (s.get(s.descriptor()) & ~(3ULL << 62U)) | 1ULL << 62U);
     },
     "[    0.000000] Linux version 6.1\n[    1.500000] Run /init as init process\n"
     "[   12.000001] done\n"},
    {"OverwrittenText", Style::kX86, [](KernelSample& s) { s.put(KernelSample::kTextAt, 4711); },
     "[    1.500000] Run /init as init process\n[   12.000001] done\n"
     "! 1 record: the text is overwritten, damaged or outside of the memory\n"},
    {"LostText", Style::kX86,
     [](KernelSample& s) {
       s.put(s.descriptor() + 8, 1);
       s.put(s.descriptor() + 16, 1);
     },
     "[    0.000000] Linux version 6.1\n[    1.500000] Run /init as init process\n"
     "[   12.000001] \n! 1 record: the kernel had no room for the text\n"},
    {"LengthBeyondTheText", Style::kX86, [](KernelSample& s) { s.put(s.info(2) + 16, 60000, 2); },
     "[    0.000000] Linux version 6.1\\x00\\x00\\x00\\x00\\x00\\x00\\x00\n"
     "[    1.500000] Run /init as init process\n[   12.000001] done\n"
     "! 1 record: the text is shorter than its length says\n"},
    {"RingOutsideOfTheMemory", Style::kX86,
     [](KernelSample& s) { s.put(KernelSample::kRingAt - 0x10, 0xFFFF'FFFF'9000'0000); },
     "! the log's ring at 0xffffffff90000000 is not in the memory\n"},
    {"PointerOutsideOfTheMemory", Style::kX86,
     [](KernelSample& s) { s.set_note("SYMBOL(prb)", "ffffffffa0000000"); },
     "! the pointer to the log at 0xffffffffa0000000 is not in the memory\n"},
    {"TooManyRecords", Style::kX86, [](KernelSample& s) { s.put(KernelSample::kRingAt, 40, 4); },
     "! the log's ring at 0xffffffff80002010 is damaged: 2^40 records and 2^9 bytes of text, "
     "expected 2^31 at most\n"},
    {"DescriptorsOutOfRange", Style::kX86,
     [](KernelSample& s) {
       s.put(KernelSample::kRingAt + 32, s.get(KernelSample::kRingAt + 32) - 90);
     },
     "[    0.000000] Linux version 6.1\n[    1.500000] Run /init as init process\n"
     "[   12.000001] done\n! descriptors out of range: the log's ring says that it holds 94 "
     "records, "
     "and has room for 8\n! 4 records: the descriptor is another record's, or damaged\n"},
    {"DescriptorsOutsideOfTheMemory", Style::kX86,
     [](KernelSample& s) { s.put(KernelSample::kRingAt + 8, 0xFFFF'FFFF'9000'0000); },
     "! 4 records: outside of the memory\n"},
    {"PageThatIsNotMapped", Style::kX86DirectMap,
     [](KernelSample& s) { s.put(0x13000 + 4 * 8, 0); }, "! 3 records: outside of the memory\n"},
    {"NoteWithoutAnOffset", Style::kX86,
     [](KernelSample& s) { s.set_note("OFFSET(printk_info.ts_nsec)", ""); },
     "! the kernel's note has no usable OFFSET(printk_info.ts_nsec): its log can't be read\n"},
    {"NoteWithAnAbsurdSize", Style::kX86,
     [](KernelSample& s) { s.set_note("SIZE(prb_desc)", "18446744073709551615"); },
     "! the kernel's note has no usable SIZE(prb_desc): its log can't be read\n"},
    {"NoteOfAnUnknownLog", Style::kX86, [](KernelSample& s) { s.set_note("SYMBOL(prb)", ""); },
     "! the kernel's note describes no log that is known here: neither the ring of Linux 5.10 and "
     "later nor the records of 3.5 to 5.9\n"},
    {"NoteOfAnotherArchitecture", Style::kX86,
     [](KernelSample& s) { s.set_note("NUMBER(phys_base)", ""); },
     "! the note has neither phys_base nor kimage_voffset: the kernel is none of x86_64 or "
     "arm64\n"},
    {"NoNote", Style::kX86, [](KernelSample& s) { s.put(KernelSample::kNoteAt, 0); },
     "! no VMCOREINFO note in 0 MiB of memory: no Linux has come far enough to write it, or it was "
     "built without CONFIG_CRASH_CORE (CONFIG_VMCORE_INFO)\n"},
    {"RecordOfABufferTooLong", Style::kLogBuffer,
     [](KernelSample& s) { s.put(KernelSample::kTextAt + 8, 9999, 2); },
     "! the record at 0 of 512 is damaged: 9999 bytes, 17 of them text\n"},
    {"BufferThatRunsInACircle", Style::kLogBuffer,
     [](KernelSample& s) { s.put(KernelSample::kLogVariablesAt + 24, 3, 4); },
     "[    0.000000] Linux version 6.1\n[    1.500000] Run /init as init process\n"
     "[   12.000001] done\n[    0.000000] Linux version 6.1\n"
     "! the log's buffer is damaged: its records run in a circle\n"},
    {"BufferOfAbsurdSize", Style::kLogBuffer,
     [](KernelSample& s) { s.put(KernelSample::kLogVariablesAt + 16, 5000, 4); },
     "! the log's buffer is damaged: 512 bytes, the first record at 5000, its end at 100\n"},
    {"BufferOutsideOfTheMemory", Style::kLogBuffer,
     [](KernelSample& s) { s.put(KernelSample::kLogVariablesAt, 0xFFFF'FFFF'9000'0000); },
     "! the record at 0 of 512 is outside of the memory\n"},
};

INSTANTIATE_TEST_SUITE_P(KernelLog, DamagedKernelLog, ::testing::ValuesIn(kDamages),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace bootproof
