#include "builders/packages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixture.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// Debian's other architecture: packages of it are never installed here.
std::string foreign() { return host_debian_architecture() == "amd64" ? "arm64" : "amd64"; }

using PackagesTest = FolderTest;

TEST_F(PackagesTest, TakesAFileOfAnInstalledPackageFromTheHost) {
  if (!fs::exists("/var/lib/dpkg/info/base-files.list")) {
    GTEST_SKIP() << "this host does not keep its packages by dpkg";
  }
  const std::string host(host_debian_architecture());
  EXPECT_EQ(find_package_file(folder_, {"base-files", host, "/usr/lib/os-release"}),
            "/usr/lib/os-release");
  EXPECT_EQ(error_text([&] {
              static_cast<void>(find_package_file(folder_, {"base-files", host, "/etc/no-file"}));
            }),
            "package base-files (" + host +
                ") has no file /etc/no-file\n"
                "`apt-file list base-files` or packages.debian.org shows what is in it");
}

TEST_F(PackagesTest, TakesNoFileOfTheHostForAForeignPackage) {
  EXPECT_EQ(find_package_file(folder_, {"base-files", foreign(), "/usr/lib/os-release"}),
            std::nullopt);
}

TEST_F(PackagesTest, FindsAFetchedFileUnderEitherNameOfAMergedFolder) {
  const auto file = write("packages/" + foreign() + "/tool/usr/bin/tool", "x");
  EXPECT_EQ(find_package_file(folder_, {"tool", foreign(), "/usr/bin/tool"}), file);
  EXPECT_EQ(find_package_file(folder_, {"tool", foreign(), "/bin/tool"}), file);
}

TEST_F(PackagesTest, FollowsNoLinkOutOfAFetchedPackage) {
  write("packages/" + foreign() + "/tool/usr/bin/tool", "x");
  const auto secret = write("secret", "x");
  fs::create_symlink(secret, folder_ / "packages" / foreign() / "tool" / "usr" / "bin" / "link");
  EXPECT_THAT(error_text([&] {
                static_cast<void>(find_package_file(folder_, {"tool", foreign(), "/usr/bin/link"}));
              }),
              ::testing::StartsWith("package tool (" + foreign() + ") has no file /usr/bin/link"));
}

TEST_F(PackagesTest, FindsTheOneFileThatMatches) {
  const fs::path root = "packages/" + foreign() + "/kernel";
  const auto file = write(root / "boot/vmlinuz-6.1.0-1", "x");
  write(root / "boot/config-6.1.0-1", "x");
  write(root / "boot/vmlinuz-folder/x", "x");
  EXPECT_EQ(find_package_file(folder_, {"kernel", foreign(), "/boot/vmlinuz-*"}), file);
  write(root / "boot/vmlinuz-6.1.0-2", "x");
  EXPECT_EQ(
      error_text([&] {
        static_cast<void>(find_package_file(folder_, {"kernel", foreign(), "/boot/vmlinuz-*"}));
      }),
      "package kernel (" + foreign() +
          ") has more than one /boot/vmlinuz-*: vmlinuz-6.1.0-1, vmlinuz-6.1.0-2\n"
          "write the one that is meant");
  EXPECT_THAT(error_text([&] {
                static_cast<void>(find_package_file(folder_, {"kernel", foreign(), "/boot/x*"}));
              }),
              ::testing::StartsWith("package kernel (" + foreign() + ") has no file /boot/x*\n"));
}

TEST_F(PackagesTest, FindsTheOneFolderThatMatchesUnderEitherName) {
  const auto file = write("packages/" + foreign() + "/kernel/usr/lib/modules/6.1/a.ko", "x");
  EXPECT_EQ(find_package_subfolder(folder_, {"kernel", foreign(), "/lib/modules/*"}),
            file.parent_path());
}

TEST_F(PackagesTest, FindsAPatternAmongInstalledFiles) {
  if (!fs::exists("/var/lib/dpkg/info/base-files.list")) {
    GTEST_SKIP() << "this host does not keep its packages by dpkg";
  }
  const std::string host(host_debian_architecture());
  EXPECT_EQ(find_package_file(folder_, {"base-files", host, "/usr/lib/os-rel*"}),
            "/usr/lib/os-release");
}

TEST(KernelPackage, IsTheFirstDependencyThatIsAKernel) {
  EXPECT_EQ(kernel_package_of("linux-image-6.1.0-50-amd64 (= 6.1.176-1)\n"),
            "linux-image-6.1.0-50-amd64=6.1.176-1");
  EXPECT_EQ(kernel_package_of("kmod, linux-image-6.1.0-50-arm64, x"), "linux-image-6.1.0-50-arm64");
  EXPECT_EQ(kernel_package_of("kmod, linux-base (>= 4.3~), initramfs-tools"), "");
  EXPECT_EQ(kernel_package_of(""), "");
}

TEST_F(PackagesTest, SaysHowToBringAMissingPackage) {
  EXPECT_STREQ(missing_package({"busybox-static", "arm64", "/bin/busybox"}).what(),
               "package busybox-static (arm64) is neither installed nor fetched, needed for "
               "/bin/busybox\n"
               "run `bootproof fetch busybox-static arm64`, or `./quickstart`, which brings all "
               "packages");
}

TEST_F(PackagesTest, LeavesAFetchedPackageAsItIs) {
  const auto file = write("packages/arm64/tool/usr/bin/tool", "x");
  fetch_package(folder_, "tool", "arm64");
  EXPECT_EQ(read(file), "x");
  EXPECT_FALSE(fs::exists(folder_ / "apt"));
}

TEST_F(PackagesTest, RefusesNamesThatAreOptionsOrPaths) {
  for (const std::string_view name : {"-o", "../x", "a b", "", "A"}) {
    EXPECT_EQ(error_text([&] { fetch_package(folder_, std::string(name), "arm64"); }),
              "'" + std::string(name) +
                  " arm64' is no package and architecture\n"
                  "write for example: bootproof fetch busybox-static arm64");
  }
  EXPECT_FALSE(fs::exists(folder_ / "apt"));
}

}  // namespace
}  // namespace bootproof
