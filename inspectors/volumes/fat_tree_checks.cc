#include "inspectors/volumes/fat_tree_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::size_t kMostDirectories = 64;
constexpr std::size_t kMostLevels = 4;
constexpr std::size_t kMostFiles = 1024;
constexpr std::uint64_t kMostClusters = 65536;
constexpr std::size_t kMostEntries = 131072;
constexpr std::uint64_t kFirstClusterField = 26;  ///< In a directory entry.

/// Where firmware and loaders look.
constexpr std::array<std::string_view, 8> kFirst{"EFI",    "BOOT", "SYSLINUX", "EXTLINUX",
                                                 "LOADER", "GRUB", "GRUB2",    "ISOLINUX"};

/// A directory that has to be looked at.
struct Pending {
  std::string path;  ///< Ends with "/".
  std::size_t level = 0;
  std::uint32_t first_cluster = 0;
  std::uint64_t entry_offset = 0;  ///< Of what names it, in the image.
};

/// A run of clusters and whose it is.
struct Owned {
  Extent run;
  std::size_t owner;
};

bool comes_first(const std::string& name) {
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return std::find(kFirst.begin(), kFirst.end(), upper) != kFirst.end();
}

class TreeJudge {
 public:
  TreeJudge(FatVolume& volume, std::string_view place, Findings& findings)
      : volume_(volume), place_(place), findings_(findings) {}

  void judge() {
    const FatLayout& layout = volume_.layout();
    if (layout.fat_bits == 32 && !layout.has_cluster(layout.root_cluster)) {
      return;  // That has been said.
    }
    pending_.push_back({"/", 0, 0, volume_.view().image_offset(layout.root_begin)});
    seen_.insert(layout.root_cluster);
    for (std::size_t count = 0;
         !pending_.empty() && count < kMostDirectories && entries_ < kMostEntries && left_ > 0;
         ++count) {
      const Pending next = std::move(pending_.front());
      pending_.pop_front();
      judge_directory(next);
    }
    judge_shared();
  }

 private:
  void judge_directory(const Pending& pending) {
    const FatDirectory directory = volume_.directory(pending.first_cluster);
    const std::string path =
        pending.level == 0 ? "/" : pending.path.substr(0, pending.path.size() - 1);
    left_ -= std::min(left_, directory.chain.cluster_count);
    take(directory.chain, path, pending.entry_offset);
    judge_chain(directory.chain, path, pending.entry_offset);
    for (const FatEntry& entry : directory.entries) {
      if (entry.is_volume_label() || entry.is_dot() || ++entries_ > kMostEntries) {
        continue;
      }
      const std::string child = pending.path + printable_text(entry.name);
      const std::uint64_t offset = volume_.image_offset(directory, entry.position);
      if (!entry.is_directory()) {
        judge_file(entry, child, offset);
      } else if (pending.level + 1 < kMostLevels) {
        take_directory({child + "/", pending.level + 1, entry.first_cluster, offset},
                       comes_first(entry.name) ? pending_ : later_);
      }
    }
    if (pending_.empty()) {
      std::swap(pending_, later_);
    }
  }

  void take_directory(Pending directory, std::deque<Pending>& queue) {
    const std::string path = directory.path.substr(0, directory.path.size() - 1);
    const std::uint32_t first = directory.first_cluster;
    if (!volume_.layout().has_cluster(first)) {
      add(rule("fat.chain-outside"), path, directory.entry_offset + kFirstClusterField,
          fmt::format("cluster {} as the first one", first),
          fmt::format("2 to {}", volume_.layout().cluster_count + 1));
    } else if (!seen_.insert(first).second) {
      add(rule("fat.cross-linked"), path, directory.entry_offset + kFirstClusterField,
          fmt::format("cluster {}, where another directory begins", first), "clusters of its own");
    } else if (queue.size() < kMostDirectories) {
      queue.push_back(std::move(directory));
    }
  }

  void judge_file(const FatEntry& entry, const std::string& path, std::uint64_t offset) {
    if (entry.size == 0 || files_ == kMostFiles || left_ == 0) {
      return;
    }
    ++files_;
    const std::uint64_t cluster_bytes = volume_.layout().cluster_bytes;
    const std::uint64_t needed = (entry.size + cluster_bytes - 1) / cluster_bytes;
    const ClusterChain chain = volume_.table().chain(entry.first_cluster, std::min(needed, left_));
    left_ -= std::min(left_, chain.cluster_count);
    take(chain, path, offset);
    if (chain.end == ChainEnd::kMarked && chain.cluster_count < needed) {
      add(rule("fat.chain-short"), path, offset_of_link(chain, offset),
          fmt::format("{} clusters of {} bytes", chain.cluster_count, cluster_bytes),
          fmt::format("{} for {} bytes", needed, entry.size));
      return;
    }
    judge_chain(chain, path, offset);
  }

