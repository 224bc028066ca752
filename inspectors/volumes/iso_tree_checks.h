#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/iso9660.h"
#include "inspectors/rules.h"
#include "inspectors/volumes/iso_directory.h"
#include "inspectors/volumes/rock_ridge.h"

namespace bootproof::inspectors {

/// The rules of directory records. Inside this module: read_iso_tree() applies them. Paths are raw
/// and begin with "/".
class IsoTreeChecks {
 public:
  /// `prefix` begins the paths of findings.
  IsoTreeChecks(const ImageView& image, const IsoVolume& volume, std::string prefix,
                Findings& findings)
      : image_(image), volume_(volume), prefix_(std::move(prefix)), findings_(findings) {}

  /// Whether the numbers that are recorded in both byte orders agree.
  bool judge_numbers(const IsoDirectoryRecord& record, const std::string& path);
  /// Whether a directory's extent can be read.
  bool judge_directory_extent(std::uint64_t block, std::uint64_t bytes, std::uint64_t record_offset,
                              const std::string& path);
  /// One record of a file.
  void judge_file_extent(const IsoDirectoryRecord& record, const std::string& path);
  void judge_rock_ridge(const RockRidge& extras, const std::string& path);

  /// Remembers the first compressed file; judge_compressed() speaks of it.
  void note_compressed(std::uint64_t record_offset, const std::string& path);
  void judge_compressed(std::size_t count);

 private:
  [[nodiscard]] bool is_in_cut_part(std::uint64_t position, std::uint64_t bytes) const;
  [[nodiscard]] std::string path_of(const std::string& path) const;

  ImageView image_;
  const IsoVolume& volume_;
  std::string prefix_;
  Findings& findings_;
  std::uint64_t compressed_offset_ = 0;
  std::string compressed_path_;
};

}  // namespace bootproof::inspectors
