#include "harness/cli/ci_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/text.h"
#include "harness/core/words.h"
#include "harness/run/plan.h"
#include "harness/run/shard.h"

namespace bootproof {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostGithubJobs = 256;
constexpr std::size_t kMostGitlabJobs = 200;

std::vector<Cell> possible(std::span<const Cell> cells) {
  std::vector<Cell> chosen;
  std::copy_if(cells.begin(), cells.end(), std::back_inserter(chosen),
               [](const Cell& cell) { return cell.impossible.empty(); });
  return chosen;
}

std::vector<Shard> shards_of(const CiMatrix& matrix) {
  const std::size_t count = std::min<std::size_t>(*matrix.shards, matrix.cells.size());
  std::vector<Shard> shards;
  for (unsigned index = 1; index <= count; ++index) {
    shards.push_back({index, static_cast<unsigned>(count), "--shards"});
  }
  return shards;
}

void check_count(CiSystem system, std::size_t jobs) {
  if (jobs == 0) {
    throw Error(ErrorKind::kUsage, "no case can run: there is no job to write",
                "`bootproof plan` without this option prints why");
  }
  if (jobs > most_jobs(system)) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("{} jobs, and a matrix of {} takes at most {}", jobs,
                    system == CiSystem::kGithub ? "GitHub Actions" : "GitLab", most_jobs(system)),
        fmt::format("share the cases out with --shards {} or less", most_jobs(system)));
  }
}

json::object github_job(const Shard& shard, std::span<const Cell> cells) {
  const std::vector<Cell> part = cells_of_shard(cells, shard, estimated_duration);
  std::chrono::milliseconds expected{};
  for (const Cell& cell : part) {
    expected += cell.impossible.empty() ? estimated_duration(cell) : std::chrono::milliseconds(0);
  }
  return {{"shard", shard.text()},
          {"cells", part.size()},
          {"expected_seconds", std::chrono::ceil<std::chrono::seconds>(expected).count()}};
}

json::object github_job(const Cell& cell) {
  return {{"cell", cell.full_id()},
          {"medium", cell.medium->name},
          {"firmware", cell.firmware_name()},
          {"device", name_of(cell.device)}};
}

std::string github_text(json::array jobs) {
  json::object matrix;
  matrix["include"] = std::move(jobs);
  return json::serialize(matrix) + "\n";
}

/// A job that others extend; `values` need no quoting beyond single quotes.
std::string gitlab_text(const CiMatrix& matrix, std::string_view variable, std::string_view option,
                        const std::vector<std::string>& values) {
  std::string text = fmt::format(
      "# Written by bootproof plan --gitlab. A job of a child pipeline extends it and runs\n"
      "#   bootproof run {} {}\n"
      ".bootproof-matrix:\n"
      "  parallel:\n"
      "    matrix:\n"
      "      - {}:\n",
      escape_for_terminal(quote_for_shell(matrix.file)), option, variable);
  for (const std::string& value : values) {
    text += fmt::format("          - '{}'\n", value);
  }
  return text;
}

}  // namespace

std::size_t most_jobs(CiSystem system) {
  return system == CiSystem::kGithub ? kMostGithubJobs : kMostGitlabJobs;
}

std::string ci_matrix_text(CiSystem system, const CiMatrix& matrix) {
  json::array jobs;
  std::vector<std::string> values;
  if (matrix.shards) {
    for (const Shard& shard : shards_of(matrix)) {
      values.push_back(shard.text());
      if (system == CiSystem::kGithub && values.size() <= kMostGithubJobs) {
        jobs.push_back(github_job(shard, matrix.cells));
      }
    }
  } else {
    for (const Cell& cell : possible(matrix.cells)) {
      values.push_back(cell.full_id());
      jobs.push_back(github_job(cell));
    }
  }
  check_count(system, values.size());
  if (system == CiSystem::kGithub) {
    return github_text(std::move(jobs));
  }
  return matrix.shards
             ? gitlab_text(matrix, "BOOTPROOF_SHARD", "--shard \"$BOOTPROOF_SHARD\"", values)
             // GitLab counts these jobs too, and they are no parts.
             : gitlab_text(matrix, "BOOTPROOF_CELL", "--shard none --filter \"$BOOTPROOF_CELL\"",
                           values);
}

}  // namespace bootproof