  /// Where the number stands that leads astray: in the FAT, or in the directory entry.
  [[nodiscard]] std::uint64_t offset_of_link(const ClusterChain& chain,
                                             std::uint64_t entry_offset) const {
    return chain.last == 0
               ? entry_offset + kFirstClusterField
               : volume_.view().image_offset(volume_.table().offset_of_entry(chain.last));
  }

  void judge_chain(const ClusterChain& chain, const std::string& path, std::uint64_t entry_offset) {
    const std::uint64_t offset = offset_of_link(chain, entry_offset);
    const std::string after = chain.last == 0 ? std::string("as the first one")
                                              : fmt::format("after cluster {}", chain.last);
    switch (chain.end) {
      case ChainEnd::kFree:
        add(rule("fat.chain-free"), path, offset, "a free cluster " + after,
            "the next cluster or the mark of the end");
        break;
      case ChainEnd::kBad:
        add(rule("fat.chain-free"), path, offset, "the mark of a bad cluster " + after,
            "the next cluster or the mark of the end");
        break;
      case ChainEnd::kOutside:
        add(rule("fat.chain-outside"), path, offset,
            fmt::format("cluster {} {}", chain.next, after),
            fmt::format("2 to {}", volume_.layout().cluster_count + 1));
        break;
      case ChainEnd::kLoop:
        add(rule("fat.chain-loop"), path, offset,
            fmt::format("cluster {} again {}", chain.next, after),
            "a cluster that was not in the chain");
        break;
      case ChainEnd::kEnough:
        if (const auto twice = cluster_twice(chain)) {
          add(rule("fat.chain-loop"), path, entry_offset + kFirstClusterField,
              fmt::format("cluster {} twice in its chain", *twice),
              "a cluster that was not in the chain");
        }
        break;
      case ChainEnd::kMarked:
      case ChainEnd::kUnreadable:  // Cut off; that has been said.
        break;
    }
  }

  /// A cluster that stands twice in a chain: the table looks for loops without remembering all that
  /// it has seen, and may find enough clusters before it sees one.
  [[nodiscard]] std::optional<std::uint64_t> cluster_twice(const ClusterChain& chain) const {
    std::vector<Extent> runs = chain.runs;
    std::sort(runs.begin(), runs.end(),
              [](const Extent& a, const Extent& b) { return a.offset < b.offset; });
    const FatLayout& layout = volume_.layout();
    for (std::size_t i = 1; i < runs.size(); ++i) {
      if (runs[i].offset < runs[i - 1].offset + runs[i - 1].length) {
        return (runs[i].offset - layout.data_begin) / layout.cluster_bytes + 2;
      }
    }
    return std::nullopt;
  }

  void take(const ClusterChain& chain, const std::string& path, std::uint64_t entry_offset) {
    if (chain.end == ChainEnd::kLoop) {
      return;  // It shares clusters with itself.
    }
    owners_.emplace_back(path, entry_offset);
    for (const Extent& run : chain.runs) {
      owned_.push_back({run, owners_.size() - 1});
    }
  }

  void judge_shared() {
    std::stable_sort(owned_.begin(), owned_.end(),
                     [](const Owned& a, const Owned& b) { return a.run.offset < b.run.offset; });
    std::set<std::size_t> said;
    for (std::size_t i = 1; i < owned_.size(); ++i) {
      const Owned& before = owned_[i - 1];
      const Owned& next = owned_[i];
      if (next.run.offset < before.run.offset + before.run.length && next.owner != before.owner &&
          said.insert(next.owner).second) {
        add(rule("fat.cross-linked"), owners_[next.owner].first, owners_[next.owner].second,
            fmt::format("clusters of {}", owners_[before.owner].first), "clusters of its own");
      }
    }
  }

  void add(const Rule& rule, const std::string& path, std::uint64_t offset, std::string found,
           std::string expected) {
    findings_.add(rule, offset, place_.empty() ? path : fmt::format("{}, {}", place_, path),
                  std::move(found), std::move(expected));
  }

  FatVolume& volume_;
  std::string_view place_;
  Findings& findings_;
  std::deque<Pending> pending_;
  std::deque<Pending> later_;  ///< Those in which nobody looks for a loader.
  std::set<std::uint32_t> seen_;
  std::size_t files_ = 0;
  std::size_t entries_ = 0;
  std::uint64_t left_ = kMostClusters;
  std::vector<std::pair<std::string, std::uint64_t>> owners_;
  std::vector<Owned> owned_;
};

}  // namespace

void judge_fat_tree(FatVolume& volume, std::string_view place, Findings& findings) {
  TreeJudge(volume, place, findings).judge();
}

}  // namespace bootproof::inspectors
