#include "tests/inspectors/broken_media.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "builders/builder.h"
#include "harness/core/error.h"
#include "harness/core/files.h"
#include "inspectors/inspect.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
using namespace bootproof::inspectors;

/// The image of a recipe. Packages that the host does not have may have been fetched into the
/// user's cache; nothing is fetched here.
fs::path image_of(const std::string& recipe) {
  RecipeBook book;
  book.load(BOOTPROOF_SOURCE_DIR "/scenarios/disk-recipes.yaml");
  try {
    return Builder(book, fs::path(BOOTPROOF_BINARY_DIR) / "test-cache").build(recipe).path;
  } catch (const Error&) {
    return Builder(book, cache_folder()).build(recipe).path;
  }
}

HealthyMedium made_by(const std::string& recipe) {
  HealthyMedium medium;
  try {
    const std::string bytes = content_of(image_of(recipe));
    medium.bytes.assign(bytes.begin(), bytes.end());
  } catch (const Error& error) {
    medium.problem = error.what();
    return medium;
  }
  MemoryImage source{ByteSpan(medium.bytes)};
  const ImageView view(source);
  const Inspection inspection = inspect(view);
  OpenMedium opened(view, inspection);
  medium.ranges = read_layout(opened).ranges();
  return medium;
}

}  // namespace

const HealthyMedium& healthy_medium(const std::string& recipe) {
  static std::map<std::string, HealthyMedium> media;
  const auto found = media.find(recipe);
  return found != media.end() ? found->second
                              : media.emplace(recipe, made_by(recipe)).first->second;
}

std::uint64_t BrokenMedium::at(std::string_view name, std::string_view place) const {
  for (const ByteRange& range : medium_.ranges) {
    if (range.name == name && (place.empty() || range.place == place)) {
      return range.offset;
    }
  }
  ADD_FAILURE() << "nothing is called " << name << " in '" << place << "'";
  return 0;
}

std::uint64_t BrokenMedium::size_of(std::string_view name) const {
  for (const ByteRange& range : medium_.ranges) {
    if (range.name == name) {
      return range.length;
    }
  }
  return 0;
}

std::uint64_t BrokenMedium::pe_of(std::uint64_t program) const {
  constexpr std::uint64_t kPlaceField = 0x3C;
  return program + number_at(bytes, program + kPlaceField, 4);
}

std::uint64_t BrokenMedium::section_of(std::string_view file, std::string_view section) const {
  constexpr std::uint64_t kRecordBytes = 40;  // PE/COFF, 4
  constexpr std::uint64_t kPlaceField = 20;
  const std::uint64_t program = at(file);
  const std::uint64_t header = pe_of(program);
  const std::uint64_t count = number_at(bytes, header + 6, 2);
  std::uint64_t record = header + 24 + number_at(bytes, header + 20, 2);
  for (std::uint64_t i = 0; i < count; ++i, record += kRecordBytes) {
    const auto name = bytes.begin() + static_cast<std::ptrdiff_t>(record);
    if (std::equal(section.begin(), section.end(), name)) {
      return program + number_at(bytes, record + kPlaceField, 4);
    }
  }
  ADD_FAILURE() << file << " has no section " << section;
  return 0;
}

void BrokenMedium::fill(std::uint64_t offset, std::uint64_t length, char with) {
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), length,
              static_cast<std::uint8_t>(with));
}

void BrokenMedium::replace(std::uint64_t offset, std::uint64_t length, std::string_view from,
                           std::string_view to) {
  std::size_t count = 0;
  const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(offset + length);
  for (auto place = bytes.begin() + static_cast<std::ptrdiff_t>(offset); place != end;) {
    place = std::search(place, end, from.begin(), from.end(), [](std::uint8_t byte, char c) {
      return byte == static_cast<std::uint8_t>(c);
    });
    if (place != end) {
      std::copy(to.begin(), to.end(), place);
      ++count;
    }
  }
  EXPECT_GT(count, 0U) << from;
}

}  // namespace bootproof::testing
