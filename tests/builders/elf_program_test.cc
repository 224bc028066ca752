#include "builders/elf_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixture.h"

namespace bootproof {
namespace {

class ElfProgramTest : public FolderTest {
 protected:
  std::string refusal(std::string_view bytes) const {
    const auto file = write("program", bytes);
    const Result<ElfProgram> result = read_elf_program(file);
    return result ? "(accepted)" : result.error().message().substr(file.string().size());
  }
};

TEST_F(ElfProgramTest, TellsMachineAndInterpreter) {
  const auto program = read_elf_program(write("program", elf_program(kElfAarch64, true)));
  ASSERT_TRUE(program.has_value());
  EXPECT_EQ(elf_machine_name(program->machine), "aarch64");
  EXPECT_TRUE(program->has_interpreter);
  EXPECT_FALSE(read_elf_program(write("program", elf_program(kElfX86_64)))->has_interpreter);
}

TEST_F(ElfProgramTest, RefusesWhatIsNotOne) {
  EXPECT_EQ(refusal(""), " is not an ELF program");
  EXPECT_EQ(refusal("#!/bin/sh\n"), " is not an ELF program");
  EXPECT_EQ(refusal(std::string_view("\x7f"
                                     "ELF\2\2\1",
                                     7)),
            " is an ELF program for a big-endian or unknown machine");
}

TEST_F(ElfProgramTest, RefusesOneThatIsCutAnywhere) {
  const std::string whole = elf_program(kElfX86_64);
  const std::size_t needed = whole.size() - 52;  // Of the program header only its type is read.
  EXPECT_EQ(refusal(whole.substr(0, needed)), "(accepted)");
  for (std::size_t length = 0; length < needed; ++length) {
    EXPECT_NE(refusal(whole.substr(0, length)), "(accepted)") << "cut at " << length;
  }
}

TEST_F(ElfProgramTest, RefusesProgramHeadersFarAway) {
  std::string far = elf_program(kElfX86_64);
  far.replace(0x20, 8, 8, '\xff');
  EXPECT_EQ(refusal(far), " has its ELF program headers beyond the first 64 KiB");
}

TEST_F(ElfProgramTest, NamesMachinesItDoesNotKnowByNumber) {
  EXPECT_EQ(elf_machine_name(3), "i386");
  EXPECT_EQ(elf_machine_name(9999), "machine 9999");
}

}  // namespace
}  // namespace bootproof
