#include "harness/vm/machine.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <utility>

#include "harness/core/child.h"
#include "harness/core/files.h"
#include "harness/core/text.h"
#include "harness/core/thread_waits.h"
#include "harness/core/unique_fd.h"
#include "harness/vm/capped_log.h"
#include "harness/vm/json_fields.h"
#include "harness/vm/tpm.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::chrono::seconds kHandshakeLimit{30};
/// QEMU writes the serial line byte by byte. Waiting this long before the next read turns thousands
/// of wake-ups into a few; the pipe holds far more than a UART sends in that time.
constexpr std::chrono::milliseconds kCollectingTime{4};
constexpr std::size_t kReadBlock = 16U << 10U;
constexpr std::size_t kErrorOutputKept = 8U << 10U;

/// Two connected sockets, neither inherited by children unless named.
std::array<UniqueFd, 2> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw system_error("cannot make a socket pair", errno);
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// A pipe, not inherited by children unless named.
struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw system_error("cannot make a pipe", errno);
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// A pipe for what a guest says byte by byte (QEMU's UARTs and debug port do one write per byte).
///
/// Bytes that are written while nobody reads share the pages of a pipe: it holds as many as it is
/// large, and writing one costs half a microsecond. A socket pair of default size holds some 280
/// such writes; when the reader is late by a few milliseconds Linux's 8250 driver then drops
/// characters in the middle of lines. A pseudo terminal wakes a kernel thread for each byte, on a
/// core that a machine needs.
Pipe make_byte_pipe() {
  constexpr int kWanted = 256 << 10;
  Pipe pipe = make_pipe();
  ::fcntl(pipe.read_end.get(), F_SETPIPE_SZ, kWanted);  // Less, at 64 KiB, does as well.
  return pipe;
}

using Stream = asio::posix::stream_descriptor;
/// What is written to is a socket: that raises no SIGPIPE when QEMU has ended.
using Socket = asio::local::stream_protocol::socket;

/// One byte stream to QEMU: our end, and what still has to be written to it.
struct Channel {
  Channel(const asio::any_io_executor& executor, UniqueFd ours)
      : stream(executor, asio::local::stream_protocol(), ours.release()), wake(executor) {}

  Socket stream;
  std::string to_write;
  bool closing = false;
  Wakeup wake;
};

/// Gives all bytes of a stream to `take` until the stream ends.
template <typename Source>
Task<void> read_all(Source& stream, std::function<void(std::string_view)> take) {
  std::string block(kReadBlock, '\0');
  while (true) {
    auto reading = stream.async_read_some(asio::buffer(block), asio::as_tuple(asio::use_awaitable));
    const auto [code, count] = co_await std::move(reading);
    if (count > 0) {
      take(std::string_view(block).substr(0, count));
    }
    if (code) {
      co_return;
    }
  }
}

/// The same for a stream that is written byte by byte.
Task<void> read_portions(Stream& stream, std::function<void(std::string_view)> take) {
  std::string block(kReadBlock, '\0');
  while (true) {
    auto reading = stream.async_read_some(asio::buffer(block), asio::as_tuple(asio::use_awaitable));
    const auto [code, count] = co_await std::move(reading);
    if (count > 0) {
      take(std::string_view(block).substr(0, count));
    }
    if (code) {
      co_return;
    }
    if (count < block.size()) {
      auto collecting = pause_for(kCollectingTime);
      co_await std::move(collecting);
    }
  }
}

/// Writes what is queued until the channel closes.
Task<void> write_queued(Channel& channel) {
  while (!channel.closing) {
    if (channel.to_write.empty()) {
      co_await channel.wake.wait_until(Clock::time_point::max());
      continue;
    }
    const std::string block = std::exchange(channel.to_write, {});
    auto writing =
        asio::async_write(channel.stream, asio::buffer(block), asio::as_tuple(asio::use_awaitable));
    const auto [code, count] = co_await std::move(writing);
    if (code) {
      channel.closing = true;
    }
  }
}

}  // namespace

struct Machine::Impl {
  struct Pending {
    explicit Pending(const asio::any_io_executor& executor) : wake(executor) {}
    Wakeup wake;
    std::optional<QmpReply> reply;
  };

  Impl(asio::any_io_executor its_executor, MachineListener& its_listener, const fs::path& folder)
      : executor(std::move(its_executor)),
        listener(its_listener),
        tasks(executor),
        greeted(executor),
        output_closed(executor),
        qmp_log(folder / "qmp.log"),
        qemu_log(folder / "qemu.log") {}

