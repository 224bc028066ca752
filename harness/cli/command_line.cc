#include "harness/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/cli/command.h"
#include "harness/core/error.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

constexpr int kUsageExitCode = 2;

/// Messages may quote what a file, a path or a program said.
void print_error(const Error& error) {
  constexpr bool kKeepNewlines = true;
  fmt::print(stderr, "bootproof: {}\n", escape_for_terminal(error.message(), kKeepNewlines));
  if (!error.hint().empty()) {
    fmt::print(stderr, "  {}\n", escape_for_terminal(error.hint(), kKeepNewlines));
  }
}

Error unknown_word(std::string_view what, const std::string& word,
                   const std::vector<std::string>& known, std::string_view help) {
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const std::string_view near = nearest_word(word, candidates);
  return {ErrorKind::kUsage, fmt::format("{} '{}'", what, word),
          near.empty() ? fmt::format("see `{} --help`", help)
                       : fmt::format("did you mean `{}`?", near)};
}

/// The long names of all options.
std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  return names;
}

/// What is wrong with a command line that CLI11 refuses, and what was meant perhaps.
Error usage_error(const CLI::App& app, const CLI::ParseError& problem,
                  const std::vector<std::string>& words) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  const std::string help =
      chosen.empty() ? "bootproof" : fmt::format("bootproof {}", command.get_name());
  const auto is_option = [](const std::string& word) { return word.starts_with('-'); };
  if (chosen.empty()) {
    const auto word = std::find_if_not(words.begin(), words.end(), is_option);
    if (word != words.end()) {
      std::vector<std::string> names;
      for (const Command& one : commands()) {
        names.emplace_back(one.name);
      }
      return unknown_word("unknown command", *word, names, help);
    }
  }
  const std::vector<std::string> left = command.remaining();
  const auto option = std::find_if(left.begin(), left.end(), is_option);
  if (option != left.end()) {
    return unknown_word("unknown option", *option, option_names(command), help);
  }
  if (!left.empty()) {
    return unknown_word("one argument too many:", left.front(), {}, help);
  }
  return {ErrorKind::kUsage, chosen.empty() ? "a command is needed" : problem.what(),
          fmt::format("see `{} --help`", help)};
}

/// What was printed has to have reached its reader.
void check_standard_output() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    throw system_error("cannot write the result to standard output", errno,
                       "free some space where it goes, and read it to its end");
  }
}

/// Runs the command that was chosen.
int run_chosen(const std::vector<std::pair<CLI::App*, std::function<int()>>>& parsed) {
  int exit_code = kUsageExitCode;
  for (const auto& [sub, run] : parsed) {
    if (sub->parsed()) {
      exit_code = run();
    }
  }
  check_standard_output();
  return exit_code;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app("bootproof proves that boot media boot", "bootproof");
  app.set_version_flag("--version", "bootproof " BOOTPROOF_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 all passed, 1 something failed, 2 usage or scenario file wrong,\n"
      "3 the host or the harness failed; 130, 143, 129 ended by SIGINT, SIGTERM, SIGHUP.");
  std::vector<std::pair<CLI::App*, std::function<int()>>> parsed;
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(command.name, command.summary);
    parsed.emplace_back(sub, command.set_up(*sub));
  }
  try {
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& asked_for) {  // Help or the version.
      const int exit_code = app.exit(asked_for);
      check_standard_output();
      return exit_code;
    } catch (const CLI::ParseError& error) {
      print_error(usage_error(app, error, std::vector<std::string>(argv + 1, argv + argc)));
      return kUsageExitCode;
    }
    return run_chosen(parsed);
  } catch (const Error& error) {
    print_error(error);
    return exit_code_of(error.kind());
  } catch (const std::system_error& error) {  // A folder vanished, or standard output is closed.
    print_error(
        std::ferror(stdout) != 0
            ? system_error("cannot write the result to standard output", error.code().value(),
                           "free some space where it goes, and read it to its end")
            : Error(ErrorKind::kHost, error.what(), std::string(remedy_for(error.code().value()))));
    return exit_code_of(ErrorKind::kHost);
  } catch (const boost::system::system_error& error) {
    print_error(
        Error(ErrorKind::kHost, error.what(), std::string(remedy_for(error.code().value()))));
    return exit_code_of(ErrorKind::kHost);
  }
}

}  // namespace bootproof
