#include "harness/run/case_properties.h"

#include <string>

namespace bootproof {

Properties properties_of(const Cell& cell) {
  return {{"medium", cell.medium->name},
          {"firmware", std::string(name_of(cell.firmware))},
          {"device", std::string(name_of(cell.device))},
          {"machine", std::string(name_of(cell.machine))}};
}

Properties properties_of(const Cell& cell, const MachineSpec& spec, const ReadyMedium& medium) {
  Properties out = properties_of(cell);
  out.emplace_back("accelerator", std::string(name_of(spec.accelerator)));
  out.emplace_back("memory-mib", std::to_string(spec.memory_mib));
  if (spec.sector_size != 0) {
    out.emplace_back("sector-size", std::to_string(spec.sector_size));
  }
  for (const BootFile& file : medium.files()) {
    const bool is_initrd = file.path == spec.initrd;
    out.emplace_back(is_initrd ? "initrd" : "image", file.path.string());
    out.emplace_back(is_initrd ? "initrd-sha256" : "sha256", file.sha256);
  }
  if (cell.scenario->expect_failure) {
    out.emplace_back("expected-failure", cell.scenario->expect_failure->text());
  }
  return out;
}

}  // namespace bootproof
