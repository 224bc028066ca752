#include "inspectors/volumes/iso_path_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// An entry of a path table without its identifier (ECMA-119, 9.4).
template <template <typename> typename Order>
struct EntryRecord {
  std::uint8_t identifier_length;
  std::uint8_t extended_attribute_blocks;
  Order<std::uint32_t> block;
  Order<std::uint16_t> parent;
};
static_assert(sizeof(EntryRecord<LittleEndian>) == 8 && sizeof(EntryRecord<BigEndian>) == 8);

struct Entry {
  std::uint64_t position = 0;  ///< In the table.
  std::uint64_t block = 0;     ///< Of the directory's data.
  std::uint64_t parent = 0;
  std::vector<std::uint8_t> identifier;
};

struct Table {
  std::uint64_t offset = 0;  ///< In the image.
  bool is_whole = false;     ///< The entries fill it.
  std::vector<Entry> entries;
};

template <template <typename> typename Order>
Table read_table(const ImageView& view) {
  Table table;
  table.offset = view.offset();
  const Bytes bytes = view.read(0, view.size());
  ByteSpan left(bytes);
  while (left.size() > sizeof(EntryRecord<Order>) && left[0] != 0) {
    EntryRecord<Order> record{};
    std::memcpy(&record, left.data(), sizeof record);
    const std::size_t length = sizeof record + record.identifier_length;
    if (length > left.size()) {
      break;
    }
    const ByteSpan identifier = left.subspan(sizeof record, record.identifier_length);
    table.entries.push_back({bytes.size() - left.size(),
                             std::uint64_t{record.block.value()} + record.extended_attribute_blocks,
                             record.parent.value(),
                             {identifier.begin(), identifier.end()}});
    // A padding field makes the length even (9.4.6).
    left = left.subspan(std::min(length + length % 2, left.size()));
  }
  table.is_whole = left.empty();
  return table;
}

std::string text_of(const Entry& entry, IsoVolumeKind kind) {
  const ByteSpan name(entry.identifier);
  return fmt::format("block {}, parent {}, name \"{}\"", entry.block, entry.parent,
                     kind == IsoVolumeKind::kJoliet ? printable_utf16(name, ByteOrder::kBig)
                                                    : printable_text(name));
}

/// Judges the two tables of one volume.
class Judge {
 public:
  Judge(const IsoVolume& volume, const std::string& prefix, Findings& findings)
      : volume_(volume), prefix_(prefix), findings_(findings) {}

  /// Whether the entries can be trusted.
  bool judge_entries(const Table& table, std::string_view name) {
    const std::string path = prefix_ + std::string(name);
    for (std::size_t i = 0; i < table.entries.size(); ++i) {
      const Entry& entry = table.entries[i];
      const bool is_root = i == 0;
      const std::uint64_t offset = table.offset + entry.position;
      if (is_root && entry.block != volume_.root_block) {
        return fail(offset, path, fmt::format("entry 1 for block {}", entry.block),
                    fmt::format("block {}, the root directory", volume_.root_block));
      }
      if (entry.parent == 0 || (is_root ? entry.parent != 1 : entry.parent > i)) {
        return fail(offset, path, fmt::format("entry {} with parent {}", i + 1, entry.parent),
                    is_root ? "parent 1" : "the number of an entry before it");
      }
    }
    return table.is_whole || fail(table.offset, path,
                                  fmt::format("{} entries that do not fill its {} bytes",
                                              table.entries.size(), volume_.path_table_bytes),
                                  "an entry for each directory (ECMA-119, 9.4)");
  }

  /// Whether both hold the same.
  bool judge_agreement(const Table& little, const Table& big) {
    const auto same = [](const Entry& a, const Entry& b) {
      return a.block == b.block && a.parent == b.parent && a.identifier == b.identifier;
    };
    const auto [a, b] = std::mismatch(little.entries.begin(), little.entries.end(),
                                      big.entries.begin(), big.entries.end(), same);
    if (a == little.entries.end() && b == big.entries.end()) {
      return true;
    }
    const auto text_at = [&](const Table& table, auto at) {
      return at == table.entries.end() ? std::string("no entry") : text_of(*at, volume_.kind);
    };
    findings_.add(
        rule("iso9660.path-tables-differ"),
        b == big.entries.end() ? big.offset : big.offset + b->position,
        fmt::format("{}big-endian path table, entry {}", prefix_, a - little.entries.begin() + 1),
        text_at(big, b), text_at(little, a) + " as in the little-endian one");
    return false;
  }

  void judge_directories(const Table& table, const IsoDirectoriesSeen& seen) {
    std::set<std::uint64_t> blocks;
    for (const Entry& entry : table.entries) {
      blocks.insert(entry.block);
      if (seen.is_all && seen.blocks.count(entry.block) == 0 &&
          seen.relocated.count(entry.block) == 0) {
        fail_directory(table.offset + entry.position,
                       fmt::format("an entry for block {}", entry.block),
                       "entries for the directories alone");
        return;
      }
    }
    for (const std::uint64_t block : seen.blocks) {
      if (blocks.count(block) == 0) {
        fail_directory(table.offset, fmt::format("no entry for block {}", block),
                       "an entry for each directory (ECMA-119, 9.4)");
        return;
      }
    }
  }

 private:
  bool fail(std::uint64_t offset, const std::string& path, std::string found,
            std::string expected) {
    findings_.add(rule("iso9660.path-table-entry"), offset, path, std::move(found),
                  std::move(expected));
    return false;
  }

  void fail_directory(std::uint64_t offset, std::string found, std::string expected) {
    findings_.add(rule("iso9660.path-table-directories"), offset, prefix_ + "path tables",
                  std::move(found), std::move(expected));
  }

  const IsoVolume& volume_;
  const std::string& prefix_;
  Findings& findings_;
};

}  // namespace

void judge_path_tables(const ImageView& image, const IsoVolume& volume,
                       const IsoDirectoriesSeen& seen, const std::string& prefix,
                       Findings& findings) {
  const std::uint64_t bytes = volume.path_table_bytes;
  const auto view_at = [&](std::uint64_t block) {
    const std::uint64_t position = block * volume.block_size;
    return block != 0 && image.contains(position, bytes) ? image.subview(position, bytes)
                                                         : image.subview(0, 0);
  };
  const ImageView little_view = view_at(volume.path_table_l);
  const ImageView big_view = view_at(volume.path_table_m);
  if (bytes == 0 || bytes > kMostPathTableBytes || little_view.size() == 0) {
    return;
  }
  Judge judge(volume, prefix, findings);
  const Table little = read_table<LittleEndian>(little_view);
  if (!judge.judge_entries(little, "little-endian path table")) {
    return;
  }
  if (big_view.size() != 0) {
    judge.judge_agreement(little, read_table<BigEndian>(big_view));
  }
  judge.judge_directories(little, seen);
}

}  // namespace bootproof::inspectors
