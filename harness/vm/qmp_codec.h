#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bootproof {

/// The server's first message (QEMU QMP specification, 2.2).
struct QmpGreeting {
  std::string qemu_version;  ///< "7.2.22".
};
/// A command's answer (2.4).
struct QmpReply {
  std::uint64_t id = 0;
  bool ok = false;
  boost::json::object value;  ///< The whole message.
  std::string error;          ///< `class: desc` where not ok.
};
/// An asynchronous message (2.5).
struct QmpEvent {
  std::string name;  ///< "RESET", "SHUTDOWN", ...
  boost::json::object data;
};
/// A line that is no QMP message; the monitor can't be trusted from then on.
struct QmpGarbage {
  std::string reason;
};
using QmpMessage = std::variant<QmpGreeting, QmpReply, QmpEvent, QmpGarbage>;

/// Turns the monitor's bytes into messages and commands into bytes. No I/O. A line longer than 16
/// MiB and anything that is not JSON becomes QmpGarbage.
class QmpCodec {
 public:
  /// Takes bytes as they come; gives the messages that are complete now.
  std::vector<QmpMessage> feed(std::string_view bytes);

  /// One command as a line: `{"execute":"cont","id":1}`.
  static std::string encode(std::string_view command, const boost::json::object& arguments,
                            std::uint64_t id);

 private:
  static constexpr std::size_t kLongestLine = 16U << 20U;

  std::string line_;
};

}  // namespace bootproof
