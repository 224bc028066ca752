#pragma once

#include <fmt/format.h>

#include <ostream>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

/// For GoogleTest's messages.
inline void PrintTo(const Finding& finding, std::ostream* out) {
  *out << fmt::format("\n{} {} at {} in \"{}\": found \"{}\", expected \"{}\"; {}",
                      name_of(finding.severity), finding.rule, finding.offset, finding.path,
                      finding.found, finding.expected, finding.remedy);
}

}  // namespace bootproof::inspectors
