#include "harness/run/case_properties.h"

#include <string>

namespace bootproof {

namespace {

/// The further axes as properties; defaults are not told.
void add_options(const CellOptions& options, Properties& out) {
  if (options.controller != Controller::kDefault) {
    out.emplace_back("controller", std::string(name_of(options.controller)));
  }
  if (options.hide != Hide::kNothing) {
    out.emplace_back("hidden", std::string(name_of(options.hide)));
  }
  if (!options.removable) {
    out.emplace_back("removable", "false");
  }
  if (options.larger_mib > 0) {
    out.emplace_back("larger-by-mib", std::to_string(options.larger_mib));
  }
  if (options.read_only) {
    out.emplace_back("read-only", "true");
  }
  if (options.tpm) {
    out.emplace_back("tpm", "2.0, by swtpm");
  }
}

void add_file(const std::string& name, const BootFile& file, Properties& out) {
  if (!file.path.empty()) {
    out.emplace_back(name, file.path.string());
    out.emplace_back(name + "-sha256", file.sha256);
  }
}

}  // namespace

Properties properties_of(const Cell& cell) {
  return {{"medium", cell.medium->name},
          {"firmware", std::string(cell.firmware_name())},
          {"device", std::string(name_of(cell.device))},
          {"machine", std::string(name_of(cell.machine))}};
}

Properties properties_of(const Cell& cell, const MachineSpec& spec, const ReadyFiles& files) {
  Properties out = properties_of(cell);
  out.emplace_back("accelerator", std::string(name_of(spec.accelerator)));
  out.emplace_back("memory-mib", std::to_string(spec.memory_mib));
  if (spec.sector_size != 0) {
    out.emplace_back("sector-size", std::to_string(spec.sector_size));
  }
  add_options(cell.options, out);
  if (const ReadyFirmware* build = files.firmware(cell)) {
    out.emplace_back("firmware-like", std::string(name_of(spec.firmware)));
    add_file("firmware-code", build->code, out);
    add_file("firmware-vars", build->vars, out);
  }
  for (const BootFile& file : files.medium(*cell.medium).files()) {
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
