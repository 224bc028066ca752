#include "builders/fat_image.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "builders/tools.h"
#include "harness/core/files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kSectorsPerCluster = 8;
constexpr std::uint64_t kCluster = kSector * kSectorsPerCluster;

/// A file system's geometry, in sectors where nothing else is said.
struct Geometry {
  int entry_bits = 0;  ///< 12, 16 or 32: width of an entry of the FAT.
  std::uint64_t sector_count = 0;
};

std::uint64_t rounded_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// The smallest file system with `clusters` of data. The type follows from the count of clusters
/// (FAT specification 1.03, 3.5); counts near a border are avoided, as it advises.
Geometry geometry_for(std::uint64_t clusters) {
  constexpr std::uint64_t kMostOfFat12 = 4084 - 16;
  constexpr std::uint64_t kMostOfFat16 = 65524 - 16;
  constexpr std::uint64_t kLeastOfFat32 = 65525 + 16;
  constexpr std::uint64_t kRootEntries = 512;  // mkfs.vfat's choice for FAT12 and FAT16.
  constexpr std::uint64_t kEntrySize = 32;
  constexpr std::uint64_t kTrack = 32;  // Whole tracks, by the -g that mkfs.vfat is given.
  constexpr std::uint64_t kSpare = 2;   // Clusters that rounding of the FATs may take.
  constexpr int kBitsInByte = 8;
  Geometry geometry;
  geometry.entry_bits = clusters <= kMostOfFat12 ? 12 : clusters <= kMostOfFat16 ? 16 : 32;
  if (geometry.entry_bits == 32) {
    clusters = std::max(clusters, kLeastOfFat32);
  }
  const std::uint64_t fat_bytes =
      (clusters + kSpare + 2) * static_cast<std::uint64_t>(geometry.entry_bits) / kBitsInByte + 1;
  const std::uint64_t fats = 2 * rounded_up(fat_bytes, kCluster) / kSector;
  const std::uint64_t reserved = 32;
  const std::uint64_t root = kRootEntries * kEntrySize / kSector;
  geometry.sector_count =
      rounded_up(reserved + fats + root + (clusters + kSpare) * kSectorsPerCluster, kTrack);
  return geometry;
}

std::uint64_t size_of(const ImageFile& file) {
  const auto* source = std::get_if<InputFile>(&file.content);
  return source != nullptr ? fs::file_size(source->path)
                           : std::get<std::string>(file.content).size();
}

/// Clusters that files and folders take, the entries of long names included.
std::uint64_t clusters_of(const std::vector<ImageFile>& files) {
  constexpr std::uint64_t kEntrySize = 32;
  constexpr std::uint64_t kCharactersInEntry = 13;
  std::map<std::string, std::uint64_t> folders{{"", 0}};  // Bytes of entries.
  std::uint64_t clusters = 0;
  for (const ImageFile& file : files) {
    const std::size_t slash = file.path.rfind('/');
    const std::uint64_t name = file.path.size() - slash - 1;
    folders[file.path.substr(0, slash)] += kEntrySize * (2 + name / kCharactersInEntry);
    if (S_ISDIR(file.mode)) {
      folders[file.path] += 2 * kEntrySize;
    } else {
      clusters += rounded_up(size_of(file), kCluster) / kCluster;
    }
  }
  for (const auto& [path, bytes] : folders) {
    clusters += rounded_up(bytes, kCluster) / kCluster;
  }
  return clusters;
}

/// Letters of ASCII in lower case; fat_path_problem() leaves no others.
std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c;
  });
  return text;
}

