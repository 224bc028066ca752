#include "inspectors/paths/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kSector = 512;

/// Collects ranges; what lies outside the image is cut off.
class LayoutReader {
 public:
  LayoutReader(OpenMedium& medium, const LayoutLimits& limits) : medium_(medium), limits_(limits) {}

  Layout read() {
    read_mbr();
    read_gpt();
    read_iso();
    for (Place& place : medium_.places()) {
      if (place.kind != PlaceKind::kWholeMedium) {
        add(place.view.offset(), place.view.size(), place.name, {});
      }
    }
    std::set<std::uint64_t> seen;  // A partition may be the El Torito image as well.
    for (Place& place : medium_.places()) {
      if (place.volume && seen.insert(place.view.offset()).second) {
        files_left_ = limits_.files;
        read_directory(place, place.volume->root(), "", 0);
      }
    }
    return {std::move(ranges_), medium_.image().size(), is_complete_};
  }

 private:
  void add(std::uint64_t offset, std::uint64_t length, std::string name, std::string place) {
    const std::uint64_t size = medium_.image().size();
    if (offset < size && length > 0) {
      ranges_.push_back(
          {offset, std::min(length, size - offset), std::move(name), std::move(place)});
    }
  }

  void read_mbr() {
    const Inspection& inspection = medium_.inspection();
    if (inspection.mbr && (inspection.mbr->has_signature || inspection.gpt)) {
      add(0, kSector, "MBR", {});
    }
    if (inspection.mbr) {
      for (const MbrPartition& partition : inspection.mbr->logical) {
        add(partition.offset / kSector * kSector, kSector,
            fmt::format("EBR of MBR partition {}", partition.number), {});
      }
    }
  }

  void read_gpt() {
    const std::optional<Gpt>& gpt = medium_.inspection().gpt;
    if (!gpt) {
      return;
    }
    const auto add_table = [&](const std::optional<GptHeader>& header, std::string_view name) {
      if (header) {
        add(header->offset, gpt->sector_bytes, fmt::format("{} header", name), {});
        if (header->entries_lba < medium_.image().size() / gpt->sector_bytes) {
          add(header->entries_lba * gpt->sector_bytes,
              std::uint64_t{header->entry_count} * header->entry_bytes,
              fmt::format("{} entries", name), {});
        }
      }
    };
    add_table(gpt->primary, "GPT");
    add_table(gpt->backup, "GPT backup");
  }

  void read_iso() {
    const Inspection& inspection = medium_.inspection();
    if (!inspection.iso9660) {
      return;
    }
    const Iso9660& iso = *inspection.iso9660;
    const std::string place = "ISO 9660";
    if (iso.primary) {
      add(0, iso.primary->volume_blocks * iso.primary->block_size, place, {});
      add(iso.primary->offset, kIsoSectorBytes, "primary volume descriptor", place);
      add_tables(*iso.primary, "", place);
    }
    for (const IsoVolume& volume : iso.supplementary) {
      add(volume.offset, kIsoSectorBytes, "supplementary volume descriptor", place);
      add_tables(volume, "supplementary ", place);
    }
    for (const IsoBootRecord& record : iso.boot_records) {
      add(record.sector * kIsoSectorBytes, kIsoSectorBytes, "boot record", place);
    }
    if (inspection.el_torito) {
      add(inspection.el_torito->catalog_lba * kIsoSectorBytes, kIsoSectorBytes, "boot catalog",
          place);
      for (const ElToritoEntry& entry : inspection.el_torito->entries) {
        if (entry.is_bootable() && !entry.fat) {
          add(std::uint64_t{entry.load_rba} * kIsoSectorBytes,
              std::max<std::uint64_t>(entry.sector_count, 1) * kSector,
              fmt::format("El Torito image ({})", platform_name(entry.platform_id)), place);
        }
      }
    }
  }

