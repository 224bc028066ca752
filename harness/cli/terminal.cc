#include "harness/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace bootproof {
namespace {

TerminalSize size_of(int fd) {
  winsize size{};
  TerminalSize result;
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    result.columns = size.ws_col;
    result.rows = size.ws_row;
  }
  return result;
}

bool colour_is_wanted() {
  const char* no_color = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): never changed.
  return no_color == nullptr || *no_color == '\0';
}

}  // namespace

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }
bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

TextStyle stdout_style() {
  TextStyle style;
  if (stdout_is_terminal()) {
    style.width = size_of(STDOUT_FILENO).columns;
    style.colour = colour_is_wanted();
  }
  return style;
}

TerminalSize stderr_size() { return size_of(STDERR_FILENO); }

}  // namespace bootproof
