#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "builders/builder.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {

/// A test with a folder of its own, removed at its end.
class FolderTest : public ::testing::Test {
 protected:
  /// Writes a file in the folder; parents are made.
  std::filesystem::path write(const std::filesystem::path& name, std::string_view bytes) const {
    return temporary_.write(name, bytes);
  }

  static std::string read(const std::filesystem::path& file) { return testing::content_of(file); }

 private:
  testing::TemporaryFolder temporary_;

 protected:
  std::filesystem::path folder_ = temporary_.path();
};

/// The least ELF program that builders look at: a 64-bit header and one program header.
inline std::string elf_program(std::uint8_t machine, bool with_interpreter = false) {
  constexpr std::size_t kHeaderSize = 64;
  constexpr std::size_t kEntrySize = 56;
  std::string elf(kHeaderSize + kEntrySize, '\0');
  elf.replace(0, 6,
              std::string_view("\x7f"
                               "ELF\2\1",
                               6));
  elf[0x12] = static_cast<char>(machine);
  elf[0x20] = kHeaderSize;
  elf[0x36] = kEntrySize;
  elf[0x38] = 1;
  elf[kHeaderSize] = with_interpreter ? 3 : 1;
  return elf;
}

inline constexpr std::uint8_t kElfX86_64 = 62;
inline constexpr std::uint8_t kElfAarch64 = 183;

/// The text of the Error that `work` throws; a note where it throws none.
template <typename Work>
std::string error_text(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no error)";
}

}  // namespace bootproof
