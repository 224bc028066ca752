// Boots the same cells by a bare loop around QEMU and by bootproof, in turn, and prints medians and
// ratios:
//
//   boot_bench [ROUNDS]
//
// "same arguments": loaders that boot at once, the bare loop has bootproof's own command lines.
// "defaults": loaders with GRUB's usual countdown, the bare loop has QEMU's and the firmware's
// defaults, bootproof skips the countdowns.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/bare_loop.h"
#include "bench/measure.h"
#include "builders/builder.h"
#include "harness/cli/scenario_input.h"
#include "harness/core/files.h"
#include "harness/core/program.h"
#include "harness/core/text.h"
#include "harness/run/media.h"
#include "harness/run/plan.h"
#include "harness/run/runner.h"
#include "harness/vm/machine_files.h"

namespace bootproof::bench {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using std::chrono::milliseconds;

constexpr const char* kScenarios = BOOTPROOF_SOURCE_DIR "/bench/bench.yaml";
constexpr const char* kExpected = "ready-for-input";

/// What a run of bootproof cost.
struct Cost {
  double wall_ms = 0;
  double harness_cpu_ms = 0;
  double machines_cpu_ms = 0;
  double peak_mib = 0;
  double worst_delay_ms = 0;
  double worst_ending_ms = 0;
};

double number(const json::object& properties, std::string_view name) {
  const json::value* value = properties.if_contains(name);
  return value == nullptr ? 0 : std::strtod(value->as_string().c_str(), nullptr);
}

Cost run_bootproof(const std::string& filter, unsigned jobs, const fs::path& folder) {
  ProgramCall call;
  call.arguments = {BOOTPROOF_PROGRAM,        "run",     kScenarios, "--filter", filter, "-j",
                    std::to_string(jobs),     "--accel", "tcg",      "--json",   "-q",   "--out",
                    (folder / "run").string()};
  call.limit = std::chrono::minutes(30);
  const auto start = std::chrono::steady_clock::now();
  const ProgramResult result = run_program_or_throw(call, ErrorKind::kHost);
  Cost cost;
  cost.wall_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  const json::value run = json::parse(result.output);
  const json::object& properties = run.at("properties").as_object();
  cost.harness_cpu_ms = number(properties, "harness-cpu-ms");
  cost.machines_cpu_ms = number(properties, "machines-cpu-ms");
  cost.peak_mib = number(properties, "harness-peak-mib");
  for (const json::value& one : run.at("cases").as_array()) {
    const json::object& own = one.at("properties").as_object();
    cost.worst_delay_ms = std::max(cost.worst_delay_ms, number(own, "verdict-delay-ms"));
    cost.worst_ending_ms = std::max(cost.worst_ending_ms, number(own, "ending-ms"));
  }
  return cost;
}

/// The bare loop's boots for the cells of a filter, in the order in which bootproof starts them.
std::vector<BareBoot> bare_boots(const std::string& filter, bool qemu_defaults,
                                 const fs::path& folder) {
  const ChosenCells chosen = choose_cells({kScenarios, {filter}});
  const Durations durations(cache_folder() / "durations.json");
  std::vector<Cell> cells = chosen.cells;
  std::stable_sort(cells.begin(), cells.end(), [&](const Cell& a, const Cell& b) {
    return durations.expected(a) > durations.expected(b);
  });
  const RecipeBook book = load_recipe_book(*chosen.file);
  const Builder builder(book, cache_folder());
  const DigestMemory digests(digest_folder());
  std::vector<BareBoot> boots;
  for (const Cell& cell : cells) {
    const ReadyMedium medium = prepare_medium(*cell.medium, builder, digests);
    const MachineSpec spec = machine_spec_of(cell, medium, Accelerator::kTcg, !qemu_defaults);
    const fs::path own = folder / cell.id;
    fs::create_directories(own);
    const MachineFiles files = prepare_machine_files(spec, own);
    MachineChannels channels;
    channels.console = "stdio,signal=off";
    channels.paused = false;
    BareBoot boot;
    boot.expected = kExpected;
    boot.command = qemu_command_line(spec, files, channels);
    std::string prepare = "true";
    if (!files.varstore.empty()) {
      prepare += fmt::format(" && cp --sparse=always {} {}",
                             quote_for_shell(files.varstore_template.string()),
                             quote_for_shell(files.varstore.string()));
    }
    if (!files.overlay.empty()) {
      prepare += fmt::format(" && qemu-img create -q -f qcow2 -F raw -b {} {}",
                             quote_for_shell(spec.image.string()),
                             quote_for_shell(files.overlay.string()));
    }
    boot.prepare = {"sh", "-c", prepare};
    boots.push_back(std::move(boot));
  }
  return boots;
}

void compare(const char* title, const std::string& filter, bool qemu_defaults, int rounds,
             double target, const fs::path& folder) {
  run_bootproof(filter, 2, folder);  // Builds and caches the media, records durations.
  const std::vector<BareBoot> boots = bare_boots(filter, qemu_defaults, folder / "bare");
  std::vector<double> ratios;
  std::vector<double> cpu_shares;
  std::vector<double> bare_ms;
  std::vector<double> own_ms;
  std::vector<double> cpu_ratios;
  Cost worst;
  for (int round = 0; round < rounds; ++round) {
    const double before = cpu_of_children();
    const auto bare = static_cast<double>(run_bare_loop(boots, 2).count());
    const double between = cpu_of_children();
    const Cost own = run_bootproof(filter, 2, folder);
    const double bare_cpu = between - before;
    const double own_cpu = cpu_of_children() - between;
    cpu_ratios.push_back(own_cpu / bare_cpu);
    bare_ms.push_back(bare);
    own_ms.push_back(own.wall_ms);
    ratios.push_back(own.wall_ms / bare);
    cpu_shares.push_back(100 * own.harness_cpu_ms / own.machines_cpu_ms);
    worst.worst_delay_ms = std::max(worst.worst_delay_ms, own.worst_delay_ms);
    worst.worst_ending_ms = std::max(worst.worst_ending_ms, own.worst_ending_ms);
    worst.peak_mib = std::max(worst.peak_mib, own.peak_mib);
    fmt::print(
        "  round {}: bare {:.1f} s, bootproof {:.1f} s, ratio {:.3f}; of CPU {:.1f} s, {:.1f} s, "
        "ratio "
        "{:.3f}; harness CPU {:.2f} %\n",
        round + 1, bare / 1000, own.wall_ms / 1000, ratios.back(), bare_cpu / 1000, own_cpu / 1000,
        cpu_ratios.back(), cpu_shares.back());
    std::fflush(stdout);
  }
  fmt::print(
      "{}: {} boots, 2 at a time, medians of {} rounds\n"
      "  bare loop {:.1f} s, bootproof {:.1f} s, ratio {:.3f} (to reach: {:.2f}), of all CPU "
      "{:.3f}\n"
      "  harness CPU {:.2f} % of the machines' (to reach: 2), {:.0f} MiB at most\n"
      "  verdict known {:.0f} ms after the deciding bytes were read, machine gone after {:.0f} ms, "
      "at worst\n",
      title, boots.size(), rounds, median(bare_ms) / 1000, median(own_ms) / 1000, median(ratios),
      target, median(cpu_ratios), median(cpu_shares), worst.peak_mib, worst.worst_delay_ms,
      worst.worst_ending_ms);
}

int run(int rounds) {
  std::string name = (fs::temp_directory_path() / "bootproof-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw system_error("cannot make a temporary folder", errno);
  }
  const fs::path folder = name;
  compare("same arguments", "at-once*", false, rounds, 1.03, folder);
  compare("defaults", "countdown*", true, rounds, 0.8, folder);
  const Cost eight = run_bootproof("at-once*", 8, folder);
  fmt::print(
      "eight machines at once: {:.1f} s, harness {:.0f} MiB (to reach: below 64), CPU {:.2f} %\n",
      eight.wall_ms / 1000, eight.peak_mib, 100 * eight.harness_cpu_ms / eight.machines_cpu_ms);
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace bootproof::bench

int main(int argc, char** argv) {
  try {
    return bootproof::bench::run(argc > 1 ? std::max(1, std::atoi(argv[1])) : 3);
  } catch (const std::exception& error) {
    fmt::print(stderr, "boot_bench: {}\n", error.what());
    return 1;
  }
}
