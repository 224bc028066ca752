#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "builders/image_input.h"
#include "harness/core/error.h"
#include "tests/builders/fixture.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// A member of a tar archive to be made.
struct Member {
  std::string name;
  unsigned mode = S_IFREG | 0644U;
  std::string text;  ///< Content, target of a link.
  std::string hard_link;
};

std::string shown(const ImageFile& file) {
  const auto* source = std::get_if<InputFile>(&file.content);
  return fmt::format(
      "{} {:o} {}:{} {}:{} {}", file.path, file.mode, file.owner, file.group, file.device_major,
      file.device_minor,
      source == nullptr ? std::get<std::string>(file.content) : testing::content_of(source->path));
}

class AllFilesTest : public FolderTest {
 protected:
  void add_tar(const std::vector<Member>& members, const std::string& at = "/") {
    const fs::path file = folder_ / fmt::format("{}.tar.gz", input_.trees.size());
    archive* const out = archive_write_new();
    archive_write_set_format_pax_restricted(out);
    archive_write_add_filter_gzip(out);
    ASSERT_EQ(archive_write_open_filename(out, file.c_str()), ARCHIVE_OK);
    for (const Member& member : members) {
      archive_entry* const entry = archive_entry_new();
      archive_entry_set_pathname(entry, member.name.c_str());
      archive_entry_set_mode(entry, member.mode);
      archive_entry_set_uid(entry, 12);
      archive_entry_set_gid(entry, 34);
      if (!member.hard_link.empty()) {
        archive_entry_set_hardlink(entry, member.hard_link.c_str());
      } else if (S_ISLNK(member.mode)) {
        archive_entry_set_symlink(entry, member.text.c_str());
      } else if (S_ISREG(member.mode)) {
        archive_entry_set_size(entry, static_cast<la_int64_t>(member.text.size()));
      } else if (S_ISCHR(member.mode)) {
        archive_entry_set_rdevmajor(entry, 5);
        archive_entry_set_rdevminor(entry, 1);
      }
      ASSERT_EQ(archive_write_header(out, entry), ARCHIVE_OK) << archive_error_string(out);
      if (S_ISREG(member.mode) && member.hard_link.empty()) {
        archive_write_data(out, member.text.data(), member.text.size());
      }
      archive_entry_free(entry);
    }
    ASSERT_EQ(archive_write_close(out), ARCHIVE_OK);
    archive_write_free(out);
    input_.trees.push_back({true, {file, {}, false}, at, {"r.yaml", 0, 0}});
  }

  std::vector<std::string> files() const {
    std::vector<std::string> lines;
    for (const ImageFile& file : all_files(input_, folder_ / "work")) {
      lines.push_back(shown(file));
    }
    return lines;
  }

  std::string refusal() const {
    return error_text([&] { all_files(input_, folder_ / "work"); });
  }

  ImageFiles input_;
};

TEST_F(AllFilesTest, HoldsAnArchivesMembersWithOwnersModesAndNodes) {
  add_tar({{"./", S_IFDIR | 0700U, "", ""},
           {"./bin/tool", S_IFREG | 04755U, "bytes", ""},
           {"bin/twin", S_IFREG | 0644U, "", "./bin/tool"},
           {"dev/console", S_IFCHR | 0600U, "", ""},
           {"etc", S_IFDIR | 0750U, "", ""},
           {"etc/link", S_IFLNK | 0777U, "/absolute", ""}},
          "/");
  EXPECT_THAT(files(),
              ::testing::ElementsAre("/bin 40755 0:0 0:0 ", "/bin/tool 104755 12:34 0:0 bytes",
                                     "/bin/twin 104755 12:34 0:0 bytes", "/dev 40755 0:0 0:0 ",
                                     "/dev/console 20600 12:34 5:1 ", "/etc 40750 12:34 0:0 ",
                                     "/etc/link 120777 12:34 0:0 /absolute"));
}

TEST_F(AllFilesTest, HoldsAFolderOfTheHostAsRoots) {
  write("tree/sub/file", "hello");
  fs::create_symlink("../file", folder_ / "tree" / "link");
  fs::permissions(folder_ / "tree" / "sub" / "file", fs::perms{0640});
  fs::permissions(folder_ / "tree" / "sub", fs::perms{0755});
  input_.trees.push_back({false, {folder_ / "tree", {}, false}, "/opt", {}});
  EXPECT_THAT(files(), ::testing::ElementsAre(
                           "/opt 40755 0:0 0:0 ", "/opt/link 120777 0:0 0:0 ../file",
                           "/opt/sub 40755 0:0 0:0 ", "/opt/sub/file 100640 0:0 0:0 hello"));
}

TEST_F(AllFilesTest, PrefersTheRecipesFilesToATrees) {
  add_tar({{"etc/name", S_IFREG | 0644U, "tree", ""}});
  input_.files = {{"/etc/name", std::string("recipe")}};
  EXPECT_THAT(files(),
              ::testing::ElementsAre("/etc 40755 0:0 0:0 ", "/etc/name 100644 0:0 0:0 recipe"));
}

TEST_F(AllFilesTest, RefusesAMemberThatClimbs) {
  add_tar({{"a/../../etc/passwd", S_IFREG | 0644U, "x", ""}});
  EXPECT_EQ(refusal(),
            "r.yaml: '/a/../../etc/passwd' has . or .. in it\n"
            "leave it out of the tree, or rename it");
}

TEST_F(AllFilesTest, RefusesAnAbsoluteMember) {
  add_tar({{"/etc/passwd", S_IFREG | 0644U, "x", ""}});
  EXPECT_EQ(refusal(), fmt::format("r.yaml: the archive {} holds the absolute path '/etc/passwd'\n"
                                   "make it with relative paths: tar -C FOLDER -cf FILE .",
                                   (folder_ / "0.tar.gz").string()));
}

TEST_F(AllFilesTest, GivesLinksTheModeThatLinuxHasForThem) {
  add_tar({{"link", S_IFLNK | 0644U, "/etc", {}}});
  const std::vector<ImageFile> files = all_files(input_, folder_ / "work");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files.front().mode, S_IFLNK | 0777U);
}

TEST_F(AllFilesTest, RefusesAMemberBelowALink) {
  add_tar({{"a", S_IFLNK | 0777U, "/etc", ""}, {"a/passwd", S_IFREG | 0644U, "x", ""}});
  EXPECT_EQ(refusal(),
            "r.yaml: /a/passwd can't be there: /a is a link, not a folder\n"
            "take one of the two out");
}

TEST_F(AllFilesTest, RefusesAFileWhereAnotherTreeHasAFolder) {
  add_tar({{"a/b", S_IFREG | 0644U, "x", ""}});
  add_tar({{"a", S_IFREG | 0644U, "x", ""}});
  EXPECT_EQ(refusal(),
            "r.yaml: /a is a folder in one place and a file in another\n"
            "take one of the two out");
}

TEST_F(AllFilesTest, RefusesAHardLinkToNothing) {
  add_tar({{"a", S_IFREG | 0644U, "", "b"}});
  EXPECT_EQ(refusal(), "r.yaml: /a is a hard link to b, which is not before it");
}

TEST_F(AllFilesTest, RefusesWhatIsNoArchive) {
  input_.trees.push_back({true, {write("x.tar", "no archive at all"), {}, false}, "/", {"r.yaml"}});
  EXPECT_THAT(refusal(), ::testing::StartsWith("r.yaml: cannot read the archive"));
}

}  // namespace
}  // namespace bootproof