  void add_tables(const IsoVolume& volume, std::string_view prefix, const std::string& place) {
    add(volume.path_table_l * volume.block_size, volume.path_table_bytes,
        fmt::format("{}path table (little-endian)", prefix), place);
    add(volume.path_table_m * volume.block_size, volume.path_table_bytes,
        fmt::format("{}path table (big-endian)", prefix), place);
    add(volume.root_block * volume.block_size, volume.root_bytes,
        fmt::format("{}root directory", prefix), place);
  }

  void read_directory(Place& place, const Node& directory, const std::string& path,
                      std::size_t depth) {
    if (depth > limits_.depth || !directories_.insert({place.volume.get(), directory.id}).second) {
      is_complete_ = is_complete_ && depth <= limits_.depth;
      return;
    }
    for (const Node& node : place.volume->list(directory)) {
      if (files_left_ == 0) {
        is_complete_ = false;
        return;
      }
      --files_left_;
      const std::string name = path + "/" + node.name;
      if (node.kind == NodeKind::kDirectory) {
        read_directory(place, node, name, depth + 1);
      } else if (node.kind == NodeKind::kFile) {
        add_file(place, node, name);
      }
    }
  }

  void add_file(Place& place, const Node& node, const std::string& name) {
    std::uint64_t left = node.size;
    for (const Extent& run : place.volume->extents(node)) {
      const std::uint64_t length = std::min(run.length, left);
      if (run.offset != Extent::kHole) {
        add(place.view.offset() + run.offset, length, printable_text(name), place.name);
      }
      left -= length;
    }
  }

  OpenMedium& medium_;
  LayoutLimits limits_;
  std::vector<ByteRange> ranges_;
  std::set<std::pair<const Volume*, std::uint64_t>> directories_;
  std::size_t files_left_ = 0;
  bool is_complete_ = true;
};

}  // namespace

Layout::Layout(std::vector<ByteRange> ranges, std::uint64_t image_size, bool is_complete)
    : ranges_(std::move(ranges)), image_size_(image_size), is_complete_(is_complete) {
  std::stable_sort(ranges_.begin(), ranges_.end(), [](const ByteRange& a, const ByteRange& b) {
    return a.offset != b.offset ? a.offset < b.offset : a.length > b.length;
  });
  ranges_.erase(std::unique(ranges_.begin(), ranges_.end()), ranges_.end());
  std::uint64_t reach = 0;
  for (const ByteRange& range : ranges_) {
    reach = std::max(reach, range.offset + range.length);
    reach_.push_back(reach);
  }
}

const ByteRange* Layout::at(std::uint64_t offset) const {
  const auto after =
      std::upper_bound(ranges_.begin(), ranges_.end(), offset,
                       [](std::uint64_t at, const ByteRange& range) { return at < range.offset; });
  const ByteRange* smallest = nullptr;
  for (auto i = static_cast<std::size_t>(after - ranges_.begin()); i > 0; --i) {
    const ByteRange& range = ranges_[i - 1];
    if (reach_[i - 1] <= offset) {
      break;  // Nothing before reaches this far.
    }
    const bool holds = offset - range.offset < range.length;
    if (holds && (smallest == nullptr || range.length < smallest->length)) {
      smallest = &range;
    }
  }
  return smallest;
}

std::vector<ByteRange> Layout::gaps() const {
  std::vector<ByteRange> gaps;
  std::uint64_t reach = 0;
  const auto add = [&](std::uint64_t until) {
    if (until > reach) {
      gaps.push_back({reach, until - reach, "(nothing that is known)", {}});
    }
  };
  for (const ByteRange& range : ranges_) {
    if (range.length == image_size_ && range.offset == 0) {
      continue;
    }
    const bool is_volume = range.place.empty() && range.name == "ISO 9660";
    if (!is_volume) {
      add(range.offset);
      reach = std::max(reach, range.offset + range.length);
    }
  }
  add(image_size_);
  return gaps;
}

Layout read_layout(OpenMedium& medium, const LayoutLimits& limits) {
  return LayoutReader(medium, limits).read();
}

}  // namespace bootproof::inspectors
