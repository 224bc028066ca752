#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "inspectors/file_image.h"
#include "inspectors/finding.h"
#include "inspectors/volumes/volume.h"
#include "tests/inspectors/tool_output.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::testing {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;

/// A test on volumes that other programs make in a folder of its own.
class VolumeTest : public ::testing::Test {
 protected:
  /// Skips the test where a program is missing.
  void require(const std::string& tool, const std::string& package) {
    if (!has_tool(tool)) {
      GTEST_SKIP() << tool << " is missing; install the package " << package;
    }
  }

  /// A file of zeros of this size.
  [[nodiscard]] std::string image(const std::string& name, std::uint64_t size) const {
    const auto path = folder_.write(name, "");
    std::filesystem::resize_file(path, size);
    return path.string();
  }

  /// Writes a small tree of files and returns its folder: nested folders, long names, names in
  /// Unicode, a folder of 100 files, files of no byte, one byte, and several clusters.
  [[nodiscard]] std::string tree() const;

  /// Opens an image for as long as the test lives.
  inspectors::ImageView view_of(const std::string& path) {
    auto opened = inspectors::FileImage::open(path);
    EXPECT_TRUE(opened.has_value()) << path;
    images_.push_back(std::move(*opened));
    return inspectors::ImageView(*images_.back());
  }

  TemporaryFolder folder_;

 private:
  std::vector<std::unique_ptr<inspectors::FileImage>> images_;
};

/// Each file below the root, its path to its bytes; folders end with "/", links are "-> target".
std::map<std::string, std::string> content_of(inspectors::Volume& volume);
/// The same of a folder of the host.
std::map<std::string, std::string> content_of_folder(const std::filesystem::path& folder);

/// What blkid finds in a volume: "LABEL", "UUID", "TYPE".
std::map<std::string, std::string> blkid_of(const std::string& image);

/// All findings, a line each, for messages of tests.
std::string text_of(std::vector<inspectors::Finding> findings);

}  // namespace bootproof::testing
