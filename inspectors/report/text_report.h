#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "inspectors/inspect.h"
#include "inspectors/paths/layout.h"

namespace bootproof::inspectors {

/// How a report for people is laid out.
struct ReportStyle {
  bool shows_notes = true;  ///< Findings of the lowest severity too.
  bool shows_all = false;   ///< Also the paths of firmware for which there is nothing at all.
};

/// What a person wants to know of a medium: a line that says what it is, the table of boot paths,
/// the findings with what to do. Ends with a newline; printable whatever the medium holds. `name`
/// has to be printable.
std::string text_report(std::string_view name, const Inspection& inspection,
                        const ReportStyle& style = {});

/// The layout by offset and size, what stands in a volume indented under it, gaps included.
std::string text_tree(const Layout& layout);

/// The reference page of all rules (Markdown).
std::string rules_reference();

}  // namespace bootproof::inspectors
