#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "harness/diagnosis/signature.h"
#include "reports/result.h"

namespace bootproof {

/// Whether lines came one by one from a machine that was watched, or stand in a log that is over.
enum class Reading : std::uint8_t { kLive, kLog };

/// What a watchdog gives as cause: no line of the console proves it.
std::span<const std::string_view> unproved_causes();
bool is_unproved(std::string_view cause);

/// True for what the processors of a machine that can't go on have shown.
bool is_standstill(std::string_view cause);

/// True for a cause that lines prove, false for one that rests on watchdogs, processors, QEMU.
bool rests_on_lines(std::string_view cause);

/// Says in `verdict` how certain a finding is and what it rests on, names its other candidates and
/// where its cause is tracked.
///
/// A line that only a lost boot prints is certain, and so is a prompt that was seen to wait; at the
/// end of a log it is likely. Where an earlier line is the reason, or only such a line was found,
/// the cause is likely.
void set_basis(Verdict& verdict, const Finding& finding, Reading reading);

/// A failed verdict for a finding: the row's cause, sentence (with `circumstance` behind it, where
/// there is one) and hint, the lines of evidence, certainty. The stage is left to the caller.
Verdict verdict_of(const Finding& finding, std::string_view circumstance, Reading reading);

/// The stage of a verdict for `finding` where lines have shown the stage `reached`: that, or the
/// one that a cause of the user's own names where it is further, or where the boot ends by the row.
Stage stage_of(const Finding& finding, Stage reached);

/// set_basis() for a cause that no line proves. Limits are open; a silent console is likely, and
/// its candidate a kernel that hangs; what QEMU or the host reports is certain. `standing`: a
/// prompt at the end of the console, the candidate, or null.
void set_basis(Verdict& verdict, const Finding* standing);

}  // namespace bootproof
