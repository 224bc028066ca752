#include "inspectors/report/json_report.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace bootproof::inspectors {
namespace {

namespace json = boost::json;

json::object object_of(const BootLink& link) {
  return {{"text", link.text},
          {"offset", link.offset},
          {"state", name_of(link.state)},
          {"problem", link.problem},
          {"part", name_of(link.part)}};
}

json::object object_of(const BootPath& path) {
  json::array links;
  for (const BootLink& link : path.links) {
    links.push_back(object_of(link));
  }
  const BootLink* weakest = path.weakest();
  return {{"firmware", name_of(path.firmware)},
          {"secure_boot", path.is_secure},
          {"attachment", name_of(path.attachment)},
          {"forecast", name_of(path.forecast)},
          {"reason", weakest == nullptr ? "" : weakest->problem},
          {"links", std::move(links)}};
}

json::object object_of(const Finding& finding) {
  return {{"rule", finding.rule},     {"severity", name_of(finding.severity)},
          {"offset", finding.offset}, {"path", finding.path},
          {"found", finding.found},   {"expected", finding.expected},
          {"remedy", finding.remedy}};
}

json::object object_of(const VolumeSummary& volume) {
  return {{"place", volume.place}, {"offset", volume.offset}, {"size", volume.size},
          {"kind", volume.kind},   {"label", volume.label},   {"uuid", volume.uuid}};
}

json::array partitions_of(const Inspection& inspection) {
  json::array partitions;
  if (inspection.gpt) {
    for (const GptPartition& partition : inspection.gpt->partitions) {
      partitions.push_back(json::object{{"table", "GPT"},
                                        {"number", partition.number},
                                        {"first_lba", partition.first_lba},
                                        {"last_lba", partition.last_lba},
                                        {"sector_bytes", inspection.gpt->sector_bytes},
                                        {"type", text_of(partition.type)},
                                        {"type_name", partition_type_name(partition.type)},
                                        {"guid", text_of(partition.unique)},
                                        {"attributes", partition.attributes},
                                        {"name", partition.name}});
    }
  }
  if (inspection.mbr) {
    for (const MbrPartition& partition : inspection.mbr->partitions()) {
      partitions.push_back(json::object{{"table", "MBR"},
                                        {"number", partition.number},
                                        {"first_lba", partition.first_lba},
                                        {"sector_count", partition.sector_count},
                                        {"type", partition.type},
                                        {"type_name", mbr_type_name(partition.type)},
                                        {"active", partition.is_active()}});
    }
  }
  return partitions;
}

json::array entries_of(const Inspection& inspection) {
  json::array entries;
  if (inspection.el_torito) {
    for (const ElToritoEntry& entry : inspection.el_torito->entries) {
      entries.push_back(json::object{{"section", entry.section},
                                     {"platform_id", entry.platform_id},
                                     {"platform", platform_name(entry.platform_id)},
                                     {"bootable", entry.is_bootable()},
                                     {"emulation", media_type_name(entry.media_type)},
                                     {"load_segment", entry.load_segment},
                                     {"sector_count", entry.sector_count},
                                     {"load_rba", entry.load_rba},
                                     {"content", name_of(entry.content)}});
    }
  }
  return entries;
}

json::array array_of(const Layout& layout) {
  json::array ranges;
  for (const ByteRange& range : layout.ranges()) {
    ranges.push_back(json::object{{"offset", range.offset},
                                  {"length", range.length},
                                  {"name", range.name},
                                  {"place", range.place}});
  }
  return ranges;
}

}  // namespace

std::string json_report(std::string_view name, const Inspection& inspection, const Layout* layout) {
  json::array paths;
  for (const BootPath& path : inspection.paths) {
    paths.push_back(object_of(path));
  }
  json::array volumes;
  for (const VolumeSummary& volume : inspection.volumes) {
    volumes.push_back(object_of(volume));
  }
  json::array findings;
  for (const Finding& finding : inspection.findings) {
    findings.push_back(object_of(finding));
  }
  json::object report{{"format", "bootproof-inspection"},
                      {"version", kJsonReportVersion},
                      {"image", name},
                      {"image_format", inspection.image_format},
                      {"size", inspection.size},
                      {"kind", name_of(inspection.kind)},
                      {"summary", summary(inspection)},
                      {"counts", json::object{{"errors", inspection.count(Severity::kError)},
                                              {"warnings", inspection.count(Severity::kWarning)},
                                              {"notes", inspection.count(Severity::kNote)}}},
                      {"paths", std::move(paths)},
                      {"boot_catalog", entries_of(inspection)},
                      {"partitions", partitions_of(inspection)},
                      {"volumes", std::move(volumes)},
                      {"findings", std::move(findings)}};
  if (layout != nullptr) {
    report["layout"] = array_of(*layout);
    report["layout_complete"] = layout->is_complete();
  }
  return json::serialize(report);
}

}  // namespace bootproof::inspectors
