#include "harness/run/console_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "harness/diagnosis/log_cleaner.h"

namespace bootproof {
namespace {

constexpr std::size_t kPiece = 64U << 10U;

/// Gives `take` the file's bytes in order, at most `most` of them.
template <typename Take>
void each_piece(const FileBytes& file, std::uint64_t most, Take take) {
  std::vector<std::uint8_t> buffer(kPiece);
  const std::uint64_t size = std::min(file.size, most);
  for (std::uint64_t at = 0; at < size; at += kPiece) {
    const auto part = std::span(buffer).first(std::min<std::uint64_t>(kPiece, size - at));
    if (!file.read(at, part)) {
      throw Error(ErrorKind::kHost, fmt::format("the file can't be read at byte {}", at),
                  "see whether it still grows, and whether its disk is healthy");
    }
    take(std::string(part.begin(), part.end()));
  }
}

/// Text without lines that begin with '#' and a blank.
std::string without_remarks(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t feed = text.find('\n');
    const std::string_view line = text.substr(0, feed == std::string_view::npos ? feed : feed + 1);
    if (!line.starts_with("# ")) {
      out += line;
    }
    text.remove_prefix(line.size());
  }
  return out;
}

}  // namespace

void ConsoleHearing::hear(std::string_view bytes, const std::function<void()>& after_piece) {
  while (!bytes.empty()) {
    const std::string_view piece = pieces_.next(bytes);
    const std::uint64_t before = transcript_.end();
    transcript_.feed(piece);
    screen_.feed(piece);
    watch_->add_text(transcript_.since(before));
    if (after_piece) {
      after_piece();
    }
  }
  watch_->show_screen(screen_.text());
}

void read_console(const FileBytes& file, SignatureWatch& watch) {
  ConsoleHearing console(watch);
  LogCleaner cleaner;
  each_piece(file, kLongestLog,
             [&](const std::string& bytes) { console.hear(cleaner.clean(bytes)); });
  console.hear(cleaner.finish());
}

void read_lines(const FileBytes& file, SignatureWatch& watch, TextStream stream) {
  std::string line;
  each_piece(file, kLongestLog, [&](const std::string& bytes) {
    line += bytes;
    const std::size_t feed = line.rfind('\n');
    const std::size_t whole =
        feed != std::string::npos ? feed + 1 : (line.size() >= kPiece ? line.size() : 0);
    watch.add_text(without_remarks(std::string_view(line).substr(0, whole)), stream);
    line.erase(0, whole);
  });
  watch.add_text(without_remarks(line), stream);
}

std::string read_text(const FileBytes& file, std::uint64_t most) {
  std::string text;
  each_piece(file, most, [&](const std::string& bytes) { text += bytes; });
  return text;
}

}  // namespace bootproof
