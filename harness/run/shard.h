#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario.h"

namespace bootproof {

/// One of several parts in which a run is made, on as many machines.
struct Shard {
  unsigned index = 1;  ///< 1 for the first.
  unsigned count = 1;
  std::string source;  ///< Who said so: "--shard", "GitLab's CI_NODE_INDEX".

  /// "2/5".
  [[nodiscard]] std::string text() const;
};

/// The most parts that a run can be made in.
inline constexpr unsigned kMostShards = 10'000;

/// "2/5": the second of five. Throws Error (kUsage) for anything else, with `source` in it.
Shard parse_shard(std::string_view text, std::string_view source);

/// Gives the value of an environment variable, or null.
using Environment = std::function<const char*(const char*)>;

/// What the CI system or scheduler says that this process is: GitLab's `CI_NODE_INDEX` and
/// `CI_NODE_TOTAL`, Bazel's and GoogleTest's `TEST_SHARD_INDEX` and `TEST_TOTAL_SHARDS`, Slurm's
/// arrays, and a Kubernetes Indexed Job's `JOB_COMPLETION_INDEX` with the number of completions in
/// `BOOTPROOF_SHARD_COUNT`, for Kubernetes does not tell it. Nothing where none of them says so.
/// Throws Error (kUsage) for values that make no sense, and where a count is missing.
std::optional<Shard> shard_from_environment(const Environment& environment);

/// How long a cell is expected to take.
using CellCost = std::function<std::chrono::milliseconds(const Cell&)>;

/// The cells of one part, in their order. The longest goes first to the part that has least to do,
/// so that parts end at about the same time. The same cells and costs give the same parts on every
/// machine, and each cell is in just one.
std::vector<Cell> cells_of_shard(std::span<const Cell> cells, const Shard& shard,
                                 const CellCost& cost);

/// A digest of what is shared out, and by what costs: parts that do not agree in it do not fit
/// together.
std::string shard_plan_digest(std::span<const Cell> cells, const CellCost& cost);

}  // namespace bootproof
