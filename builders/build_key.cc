#include "builders/build_key.h"

#include <fmt/format.h>

#include "builders/tools.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

/// Raised with each change of what the makers write, so that older entries of a cache are not
/// taken.
constexpr int kFormatVersion = 5;

}  // namespace

void BuildKey::add(std::string_view name, std::string_view value) {
  text_ += fmt::format("{}:{}:{}\n", name, value.size(), value);
}

void BuildKey::add(std::string_view name, const InputFile& input) {
  add(name, input.sha256);
  inputs_.push_back(input);
}

void BuildKey::add(const ImageFiles& files) {
  for (const ImageFile& file : files.files) {
    add("path", file.path);
    add("mode", fmt::format("{:o} {} {} {} {}", file.mode, file.owner, file.group,
                            file.device_major, file.device_minor));
    if (const auto* source = std::get_if<InputFile>(&file.content)) {
      add("sha256", *source);
    } else {
      add("text", std::get<std::string>(file.content));
    }
  }
  for (const ImageTree& tree : files.trees) {
    add(tree.is_archive ? "tar" : "folder", tree.at);
    if (tree.is_archive) {
      add("sha256", tree.source);
    } else {
      add("sha256", tree.source.sha256);  // of the whole folder, which is not read a second time
    }
  }
}

void BuildKey::add(const GrubFolder& folder) { add(name_of(folder.platform), folder.digest); }

void BuildKey::add_tool(std::string_view name) { tools_ += tool_identity(name, *memory_) + "\n"; }

void BuildKey::add_library(std::string_view version) { tools_ += fmt::format("{}\n", version); }

std::string BuildKey::identity() const {
  return sha256_of(fmt::format("{}\n{}", kFormatVersion, text_));
}

std::string BuildKey::digest() const {
  return sha256_of(fmt::format("{}\n{}\n{}", kFormatVersion, text_, tools_));
}

void BuildKey::check_unchanged() const {
  for (const InputFile& input : inputs_) {
    if (memory_->file(input.path) != input.sha256) {
      throw Error(ErrorKind::kBuild,
                  fmt::format("{} changed while the medium was being built", input.path.string()),
                  "build again when it is complete");
    }
  }
}

}  // namespace bootproof
