#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "builders/digest_memory.h"
#include "builders/image_input.h"
#include "builders/source_date.h"

namespace bootproof {

/// The text that says all that a build depends on, in which no two different inputs are the same
/// (each field with its length), and the files among them, so that one that changes during the
/// build is noticed.
class BuildKey {
 public:
  /// `memory` must outlive the key.
  explicit BuildKey(const DigestMemory& memory) : memory_(&memory) {}

  void add(std::string_view name, std::string_view value);
  void add(std::string_view name, const InputFile& input);
  void add(const ImageFiles& files);
  void add(const GrubFolder& folder);
  /// A program of the table in tools.cc: its bytes and, where it says so, those of its libraries.
  void add_tool(std::string_view name);
  /// The name and version of a library that does the work.
  void add_library(std::string_view version);

  /// SHA-256 of all that was added, 64 hexadecimal digits: the key of the cache.
  [[nodiscard]] std::string digest() const;
  /// The same without the tools: what is unique on a medium (identifiers, serial numbers) derives
  /// from it, so that it stays the same when only a tool is newer.
  [[nodiscard]] std::string identity() const;

  /// Throws Error (kBuild) that names an input which is not what it was when it was added.
  void check_unchanged() const;

 private:
  const DigestMemory* memory_;
  std::string text_;
  std::string tools_;
  std::vector<InputFile> inputs_;
};

/// Where a build happens, and what it may derive unique values from.
struct BuildPlace {
  std::filesystem::path work_folder;  ///< Empty at first; removed afterwards.
  std::filesystem::path image;        ///< What is to be made.
  std::string identity;               ///< BuildKey::identity().
  /// The time that all in it bears, as Unix time.
  std::int64_t date = kSourceDate;
};

}  // namespace bootproof
