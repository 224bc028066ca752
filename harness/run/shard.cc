#include "harness/run/shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "harness/core/error.h"
#include "harness/core/files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

std::optional<unsigned> number_of(std::string_view text) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || rest != end || text.empty()) {
    return std::nullopt;
  }
  return value;
}

/// How a system says which part this is.
struct Convention {
  const char* system;
  const char* index;
  const char* count;
  unsigned first;     ///< The index of the first part.
  const char* least;  ///< The variable with the first index, where the user chooses it; or null.
  const char* step;   ///< The variable with the distance of indices; or null.
};

constexpr std::array kConventions{
    Convention{"GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1, nullptr, nullptr},
    Convention{"Bazel", "TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", 0, nullptr, nullptr},
    Convention{"GoogleTest", "GTEST_SHARD_INDEX", "GTEST_TOTAL_SHARDS", 0, nullptr, nullptr},
    Convention{"Slurm", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", 0, "SLURM_ARRAY_TASK_MIN",
               "SLURM_ARRAY_TASK_STEP"},
    Convention{"Kubernetes", "JOB_COMPLETION_INDEX", "BOOTPROOF_SHARD_COUNT", 0, nullptr, nullptr},
};

unsigned number_in(const Environment& environment, const char* name) {
  const char* value = environment(name);
  const std::optional<unsigned> number = number_of(value == nullptr ? "" : value);
  if (!number) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} is '{}', expected a whole number", name,
                            escape_for_terminal(value == nullptr ? "" : value)),
                "correct the environment, or say `--shard none` to run all cases here");
  }
  return *number;
}

Shard checked(unsigned index, unsigned count, std::string source) {
  if (index < 1 || index > count || count > kMostShards) {
    throw Error(ErrorKind::kUsage,
                fmt::format("part {} of {} ({}): the part must be from 1 to their number, and that "
                            "at most {}",
                            index, count, source, kMostShards),
                "write --shard 2/5 for the second of five, or --shard none for all cases");
  }
  return {index, count, std::move(source)};
}

}  // namespace

std::string Shard::text() const { return fmt::format("{}/{}", index, count); }

Shard parse_shard(std::string_view text, std::string_view source) {
  const std::size_t slash = text.find('/');
  const std::optional<unsigned> index = number_of(text.substr(0, slash));
  const std::optional<unsigned> count =
      slash == std::string_view::npos ? std::nullopt : number_of(text.substr(slash + 1));
  if (!index || !count) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} '{}', expected I/N", source, escape_for_terminal(text)),
                "write --shard 2/5 for the second of five, or --shard none for all cases");
  }
  return checked(*index, *count, std::string(source));
}

std::optional<Shard> shard_from_environment(const Environment& environment) {
  for (const Convention& one : kConventions) {
    if (environment(one.index) == nullptr) {
      continue;
    }
    if (environment(one.count) == nullptr) {
      // GitLab sets an index only with a total; Kubernetes tells no count.
      throw Error(ErrorKind::kUsage,
                  fmt::format("{} ({}) is set, and {} is not", one.index, one.system, one.count),
                  fmt::format("set {} to the number of parts, or say `--shard none` to run all "
                              "cases here",
                              one.count));
    }
    const unsigned count = number_in(environment, one.count);
    const unsigned index = number_in(environment, one.index);
    const unsigned first = one.least != nullptr && environment(one.least) != nullptr
                               ? number_in(environment, one.least)
                               : one.first;
    const unsigned step = one.step != nullptr && environment(one.step) != nullptr
                              ? number_in(environment, one.step)
                              : 1;
    if (index < first || step == 0 || (index - first) % step != 0) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{} is {}, which does not belong to a series from {} in steps of {}",
                              one.index, index, first, step),
                  "say `--shard I/N` yourself");
    }
    return checked((index - first) / step + 1, count,
                   fmt::format("{}'s {}", one.system, one.index));
  }
  return std::nullopt;
}

std::vector<Cell> cells_of_shard(std::span<const Cell> cells, const Shard& shard,
                                 const CellCost& cost) {
  std::vector<std::size_t> order(cells.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto left = cost(cells[a]);
    const auto right = cost(cells[b]);
    return left != right ? left > right : cells[a].full_id() < cells[b].full_id();
  });
  std::vector<std::int64_t> load(shard.count);
  std::vector<std::size_t> mine;
  for (const std::size_t index : order) {
    const auto least = std::min_element(load.begin(), load.end());
    if (least - load.begin() == static_cast<std::ptrdiff_t>(shard.index) - 1) {
      mine.push_back(index);
    }
    *least += std::max<std::int64_t>(1, cost(cells[index]).count());
  }
  std::sort(mine.begin(), mine.end());
  std::vector<Cell> chosen;
  chosen.reserve(mine.size());
  for (const std::size_t index : mine) {
    chosen.push_back(cells[index]);
  }
  return chosen;
}

std::string shard_plan_digest(std::span<const Cell> cells, const CellCost& cost) {
  std::string text;
  for (const Cell& cell : cells) {
    text += fmt::format("{} {}\n", cell.full_id(), cost(cell).count());
  }
  return sha256_of(text);
}

}  // namespace bootproof
