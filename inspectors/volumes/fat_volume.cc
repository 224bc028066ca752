#include "inspectors/volumes/fat_volume.h"

#include <fmt/format.h>

#include <algorithm>

#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// 65536 entries of 32 bytes (section 6).
constexpr std::uint64_t kMostDirectoryBytes = std::uint64_t{65536} * 32;

/// What the boot sector says of a volume that has no label (section 3.1).
constexpr std::string_view kNoLabel = "NO NAME";

Node node_of(const FatEntry& entry) {
  Node node;
  node.name = entry.name;
  node.kind = entry.is_directory() ? NodeKind::kDirectory : NodeKind::kFile;
  node.size = entry.is_directory() ? 0 : entry.size;
  node.id = entry.first_cluster;
  return node;
}

}  // namespace

FatVolume::FatVolume(const ImageView& view, const FatBootRecord& record, const FatLayout& layout)
    : view_(view),
      record_(record),
      layout_(layout),
      table_(view, layout),
      label_(record.label == kNoLabel ? std::string() : record.label) {
  for (const FatEntry& entry : directory(0).entries) {
    if (entry.is_volume_label() && !entry.is_directory()) {
      label_ = printable_text(entry.short_name);
      break;
    }
  }
}

std::string FatVolume::uuid() const {
  return record_.serial
             ? fmt::format("{:04X}-{:04X}", *record_.serial >> 16U, *record_.serial & 0xFFFFU)
             : std::string();
}

Node FatVolume::root() const {
  Node node;
  node.kind = NodeKind::kDirectory;
  node.id = layout_.root_cluster;
  return node;
}

FatDirectory FatVolume::directory(std::uint32_t first_cluster) {
  FatDirectory directory;
  if (first_cluster == 0 && layout_.fat_bits != 32) {
    directory.chain.runs.push_back({layout_.root_begin, layout_.root_bytes});
  } else {
    const std::uint64_t most =
        std::max<std::uint64_t>(1, kMostDirectoryBytes / layout_.cluster_bytes);
    directory.chain = table_.chain(first_cluster == 0 ? layout_.root_cluster : first_cluster, most);
  }
  Bytes bytes;
  for (const Extent& run : directory.chain.runs) {
    std::uint64_t done = 0;
    while (done < run.length && bytes.size() < kMostDirectoryBytes) {
      const Bytes piece = view_.read(run.offset + done, run.length - done);
      if (piece.empty()) {
        break;
      }
      bytes.insert(bytes.end(), piece.begin(), piece.end());
      done += piece.size();
    }
    if (done < run.length) {
      break;
    }
  }
  directory.entries = decode_fat_directory(bytes, layout_.fat_bits == 32, kMostNames);
  return directory;
}

std::uint64_t FatVolume::image_offset(const FatDirectory& directory, std::uint64_t position) const {
  for (const Extent& run : directory.chain.runs) {
    if (position < run.length) {
      return view_.image_offset(run.offset + position);
    }
    position -= run.length;
  }
  return view_.offset();
}

std::vector<Node> FatVolume::list(const Node& node) {
  std::vector<Node> nodes;
  if (node.kind != NodeKind::kDirectory) {
    return nodes;
  }
  for (const FatEntry& entry : directory(static_cast<std::uint32_t>(node.id)).entries) {
    if (!entry.is_volume_label() && !entry.is_dot()) {
      nodes.push_back(node_of(entry));
    }
  }
  return nodes;
}

std::vector<Extent> FatVolume::extents(const Node& file) {
  if (file.kind != NodeKind::kFile || file.size == 0) {
    return {};
  }
  const std::uint64_t needed = (file.size + layout_.cluster_bytes - 1) / layout_.cluster_bytes;
  ClusterChain chain = table_.chain(static_cast<std::uint32_t>(file.id), needed);
  const std::uint64_t found = chain.cluster_count * layout_.cluster_bytes;
  if (found > file.size) {
    chain.runs.back().length -= found - file.size;
  }
  return std::move(chain.runs);
}

std::unique_ptr<FatVolume> open_fat_volume(const ImageView& view) {
  const auto record = read_fat_boot_record(view);
  if (!record || !claims_to_be_fat(*record)) {
    return nullptr;
  }
  const auto layout = layout_of(*record);
  return layout ? std::make_unique<FatVolume>(view, *record, *layout) : nullptr;
}

}  // namespace bootproof::inspectors
