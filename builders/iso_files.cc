#include "builders/iso_files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "harness/core/error.h"
#include "harness/core/files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kPermissions = 07777;
constexpr unsigned kFileMode = 0644;
constexpr unsigned kFolderMode = 0755;

/// One half of a graft point: `=` and `\` have a meaning there.
std::string escape_graft(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c == '=' || c == '\\') {
      out.push_back('\\');
    }
    out.push_back(c);
  }
  return out;
}

/// One word of a native command. Quotes don't nest, backslashes mean themselves.
std::string quote_word(std::string_view path) {
  std::string out = "'";
  for (const char c : path) {
    out += c == '\'' ? std::string("'\"'\"'") : std::string(1, c);
  }
  return out + "'";
}

}  // namespace

void IsoFiles::place(std::string_view path, const fs::path& file) {
  constexpr std::size_t kMostFiles = 2'000'000'000;  // Weights are positive 32-bit numbers.
  if (file.string().find('\n') != std::string::npos) {
    throw Error(ErrorKind::kScenario,
                fmt::format("{}: a path with a line feed can't be given to xorriso",
                            escape_for_terminal(file.string())),
                "rename the file or its folder");
  }
  grafts_ += fmt::format("{}={}\n", escape_graft(path), escape_graft(file.string()));
  weights_ += fmt::format("{} {}\n", kMostFiles - count_, path);
  ++count_;
}

void IsoFiles::add(std::string_view path, const fs::path& file) { place(path, file); }

void IsoFiles::add(const ImageFile& file) {
  const fs::path piece = work_folder_ / fmt::format("piece-{}", count_);
  if (S_ISDIR(file.mode)) {
    fs::create_directory(piece);
    place(file.path, piece);
  } else if (S_ISLNK(file.mode)) {
    fs::create_symlink(std::get<std::string>(file.content), piece);
    place(file.path, piece);
  } else if (!S_ISREG(file.mode)) {
    throw Error(ErrorKind::kScenario,
                fmt::format("{} is a device node or pipe, which this ISO builder does not write",
                            escape_for_terminal(file.path)),
                "leave it out; Linux makes its device nodes in devtmpfs");
  } else if (const auto* source = std::get_if<InputFile>(&file.content)) {
    place(file.path, source->path);
  } else {
    replace_file(piece, std::get<std::string>(file.content));
    place(file.path, piece);
  }
  const std::string word = quote_word(file.path);
  const unsigned mode = file.mode & kPermissions;
  if (!S_ISLNK(file.mode) && mode != (S_ISDIR(file.mode) ? kFolderMode : kFileMode)) {
    attributes_ += fmt::format("-chmod {:05o} {} --\n", mode, word);
  }
  if (file.owner != 0) {
    attributes_ += fmt::format("-chown {} {} --\n", file.owner, word);
  }
  if (file.group != 0) {
    attributes_ += fmt::format("-chgrp {} {} --\n", file.group, word);
  }
}

IsoFiles::Arguments IsoFiles::arguments() const {
  const fs::path grafts = work_folder_ / "grafts";
  const fs::path weights = work_folder_ / "weights";
  const fs::path attributes = work_folder_ / "attributes";
  replace_file(grafts, grafts_);
  replace_file(weights, weights_);
  replace_file(attributes, attributes_);
  Arguments arguments;
  arguments.emulation = {"-graft-points",
                         "-dir-mode",
                         fmt::format("{:04o}", kFolderMode),
                         "-file-mode",
                         fmt::format("{:04o}", kFileMode),
                         "--sort-weight-list",
                         weights,
                         "-path-list",
                         grafts};
  // Paths are taken as they are, not as patterns. -uid and -gid of the emulation would hold for all
  // files when the image is written, exceptions included.
  arguments.after = {
      "-iso_rr_pattern",    "off",     "-chown_r", "0", "/", "--", "-chgrp_r", "0", "/", "--",
      "-options_from_file", attributes};
  return arguments;
}

}  // namespace bootproof
