#include "harness/diagnosis/log_cleaner.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <span>

namespace bootproof {
namespace {

/// How much of a line is looked at: prefixes and the lines of terminal programs are shorter.
constexpr std::size_t kLongestPrefix = 256;
constexpr int kMostPrefixes = 4;

/// A part that several prefixes have, with the name that stands for it there.
struct Part {
  std::string_view name;
  std::string_view pattern;
};

constexpr auto kParts = std::to_array<Part>({
    // "2024-01-01 12:00:00.123+01:00"
    {"@ISO@",
     R"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)"},
    // "12:00:00.123"
    {"@CLOCK@", R"(\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)"},
    // "host kernel: ", "host systemd[1]: "
    {"@TAG@", R"([A-Za-z0-9._-]{1,64} [A-Za-z0-9_./@()-]{1,64}(?:\[\d{1,8}\])?: )"},
});

/// What a line may begin with.
constexpr auto kPrefixes = std::to_array<std::string_view>({
    // journalctl and syslog, then with -o short-iso.
    R"([A-Z][a-z]{2} [ \d]\d @CLOCK@ @TAG@)",
    R"(@ISO@ @TAG@)",
    // minicom, tio, conserver, ts: a time in brackets; others without them.
    R"(\[@ISO@\]:? ?)",
    R"(\[@CLOCK@\] ?)",
    R"(@ISO@ (?:[|:-] )?)",
    R"(@CLOCK@ (?:[|>-] )?)",
    // dmesg -T, conserver.
    R"(\[(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]?\d @CLOCK@(?: \d{4})?\] ?)",
    // grabserial: since the start, since the line before.
    R"(\[\d{1,7}\.\d{6} \d{1,7}\.\d{6}\] )",
    // dmesg --raw, dmesg -x.
    R"(<\d{1,3}>)",
    R"((?:kern|user|daemon|syslog|auth) *:(?:emerg|alert|crit|err|warn|notice|info|debug) *: )",
});

/// Whole lines of terminal programs.
constexpr auto kOwnLines = std::to_array<std::string_view>({
    R"(picocom v[\d.a-z]+)",
    R"((?:port|flowcontrol|baudrate|parity|databits|stopbits|txdelay|rxdelay|escape|local echo|)"
    R"(noinit|noreset|hangup|nolock|send_cmd|receive_cmd|imap|omap|emap|logfile|initstring|)"
    R"(exit_after|exit) +(?:is|are) *: .*)",
    R"(Type \[C-[a-z]\] \[C-[a-z]\] to see available commands)",
    R"(Terminal ready)",
    R"(Terminating\.\.\.)",
    R"(Thanks for using picocom)",
    R"(Skipping tty reset\.\.\.)",
    R"(Welcome to minicom [\d.]+)",
    R"(OPTIONS: I18n.*)",
    R"((?:Compiled on|Port /dev/tty).*\d\d:\d\d:\d\d.*)",
    R"(Press CTRL-A Z for help on special keys)",
    R"(Script (?:started|done) on \d{4}-\d\d-\d\d.*)",
    R"(\[tio \d\d:\d\d:\d\d\] .*)",
    R"(Connected to /dev/tty\S+)",
});

RE2::Options options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(RE2::Options::EncodingLatin1);  // Any bytes.
  return options;
}

/// A pattern that matches what one of `rows` matches.
std::string any_of(std::span<const std::string_view> rows) {
  std::string all;
  for (const std::string_view row : rows) {
    all += (all.empty() ? "(?:" : "|(?:") + std::string(row) + ")";
  }
  for (const Part& part : kParts) {
    for (std::size_t at = all.find(part.name); at != std::string::npos; at = all.find(part.name)) {
      all.replace(at, part.name.size(), part.pattern);
    }
  }
  return all;
}

const RE2& any_prefix() {
  static const RE2 kAny(any_of(kPrefixes), options());
  return kAny;
}

const RE2& any_own_line() {
  static const RE2 kAny(any_of(kOwnLines), options());
  return kAny;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::size_t log_prefix_length(std::string_view line) {
  const RE2& prefix = any_prefix();
  const std::string_view first = line.substr(0, kLongestPrefix);
  re2::StringPiece rest = piece(first);
  for (int i = 0; i < kMostPrefixes && RE2::Consume(&rest, prefix); ++i) {
  }
  return first.size() - rest.size();
}

bool is_terminal_programs_line(std::string_view line) {
  while (line.ends_with('\r') || line.ends_with(' ')) {
    line.remove_suffix(1);
  }
  return line.size() <= kLongestPrefix && RE2::FullMatch(piece(line), any_own_line());
}

/// `held_` is a whole line, or as much of one as is looked at.
void LogCleaner::decide(std::string& out) {
  std::string_view line = held_;
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (!began_ && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  began_ = true;
  const bool is_whole = line.ends_with('\n');
  line.remove_prefix(log_prefix_length(line));
  const std::string_view text = line.substr(0, line.size() - (is_whole ? 1 : 0));
  if (!is_terminal_programs_line(text)) {
    out += line;
  }
  held_.clear();
  in_line_ = !is_whole;
}

std::string LogCleaner::clean(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const std::size_t feed = bytes.find('\n');
    const std::string_view line = bytes.substr(0, feed == std::string_view::npos ? feed : feed + 1);
    if (in_line_) {
      out += line;
      in_line_ = feed == std::string_view::npos;
      bytes.remove_prefix(line.size());
      continue;
    }
    // One byte more than a prefix may have: so it is seen whole, however it was cut.
    const std::size_t wanted = std::min(line.size(), kLongestPrefix + 1 - held_.size());
    held_ += line.substr(0, wanted);
    bytes.remove_prefix(wanted);
    if (held_.ends_with('\n') || held_.size() > kLongestPrefix) {
      decide(out);
    }
  }
  return out;
}

std::string LogCleaner::finish() {
  std::string out;
  if (!held_.empty()) {
    decide(out);
  }
  return out;
}

}  // namespace bootproof
