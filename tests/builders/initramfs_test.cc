#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "builders/initramfs_maker.h"
#include "builders/tools.h"
#include "fixture.h"
#include "payload_files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// What libarchive's reader says of one member.
struct Member {
  std::string type_and_mode;
  std::string content;  ///< Bytes, target of a link, or device numbers.
};

struct FreeReader {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

std::string content_of(archive* handle, archive_entry* entry) {
  const mode_t type = archive_entry_filetype(entry);
  if (type == AE_IFLNK) {
    return archive_entry_symlink(entry);
  }
  if (type == AE_IFCHR) {
    return fmt::format("{}:{}", archive_entry_rdevmajor(entry), archive_entry_rdevminor(entry));
  }
  std::string bytes(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
  if (type == AE_IFREG && !bytes.empty()) {
    EXPECT_EQ(archive_read_data(handle, bytes.data(), bytes.size()),
              static_cast<la_ssize_t>(bytes.size()));
  }
  return bytes;
}

/// All members by name; checks that they belong to root, bear the one time and are sorted.
std::map<std::string, Member> read_archive(const fs::path& file) {
  const std::unique_ptr<archive, FreeReader> handle(archive_read_new());
  archive_read_support_format_cpio(handle.get());
  archive_read_support_filter_all(handle.get());
  EXPECT_EQ(archive_read_open_filename(handle.get(), file.c_str(), 10240), ARCHIVE_OK);
  std::map<std::string, Member> members;
  std::string last;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(handle.get(), &entry) == ARCHIVE_OK) {
    const std::string name = archive_entry_pathname(entry);
    EXPECT_LT(last, name);
    EXPECT_EQ(archive_entry_uid(entry), 0) << name;
    EXPECT_EQ(archive_entry_gid(entry), 0) << name;
    EXPECT_EQ(archive_entry_mtime(entry), kSourceDate) << name;
    members[name] = {fmt::format("{:o}", archive_entry_mode(entry)),
                     content_of(handle.get(), entry)};
    last = name;
  }
  EXPECT_EQ(archive_format(handle.get()), ARCHIVE_FORMAT_CPIO_SVR4_NOCRC);
  return members;
}

class InitramfsTest : public FolderTest {
 protected:
  InitramfsTest() {
    recipe_.busybox.mark = {"r.yaml", 0, 0};
    input_.busybox = {write("busybox", elf_program(kElfX86_64)), "", true};
  }

  fs::path make() const {
    fs::path image = folder_ / "image";
    bootproof::make(input_, {folder_ / "work", image, {}});
    return image;
  }

