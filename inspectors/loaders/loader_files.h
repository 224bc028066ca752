#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/loaders/loader_config.h"
#include "inspectors/volumes/volume.h"

namespace bootproof::inspectors {

/// The text of a configuration file, with the place of each line.
struct ConfigText {
  std::string name;                         ///< "(cd0)/boot/grub/grub.cfg", printable.
  std::string text;                         ///< Raw, without a byte order mark.
  std::vector<std::uint64_t> line_offsets;  ///< In the image.

  /// Of a line, counted from 1, in the image.
  [[nodiscard]] std::uint64_t offset_of(std::size_t line) const;
};

/// One line of a text, without its end and blanks around it.
struct ConfigLine {
  std::string_view text;
  std::size_t number = 0;  ///< Counted from 1.
};

/// The lines of a text, with LF or CRLF ends.
std::vector<ConfigLine> lines_of(std::string_view text);

/// Looks for files on the volumes of a world and reads configuration files, with bounds on all of
/// it together: however many names a configuration gives, and however large directories are. Holds
/// a reference to the world.
class LoaderFiles {
 public:
  /// The most that is read of one configuration file, and of all.
  static constexpr std::uint64_t kLongestText = std::uint64_t{1} << 20U;
  static constexpr std::uint64_t kMostText = std::uint64_t{2} << 20U;

  LoaderFiles(const LoaderWorld& world, Findings& findings);
  ~LoaderFiles();
  LoaderFiles(const LoaderFiles&) = delete;
  LoaderFiles& operator=(const LoaderFiles&) = delete;

  [[nodiscard]] const LoaderWorld& world() const { return world_; }

  /// Looks for a path, which may lack its first "/". Neither there nor missing where the volume is
  /// not readable or the bounds are reached. `name` is left empty.
  LoaderFile look_up(std::size_t volume, std::string_view path);
  /// Whether there is a file (no directory) at this path.
  bool has_file(std::size_t volume, std::string_view path);
  /// The names in a directory; none where there is no such directory.
  std::vector<Node> names_in(std::size_t volume, std::string_view path);

  /// The text of a file that was found; judges its size and a byte order mark. Nothing where it is
  /// no file or too much was read already.
  std::optional<ConfigText> read(const LoaderFile& file);
  /// The same for a text that is part of a program.
  std::optional<ConfigText> read(const ImageView& view, std::string name);

  /// "(cd0)/boot/grub/grub.cfg", printable.
  [[nodiscard]] std::string name_of(std::size_t volume, std::string_view path) const;
  /// Where the volume begins in the image, for findings about what is not there.
  [[nodiscard]] std::uint64_t offset_of(std::size_t volume) const;

 private:
  class BoundedVolume;

  const LoaderWorld& world_;
  Findings& findings_;
  std::uint64_t text_left_ = kMostText;
  std::size_t names_left_;
  std::vector<std::unique_ptr<BoundedVolume>> volumes_;
  std::map<std::pair<std::size_t, std::string>, LoaderFile, std::less<>> found_;
};

/// A text cut at blanks and tabs.
std::vector<std::string_view> words_of(std::string_view text);
/// Whether there is a "/" at the begin.
std::string with_slash(std::string_view path);

}  // namespace bootproof::inspectors
