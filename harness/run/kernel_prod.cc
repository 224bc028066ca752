#include "harness/run/kernel_prod.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/text.h"
#include "harness/diagnosis/signature.h"
#include "harness/run/case_texts.h"
#include "harness/run/verdict_basis.h"

namespace bootproof {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::size_t kMostText = 1U << 20U;
/// How long an answer is awaited, and how long it may pause within.
constexpr milliseconds kAnswer{450};
constexpr milliseconds kPause{120};

/// A line of the kernel's without its time: "[    5.802235] task:busybox ...".
std::string_view without_time(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) {
    line.remove_suffix(1);
  }
  if (line.starts_with('[')) {
    const std::size_t end = line.find("] ");
    if (end != std::string_view::npos) {
      line = line.substr(end + 2);
    }
  }
  return line;
}

/// The word behind `name`: "1" behind "pid:", which kernels before 6.0 write as "pid:    1".
std::string_view word_behind(std::string_view line, std::string_view name) {
  const std::size_t at = line.find(name);
  if (at == std::string_view::npos) {
    return {};
  }
  std::string_view rest = line.substr(at + name.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest.substr(0, rest.find(' '));
}

/// " do_nanosleep+0x7b/0x140": a function that is certainly on the stack.
std::string_view function_of(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == 0 || begin == std::string_view::npos || line[begin] == '?') {
    return {};
  }
  line = line.substr(begin);
  const std::size_t plus = line.find("+0x");
  return plus == std::string_view::npos || line.find(' ') < plus ? std::string_view{}
                                                                 : line.substr(0, plus);
}

struct SeenTask {
  std::string_view name;
  std::string_view state;
  std::string_view pid;
  std::vector<std::string_view> functions;
};

std::string text_of(const SeenTask& task) {
  const std::string functions =
      fmt::format("{}", fmt::join(task.functions.begin(), task.functions.end(), ", "));
  return shortened(
      fmt::format("SysRq: task {} (pid {}) is {}, in {}", escape_for_terminal(task.name),
                  escape_for_terminal(task.pid), task.state == "D" ? "blocked" : "waiting",
                  functions.empty() ? "no known function" : escape_for_terminal(functions)));
}

}  // namespace

bool wants_prodding(const Verdict& verdict) {
  const auto is_at = [&](Stage stage) { return verdict.stage == name_of(stage); };
  return verdict.outcome == Outcome::kFailed && is_unproved(verdict.cause) &&
         (is_at(Stage::kKernel) || is_at(Stage::kInitramfs) || is_at(Stage::kUserspace));
}

std::vector<std::string> prod_evidence(std::string_view text) {
  constexpr std::size_t kMostTasks = 8;
  constexpr std::size_t kMostFunctions = 6;
  std::vector<std::string> lines;
  std::vector<SeenTask> tasks;
  bool is_in_task = false;
  bool is_forbidden = false;
  bool was_interrupted = false;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = without_time(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    is_forbidden =
        is_forbidden || line.find("sysrq operation is disabled") != std::string_view::npos;
    was_interrupted = was_interrupted || line.starts_with("Uhhuh. NMI received");
    if (line.starts_with("task:")) {
      const SeenTask task{
          word_behind(line, "task:"), word_behind(line, "state:"), word_behind(line, "pid:"), {}};
      const bool is_known = std::any_of(
          tasks.begin(), tasks.end(), [&](const SeenTask& other) { return other.pid == task.pid; });
      is_in_task = !is_known && tasks.size() < kMostTasks && (task.state == "D" || task.pid == "1");
      if (is_in_task) {
        tasks.push_back(task);
      }
    } else if (line.find("</TASK>") != std::string_view::npos || line.starts_with("sysrq:")) {
      is_in_task = false;
    } else if (const std::string_view function = function_of(line);
               is_in_task && !function.empty() && tasks.back().functions.size() < kMostFunctions) {
      tasks.back().functions.push_back(function);
    }
  }
  for (const SeenTask& task : tasks) {
    lines.push_back(text_of(task));
  }
  if (is_forbidden) {
    lines.emplace_back(
        "SysRq: the kernel lives, and its mask (kernel.sysrq) forbids to dump tasks: "
        "sysrq_always_enabled on its command line allows it");
  }
  if (was_interrupted) {
    lines.emplace_back("NMI: the kernel lives, it told of an NMI that it does not know");
  }
  return lines;
}

void KernelProd::hear(std::string_view bytes) {
  text_ += bytes.substr(0, kMostText - std::min(kMostText, text_.size()));
}

Task<void> KernelProd::listen(Wakeup& heard, Clock::duration limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  std::size_t before = text_.size();
  Clock::time_point until = deadline;
  while (Clock::now() < until) {
    co_await heard.wait_until(until);
    if (text_.size() != before) {
      before = text_.size();
      until = std::min(deadline, Clock::now() + kPause);
    }
  }
}

Task<void> KernelProd::press(Machine& machine, Wakeup& heard, char key) {
  json::object arguments{{"id", "console"}};
  auto breaking = machine.command("chardev-send-break", std::move(arguments));
  co_await std::move(breaking);
  machine.send_console(std::string_view(&key, 1));
  auto listening = listen(heard, kAnswer);
  co_await std::move(listening);
}

Task<void> KernelProd::prod(Machine& machine, Wakeup& heard) {
  is_active_ = true;
  was_prodded_ = true;
  try {
    for (const char key : {'w', 'l', 't'}) {
      auto pressing = press(machine, heard, key);
      co_await std::move(pressing);
      if (text_.empty()) {
        break;  // It does not hear breaks: the other keys would say no more.
      }
    }
    if (text_.empty()) {
      was_interrupted_ = true;
      auto interrupting = machine.command("inject-nmi", {});
      co_await std::move(interrupting);
      auto listening = listen(heard, kAnswer);
      co_await std::move(listening);
    }
  } catch (const Error&) {
    // Machines without NMI refuse it; what was heard stands.
  }
  is_active_ = false;
}

std::vector<std::string> KernelProd::evidence() const {
  if (!was_prodded_) {
    return {};
  }
  std::vector<std::string> lines = prod_evidence(text_);
  if (text_.empty()) {
    lines.emplace_back(was_interrupted_
                           ? "SysRq and NMI: the kernel answers neither on the serial line"
                           : "SysRq: the kernel does not answer on the serial line");
  } else if (lines.empty()) {
    lines.emplace_back("SysRq: the kernel answered; serial.log ends with what it said");
  }
  return lines;
}

}  // namespace bootproof