  void spawn_qemu(const MachineSpec& spec, const MachineFiles& files, const fs::path& folder);
  void run_streams();
  void take_monitor_bytes(std::string_view bytes);
  void take_reply(const QmpReply& reply);
  void take_error_output(std::string_view bytes);
  void close_monitor();
  Task<void> watch_child();
  Task<void> read_console();
  Task<void> read_debug_port();
  Task<void> read_error_output();
  Task<void> read_monitor();
  void log_monitor(char direction, std::string_view line);

  asio::any_io_executor executor;
  MachineListener& listener;
  TaskGroup tasks;
  std::unique_ptr<Child> child;
  std::unique_ptr<Child> tpm;  ///< swtpm, where the machine has a TPM.
  std::unique_ptr<Channel> console;
  std::unique_ptr<Channel> monitor;
  std::unique_ptr<Stream> console_output;
  std::unique_ptr<Stream> debug_stream;
  std::unique_ptr<Stream> trace_stream;
  std::unique_ptr<Stream> error_stream;
  std::vector<std::string> command_line;
  QmpCodec codec;
  std::map<std::uint64_t, std::shared_ptr<Pending>> pending;
  std::uint64_t last_id = 0;
  std::string version;
  Wakeup greeted;
  bool monitor_closed = false;
  std::string error_output;
  int open_outputs =
      2;  ///< Serial line and stderr: what has to be read to its end before on_exit().
  Wakeup output_closed;
  bool stopped = false;
  bool exited = false;
  CappedLog qmp_log;
  CappedLog qemu_log;
  Clock::time_point started = Clock::now();
  ThreadWaits waiting_threads;
};

void Machine::Impl::spawn_qemu(const MachineSpec& spec, const MachineFiles& files,
                               const fs::path& folder) {
  std::array<UniqueFd, 2> to_guest = socket_pair();
  Pipe from_guest = make_byte_pipe();
  std::array<UniqueFd, 2> monitor_ends = socket_pair();
  Pipe debug_output = make_byte_pipe();
  Pipe trace = make_byte_pipe();
  Pipe error = make_pipe();
  const bool is_x86 = architecture_of(spec.machine) == Architecture::kX86_64;

  MachineChannels channels;
  channels.console = "stdio,signal=off";
  channels.monitor = fmt::format("socket,fd={}", monitor_ends[1].get());
  SpawnOptions options;
  options.inherited = {monitor_ends[1].get()};
  if (is_x86) {
    channels.debug = fmt::format("file,path=/dev/fd/{}", debug_output.write_end.get());
    options.inherited.push_back(debug_output.write_end.get());
  }
  if (is_x86 || spec.device != Device::kNone) {
    channels.trace = fmt::format("/dev/fd/{}", trace.write_end.get());
    options.inherited.push_back(trace.write_end.get());
    trace_stream = std::make_unique<Stream>(executor, trace.read_end.release());
  }
  UniqueFd tpm_end;
  if (spec.tpm) {
    TpmProcess started_tpm = value_or_throw(start_tpm(files.tpm_state, folder / "swtpm.log"));
    tpm = std::make_unique<Child>(executor, std::move(started_tpm.child));
    tpm_end = std::move(started_tpm.qemu_end);
    channels.tpm = fmt::format("socket,fd={}", tpm_end.get());
    options.inherited.push_back(tpm_end.get());
  }
  command_line = qemu_command_line(spec, files, channels);
  options.arguments = command_line;
  options.standard_input = to_guest[1].get();
  options.standard_output = from_guest.write_end.get();
  options.standard_error = error.write_end.get();
  child = std::make_unique<Child>(executor, value_or_throw(spawn(options)));
  waiting_threads = ThreadWaits(child->pid());
  console = std::make_unique<Channel>(executor, std::move(to_guest[0]));
  console_output = std::make_unique<Stream>(executor, from_guest.read_end.release());
  monitor = std::make_unique<Channel>(executor, std::move(monitor_ends[0]));
  if (is_x86) {
    debug_stream = std::make_unique<Stream>(executor, debug_output.read_end.release());
  }
  error_stream = std::make_unique<Stream>(executor, error.read_end.release());
}