  InitramfsRecipe recipe_;
  InitramfsInput input_{recipe_, {}, {}};
};

TEST_F(InitramfsTest, HoldsBusyboxItsLinksDeviceNodesAndFolders) {
  const auto members = read_archive(make());
  EXPECT_EQ(members.at("bin/busybox").type_and_mode, "100755");
  EXPECT_EQ(members.at("bin/busybox").content, elf_program(kElfX86_64));
  EXPECT_EQ(members.at("bin/sh").type_and_mode, "120777");
  EXPECT_EQ(members.at("bin/sh").content, "busybox");
  EXPECT_EQ(members.at("dev/console").type_and_mode, "20600");
  EXPECT_EQ(members.at("dev/console").content, "5:1");
  EXPECT_EQ(members.at("dev/null").type_and_mode, "20666");
  EXPECT_EQ(members.at("dev/null").content, "1:3");
  EXPECT_EQ(members.at("proc").type_and_mode, "40755");
  EXPECT_EQ(members.at("tmp").type_and_mode, "41777");
  EXPECT_EQ(members.count("init"), 0U);
}

TEST_F(InitramfsTest, HoldsTheFilesWithTheirFolders) {
  input_.files.files = {
      {"/etc/deep/er/text", std::string("hello\n"), S_IFREG | 0640U},
      {"/init", std::string("#!/bin/sh\n"), S_IFREG | 0755U},
      {"/lib/program", InputFile{write("program", "bytes"), "", true}, S_IFREG | 0755U}};
  const auto members = read_archive(make());
  EXPECT_EQ(members.at("etc/deep/er").type_and_mode, "40755");
  EXPECT_EQ(members.at("etc/deep/er/text").type_and_mode, "100640");
  EXPECT_EQ(members.at("etc/deep/er/text").content, "hello\n");
  EXPECT_EQ(members.at("init").type_and_mode, "100755");
  EXPECT_EQ(members.at("lib/program").content, "bytes");
}

TEST_F(InitramfsTest, TakesAFileOfTheRecipeInsteadOfALink) {
  input_.files.files = {{"/bin/sh", std::string("own"), S_IFREG | 0755U}};
  EXPECT_EQ(read_archive(make()).at("bin/sh").type_and_mode, "100755");
}

TEST_F(InitramfsTest, RefusesAFileWhereAFolderHasToBe) {
  input_.files.files = {{"/usr/bin", std::string("own"), S_IFREG | 0755U}};
  EXPECT_THAT(
      error_text([&] { make(); }),
      ::testing::HasSubstr("/usr/bin is a folder of every initramfs, the recipe has a file there"));
}

TEST_F(InitramfsTest, IsCompressedAsTheRecipeSays) {
  const auto first_bytes = [&](Compression compression) {
    recipe_.compression = compression;
    return read(make()).substr(0, 4);
  };
  EXPECT_EQ(first_bytes(Compression::kNone), "0707");
  EXPECT_EQ(first_bytes(Compression::kGzip), std::string("\x1f\x8b\x08\x00", 4));
  EXPECT_EQ(first_bytes(Compression::kZstd), "\x28\xb5\x2f\xfd");
  EXPECT_EQ(read_archive(make()).count("bin/busybox"), 1U);
  EXPECT_EQ(first_bytes(Compression::kXz),
            "\xfd"
            "7zX");
  EXPECT_EQ(read_archive(make()).count("bin/busybox"), 1U);
}

TEST_F(InitramfsTest, IsTheSameEachTimeWhateverCompressesIt) {
  for (const Compression compression :
       {Compression::kNone, Compression::kGzip, Compression::kXz, Compression::kZstd}) {
    recipe_.compression = compression;
    const std::string first = read(make());
    EXPECT_EQ(read(make()), first) << static_cast<int>(compression);
  }
}

TEST_F(InitramfsTest, HasTheOnlyCheckInItsXzThatTheKernelKnows) {
  recipe_.compression = Compression::kXz;
  ProgramCall call;
  call.arguments = {"xz", "--format=xz", "--robot", "--list", make().string()};
  const Result<ProgramResult> listed = run_program(call);
  if (!listed) {
    GTEST_SKIP() << "xz is missing: install xz-utils";
  }
  EXPECT_THAT(listed->output, ::testing::HasSubstr("\tCRC32\t")) << listed->error_output;
}

TEST_F(InitramfsTest, IsListedByAnotherReader) {
  for (const Compression compression :
       {Compression::kNone, Compression::kGzip, Compression::kXz, Compression::kZstd}) {
    recipe_.compression = compression;
    ProgramCall call;
    call.arguments = {"sh", "-c", "bsdcpio -it <\"$1\"", "sh", make().string()};
    const ProgramResult listed = value_or_throw(run_program(call));
    if (listed.exit_code == 127) {
      GTEST_SKIP() << "bsdcpio is missing: install libarchive-tools";
    }
    EXPECT_EQ(listed.exit_code, 0) << listed.error_output;
    EXPECT_THAT(listed.output, ::testing::HasSubstr("\nbin/busybox\n"));
  }
}

TEST_F(InitramfsTest, HoldsModulesUnpackedAndALinkForTheKernelsOwnCalls) {
  const fs::path plain = write("m/a.ko", module_file(kElfX86_64, {"depends="}));
  input_.modules = {{"/lib/modules/6.1/kernel/a.ko", {plain, "", false}}};
  const auto members = read_archive(make());
  EXPECT_EQ(members.at("lib/modules/6.1/kernel/a.ko").content,
            module_file(kElfX86_64, {"depends="}));
  EXPECT_EQ(members.at("sbin/modprobe").content, "/bin/busybox");
}

TEST_F(InitramfsTest, HasNoDeviceNodesWhereTheRecipeWantsNone) {
  recipe_.with_device_nodes = false;
  const auto members = read_archive(make());
  EXPECT_EQ(members.count("dev/console") + members.count("dev/null"), 0U);
  EXPECT_EQ(members.at("dev").type_and_mode, "40755");
}

TEST_F(InitramfsTest, RefusesAProgramOfAnotherArchitecture) {
  const InputFile program{write("program", elf_program(kElfAarch64)), "", true};
  input_.files.files = {{"/bin/probe", program, S_IFREG | 0755U}};
  EXPECT_EQ(error_text([&] { make(); }),
            "r.yaml: /bin/probe is aarch64, the recipe says x86_64\ntake the program for x86_64");
  input_.files.files = {{"/lib/firmware/dsp", program, S_IFREG | 0644U}};
  EXPECT_EQ(read_archive(make()).count("lib/firmware/dsp"), 1U);
}

TEST_F(InitramfsTest, HasNoTimeAndNoNameInItsGzipHeader) {
  EXPECT_EQ(read(make()).substr(3, 5), std::string(5, '\0'));  // RFC 1952, 2.3: FLG and MTIME.
}

TEST_F(InitramfsTest, RefusesBusyboxOfAnotherArchitecture) {
  recipe_.architecture = Architecture::kX86_64;
  input_.busybox.path = write("busybox", elf_program(kElfAarch64));
  EXPECT_EQ(error_text([&] { make(); }),
            "r.yaml: busybox is aarch64, the recipe says x86_64\n"
            "take {package: busybox-static, architecture: amd64, file: /bin/busybox}");
  EXPECT_FALSE(fs::exists(folder_ / "image"));
}

TEST_F(InitramfsTest, RefusesBusyboxThatNeedsLibraries) {
  input_.busybox.path = write("busybox", elf_program(kElfX86_64, true));
  EXPECT_EQ(error_text([&] { make(); }),
            "r.yaml: busybox needs shared libraries, which the initramfs does not have\n"
            "take a static one, such as that of the package busybox-static");
}

TEST_F(InitramfsTest, FailsWhereItCanNotWrite) {
  const std::string image = (folder_ / "none" / "image").string();
  EXPECT_THAT(error_text([&] {
                bootproof::make(input_, {folder_, image, {}});
              }),
              ::testing::StartsWith("cannot write " + image));
}

TEST(BusyboxCommands, AreSortedAndUnique) {
  const auto commands = busybox_commands();
  const std::vector<std::string_view> list(commands.begin(), commands.end());
  EXPECT_TRUE(std::is_sorted(list.begin(), list.end()));
  EXPECT_EQ(std::adjacent_find(list.begin(), list.end()), list.end());
}

TEST(BusyboxCommands, AreAllKnownToTheBusyboxOfThisHost) {
  const fs::path busybox = "/bin/busybox";
  if (!fs::exists(busybox)) {
    GTEST_SKIP() << "/bin/busybox is missing: install busybox-static";
  }
  ProgramCall call;
  call.arguments = {busybox.string(), "--list"};
  const std::string known = "\n" + run_program_or_throw(call, ErrorKind::kHost).output;
  for (const std::string_view command : busybox_commands()) {
    EXPECT_THAT(known, ::testing::HasSubstr(fmt::format("\n{}\n", command)));
  }
}

}  // namespace
}  // namespace bootproof
