#include "harness/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/cli/command.h"
#include "harness/core/error.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

constexpr int kUsageExitCode = 2;

void print_error(const Error& error) {
  fmt::print(stderr, "bootproof: {}\n", error.message());
  if (!error.hint().empty()) {
    fmt::print(stderr, "  {}\n", error.hint());
  }
}

/// What to say of a command that does not exist.
std::string unknown_command_hint(int argc, char** argv) {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) {
    names.emplace_back(command.name);
  }
  for (int i = 1; i < argc; ++i) {
    const std::string_view word(argv[i]);
    if (!word.starts_with('-')) {
      const std::string_view near = nearest_word(word, names);
      if (!near.empty() && near != word) {
        return fmt::format("did you mean `bootproof {}`?", near);
      }
      break;
    }
  }
  return "see `bootproof --help`";
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("bootproof proves that boot media boot", "bootproof");
  app.set_version_flag("--version", "bootproof " BOOTPROOF_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 all passed, 1 something failed, 2 usage or scenario file wrong,\n"
      "3 the host or the harness failed, 130 interrupted, 143 terminated.");
  std::vector<std::pair<CLI::App*, std::function<int()>>> parsed;
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    parsed.emplace_back(sub, command.set_up(*sub));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "bootproof: {}\n  {}\n", escape_for_terminal(error.what()),
               unknown_command_hint(argc, argv));
    return kUsageExitCode;
  }
  try {
    for (const auto& [sub, run] : parsed) {
      if (sub->parsed()) {
        return run();
      }
    }
  } catch (const Error& error) {
    print_error(error);
    return exit_code_of(error.kind());
  }
  return kUsageExitCode;
}

}  // namespace bootproof
