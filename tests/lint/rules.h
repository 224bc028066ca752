#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/lint/source_text.h"

namespace bootproof::lint {

/// A file of the source tree.
struct SourceFile {
  std::string path;  ///< From the root, with '/': `reports/junit.cc`.
  std::uintmax_t size = 0;
  std::string text;   ///< Empty for files that are not text.
  SourceText source;  ///< Of C++ files only.

  /// `.cc` and `.h`.
  [[nodiscard]] bool is_cpp() const;
  [[nodiscard]] bool is_header() const;
  /// True where the path begins with the folder.
  [[nodiscard]] bool is_under(std::string_view folder) const;
};

/// A SourceFile of this text, taken apart where it is C++.
SourceFile make_source_file(std::string path, std::string text);

/// What is wrong at a line, 0 where it concerns the whole file.
struct Complaint {
  std::size_t line = 0;
  std::string what;
};

/// One thing that STYLE asks for and a program can see. A rule looks at one file.
struct Rule {
  std::string_view name;    ///< In CamelCase: it is a test's name.
  std::string_view remedy;  ///< What to do about a complaint.
  std::vector<Complaint> (*check)(const SourceFile& file);
};

/// All rules. Adding one is a row, and its snippets in rules_test.cc.
std::span<const Rule> rules();

/// The folders of DESIGN's section 3 and which of ours each may include besides itself.
struct Layer {
  std::string_view folder;
  std::vector<std::string_view> may_include;
};

/// The layers, the deeper folder first where one is in another.
const std::vector<Layer>& layers();

// The checks that need more than a few lines.

std::vector<Complaint> check_layers(const SourceFile& file);
std::vector<Complaint> check_asio(const SourceFile& file);
std::vector<Complaint> check_await_braces(const SourceFile& file);
std::vector<Complaint> check_await_aggregates(const SourceFile& file);
std::vector<Complaint> check_await_lambdas(const SourceFile& file);
std::vector<Complaint> check_await_operators(const SourceFile& file);
std::vector<Complaint> check_await_switch(const SourceFile& file);
std::vector<Complaint> check_documented_types(const SourceFile& file);
std::vector<Complaint> check_pragma_once(const SourceFile& file);

/// The path in an `#include`, without its quotes or brackets; empty for other directives.
std::string_view included_path(const Directive& directive);

/// True for `#include "..."`.
bool is_quoted_include(const Directive& directive);

/// "path:line: what; remedy" for each complaint, a line each; after ten the rest is only counted.
std::string report(const SourceFile& file, std::string_view remedy,
                   const std::vector<Complaint>& complaints);

}  // namespace bootproof::lint
