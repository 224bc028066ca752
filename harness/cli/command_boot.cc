#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/cli/command.h"
#include "harness/cli/run_flags.h"
#include "harness/cli/scenario_input.h"
#include "harness/cli/terminal.h"
#include "harness/console/pattern.h"
#include "harness/core/files.h"
#include "harness/core/text.h"
#include "harness/core/words.h"
#include "harness/core/yaml_reader.h"
#include "harness/run/boot_matrix.h"
#include "harness/run/runner.h"
#include "reports/matrix.h"
#include "reports/run_json.h"
#include "reports/table.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

struct BootFlags {
  std::vector<std::string> images;
  std::vector<std::string> firmware;
  std::vector<std::string> device;
  std::string expect;
  std::string save;
  std::uint32_t memory_mib = BootRequest{}.memory_mib;
  bool quick = false;
  bool no_keys = false;
  RunFlags run;
};

/// `none`: the word that boots no image and is not offered.
template <typename Enum>
Enum word_or_throw(const std::string& word, std::string_view what, Enum none) {
  if (const std::optional<Enum> value = parse_word<Enum>(word)) {
    return *value;
  }
  std::vector<std::string_view> names;
  for (const Word<Enum>& one : words<Enum>()) {
    if (one.value != none) {
      names.push_back(one.name);
    }
  }
  const std::string_view near = nearest_word(word, names);
  throw Error(ErrorKind::kUsage, fmt::format("unknown {} '{}'", what, escape_for_terminal(word)),
              near.empty() ? fmt::format("one of {}", join_or(names))
                           : fmt::format("did you mean '{}'? one of {}", near, join_or(names)));
}

/// A pattern stands in a scenario file on one line.
void check_pattern(const std::string& pattern) {
  if (!is_printable_line(pattern)) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("--expect '{}' holds a control character", escape_for_terminal(pattern)),
        "write it as RE2 does: \\t, \\n, \\x1b");
  }
  if (const Result<Pattern> compiled = Pattern::compile(pattern); !compiled) {
    throw Error(ErrorKind::kUsage, fmt::format("--expect: {}", compiled.error().message()),
                compiled.error().hint());
  }
}

BootRequest request_of(const BootFlags& flags) {
  BootRequest request;
  request.images.assign(flags.images.begin(), flags.images.end());
  for (const std::string& word : flags.firmware) {
    request.firmware.push_back(word_or_throw(word, "firmware", Firmware::kKernel));
    if (request.firmware.back() == Firmware::kKernel) {
      throw Error(ErrorKind::kUsage, "firmware kernel boots no image",
                  "a kernel that QEMU starts by itself stands in a scenario file: `media: {k: "
                  "{kernel: FILE}}`");
    }
  }
  for (const std::string& word : flags.device) {
    request.device.push_back(word_or_throw(word, "device", Device::kNone));
    if (request.device.back() == Device::kNone) {
      throw Error(ErrorKind::kUsage, "device none boots no image", "leave out --device");
    }
  }
  if (!flags.expect.empty()) {
    check_pattern(flags.expect);
  }
  request.expect = flags.expect;
  request.is_quick = flags.quick;
  request.presses_keys = !flags.no_keys;
  request.proves_impossible = flags.run.proves_impossible;
  request.memory_mib = flags.memory_mib;
  return request;
}

/// Writes the scenario file that says the same. Refuses to replace anything but a file of its kind.
void save(const BootFlags& flags, const BootRequest& request, Predictions& predictions) {
  const fs::path file = flags.save;
  std::error_code code;
  const fs::file_status status = fs::status(file, code);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw Error(ErrorKind::kUsage, fmt::format("--save {} is no regular file", flags.save),
                "name a file that does not exist yet, or an earlier scenario file");
  }
  for (const fs::path& image : request.images) {
    if (fs::equivalent(file, image, code)) {
      throw Error(ErrorKind::kUsage, fmt::format("--save {} is the image itself", flags.save),
                  "name another file for the scenarios");
    }
  }
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  create_folders(folder);
  write_file_atomically(file, boot_scenario_text(request, predictions, folder));
  std::string causes;
  for (const std::string& own : flags.run.causes) {
    causes += " --causes " + quote_for_shell(own);
  }
  fmt::print(stderr, "saved: {}; run it with `bootproof run {}{}`\n", flags.save,
             quote_for_shell(flags.save), causes);
}

/// Where nothing could be booted at all, nothing was proved.
int exit_code_of_boot(const RunOutcome& outcome) {
  const int exit_code = exit_code_of(outcome);
  const Totals totals = totals_of(outcome.result);
  return exit_code == 0 && totals.passed == 0 ? 1 : exit_code;
}

int boot(const BootFlags& flags) {
  const BootRequest request = request_of(flags);
  const auto predictions = std::make_shared<Predictions>();
  const std::string text = boot_scenario_text(request, *predictions, {});
  const fs::path name = request.images.size() == 1 ? request.images[0].stem() : fs::path("boot");
  ScenarioFile file =
      parse_scenarios(YamlNode::load_text(text, (name.string() + ".yaml")), vocabulary());
  file.causes = load_cause_files(flags.run.causes);
  const std::vector<Cell> cells = expand(file, AllImpossible::kAllowed);
  if (!flags.save.empty()) {
    save(flags, request, *predictions);
  }
  std::vector<fs::path> inputs = request.images;
  inputs.insert(inputs.end(), flags.run.causes.begin(), flags.run.causes.end());
  RunOptions options = run_options_of(flags.run, fs::path("out") / name, inputs);
  options.predictions = predictions;
  const RunOutcome outcome = run_with_status(file, cells, options, flags.run.quiet);
  const TextStyle style = stdout_style();
  const std::string closing = closing_text(matrix_table(outcome.result, style), {}, outcome.result,
                                           options.out.string(), style);
  print_run(outcome.result, flags.run.json,
            closing + diagnosis_of(flags.run, outcome.result, options.out), options.out);
  return exit_code_of_boot(outcome);
}

}  // namespace

std::function<int()> set_up_boot(CLI::App& app) {
  auto flags = std::make_shared<BootFlags>();
  app.add_option("images", flags->images, "ISO, disk or USB images")
      ->required()
      ->type_name("IMAGE");
  app.add_option("--firmware", flags->firmware,
                 "only with this firmware, meant or not; may be repeated, or a list with commas "
                 "(default: those of the architectures that the medium is meant for)")
      ->delimiter(',')
      ->type_name("FIRMWARE");
  app.add_option("--device", flags->device,
                 "only as this device; may be repeated, or a list with commas (default: an ISO as "
                 "CD and as USB stick, a disk as disk and as USB stick)")
      ->delimiter(',')
      ->type_name("DEVICE");
  app.add_option("--expect", flags->expect,
                 "a pattern (RE2) that the console has to show (default: the furthest stage that "
                 "the medium can get to by itself)")
      ->type_name("PATTERN");
  app.add_option("--memory", flags->memory_mib, "memory of the machine")
      ->type_name("MIB")
      ->check(CLI::Range(16, 65536));
  app.add_flag("--quick", flags->quick, "one cell for each boot path");
  app.add_flag("--no-keys", flags->no_keys,
               "send no key: let countdowns run, and leave menus that wait alone");
  app.add_option("--save", flags->save,
                 "write the scenario file that says the same, as the start for a CI set-up")
      ->type_name("FILE");
  add_run_options(app, flags->run);
  return [flags] { return boot(*flags); };
}

}  // namespace bootproof
