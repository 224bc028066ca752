#include "inspectors/paths/forecast.h"

#include <algorithm>
#include <array>
#include <utility>

#include "inspectors/paths/path_finder.h"
#include "inspectors/rules.h"

namespace bootproof::inspectors {
namespace {

constexpr std::array kFirmware{FirmwareClass::kBios, FirmwareClass::kUefiX64,
                               FirmwareClass::kUefiIa32, FirmwareClass::kUefiAarch64,
                               FirmwareClass::kUefiRiscv64};
constexpr std::array kAttachments{Attachment::kOptical, Attachment::kDisk, Attachment::kDisk4096};

}  // namespace

BootPath PathFinder::best_path(bool is_secure, std::vector<Finding>& found) {
  is_secure_ = is_secure;
  chained_ = 0;
  Trail trail = firmware_ == FirmwareClass::kBios ? bios() : uefi();
  BootPath path;
  path.firmware = firmware_;
  path.is_secure = is_secure_;
  path.attachment = attachment_;
  path.forecast = trail.forecast();
  path.links = trail.links();
  found = findings_.take();
  return path;
}

std::vector<BootPath> find_boot_paths(OpenMedium& medium, const ForecastOptions& options,
                                      Findings& findings) {
  Programs programs(findings, options.unpacks, options.keys);
  std::vector<BootPath> paths;
  for (const Attachment attachment : kAttachments) {
    for (const FirmwareClass firmware : kFirmware) {
      PathFinder finder(medium, programs, firmware, attachment);
      for (const bool is_secure : {false, true}) {
        if (is_secure && firmware == FirmwareClass::kBios) {
          continue;
        }
        std::vector<Finding> found;
        paths.push_back(finder.best_path(is_secure, found));
        findings.append_new(std::move(found));
      }
    }
  }
  return paths;
}

}  // namespace bootproof::inspectors