void Machine::Impl::run_streams() {
  tasks.spawn(read_console());
  tasks.spawn(write_queued(*console));
  tasks.spawn(read_monitor());
  tasks.spawn(write_queued(*monitor));
  if (debug_stream) {
    tasks.spawn(read_debug_port());
  }
  if (trace_stream) {
    auto take = [this](std::string_view bytes) { listener.on_trace(bytes); };
    tasks.spawn(read_portions(*trace_stream, take));
  }
  tasks.spawn(read_error_output());
  tasks.spawn(watch_child());
}

void Machine::Impl::log_monitor(char direction, std::string_view line) {
  const std::chrono::duration<double> age = Clock::now() - started;
  qmp_log.write(fmt::format("{:9.3f} {} {}\n", age.count(), direction, line));
}

void Machine::Impl::take_monitor_bytes(std::string_view bytes) {
  for (const QmpMessage& message : codec.feed(bytes)) {
    if (const auto* greeting = std::get_if<QmpGreeting>(&message)) {
      log_monitor('<', fmt::format("greeting of QEMU {}", greeting->qemu_version));
      version = greeting->qemu_version;
      greeted.notify();
    } else if (const auto* reply = std::get_if<QmpReply>(&message)) {
      // Dumps of registers and of memory would fill the log.
      constexpr std::size_t kLongestAnswer = 512;
      log_monitor('<', std::string_view(json::serialize(reply->value)).substr(0, kLongestAnswer));
      take_reply(*reply);
    } else if (const auto* event = std::get_if<QmpEvent>(&message)) {
      log_monitor('!', fmt::format("{} {}", event->name, json::serialize(event->data)));
      listener.on_event(*event);
    } else {
      log_monitor('?', std::get<QmpGarbage>(message).reason);
    }
  }
}

void Machine::Impl::take_reply(const QmpReply& reply) {
  const auto waiting = pending.find(reply.id);
  if (waiting == pending.end()) {
    return;  // Its command ran into its limit before.
  }
  waiting->second->reply = reply;
  waiting->second->wake.notify();
}

void Machine::Impl::take_error_output(std::string_view bytes) {
  qemu_log.write(bytes);
  error_output += bytes;
  if (error_output.size() > kErrorOutputKept) {
    error_output.erase(0, error_output.size() - kErrorOutputKept);
  }
}

void Machine::Impl::close_monitor() {
  monitor_closed = true;
  monitor->closing = true;
  monitor->wake.notify();
  greeted.notify();
  for (const auto& [id, waiting] : pending) {
    waiting->wake.notify();
  }
}

Task<void> Machine::Impl::read_monitor() {
  auto reading =
      read_all(monitor->stream, [this](std::string_view bytes) { take_monitor_bytes(bytes); });
  co_await std::move(reading);
  close_monitor();
}

Task<void> Machine::Impl::read_console() {
  auto reading = read_portions(*console_output,
                               [this](std::string_view bytes) { listener.on_console(bytes); });
  co_await std::move(reading);
  --open_outputs;
  output_closed.notify();
}

Task<void> Machine::Impl::read_debug_port() {
  auto reading = read_portions(*debug_stream,
                               [this](std::string_view bytes) { listener.on_debug_port(bytes); });
  co_await std::move(reading);
}

Task<void> Machine::Impl::read_error_output() {
  auto reading =
      read_all(*error_stream, [this](std::string_view bytes) { take_error_output(bytes); });
  co_await std::move(reading);
  --open_outputs;
  output_closed.notify();
}

Task<void> Machine::Impl::watch_child() {
  const int exit_code = co_await child->wait();
  const Clock::time_point deadline = Clock::now() + std::chrono::seconds(2);
  while (open_outputs > 0 && Clock::now() < deadline) {
    co_await output_closed.wait_until(deadline);
  }
  exited = true;
  close_monitor();
  console->closing = true;
  console->wake.notify();
  listener.on_exit(exit_code, error_output);
}

Machine::Machine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Machine::~Machine() = default;

