#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "harness/core/file_source.h"
#include "harness/core/words.h"
#include "harness/core/yaml_reader.h"

namespace bootproof {

/// A file to be put on a medium: absolute path there, and where its bytes come from. Short texts
/// can stand in the recipe itself: `{text: "...", mode: '0755'}`.
struct PlacedFile {
  std::string path;
  std::variant<FileSource, std::string> content;
  /// Permission bits. Nothing: 0644, or 0755 where the source is executable on this host.
  std::optional<unsigned> mode;
  SourceMark mark;
};

/// GRUB's name for what it runs on. Each is one folder of modules and one boot path of the medium.
enum class GrubPlatform { kI386Pc, kX86_64Efi, kArm64Efi };

/// "i386-pc", "x86_64-efi", "arm64-efi": as recipes and GRUB write it.
std::string_view name_of(GrubPlatform platform);

/// An ISO 9660 image with Rock Ridge, bootable by GRUB as a CD and as a stick.
struct IsoRecipe {
  std::string volume_id;                ///< At most 32 of `A-Z a-z 0-9 _ . + -` and blank.
  std::vector<GrubPlatform> grub;       ///< Empty: a medium that nothing can boot.
  std::optional<std::string> grub_cfg;  ///< /boot/grub/grub.cfg, as it is. Nothing: no such file.
  std::vector<PlacedFile> files;        ///< Sorted by path.
};

/// Compression of an initramfs. XZ is missing on purpose: libarchive writes it with CRC64 checks,
/// which the kernel's decoder does not know.
enum class Compression { kNone, kGzip, kZstd };

/// A busybox initramfs.
struct InitramfsRecipe {
  FileSource busybox;
  Architecture architecture = Architecture::kX86_64;
  std::optional<std::string> init;  ///< Text of /init. Nothing: no /init (for negative controls).
  Compression compression = Compression::kGzip;
  std::vector<PlacedFile> files;  ///< Sorted by path.
};

/// What is to be built, under the name by which scenarios and other recipes ask for it.
struct Recipe {
  std::string name;
  std::variant<IsoRecipe, InitramfsRecipe> body;
  SourceMark mark;
};

/// The recipes of one or more files, by name.
class RecipeBook {
 public:
  /// Adds the recipes of a file; a file that was loaded before is passed over. Throws Error
  /// (kScenario) for whatever is wrong with it, and for a name that an earlier file has; then the
  /// book is as before.
  void load(const std::filesystem::path& file);
  /// The same for text in memory; `file_name` is what messages call it, and what relative paths are
  /// relative to.
  void load_text(std::string_view text, const std::string& file_name);
  /// The recipe of that name, or null. Valid as long as the book is.
  [[nodiscard]] const Recipe* find(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  void add(const YamlNode& root);

  std::map<std::string, Recipe> recipes_;
  std::set<std::filesystem::path> files_;
};

}  // namespace bootproof
