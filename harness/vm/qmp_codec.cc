#include "harness/vm/qmp_codec.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "harness/vm/json_fields.h"

namespace bootproof {
namespace {

namespace json = boost::json;

QmpGreeting greeting(const json::object& message) {
  QmpGreeting result;
  const json::object* version = object_at(message, "version");
  const json::object* qemu = version == nullptr ? nullptr : object_at(*version, "qemu");
  if (qemu != nullptr) {
    result.qemu_version = fmt::format("{}.{}.{}", number_at(*qemu, "major"),
                                      number_at(*qemu, "minor"), number_at(*qemu, "micro"));
  }
  return result;
}

QmpMessage decode(std::string_view line) {
  boost::system::error_code code;
  json::parse_options options;
  options.max_depth = 32;
  const json::value parsed = json::parse(line, code, {}, options);
  const json::object* message = parsed.if_object();
  if (code || message == nullptr) {
    return QmpGarbage{fmt::format("not a QMP message ({} bytes)", line.size())};
  }
  if (const json::object* hello = object_at(*message, "QMP")) {
    return greeting(*hello);
  }
  if (message->contains("event")) {
    const json::object* data = object_at(*message, "data");
    return QmpEvent{text_at(*message, "event"), data == nullptr ? json::object() : *data};
  }
  if (message->contains("return") || message->contains("error")) {
    QmpReply reply;
    reply.id = static_cast<std::uint64_t>(number_at(*message, "id"));
    reply.ok = message->contains("return");
    if (const json::object* error = object_at(*message, "error")) {
      reply.error = fmt::format("{}: {}", text_at(*error, "class"), text_at(*error, "desc"));
    }
    reply.value = *message;
    return reply;
  }
  return QmpGarbage{"a message that is neither greeting, reply nor event"};
}

}  // namespace

std::vector<QmpMessage> QmpCodec::feed(std::string_view bytes) {
  std::vector<QmpMessage> messages;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (line_.size() > kLongestLine) {
      messages.emplace_back(QmpGarbage{"a line longer than 16 MiB"});
      line_.clear();
    }
    if (end == std::string_view::npos) {
      break;
    }
    bytes.remove_prefix(end + 1);
    const bool blank = line_.find_first_not_of(" \t\r") == std::string::npos;
    if (!blank) {
      messages.push_back(decode(line_));
    }
    line_.clear();
  }
  return messages;
}

std::string QmpCodec::encode(std::string_view command, const json::object& arguments,
                             std::uint64_t id) {
  json::object message{{"execute", command}, {"id", id}};
  if (!arguments.empty()) {
    message["arguments"] = arguments;
  }
  return json::serialize(message) + "\n";
}

}  // namespace bootproof
