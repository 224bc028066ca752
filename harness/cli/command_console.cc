#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "harness/cli/accelerator_option.h"
#include "harness/cli/command.h"
#include "harness/cli/scenario_input.h"
#include "harness/core/files.h"
#include "harness/core/text.h"
#include "harness/run/media.h"
#include "harness/run/plan.h"
#include "harness/run/runner.h"
#include "harness/vm/accelerator.h"
#include "harness/vm/machine.h"
#include "harness/vm/machine_files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr char kLeave = '\x1D';  // Ctrl-]

struct ConsoleFlags {
  std::string file;
  std::string cell;
  std::string accelerator = "auto";
};

/// Puts the terminal into raw mode and back.
class RawTerminal {
 public:
  RawTerminal() {
    if (::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0) {
      termios raw = before_;
      ::cfmakeraw(&raw);
      active_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
    }
  }
  ~RawTerminal() {
    if (active_) {
      ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
      // The guest may have left colours, a hidden cursor or no line wrap behind.
      std::fputs("\033[0m\033[?25h\033[?7h\r\n", stdout);
      std::fflush(stdout);
    }
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios before_{};
  bool active_ = false;
};

/// A folder for one machine's files that goes with it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "bootproof-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw system_error("cannot make a temporary folder", errno,
                         "set TMPDIR to a writable folder");
    }
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Prints what the guest says, as it is: a person asked to be attached.
class Attached : public MachineListener {
 public:
  explicit Attached(const asio::any_io_executor& executor) : done_(executor) {}
  void on_console(std::string_view bytes) override {
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    std::fflush(stdout);
  }
  void on_debug_port(std::string_view /*bytes*/) override {}
  void on_event(const QmpEvent& /*event*/) override {}
  void on_exit(int exit_code, const std::string& error_output) override {
    if (left_) {
      return;  // We ended it.
    }
    farewell_ = fmt::format("QEMU ended with exit code {}\n{}", exit_code, error_output);
    leave();
  }
  /// `signal_number`: who asked, 0 for the person at the keyboard.
  void leave(int signal_number = 0) {
    signal_ = signal_number;
    left_ = true;
    done_.notify();
  }
  Task<void> wait() {
    while (!left_) {
      co_await done_.wait_until(Clock::time_point::max());
    }
  }
  [[nodiscard]] const std::string& farewell() const { return farewell_; }
  [[nodiscard]] int signal() const { return signal_; }

 private:
  Wakeup done_;
  bool left_ = false;
  int signal_ = 0;
  std::string farewell_;
};

/// Passes typed bytes to the machine until Ctrl-] or the end of the input.
Task<void> pass_keys(asio::posix::stream_descriptor& keyboard, Machine& machine,
                     Attached& attached) {
  std::string block(256, '\0');
  while (true) {
    auto reading =
        keyboard.async_read_some(asio::buffer(block), asio::as_tuple(asio::use_awaitable));
    const auto [code, count] = co_await std::move(reading);
    const std::string_view typed = std::string_view(block).substr(0, count);
    machine.send_console(typed.substr(0, typed.find(kLeave)));
    if (typed.find(kLeave) != std::string_view::npos) {
      attached.leave();
      co_return;
    }
    if (code) {
      co_return;  // End of the input: go on showing what the guest prints.
    }
  }
}

Task<void> attach(MachineSpec spec, fs::path folder, Attached& attached) {
  auto executor = co_await asio::this_coro::executor;
  MachineFiles files = prepare_machine_files(spec, folder);
  asio::signal_set signals(executor, SIGINT, SIGTERM, SIGHUP);
  signals.async_wait([&attached](const boost::system::error_code& code, int number) {
    if (!code) {
      attached.leave(number);
    }
  });
  asio::posix::stream_descriptor keyboard(executor, ::dup(STDIN_FILENO));
  TaskGroup tasks(executor);
  auto body = [&](Machine& machine) -> Task<void> {
    tasks.spawn(pass_keys(keyboard, machine, attached));
    co_await machine.resume();
    co_await attached.wait();
    boost::system::error_code ignored;
    keyboard.close(ignored);
    co_await tasks.join();
  };
  auto running = with_machine(std::move(spec), std::move(files), folder, attached, body);
  co_await std::move(running);
  signals.cancel();
}

int console(const ConsoleFlags& flags) {
  ScenarioInput input{flags.file, {flags.cell}};
  const ChosenCells chosen = choose_cells(input);
  const Cell* cell = &chosen.cells.front();
  for (const Cell& one : chosen.cells) {
    if (one.full_id() == flags.cell || one.id == flags.cell) {
      cell = &one;
    }
  }
  const bool exact = cell->full_id() == flags.cell || cell->id == flags.cell;
  if (chosen.cells.size() > 1 && !exact) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("{} matches {} cases, one is needed: {}, {}, ...", flags.cell,
                    chosen.cells.size(), chosen.cells[0].full_id(), chosen.cells[1].full_id()),
        "give the whole id as `bootproof list` prints it");
  }
  if (!cell->impossible.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: {}", cell->full_id(), cell->impossible));
  }
  const RecipeBook book = load_recipe_book(*chosen.file);
  const Builder builder(book, cache_folder(), host_builder_options());
  ReadyFiles files;
  files.prepare(*cell, builder, DigestMemory(digest_folder()));
  if (const std::optional<Error> problem = files.problem_of(*cell)) {
    throw Error(*problem);
  }
  const AcceleratorChoice accelerator =
      choose_accelerator(parse_accelerator(flags.accelerator), cache_folder());
  const MachineSpec spec = machine_spec_of(*cell, files, accelerator.accelerator, true);

  fmt::print(stderr, "{}: Ctrl-] leaves and ends the machine\n", cell->full_id());
  asio::io_context context;
  const ScratchFolder scratch;
  Attached attached(context.get_executor());
  std::exception_ptr problem;
  {
    const RawTerminal raw;
    asio::co_spawn(context, attach(spec, scratch.path(), attached),
                   [&problem](const std::exception_ptr& thrown) { problem = thrown; });
    context.run();
  }
  if (problem) {
    std::rethrow_exception(problem);
  }
  fmt::print(stderr, "{}", escape_for_terminal(attached.farewell(), true));
  return attached.signal() == 0 ? 0 : 128 + attached.signal();
}

}  // namespace

std::function<int()> set_up_console(CLI::App& app) {
  auto flags = std::make_shared<ConsoleFlags>();
  app.add_option("file", flags->file, "the scenario file (YAML)")->required()->type_name("FILE");
  app.add_option("cell", flags->cell, "the case's id, as `bootproof list` prints it")
      ->required()
      ->type_name("CELL");
  add_accelerator_option(app, flags->accelerator);
  return [flags] { return console(*flags); };
}

}  // namespace bootproof
