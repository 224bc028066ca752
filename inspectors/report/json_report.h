#pragma once

#include <string>
#include <string_view>

#include "inspectors/inspect.h"
#include "inspectors/paths/layout.h"

namespace bootproof::inspectors {

/// The version of the format; it grows when a key changes its meaning or goes.
inline constexpr int kJsonReportVersion = 1;

/// An inspection as a JSON object without a newline: `format` ("bootproof-inspection"), `version`,
/// `image`, `image_format`, `size`, `kind`, `summary`, `counts`, `paths`, `volumes`, `partitions`,
/// `findings`, and `layout` where one is given. Keys are in inspectors/report/README.md. Text of
/// the medium is printable and escaped as in the models.
std::string json_report(std::string_view name, const Inspection& inspection,
                        const Layout* layout = nullptr);

}  // namespace bootproof::inspectors