/// Throws Error for what FAT can't hold.
void check(const std::vector<ImageFile>& files, const FatOptions& options) {
  const auto refuse = [&](const ImageFile& file, std::string_view why) {
    return error_at(options.mark, fmt::format("{} {}", escape_for_terminal(file.path), why),
                    "leave it out, or give it another name");
  };
  std::set<std::string> names;
  for (const ImageFile& file : files) {
    if (!S_ISREG(file.mode) && !S_ISDIR(file.mode)) {
      throw refuse(file, "is neither file nor folder, and FAT has nothing else");
    }
    if (const std::string_view problem = fat_path_problem(file.path); !problem.empty()) {
      throw refuse(file, problem);
    }
    if (!names.insert(lower_case(file.path)).second) {
      throw refuse(file, "differs from another path in case alone, which FAT does not tell apart");
    }
    constexpr std::uint64_t kLargest = 0xffffffffU;
    if (S_ISREG(file.mode) && size_of(file) > kLargest) {
      throw refuse(file, "is larger than a file on FAT can be, 4 GiB");
    }
  }
}

/// One process of mtools for so many files, so that no command line grows too long.
void run_in_parts(const std::vector<std::string>& command, const std::vector<std::string>& names,
                  const std::string& last, std::int64_t date) {
  constexpr std::size_t kMost = 200;
  for (std::size_t start = 0; start < names.size(); start += kMost) {
    std::vector<std::string> arguments = command;
    const std::size_t end = std::min(names.size(), start + kMost);
    arguments.insert(arguments.end(), names.begin() + static_cast<std::ptrdiff_t>(start),
                     names.begin() + static_cast<std::ptrdiff_t>(end));
    if (!last.empty()) {
      arguments.push_back(last);
    }
    run_tool(std::move(arguments), date);
  }
}

}  // namespace

bool is_fat_label(std::string_view text) {
  constexpr std::size_t kLongest = 11;  // FAT specification 1.03, 6.1: a short name's bytes.
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), allowed);
}

std::string_view fat_path_problem(std::string_view path) {
  constexpr std::string_view kRefused = "\"*:<>?\\|[]";  // The brackets are patterns of mtools.
  const auto is_refused = [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return kRefused.find(c) != std::string_view::npos || byte < ' ' || byte >= 0x7f;
  };
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find('/'));
    if (std::any_of(name.begin(), name.end(), is_refused)) {
      return "holds a character that is not written to FAT: one of \" * : < > ? \\ | [ ], or one "
             "that is not ASCII";
    }
    if (name.empty() || name.back() == '.' || name.back() == ' ' || name.front() == ' ') {
      return "has a name that FAT can't hold: with a blank at its start, or a blank or dot at its "
             "end";
    }
    path.remove_prefix(name.size());
  }
  return {};
}

void make_fat_image(const std::vector<ImageFile>& files, const FatOptions& options,
                    const fs::path& work_folder, const fs::path& image) {
  check(files, options);
  const Geometry geometry = geometry_for(clusters_of(files));
  run_tool({"mkfs.vfat", "--invariant", "-g", "64/32", "-s", std::to_string(kSectorsPerCluster),
            "-F", std::to_string(geometry.entry_bits), "-i", options.serial, "-n", options.label,
            "-C", image, std::to_string(geometry.sector_count / 2)},
           options.date);
  // The names on the medium come from a staged tree. mcopy could take it as a whole, but would go
  // through it in the order in which this host's file system happens to list it.
  const fs::path staged = work_folder / "fat";
  std::vector<std::string> folders;
  std::map<std::string, std::vector<std::string>> sources;  // By folder on the medium.
  fs::create_directories(staged);
  for (const ImageFile& file : files) {
    const fs::path place = staged / file.path.substr(1);
    if (S_ISDIR(file.mode)) {
      fs::create_directory(place);
      folders.push_back("::" + file.path);
      continue;
    }
    if (const auto* source = std::get_if<InputFile>(&file.content)) {
      fs::create_symlink(source->path, place);
    } else {
      replace_file(place, std::get<std::string>(file.content));
    }
    sources[file.path.substr(0, file.path.rfind('/'))].push_back(place);
  }
  run_in_parts({"mmd", "-i", image}, folders, "", options.date);
  for (const auto& [folder, names] : sources) {
    run_in_parts({"mcopy", "-i", image}, names, fmt::format("::{}/", folder), options.date);
  }
}

void add_fat_image_tools(BuildKey& key) {
  for (const std::string_view tool : {"mkfs.vfat", "mcopy", "mmd"}) {
    key.add_tool(tool);
  }
}

}  // namespace bootproof
