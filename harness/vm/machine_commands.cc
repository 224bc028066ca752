#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <utility>

#include "harness/core/files.h"
#include "harness/vm/machine.h"

// What a machine does by commands of its monitor alone.

namespace bootproof {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

/// What a command writes to `file`, which is named in its arguments and removed again.
Task<std::string> written_by(Machine& machine, std::string name, json::object arguments,
                             fs::path file, std::uint64_t most_bytes) {
  const ScratchFile scratch(fs::absolute(file));
  arguments["filename"] = scratch.path().string();
  auto writing = machine.command(std::move(name), std::move(arguments));
  co_await std::move(writing);
  co_return value_or_throw(read_file(scratch.path(), most_bytes));
}

}  // namespace

Task<void> Machine::screendump(fs::path file) {
  json::object arguments{{"filename", fs::absolute(file).string()}, {"format", "png"}};
  auto dumping = command("screendump", std::move(arguments));
  co_await std::move(dumping);
}

Task<std::string> Machine::picture(fs::path folder) {
  constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20U;
  auto dumping = written_by(*this, "screendump", {}, folder / "screen.tmp", kMostBytes);
  co_return co_await std::move(dumping);
}

Task<std::string> Machine::vga_memory(fs::path folder) {
  constexpr std::uint64_t kTextMemory = 0xB8000;  // IBM VGA, colour text mode.
  constexpr std::uint64_t kTextBytes = std::uint64_t{80} * 25 * 2;
  json::object arguments{{"val", kTextMemory}, {"size", kTextBytes}};
  auto saving = written_by(*this, "pmemsave", std::move(arguments), folder / "vga.tmp", kTextBytes);
  co_return co_await std::move(saving);
}

Task<void> Machine::press(std::string qcodes, std::chrono::milliseconds hold) {
  json::array keys;
  std::string_view rest = qcodes;
  while (!rest.empty()) {
    const std::size_t dash = rest.find('-');
    keys.push_back(json::object{{"type", "qcode"}, {"data", rest.substr(0, dash)}});
    rest = dash == std::string_view::npos ? std::string_view{} : rest.substr(dash + 1);
  }
  json::object arguments{{"keys", std::move(keys)}, {"hold-time", hold.count()}};
  auto pressing = command("send-key", std::move(arguments));
  co_await std::move(pressing);
}

}  // namespace bootproof
