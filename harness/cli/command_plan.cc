#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "harness/cli/ci_matrix.h"
#include "harness/cli/command.h"
#include "harness/cli/scenario_input.h"
#include "harness/core/files.h"
#include "harness/core/text.h"
#include "harness/run/plan.h"
#include "harness/run/shard.h"
#include "harness/vm/machine_files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct PlanFlags {
  ScenarioInput input;
  bool json = false;
  bool github = false;
  bool gitlab = false;
  std::optional<unsigned> shards;
};

/// How a plan names a file that a run would find or build: by its source, without touching it.
fs::path planned_path(const FileSource& source) {
  if (const auto* path = std::get_if<fs::path>(&source.source)) {
    return *path;
  }
  if (const auto* package = std::get_if<PackageFile>(&source.source)) {
    return fmt::format("{{package {} {}}}{}", package->package, package->architecture,
                       package->file);
  }
  return fmt::format("{{build {}}}", std::get<RecipeName>(source.source).name);
}

ReadyMedium planned_medium(const Medium& medium) {
  ReadyMedium planned;
  planned.medium = &medium;
  if (const auto* image = std::get_if<FileSource>(&medium.source)) {
    planned.image.path = planned_path(*image);
  } else if (const auto* altered = std::get_if<AlteredMedium>(&medium.source)) {
    planned.image.path = fmt::format("{{altered {}}}", altered->original);
  } else {
    const auto& direct = std::get<DirectKernel>(medium.source);
    planned.kernel.path = planned_path(direct.kernel);
    if (direct.initrd) {
      planned.initrd.path = planned_path(*direct.initrd);
    }
  }
  return planned;
}

ReadyFirmware planned_firmware(const FirmwareBuild& build) {
  ReadyFirmware planned;
  if (build.code) {
    planned.code.path = planned_path(*build.code);
  }
  if (build.vars) {
    planned.vars.path = planned_path(*build.vars);
  }
  return planned;
}

ReadyFiles planned_files(const Cell& cell) {
  ReadyFiles planned;
  for (const Medium* medium : media_of(cell)) {
    planned.add(*medium, planned_medium(*medium));
  }
  if (cell.firmware_build != nullptr) {
    planned.add(*cell.firmware_build, planned_firmware(*cell.firmware_build));
  }
  return planned;
}

/// The command line with names in braces for what each start makes anew.
std::vector<std::string> planned_command(const MachineSpec& spec) {
  MachineFiles files;
  files.qemu = qemu_program(architecture_of(spec.machine));
  files.firmware_code = spec.firmware_code.empty() ? "{firmware}" : spec.firmware_code;
  files.varstore = "{varstore}";
  if (needs_overlay(spec)) {
    files.overlay = "{overlay}";
  }
  for (const ExtraDisk& disk : spec.disks) {
    files.disk_overlays.emplace_back(is_optical(disk.device) ? "" : "{overlay}");
  }
  MachineChannels channels;
  channels.console = "socket,fd={console}";
  channels.monitor = "socket,fd={monitor}";
  channels.debug = "socket,fd={debug}";
  channels.tpm = "socket,fd={tpm}";
  return qemu_command_line(spec, files, channels);
}

json::object as_json(const Cell& cell, const MachineSpec& spec,
                     std::chrono::milliseconds expected) {
  json::array command;
  for (const std::string& word : planned_command(spec)) {
    command.emplace_back(word);
  }
  return {{"scenario", cell.scenario->name},
          {"id", cell.id},
          {"medium", cell.medium->name},
          {"firmware", cell.firmware_name()},
          {"device", name_of(cell.device)},
          {"machine", name_of(cell.machine)},
          {"memory_mib", spec.memory_mib},
          {"host_memory_mib", host_memory_mib(spec)},
          {"expected_ms", expected.count()},
          {"steps", cell.scenario->steps.size()},
          {"expected_failure",
           cell.scenario->expect_failure ? cell.scenario->expect_failure->text() : ""},
          {"command", std::move(command)}};
}

int plan(const PlanFlags& flags) {
  const ChosenCells chosen = choose_cells(flags.input);
  if (flags.github || flags.gitlab) {
    const CiMatrix matrix{chosen.cells, flags.shards, flags.input.file};
    std::fputs(ci_matrix_text(flags.github ? CiSystem::kGithub : CiSystem::kGitlab, matrix).c_str(),
               stdout);
    return 0;
  }
  if (flags.shards) {
    throw Error(ErrorKind::kUsage, "--shards belongs to --github-matrix and --gitlab",
                "`bootproof run --shard I/N` runs one of N parts");
  }
  const Durations durations(cache_folder() / "durations.json");
  std::vector<Cell> cells = chosen.cells;
  std::stable_sort(cells.begin(), cells.end(), [&](const Cell& a, const Cell& b) {
    return durations.expected(a) > durations.expected(b);
  });
  json::array all;
  std::size_t impossible = 0;
  for (const Cell& cell : cells) {
    if (!cell.impossible.empty()) {
      ++impossible;
      if (flags.json) {
        all.push_back(json::object{
            {"scenario", cell.scenario->name}, {"id", cell.id}, {"impossible", cell.impossible}});
      } else {
        fmt::print("{}: not run: {}\n", cell.full_id(), escape_for_terminal(cell.impossible));
      }
      continue;
    }
    const ReadyFiles files = planned_files(cell);
    const MachineSpec spec = machine_spec_of(cell, files, Accelerator::kTcg, true);
    if (flags.json) {
      all.push_back(as_json(cell, spec, durations.expected(cell)));
    } else {
      const fs::path& image = spec.image.empty() ? spec.kernel : spec.image;
      fmt::print("{}: {} on {}, {} MiB, about {:.0f} s, {}\n", cell.full_id(),
                 name_of(spec.firmware), name_of(spec.machine), spec.memory_mib,
                 std::chrono::duration<double>(durations.expected(cell)).count(),
                 escape_for_terminal(image.string()));
    }
  }
  if (flags.json) {
    fmt::print("{}\n",
               json::serialize(json::object{
                   {"format", "bootproof-plan"}, {"version", 1}, {"cases", std::move(all)}}));
  } else {
    fmt::print("{} would run, longest first; {} can't\n",
               counted(cells.size() - impossible, "case"), impossible);
  }
  return 0;
}

}  // namespace

std::function<int()> set_up_plan(CLI::App& app) {
  auto flags = std::make_shared<PlanFlags>();
  add_scenario_options(app, flags->input);
  auto* as_json = app.add_flag("--json", flags->json, "JSON with each machine's command line");
  auto* github = app.add_flag("--github-matrix", flags->github,
                              "the cases as a matrix for GitHub Actions' fromJSON (at most 256)");
  auto* gitlab = app.add_flag("--gitlab", flags->gitlab,
                              "the cases as `parallel: matrix:` for a child pipeline of GitLab (at "
                              "most 200)");
  github->excludes(gitlab)->excludes(as_json);
  gitlab->excludes(as_json);
  app.add_option("--shards", flags->shards,
                 "with --github-matrix or --gitlab: a job for each of N parts, not for each case")
      ->type_name("N")
      ->check(CLI::Range(1U, kMostShards));
  return [flags] { return plan(*flags); };
}

}  // namespace bootproof
