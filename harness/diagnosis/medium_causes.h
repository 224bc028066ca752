#pragma once

#include <span>
#include <string_view>

#include "harness/diagnosis/signature.h"

namespace bootproof {

/// One row: what a broken link of a medium's foretold boot path stands for, when the boot was lost
/// and the machine itself said no more than that it was. Adding one is adding a row and a sample.
struct MediumCause {
  std::string_view cause;  ///< `firmware.no-boot-catalog`.
  Stage stage;             ///< Stage in which it fails.
  /// RE2, matched on "LINK: PROBLEM" as the inspection words them.
  std::string_view pattern;
  std::string_view sentence;  ///< For people: what is wrong.
  std::string_view hint;      ///< What to do.
  /// The causes whose place it may take: patterns of matches_glob with blanks between.
  std::string_view explains;
};

/// The rows, most specific first.
std::span<const MediumCause> medium_causes();

/// The first row whose pattern matches the link ("El Torito boot record") with its problem ("there
/// is no boot catalog") and that explains a loss with this cause; null where none does.
const MediumCause* medium_cause_of(std::string_view link, std::string_view problem,
                                   std::string_view lost_for);

}  // namespace bootproof
