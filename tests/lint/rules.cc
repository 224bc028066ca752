#include "tests/lint/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bootproof::lint {
namespace {

constexpr std::size_t kMostLines = 500;
constexpr std::size_t kMostMainLines = 60;
constexpr std::uintmax_t kMostBytes = 512U << 10U;

std::vector<Complaint> find_words(const SourceFile& file,
                                  std::initializer_list<std::string_view> words) {
  std::vector<Complaint> complaints;
  const std::string& code = file.source.code;
  for (const std::string_view word : words) {
    for (std::size_t at = find_word(code, word); at != std::string::npos;
         at = find_word(code, word, at + 1)) {
      complaints.push_back({line_at(code, at), fmt::format("`{}`", word)});
    }
  }
  return complaints;
}

std::vector<Complaint> check_casts(const SourceFile& file) {
  return find_words(file, {"reinterpret_cast"});
}

std::vector<Complaint> check_sleep(const SourceFile& file) {
  if (file.is_under("bench")) {
    return {};
  }
  std::vector<Complaint> complaints =
      find_words(file, {"sleep_for", "sleep_until", "usleep", "nanosleep"});
  const std::string& code = file.source.code;
  constexpr std::string_view kSleep = "sleep";
  for (std::size_t at = find_word(code, kSleep); at != std::string::npos;
       at = find_word(code, kSleep, at + 1)) {
    const std::size_t next = skip_blanks(code, at + kSleep.size());
    if (next < code.size() && code[next] == '(') {
      complaints.push_back({line_at(code, at), "`sleep(`"});
    }
  }
  return complaints;
}

std::size_t count_lines(const SourceFile& file) {
  return static_cast<std::size_t>(std::count(file.text.begin(), file.text.end(), '\n'));
}

std::vector<Complaint> check_length(const SourceFile& file) {
  const std::size_t lines = count_lines(file);
  if (!file.is_cpp() || lines <= kMostLines) {
    return {};
  }
  return {{0, fmt::format("{} lines, more than {}", lines, kMostLines)}};
}

std::vector<Complaint> check_main(const SourceFile& file) {
  const std::size_t lines = count_lines(file);
  const bool is_main = file.path == "main.cc" || file.path.ends_with("/main.cc");
  if (!is_main || lines < kMostMainLines) {
    return {};
  }
  return {{0, fmt::format("{} lines, not under {}", lines, kMostMainLines)}};
}

std::vector<Complaint> check_size(const SourceFile& file) {
  if (file.size <= kMostBytes) {
    return {};
  }
  return {{0, fmt::format("{} bytes, more than {}", file.size, kMostBytes)}};
}

/// Calls `see(number, line)` for each line of the text.
template <typename See>
void each_line(std::string_view text, See see) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t feed = text.find('\n');
    see(number, text.substr(0, feed));
    text = feed == std::string_view::npos ? std::string_view{} : text.substr(feed + 1);
  }
}

/// Written by people, not by programs or guests.
bool is_handwritten(const SourceFile& file) {
  constexpr std::array<std::string_view, 10> kEndings = {
      ".cc", ".h", ".md", ".cmake", ".yaml", ".yml", ".json", ".sh", ".xsd", "CMakeLists.txt"};
  const bool has_ending =
      std::any_of(kEndings.begin(), kEndings.end(),
                  [&](std::string_view ending) { return file.path.ends_with(ending); });
  const bool is_at_the_root = file.path.find('/') == std::string::npos;
  return (has_ending || is_at_the_root) && !file.is_under("tests/golden");
}

std::vector<Complaint> check_trailing_blanks(const SourceFile& file) {
  std::vector<Complaint> complaints;
  if (!is_handwritten(file)) {
    return complaints;
  }
  each_line(file.text, [&](std::size_t number, std::string_view line) {
    if (line.ends_with(' ') || line.ends_with('\t') || line.ends_with('\r')) {
      complaints.push_back({number, "white space at the end of the line"});
    }
  });
  return complaints;
}

/// Folders of one machine. Put together here so that this file doesn't hold them itself.
const std::vector<std::string>& machine_paths() {
  static const std::vector<std::string> kPaths = {std::string("/wo") + "rk/",
                                                  std::string("/tmp/bash") + "_jobs",
                                                  std::string("/tmp/bu") + "ild-"};
  return kPaths;
}

std::vector<Complaint> check_machine_paths(const SourceFile& file) {
  constexpr std::string_view kPathCharacters = "_-./}$";
  const auto continues_a_path = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPathCharacters.find(c) != std::string_view::npos;
  };
  std::vector<Complaint> complaints;
  each_line(file.text, [&](std::size_t number, std::string_view line) {
    for (const std::string& path : machine_paths()) {
      const std::size_t at = line.find(path);
      if (at != std::string_view::npos && (at == 0 || !continues_a_path(line[at - 1]))) {
        complaints.push_back({number, "the path of one machine, " + path});
      }
    }
  });
  return complaints;
}

constexpr std::array kRules{
    Rule{"Layers", "include only what DESIGN, section 3 allows; or move the code", check_layers},
    Rule{"Asio", "keep Asio under harness/ and in the tests of its coroutines", check_asio},
    Rule{"AwaitBraces", "name the argument, then await", check_await_braces},
    Rule{"AwaitAggregates", "name the argument, then await", check_await_aggregates},
    Rule{"AwaitLambdas", "name the lambda, then await", check_await_lambdas},
    Rule{"AwaitOperators", "use within() of harness/core/async.h", check_await_operators},
    Rule{"AwaitSwitch", "name the value, then switch on it", check_await_switch},
    Rule{"ReinterpretCast", "read bytes by the reader, or copy them by std::memcpy", check_casts},
    Rule{"Sleep", "wait for the event itself", check_sleep},
    Rule{"FileLength", "look for the second noun in the file", check_length},
    Rule{"MainLength", "move code into the library of harness/cli", check_main},
    Rule{"FileSize", "make the file when it is needed, or shrink it", check_size},
    Rule{"PragmaOnce", "begin the header with #pragma once", check_pragma_once},
    Rule{"DocumentedTypes", "say above it with /// what it is for", check_documented_types},
    Rule{"TrailingBlanks", "delete it", check_trailing_blanks},
    Rule{"MachinePaths", "take the path from the build, the environment or a temporary folder",
         check_machine_paths},
};

}  // namespace

bool SourceFile::is_cpp() const { return path.ends_with(".cc") || is_header(); }

bool SourceFile::is_header() const { return path.ends_with(".h"); }

bool SourceFile::is_under(std::string_view folder) const {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

SourceFile make_source_file(std::string path, std::string text) {
  SourceFile file;
  file.path = std::move(path);
  file.size = text.size();
  file.text = std::move(text);
  if (file.is_cpp()) {
    file.source = take_apart(file.text);
  }
  return file;
}

std::span<const Rule> rules() { return kRules; }

std::string report(const SourceFile& file, std::string_view remedy,
                   const std::vector<Complaint>& complaints) {
  constexpr std::size_t kMostComplaints = 10;
  const std::size_t shown = std::min(complaints.size(), kMostComplaints);
  std::string out;
  for (const Complaint& complaint : std::span(complaints).first(shown)) {
    const std::string place =
        complaint.line == 0 ? file.path : fmt::format("{}:{}", file.path, complaint.line);
    out += fmt::format("{}: {}; {}\n", place, complaint.what, remedy);
  }
  if (shown < complaints.size()) {
    out += fmt::format("{}: and {} more of these\n", file.path, complaints.size() - shown);
  }
  return out;
}

}  // namespace bootproof::lint
