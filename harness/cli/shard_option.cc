#include "harness/cli/shard_option.h"

#include <CLI/App.hpp>
#include <cstdlib>
#include <map>

#include "harness/cli/run_reading.h"

namespace bootproof {

void add_shard_options(CLI::App& app, ShardFlags& flags) {
  app.add_option("--shard", flags.shard,
                 "run the I-th of N parts; `none` for all cases (default: what GitLab, Bazel, "
                 "GoogleTest, Slurm or Kubernetes says)")
      ->type_name("I/N");
  app.add_option(
         "--durations", flags.durations,
         "share out by the times of this earlier run (its folder or run.json), the same for "
         "all parts")
      ->type_name("RUN");
}

std::optional<ChosenShard> choose_shard(const ShardFlags& flags, std::span<const Cell> cells) {
  if (flags.shard == "none") {
    return std::nullopt;
  }
  const std::optional<Shard> shard =
      flags.shard.empty()
          ? shard_from_environment([](const char* name) { return std::getenv(name); })
          : parse_shard(flags.shard, "--shard");
  if (!shard) {
    return std::nullopt;
  }
  std::map<std::string, std::chrono::milliseconds> known;
  if (!flags.durations.empty()) {
    for (const CaseResult& result : read_run(flags.durations).cases) {
      if (result.verdict().outcome == Outcome::kPassed) {
        known.emplace(result.full_id(), result.attempts.back().duration);
      }
    }
  }
  const CellCost cost = [&known](const Cell& cell) {
    const auto found = known.find(cell.full_id());
    return found == known.end() ? estimated_duration(cell) : found->second;
  };
  return ChosenShard{*shard, shard_plan_digest(cells, cost), cells_of_shard(cells, *shard, cost)};
}

}  // namespace bootproof
