#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/diagnosis/medium_reads.h"
#include "inspectors/inspect.h"
#include "reports/result.h"

namespace bootproof {

/// What the inspection of a medium knows, for what was read of it.
struct MediumFacts {
  std::shared_ptr<const MediumMap> map;                ///< Null: no names.
  const inspectors::Inspection* inspection = nullptr;  ///< Null: it could not be inspected.
  const inspectors::BootPath* path = nullptr;          ///< What the firmware was to do; or null.
};

/// Marks evidence that is from the reads of the medium.
inline constexpr std::string_view kReadMark = "(medium) ";

/// True for a failure that the console does not prove, or in which the firmware or the loader got
/// no further than reading: what was read says more.
bool wants_reads(const Verdict& verdict);

/// What the reads say of a failure, with the inspection: what was read last; of a boot catalog
/// whose boot images were never read, and why; a configuration that was read and its kernel that
/// was not; a kernel or initramfs of which only a part was read; both read to their ends. Lines
/// begin with kReadMark. Pure.
std::vector<std::string> read_evidence(const Verdict& verdict, const MediumReads& reads,
                                       const MediumFacts& facts);

/// The verdict with that evidence where it wants it; the cause stays.
Verdict explain_by_reads(Verdict verdict, const MediumReads& reads, const MediumFacts& facts);

}  // namespace bootproof
