#include "harness/run/medium_symbols.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/core/program.h"
#include "harness/vm/gdb_script.h"
#include "inspectors/file_image.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using testing::content_of;
using testing::TemporaryFolder;

constexpr std::string_view kMap = "ffffffff81000000 T _text\nffffffff81000100 t do_idle\n";

/// An ISO of a folder, by a program that is not ours.
class MediumSymbols : public ::testing::Test {
 protected:
  void put(const fs::path& name, std::string_view bytes) {
    static_cast<void>(folder_.write(fs::path("tree") / name, bytes));
  }
  fs::path iso() {
    const fs::path file = folder_.path() / "medium.iso";
    ProgramCall call;
    call.arguments = {"xorriso", "-as", "mkisofs",     "-quiet",
                      "-R",      "-o",  file.string(), (folder_.path() / "tree").string()};
    run_program_or_throw(call, ErrorKind::kHost);
    return file;
  }
  std::string found(std::string_view release) {
    const auto image = inspectors::FileImage::open(iso());
    return find_system_map(inspectors::ImageView(**image), release);
  }
  TemporaryFolder folder_;
};

TEST_F(MediumSymbols, AreThoseOfTheKernelThatRan) {
  put("boot/System.map-6.1.0-9", kMap);
  put("boot/System.map-6.6.0", "other\n");
  EXPECT_EQ(found("6.1.0-9"), kMap);
  EXPECT_EQ(found("6.1.0"), "");
  EXPECT_EQ(found(""), "") << "there are two, and nothing says which";
}

TEST_F(MediumSymbols, MayStandInTheRootWithoutARelease) {
  put("System.map", kMap);
  EXPECT_EQ(found(""), kMap);
  EXPECT_EQ(found("6.1.0-9"), kMap);
}

TEST_F(MediumSymbols, GoIntoTheCasesFolder) {
  put("boot/System.map-6.1.0-9", kMap);
  put("boot/System.map-6.6.0", "other\n");
  MachineSpec spec;
  spec.image = iso();
  static_cast<void>(folder_.write("case/serial.log", "[    0.0] Linux version 6.1.0-9 (x@y)\r\n"));
  keep_medium_symbols(spec, folder_.path() / "case");
  EXPECT_NE(content_of(folder_.path() / "case" / kKernelSymbolsFile).find("do_idle"),
            std::string::npos);
}

TEST_F(MediumSymbols, OfAKernelWithoutAMediumStandBesideIt) {
  MachineSpec spec;
  spec.kernel = folder_.write("kernel/vmlinuz", "x");
  static_cast<void>(folder_.write("kernel/System.map", kMap));
  static_cast<void>(folder_.write("case/serial.log", ""));
  keep_medium_symbols(spec, folder_.path() / "case");
  EXPECT_NE(content_of(folder_.path() / "case" / kKernelSymbolsFile).find("do_idle"),
            std::string::npos);
}

TEST_F(MediumSymbols, AreNoneWhereThereIsNoMap) {
  put("boot/vmlinuz", "x");
  MachineSpec spec;
  spec.image = iso();
  keep_medium_symbols(spec, folder_.path());
  spec.image = "/nowhere";
  keep_medium_symbols(spec, folder_.path());
  EXPECT_FALSE(fs::exists(folder_.path() / kKernelSymbolsFile));
}

}  // namespace
}  // namespace bootproof
