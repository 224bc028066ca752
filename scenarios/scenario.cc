#include "scenarios/scenario.h"

#include <string_view>
#include <variant>
#include <vector>

namespace bootproof {

std::vector<const FileSource*> sources_of(const Medium& medium) {
  if (const auto* image = std::get_if<FileSource>(&medium.source)) {
    return {image};
  }
  if (const auto* altered = std::get_if<AlteredMedium>(&medium.source)) {
    return {&altered->source};
  }
  const auto& direct = std::get<DirectKernel>(medium.source);
  std::vector<const FileSource*> sources{&direct.kernel};
  if (direct.initrd) {
    sources.push_back(&*direct.initrd);
  }
  return sources;
}

std::string_view Cell::firmware_name() const {
  return firmware_build == nullptr ? name_of(firmware) : std::string_view(firmware_build->name);
}

}  // namespace bootproof
