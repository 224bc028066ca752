#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/diagnosis/kernel_log.h"
#include "harness/diagnosis/signature.h"
#include "reports/result.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// What evidence that was read in the guest's memory begins with.
inline constexpr std::string_view kGuestMemoryMark = "(guest memory) ";

/// True for a failed case whose kernel may have more to say than its console: it was loaded, or the
/// serial line said nothing that proves a cause.
bool wants_kernel_log(const Verdict& verdict);

/// What a verdict's message says beside its cause's sentence.
std::string_view circumstance_of(const Verdict& verdict);

/// The kernel's serial console on the machine's first serial port: "ttyS0", "ttyAMA0".
std::string_view serial_console(MachineType machine);

/// What a kernel's command line says against the machine's serial port, for the hint of a silent
/// console: "the command line has console=tty1, this machine's serial port is ttyS0: ...".
std::string console_hint(std::string_view command_line, std::string_view port);

/// A failed verdict as the kernel's log corrects it. Where the console proved no cause
/// (machine.silent, kernel.silent-console, step.no-match, case.limit) the lines of the log may give
/// it, and where the guest was reset again and again one that is certain: it is of a boot before;
/// those in `tolerated` excepted; where it showed nothing of a kernel that ran, the cause is
/// kernel.silent-console. Evidence from the log is marked "(guest memory)". A cause that was
/// proved, or that `scenario` expects, stays. `own`: signatures of the user's own.
/// `on_serial`: the stage that the serial line has shown, where the machine's own screen showed
/// more than that; by default the verdict's. Pure.
Verdict judge_by_kernel_log(Verdict verdict, const KernelLog& log, const Scenario& scenario,
                            std::span<const std::string> tolerated, std::string_view port,
                            bool steps_passed, std::shared_ptr<const OwnSignatures> own = nullptr,
                            std::optional<Stage> on_serial = std::nullopt);

}  // namespace bootproof
