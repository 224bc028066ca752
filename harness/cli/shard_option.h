#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/run/plan.h"
#include "harness/run/shard.h"

namespace CLI {
class App;
}

namespace bootproof {

/// `--shard` and `--durations`.
struct ShardFlags {
  std::string shard;
  std::string durations;
};

/// Declares them.
void add_shard_options(CLI::App& app, ShardFlags& flags);

/// The part of a run that this process is to make.
struct ChosenShard {
  Shard shard;
  std::string plan_digest;
  std::vector<Cell> cells;
};

/// What --shard says, or without it the CI system or scheduler; nothing where none does, or with
/// `--shard none`. Costs come from the run that --durations names, else from the kind of firmware:
/// never from this host's own records, which other hosts do not share. Throws Error (kUsage).
std::optional<ChosenShard> choose_shard(const ShardFlags& flags, std::span<const Cell> cells);

}  // namespace bootproof
