#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/lint/rules.h"

namespace bootproof::lint {
namespace {

/// The layer that a path belongs to, or null: tests, benchmarks.
const Layer* layer_of(std::string_view path) {
  const auto& all = layers();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Layer& layer) {
    return path.starts_with(std::string(layer.folder) + "/");
  });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

const std::vector<Layer>& layers() {
  static const std::vector<Layer> kLayers = {
      {"inspectors", {}},
      {"reports", {}},
      {"scenarios", {"harness/core"}},
      {"builders", {"harness/core"}},
      {"harness/core", {}},
      {"harness/console", {"harness/core"}},
      {"harness/diagnosis", {"harness/core", "harness/console"}},
      {"harness/vm", {"harness/core", "harness/console"}},
      {"harness/images", {"harness/core", "inspectors"}},
      {"harness/run",
       {"harness/core", "harness/console", "harness/diagnosis", "harness/vm", "inspectors",
        "builders", "scenarios", "reports"}},
      {"harness/cli",
       {"harness/core", "harness/console", "harness/diagnosis", "harness/images", "harness/vm",
        "harness/run", "inspectors", "builders", "scenarios", "reports"}},
  };
  return kLayers;
}

std::string_view included_path(const Directive& directive) {
  std::string_view text = directive.text;
  text.remove_prefix(1);
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  if (!text.starts_with("include")) {
    return {};
  }
  const std::size_t open = text.find_first_of("\"<");
  if (open == std::string_view::npos) {
    return {};
  }
  const std::size_t close = text.find_first_of("\">", open + 1);
  return text.substr(open + 1, std::min(close, text.size()) - open - 1);
}

bool is_quoted_include(const Directive& directive) {
  return !included_path(directive).empty() && directive.text.find('"') != std::string::npos;
}

std::vector<Complaint> check_layers(const SourceFile& file) {
  std::vector<Complaint> complaints;
  const Layer* own = layer_of(file.path);
  for (const Directive& directive : file.source.directives) {
    if (!is_quoted_include(directive)) {
      continue;
    }
    const std::string_view path = included_path(directive);
    if (own == nullptr) {
      continue;
    }
    if (path.find('/') == std::string_view::npos || path.find("..") != std::string_view::npos) {
      complaints.push_back(
          {directive.line, fmt::format("\"{}\" is not a path from the root", path)});
      continue;
    }
    const Layer* other = layer_of(path);
    const bool allowed =
        other == own ||
        (other != nullptr && std::find(own->may_include.begin(), own->may_include.end(),
                                       other->folder) != own->may_include.end());
    if (!allowed) {
      complaints.push_back({directive.line, fmt::format("{} includes \"{}\"", own->folder, path)});
    }
  }
  return complaints;
}

std::vector<Complaint> check_asio(const SourceFile& file) {
  constexpr std::array<std::string_view, 6> kAllowed = {"harness",   "tests/core", "tests/vm",
                                                        "tests/run", "tests/cli",  "tests/boot"};
  if (std::any_of(kAllowed.begin(), kAllowed.end(),
                  [&](std::string_view folder) { return file.is_under(folder); })) {
    return {};
  }
  std::vector<Complaint> complaints;
  for (const Directive& directive : file.source.directives) {
    if (included_path(directive).starts_with("boost/asio")) {
      complaints.push_back(
          {directive.line, fmt::format("<{}> is included here", included_path(directive))});
    }
  }
  return complaints;
}

}  // namespace bootproof::lint
