#pragma once

#include <cstddef>

#include "reports/live_status.h"
#include "reports/table.h"

namespace bootproof {

/// True where stderr (talk) or stdout (results) is a terminal.
bool stderr_is_terminal();
bool stdout_is_terminal();

/// How text on stdout is laid out: the terminal's width, colours where it is one and NO_COLOR is
/// not set.
TextStyle stdout_style();

/// The size of the terminal behind stderr; 80 x 24 where it doesn't tell.
TerminalSize stderr_size();

}  // namespace bootproof
