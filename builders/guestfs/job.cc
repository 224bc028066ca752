#include "builders/guestfs/job.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <stdexcept>

namespace bootproof::guestfs {
namespace {

namespace json = boost::json;

std::string text_at(const json::object& object, std::string_view key) {
  return json::value_to<std::string>(object.at(key));
}

Drive read_drive(const json::object& object) {
  Drive drive;
  drive.name = text_at(object, "name");
  drive.file = text_at(object, "file");
  drive.format = text_at(object, "format");
  drive.sector_size = json::value_to<std::uint32_t>(object.at("sector_size"));
  drive.is_read_only = object.at("read_only").as_bool();
  for (const json::value& value : object.at("volumes").as_array()) {
    const json::object& volume = value.as_object();
    drive.volumes.push_back({json::value_to<int>(volume.at("partition")), text_at(volume, "type"),
                             text_at(volume, "label"), text_at(volume, "uuid"),
                             json::value_to<std::vector<std::string>>(volume.at("command")),
                             text_at(volume, "tar")});
  }
  return drive;
}

JobKind kind_of(std::string_view word) {
  if (word == "make") {
    return JobKind::kMake;
  }
  if (word == "read") {
    return JobKind::kRead;
  }
  if (word == "try") {
    return JobKind::kTry;
  }
  throw std::runtime_error(fmt::format("unknown kind of job '{}'", word));
}

}  // namespace

Job parse_job(std::string_view text) {
  const json::value value = json::parse(json::string_view(text.data(), text.size()));
  const json::object& object = value.as_object();
  Job job;
  job.kind = kind_of(text_at(object, "kind"));
  job.folder = text_at(object, "folder");
  job.log = text_at(object, "log");
  job.appliance = text_at(object, "appliance");
  job.uses_kvm = object.at("kvm").as_bool();
  job.allows_quick = object.at("quick").as_bool();
  job.limit = std::chrono::milliseconds(json::value_to<std::int64_t>(object.at("limit_ms")));
  job.parent = json::value_to<int>(object.at("parent"));
  job.file_limit = json::value_to<std::size_t>(object.at("file_limit"));
  for (const json::value& drive : object.at("drives").as_array()) {
    job.drives.push_back(read_drive(drive.as_object()));
  }
  return job;
}

}  // namespace bootproof::guestfs
