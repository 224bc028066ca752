#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "scenarios/scenario.h"

namespace bootproof {

/// The CI systems whose matrices can be written.
enum class CiSystem { kGithub, kGitlab };

/// The most jobs that a matrix of the system may have: GitHub Actions' `jobs.<id>.strategy.matrix`
/// 256, GitLab's `parallel: matrix` 200.
std::size_t most_jobs(CiSystem system);

/// What a matrix is made of.
struct CiMatrix {
  std::span<const Cell> cells;
  std::optional<unsigned> shards;  ///< A job for each part instead of one for each cell.
  std::string file;                ///< The scenario file, as the user named it.
};

/// The jobs of a run. For GitHub one line of JSON for `fromJSON`: `{"include":[{"shard":"1/3",
/// "cells":4,"expected_seconds":31}, ...]}`, or with a job for each cell `{"include":[{"cell":
/// "shell/rescue.ovmf.usb-storage","medium":"rescue","firmware":"ovmf","device":"usb-storage"},
/// ...]}`. For GitLab a YAML document with the hidden job `.bootproof-matrix`, which jobs of a
/// child pipeline extend: `BOOTPROOF_SHARD` or `BOOTPROOF_CELL`. Cells that can't run have no job
/// of their own, but stay in their part. Of more parts than cells the further ones are left out.
/// Throws Error (kUsage) for more jobs than the system takes, or none.
std::string ci_matrix_text(CiSystem system, const CiMatrix& matrix);

}  // namespace bootproof