Task<std::unique_ptr<Machine>> Machine::start(MachineSpec spec, MachineFiles files,
                                              fs::path log_folder, MachineListener& listener) {
  auto executor = co_await asio::this_coro::executor;
  auto impl = std::make_unique<Impl>(executor, listener, log_folder);
  std::unique_ptr<Machine> machine(new Machine(std::move(impl)));
  Impl& self = *machine->impl_;
  self.spawn_qemu(spec, files, log_folder);
  self.run_streams();
  const Clock::time_point deadline = Clock::now() + kHandshakeLimit;
  while (self.version.empty() && !self.monitor_closed && Clock::now() < deadline) {
    co_await self.greeted.wait_until(deadline);
  }
  std::exception_ptr problem;
  if (!self.version.empty()) {
    try {
      auto handshake = machine->command("qmp_capabilities", {}, kHandshakeLimit);
      co_await std::move(handshake);
      co_return std::move(machine);
    } catch (const Error&) {
      problem = std::current_exception();  // QEMU's own words, below, say more.
    }
  }
  const bool had_ended = self.monitor_closed;
  co_await machine->stop();
  const std::string said = escape_for_terminal(self.error_output, true);
  if (problem && said.empty()) {
    std::rethrow_exception(problem);
  }
  throw Error(ErrorKind::kHost,
              fmt::format("QEMU did not start: {}",
                          said.empty() ? (had_ended ? "it ended and printed nothing"
                                                    : "its monitor did not answer in 30 s")
                                       : said.substr(0, said.find_last_not_of('\n') + 1)),
              "run `bootproof doctor`; the whole of what QEMU printed is in qemu.log");
}

Task<void> Machine::resume() {
  auto going = command("cont", {});
  co_await std::move(going);
}

Task<json::object> Machine::reply_to(std::string name, json::object arguments,
                                     std::chrono::milliseconds limit) {
  Impl& self = *impl_;
  const std::uint64_t id = ++self.last_id;
  const auto waiting = std::make_shared<Impl::Pending>(self.executor);
  self.pending.emplace(id, waiting);
  const std::string line = QmpCodec::encode(name, arguments, id);
  self.log_monitor('>', std::string_view(line).substr(0, line.size() - 1));
  self.monitor->to_write += line;
  self.monitor->wake.notify();
  const Clock::time_point deadline = Clock::now() + limit;
  while (!waiting->reply && !self.monitor_closed && Clock::now() < deadline) {
    co_await waiting->wake.wait_until(deadline);
  }
  self.pending.erase(id);
  if (!waiting->reply) {
    throw Error(
        ErrorKind::kHost,
        self.monitor_closed
            ? fmt::format("QEMU's monitor closed before it answered {}", name)
            : fmt::format("QEMU's monitor did not answer {} within {} ms", name, limit.count()));
  }
  if (!waiting->reply->ok) {
    throw Error(ErrorKind::kHost, fmt::format("QEMU refused {}: {}", name, waiting->reply->error));
  }
  co_return std::move(waiting->reply->value);
}

Task<json::object> Machine::command(std::string name, json::object arguments,
                                    std::chrono::milliseconds limit) {
  auto replying = reply_to(std::move(name), std::move(arguments), limit);
  const json::object reply = co_await std::move(replying);
  const json::object* value = object_at(reply, "return");
  co_return value == nullptr ? json::object() : *value;
}

Task<std::string> Machine::ask_monitor(std::string line, unsigned cpu) {
  json::object arguments{{"command-line", std::move(line)}, {"cpu-index", cpu}};
  constexpr std::chrono::seconds kLimit{5};
  auto replying = reply_to("human-monitor-command", std::move(arguments), kLimit);
  const json::object reply = co_await std::move(replying);
  const json::value* text = reply.if_contains("return");
  co_return text != nullptr && text->is_string() ? std::string(text->as_string()) : std::string();
}

void Machine::send_console(std::string_view bytes) {
  impl_->console->to_write += bytes;
  impl_->console->wake.notify();
}

Task<void> Machine::stop() {
  Impl& self = *impl_;
  if (self.stopped) {
    co_return;
  }
  self.stopped = true;
  self.child->kill(SIGKILL);
  co_await self.child->wait();
  if (self.tpm) {
    self.tpm->kill(SIGTERM);  // It has written what it keeps, and its other end is gone.
    co_await self.tpm->wait();
  }
  co_await self.tasks.join();
}

const std::string& Machine::qemu_version() const { return impl_->version; }
const std::vector<std::string>& Machine::command_line() const { return impl_->command_line; }
bool Machine::has_exited() const { return impl_->exited; }
std::chrono::nanoseconds Machine::starved() {
  return impl_->exited ? std::chrono::nanoseconds{} : impl_->waiting_threads.look();
}

}  // namespace bootproof
