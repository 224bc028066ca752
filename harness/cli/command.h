#pragma once

#include <functional>
#include <span>

namespace CLI {
class App;
}

namespace bootproof {

/// One row of the table of commands: its name, one line of help, and a function that declares its
/// options and gives what runs it (the result is the exit code). Adding a command is a row and a
/// file.
struct Command {
  const char* name;
  const char* summary;
  std::function<int()> (*set_up)(CLI::App& app);
};

/// All commands, in the order of the help text.
std::span<const Command> commands();

std::function<int()> set_up_inspect(CLI::App& app);
std::function<int()> set_up_boot(CLI::App& app);
std::function<int()> set_up_explain(CLI::App& app);
std::function<int()> set_up_merge(CLI::App& app);
std::function<int()> set_up_run(CLI::App& app);
std::function<int()> set_up_list(CLI::App& app);
std::function<int()> set_up_plan(CLI::App& app);
std::function<int()> set_up_console(CLI::App& app);
std::function<int()> set_up_diagnose(CLI::App& app);
std::function<int()> set_up_doctor(CLI::App& app);
std::function<int()> set_up_build(CLI::App& app);
std::function<int()> set_up_fetch(CLI::App& app);
std::function<int()> set_up_reference(CLI::App& app);

}  // namespace bootproof
