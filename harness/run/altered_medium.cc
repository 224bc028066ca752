#include "harness/run/altered_medium.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <system_error>
#include <utility>

#include "harness/core/files.h"
#include "harness/core/text.h"
#include "harness/core/unique_fd.h"
#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "inspectors/paths/open_medium.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

std::string new_bytes(const MediumChange& change, std::string old) {
  if (change.bits == 0) {
    return change.bytes;
  }
  old[0] = static_cast<char>(static_cast<unsigned char>(old[0]) ^ change.bits);
  return old;
}

std::size_t length_of(const MediumChange& change) {
  return change.bits == 0 ? change.bytes.size() : 1;
}

std::string read_text(const inspectors::ImageView& image, const MediumChange& change,
                      std::uint64_t offset, std::size_t length) {
  const inspectors::Bytes bytes = image.read(offset, length);
  if (bytes.size() != length) {
    throw error_at(
        change.mark,
        fmt::format("{} can't be changed at {}: the medium has {} bytes",
                    length == 1 ? "a byte" : fmt::format("{} bytes", length), offset, image.size()),
        "correct 'at'");
  }
  return {bytes.begin(), bytes.end()};
}

/// The image's offsets of `length` bytes of a file from `at` on, one for each byte.
std::vector<std::uint64_t> offsets_in(inspectors::Volume& volume, const inspectors::Node& file,
                                      std::uint64_t at, std::size_t length) {
  std::vector<std::uint64_t> offsets;
  std::uint64_t position = 0;
  for (const inspectors::Extent& extent : volume.extents(file)) {
    for (std::uint64_t i = at + offsets.size();
         offsets.size() < length && i >= position && i < position + extent.length; ++i) {
      if (extent.offset == inspectors::Extent::kHole) {
        return {};
      }
      offsets.push_back(volume.view().image_offset(extent.offset + (i - position)));
    }
    position += extent.length;
  }
  return offsets;
}

class ChangePlacer {
 public:
  explicit ChangePlacer(inspectors::FileImage& image)
      : view_(image), inspection_(inspectors::inspect_tables(view_)), medium_(view_, inspection_) {}

  std::vector<PlacedChange> place(const MediumChange& change) {
    return change.file.empty() ? place_in_image(change) : place_in_file(change);
  }

 private:
  std::vector<PlacedChange> place_in_image(const MediumChange& change) {
    const std::string old = read_text(view_, change, change.at, length_of(change));
    return {{change.at, new_bytes(change, old)}};
  }

  std::vector<PlacedChange> place_in_file(const MediumChange& change) {
    std::vector<PlacedChange> placed;
    std::set<std::uint64_t> seen;  // A file of an ISO may stand in two of its volumes.
    bool is_there = false;
    for (inspectors::Place& place : medium_.places()) {
      if (!place.volume) {
        continue;
      }
      const inspectors::Lookup found = inspectors::find(*place.volume, change.file);
      if (!found.node || found.node->kind != inspectors::NodeKind::kFile) {
        continue;
      }
      is_there = true;
      const std::vector<std::uint64_t> offsets =
          offsets_in(*place.volume, *found.node, change.at, length_of(change));
      if (offsets.size() < length_of(change)) {
        throw error_at(change.mark,
                       fmt::format("{} on {} has {} bytes, {} are to be changed at {}",
                                   escape_for_terminal(change.file), place.name, found.node->size,
                                   length_of(change), change.at),
                       "correct 'at'");
      }
      for (std::size_t i = 0; i < offsets.size(); ++i) {
        if (seen.insert(offsets[i]).second) {
          const std::string old = read_text(view_, change, offsets[i], 1);
          placed.push_back({offsets[i], change.bits == 0 ? std::string(1, change.bytes[i])
                                                         : new_bytes(change, old)});
        }
      }
    }
    if (!is_there) {
      throw error_at(change.mark,
                     fmt::format("no file system of the medium has a file {}",
                                 escape_for_terminal(change.file)),
                     "`bootproof inspect` lists the file systems; or leave out 'file' and give the "
                     "offset in the image");
    }
    return placed;
  }

  inspectors::ImageView view_;
  inspectors::Inspection inspection_;
  inspectors::OpenMedium medium_;
};

void write_changes(const fs::path& file, const std::vector<PlacedChange>& changes) {
  const UniqueFd target(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!target) {
    throw system_error(fmt::format("cannot open {}", file.string()), errno);
  }
  for (const PlacedChange& change : changes) {
    const ssize_t wrote = ::pwrite(target.get(), change.bytes.data(), change.bytes.size(),
                                   static_cast<off_t>(change.offset));
    if (wrote != static_cast<ssize_t>(change.bytes.size())) {
      throw system_error(fmt::format("cannot write {}", file.string()), errno);
    }
  }
}

}  // namespace

std::vector<PlacedChange> place_changes(const fs::path& image,
                                        const std::vector<MediumChange>& changes) {
  auto opened = inspectors::FileImage::open(image);
  if (!opened) {
    throw Error(ErrorKind::kHost, opened.error());
  }
  ChangePlacer placer(**opened);
  std::vector<PlacedChange> all;
  for (const MediumChange& change : changes) {
    for (PlacedChange& placed : placer.place(change)) {
      all.push_back(std::move(placed));
    }
  }
  return all;
}

fs::path make_altered_medium(const fs::path& image, const std::string& image_sha256,
                             const std::vector<MediumChange>& changes, const fs::path& folder) {
  const std::vector<PlacedChange> placed = place_changes(image, changes);
  std::string description = image_sha256 + "\n";
  for (const PlacedChange& change : placed) {
    description += fmt::format("{} {}:", change.offset, change.bytes.size()) + change.bytes + "\n";
  }
  create_folders(folder, kCacheRemedy);
  const fs::path file = folder / (sha256_of(description) + ".img");
  std::error_code code;
  if (fs::is_regular_file(file, code)) {
    return file;
  }
  // Its own name for each process: the last one to be done wins, and all of them are equal.
  const fs::path work = folder / fmt::format("{}.{}.part", file.stem().string(), ::getpid());
  try {
    copy_keeping_holes(image, work);
    write_changes(work, placed);
    constexpr mode_t kReadOnly = 0444;
    if (::chmod(work.c_str(), kReadOnly) != 0) {
      throw system_error(fmt::format("cannot write {}", work.string()), errno);
    }
    fs::rename(work, file, code);
    if (code) {
      throw system_error(fmt::format("cannot write {}", file.string()), code.value());
    }
  } catch (...) {
    fs::remove(work, code);
    throw;
  }
  return file;
}

}  // namespace bootproof
