#include "harness/vm/machine.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>

#include "harness/console/transcript.h"
#include "harness/vm/machine_files.h"
#include "tests/boot/boot_run.h"
#include "tests/boot/boot_sectors.h"

namespace bootproof::testing {
namespace {

/// Keeps what a machine prints and wakes whoever waits for it.
class Heard : public MachineListener {
 public:
  explicit Heard(const asio::any_io_executor& executor) : wake_(executor) {}
  void on_console(std::string_view bytes) override {
    console_.feed(bytes);
    wake_.notify();
  }
  void on_debug_port(std::string_view bytes) override { debug_ += bytes; }
  void on_event(const QmpEvent& event) override { events_ += event.name + " "; }
  void on_exit(int /*exit_code*/, const std::string& /*error_output*/) override {
    exited_ = true;
    wake_.notify();
  }

  /// Waits until the console has printed `text`.
  Task<void> wait_for(std::string text) {
    while (console_.since(0).find(text) == std::string_view::npos && !exited_) {
      co_await wake_.wait_until(Clock::time_point::max());
    }
  }
  [[nodiscard]] const std::string& events() const { return events_; }
  [[nodiscard]] const std::string& debug() const { return debug_; }

 private:
  Transcript console_;
  std::string debug_;
  std::string events_;
  bool exited_ = false;
  Wakeup wake_;
};

Task<void> boot_and_look(std::filesystem::path folder, std::filesystem::path image, Heard& heard) {
  MachineSpec spec;
  spec.machine = MachineType::kPc;
  spec.device = Device::kVirtioBlk;
  spec.image = std::move(image);
  spec.memory_mib = 64;
  MachineFiles files = prepare_machine_files(spec, folder);
  auto body = [&heard, folder](Machine& machine) -> Task<void> {
    EXPECT_EQ(heard.events(), "") << "it starts paused";
    co_await machine.resume();
    auto waiting = within(std::chrono::seconds(60), "the text", heard.wait_for("hello"));
    co_await std::move(waiting);
    auto reading = machine.vga_memory(folder);
    const std::string memory = co_await std::move(reading);
    EXPECT_EQ(memory.size(), 4000U);
    std::string problem;
    try {
      auto asking = machine.command("no-such-command", {});
      co_await std::move(asking);
    } catch (const Error& error) {
      problem = error.message();
    }
    EXPECT_EQ(problem,
              "QEMU refused no-such-command: CommandNotFound: The command no-such-command has not "
              "been found");
  };
  auto running = with_machine(std::move(spec), std::move(files), folder, heard, body);
  co_await std::move(running);
}

TEST(Machine, BootsUnderACoroutineOfItsUser) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const TemporaryFolder folder;
  const auto image = folder.write("disk.img", printing_disk("hello\r\n"));
  asio::io_context context;
  Heard heard(context.get_executor());
  std::exception_ptr problem;
  asio::co_spawn(context, boot_and_look(folder.path(), image, heard),
                 [&problem](const std::exception_ptr& thrown) { problem = thrown; });
  context.run();
  if (problem) {
    std::rethrow_exception(problem);
  }
  EXPECT_NE(heard.events().find("RESUME"), std::string::npos) << heard.events();
  EXPECT_NE(heard.debug().find("SeaBIOS"), std::string::npos) << heard.debug();
}

}  // namespace
}  // namespace bootproof::testing
