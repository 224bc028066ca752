#include "builders/archive_writer.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <utility>

#include "harness/core/program.h"
#include "tests/builders/fixture.h"

namespace bootproof {
namespace {

class TarFile : public FolderTest {};

TEST_F(TarFile, HoldsOwnersModesLinksAndNodesForAnyTar) {
  const InputFile input{write("input", "from a file"), {}, false};
  const std::vector<ImageFile> files{
      {"/bin", std::string(), S_IFDIR | 0755U},
      {"/bin/a", input, S_IFREG | 0751U, 7, 8},
      {"/bin/b", std::string("a"), S_IFLNK | 0777U},
      {"/console", std::string(), S_IFCHR | 0600U, 0, 0, 5, 1},
      {"/text", std::string("twelve bytes"), S_IFREG | 0644U},
  };
  write_tar(files, folder_ / "a.tar");
  ProgramCall call;
  call.arguments = {"tar", "--numeric-owner", "--utc", "-tvf", (folder_ / "a.tar").string()};
  const ProgramResult result = value_or_throw(run_program(call));
  EXPECT_EQ(result.output,
            "drwxr-xr-x 0/0               0 2024-01-01 00:00 bin/\n"
            "-rwxr-x--x 7/8              11 2024-01-01 00:00 bin/a\n"
            "lrwxrwxrwx 0/0               0 2024-01-01 00:00 bin/b -> a\n"
            "crw------- 0/0             5,1 2024-01-01 00:00 console\n"
            "-rw-r--r-- 0/0              12 2024-01-01 00:00 text\n");
  call.arguments = {"tar", "-xOf", (folder_ / "a.tar").string(), "bin/a", "text"};
  EXPECT_EQ(value_or_throw(run_program(call)).output, "from a filetwelve bytes");
  write_tar(files, folder_ / "b.tar");
  EXPECT_EQ(read(folder_ / "a.tar"), read(folder_ / "b.tar"));
}

TEST_F(TarFile, KeepsNamesOfAnyBytesAndLength) {
  const std::string latin = "/h\xf6her";
  const std::string utf8 = "/h\xc3\xb6her";
  const std::string long_name = "/" + std::string(200, 'n');
  const auto text = [](std::string path) {
    return ImageFile{std::move(path), std::string("x"), S_IFREG | 0644U};
  };
  const ImageFile link{"/link", utf8, S_IFLNK | 0777U};
  write_tar({text(latin), text(utf8), link, text(long_name)}, folder_ / "a.tar");
  ProgramCall call;
  call.arguments = {"tar", "--quoting-style=literal", "-tf", (folder_ / "a.tar").string()};
  EXPECT_EQ(
      value_or_throw(run_program(call)).output,
      fmt::format("{}\n{}\nlink\n{}\n", latin.substr(1), utf8.substr(1), long_name.substr(1)));
  call.arguments = {"tar", "-C", folder_.string(), "-xf", (folder_ / "a.tar").string()};
  EXPECT_EQ(value_or_throw(run_program(call)).exit_code, 0);
  EXPECT_EQ(std::filesystem::read_symlink(folder_ / "link"), utf8);
}

}  // namespace
}  // namespace bootproof
