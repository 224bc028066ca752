#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <system_error>

#include "harness/core/files.h"
#include "harness/vm/machine.h"

// What a machine does by commands of its monitor alone.

namespace bootproof {

namespace fs = std::filesystem;
namespace json = boost::json;

Task<void> Machine::screendump(fs::path file) {
  json::object arguments{{"filename", fs::absolute(file).string()}, {"format", "png"}};
  auto dumping = command("screendump", std::move(arguments));
  co_await std::move(dumping);
}

Task<std::string> Machine::vga_memory(fs::path folder) {
  constexpr std::uint64_t kTextMemory = 0xB8000;  // IBM VGA, colour text mode.
  constexpr std::uint64_t kTextBytes = std::uint64_t{80} * 25 * 2;
  const fs::path file = fs::absolute(folder) / "vga.bin";
  json::object arguments{{"val", kTextMemory}, {"size", kTextBytes}, {"filename", file.string()}};
  auto saving = command("pmemsave", std::move(arguments));
  co_await std::move(saving);
  const Result<std::string> bytes = read_file(file, kTextBytes);
  std::error_code ignored;  // A scratch file.
  fs::remove(file, ignored);
  co_return value_or_throw(bytes);
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
