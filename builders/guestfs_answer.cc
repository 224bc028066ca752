#include "builders/guestfs_answer.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace json = boost::json;

/// No list of an answer is longer, no text either. The worker keeps far below both.
constexpr std::size_t kLongestList = 20'000;
constexpr std::size_t kLongestText = 16U << 10U;

std::string text_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) {
    return {};
  }
  const json::string& text = value->get_string();
  return escape_for_terminal(
      std::string_view(text.data(), std::min<std::size_t>(text.size(), kLongestText)), true);
}

std::uint64_t number_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  if (value == nullptr) {
    return 0;
  }
  if (value->is_uint64()) {
    return value->get_uint64();
  }
  return value->is_int64() && value->get_int64() > 0
             ? static_cast<std::uint64_t>(value->get_int64())
             : 0;
}

bool flag_at(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

/// `read` of each element of the list at `key` that is an object.
template <typename Element>
std::vector<Element> objects_at(const json::object& object, std::string_view key,
                                Element (*read)(const json::object&)) {
  std::vector<Element> elements;
  const json::value* const value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) {
    return elements;
  }
  for (const json::value& element : value->get_array()) {
    if (element.is_object() && elements.size() < kLongestList) {
      elements.push_back(read(element.get_object()));
    }
  }
  return elements;
}

std::vector<std::string> texts_at(const json::object& object, std::string_view key) {
  std::vector<std::string> texts;
  const json::value* const value = object.if_contains(key);
  if (value == nullptr || !value->is_array()) {
    return texts;
  }
  for (const json::value& element : value->get_array()) {
    if (element.is_string() && texts.size() < kLongestList) {
      const json::string& text = element.get_string();
      texts.push_back(escape_for_terminal(
          std::string_view(text.data(), std::min<std::size_t>(text.size(), kLongestText))));
    }
  }
  return texts;
}

GuestfsFile read_file_entry(const json::object& object) {
  GuestfsFile file;
  file.path = text_at(object, "path");
  const std::string kind = text_at(object, "kind");
  file.kind = kind.size() == 1 ? kind[0] : '?';
  file.size = number_at(object, "size");
  return file;
}

GuestfsFileSystem read_file_system(const json::object& object) {
  GuestfsFileSystem system;
  system.device = text_at(object, "device");
  system.type = text_at(object, "type");
  system.label = text_at(object, "label");
  system.uuid = text_at(object, "uuid");
  system.size = number_at(object, "size");
  system.is_mounted = flag_at(object, "mounted");
  system.problem = text_at(object, "problem");
  system.loaders = objects_at<GuestfsFile>(object, "loaders", read_file_entry);
  system.files = objects_at<GuestfsFile>(object, "files", read_file_entry);
  system.is_cut = flag_at(object, "cut");
  return system;
}

GuestfsSystem read_system(const json::object& object) {
  GuestfsSystem system;
  system.root = text_at(object, "root");
  system.type = text_at(object, "type");
  system.distribution = text_at(object, "distribution");
  system.product = text_at(object, "product");
  system.version = text_at(object, "version");
  system.architecture = text_at(object, "architecture");
  system.hostname = text_at(object, "hostname");
  system.mounts = texts_at(object, "mounts");
  return system;
}

GuestfsReading read_reading(const json::object& object) {
  GuestfsReading reading;
  reading.library = text_at(object, "library");
  reading.times = {number_at(object, "launch_ms"), number_at(object, "work_ms"),
                   flag_at(object, "quick")};
  reading.file_systems = objects_at<GuestfsFileSystem>(object, "file_systems", read_file_system);
  reading.physical_volumes = texts_at(object, "physical_volumes");
  reading.volume_groups = texts_at(object, "volume_groups");
  reading.logical_volumes = texts_at(object, "logical_volumes");
  reading.systems = objects_at<GuestfsSystem>(object, "systems", read_system);
  reading.problems = texts_at(object, "problems");
  return reading;
}

GuestfsAnswer no_answer(std::string message) {
  GuestfsAnswer answer;
  answer.failed = "answer";
  answer.message = std::move(message);
  return answer;
}

}  // namespace

GuestfsAnswer parse_guestfs_answer(std::string_view text) {
  if (text.empty()) {
    return no_answer("it printed nothing");
  }
  json::error_code code;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), code);
  if (code || !value.is_object()) {
    return no_answer("it printed what is no JSON object");
  }
  const json::object& object = value.get_object();
  const json::value* const format = object.if_contains("format");
  if (format == nullptr || *format != "bootproof-guestfs-answer") {
    return no_answer("it printed another kind of JSON");
  }
  GuestfsAnswer answer;
  answer.failed = text_at(object, "failed");
  answer.message = text_at(object, "message");
  answer.reading = read_reading(object);
  return answer;
}

}  // namespace bootproof
