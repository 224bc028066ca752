#include "inspectors/volumes/volume.h"

#include <algorithm>
#include <utility>

#include "inspectors/path_parts.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::size_t kMostParts = 4096;

bool same_name(std::string_view a, std::string_view b, bool ignores_case) {
  return ignores_case ? same_ignoring_case(a, b) : a == b;
}

std::string joined(const std::vector<Node>& walked, std::string_view last) {
  std::string path;
  for (const Node& node : walked) {
    if (!node.name.empty()) {
      path += "/" + node.name;
    }
  }
  path += "/";
  path += last;
  return printable_text(path);
}

}  // namespace

std::string_view name_of(VolumeKind kind) {
  switch (kind) {
    case VolumeKind::kIso9660:
      return "ISO 9660";
    case VolumeKind::kJoliet:
      return "Joliet";
    case VolumeKind::kFat:
      return "FAT";
    case VolumeKind::kExt:
      return "ext";
    case VolumeKind::kSquashfs:
      break;
  }
  return "squashfs";
}

Lookup find(Volume& volume, std::string_view path) {
  std::vector<Node> walked{volume.root()};
  PathParts parts(path);
  while (const auto part = parts.next()) {
    if (*part == "..") {
      if (walked.size() > 1) {
        walked.pop_back();
      }
      continue;
    }
    const auto missing = [&] { return Lookup{std::nullopt, joined(walked, *part)}; };
    if (walked.back().kind != NodeKind::kDirectory || walked.size() > kMostParts) {
      return missing();
    }
    std::vector<Node> names = volume.list(walked.back());
    const auto found = std::find_if(names.begin(), names.end(), [&](const Node& node) {
      return same_name(node.name, *part, volume.ignores_case());
    });
    if (found == names.end()) {
      return missing();
    }
    if (found->kind != NodeKind::kSymlink) {
      walked.push_back(std::move(*found));
      continue;
    }
    const bool is_from_root = found->target.starts_with('/');
    if (parts.left() > kMostParts || !parts.follow(std::move(found->target))) {
      return missing();
    }
    if (is_from_root) {
      walked.resize(1);
    }
  }
  return {std::move(walked.back()), {}};
}

FileContent::FileContent(Volume& volume, const Node& file) : view_(volume.view()) {
  for (const Extent& run : volume.extents(file)) {
    const std::uint64_t length = std::min(run.length, file.size - size_);
    const bool is_there = run.offset == Extent::kHole || view_.contains(run.offset, length);
    if (length == 0 || !is_there) {
      break;
    }
    begins_.push_back(size_);
    extents_.push_back({run.offset, length});
    size_ += length;
  }
}

std::size_t FileContent::run_of(std::uint64_t offset) const {
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), offset);
  return static_cast<std::size_t>(after - begins_.begin()) - 1;
}

std::uint64_t FileContent::image_offset(std::uint64_t offset) const {
  if (extents_.empty()) {
    return view_.image_offset(0);
  }
  const std::size_t run = run_of(std::min(offset, size_ - 1));
  const std::uint64_t base = extents_[run].offset == Extent::kHole ? 0 : extents_[run].offset;
  return view_.image_offset(base + (offset - begins_[run]));
}

bool FileContent::read_inside(std::uint64_t offset, std::span<std::uint8_t> into) {
  for (std::size_t run = run_of(offset); !into.empty(); ++run) {
    const std::uint64_t skipped = offset - begins_[run];
    const auto length = static_cast<std::size_t>(
        std::min<std::uint64_t>(into.size(), extents_[run].length - skipped));
    const std::span<std::uint8_t> piece = into.first(length);
    if (extents_[run].offset == Extent::kHole) {
      std::fill(piece.begin(), piece.end(), std::uint8_t{0});
    } else if (!view_.read_into(extents_[run].offset + skipped, piece)) {
      return false;
    }
    offset += length;
    into = into.subspan(length);
  }
  return true;
}

}  // namespace bootproof::inspectors
