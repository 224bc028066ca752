#include "harness/run/media.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "builders/build_cache.h"
#include "builders/source_date.h"
#include "harness/core/files.h"
#include "harness/core/supervised.h"
#include "harness/core/text.h"
#include "harness/run/altered_medium.h"
#include "harness/vm/accelerator.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// Refuses what a scenario names but what can't be an image.
void check_file(const fs::path& file, const SourceMark& mark) {
  if (const std::optional<Error> problem = image_problem(file)) {
    std::error_code code;
    const std::string_view more =
        fs::exists(file, code) ? "" : " (relative paths are relative to the scenario file)";
    throw error_at(mark, problem->message(), fmt::format("{}{}", problem->hint(), more));
  }
}

fs::path find(const FileSource& source, const Builder& builder) {
  if (const auto* path = std::get_if<fs::path>(&source.source)) {
    check_file(*path, source.mark);
    return *path;
  }
  return builder.resolve(source);
}

}  // namespace

std::optional<Error> image_problem(const fs::path& file) {
  const auto problem = [&](std::string_view what, std::string_view remedy) {
    return Error(ErrorKind::kUsage, fmt::format("{} {}", escape_for_terminal(file.string()), what),
                 std::string(remedy));
  };
  std::error_code code;
  const fs::file_status status = fs::status(file, code);
  if (!fs::exists(status)) {
    return problem("does not exist", "build the image first, or correct the path");
  }
  if (fs::is_directory(status)) {
    return problem("is a folder, an image file is expected", "name the image file inside it");
  }
  if (!fs::is_regular_file(status)) {
    return problem("is no regular file", "copy the device's content into an image file first");
  }
  if (::access(file.c_str(), R_OK) != 0) {
    return problem(fmt::format("can't be read: {}", std::generic_category().message(errno)),
                   "give this user read permission");
  }
  if (fs::file_size(file, code) == 0) {
    return problem("is empty (0 bytes)",
                   "the build or download that makes it has failed: look there");
  }
  return std::nullopt;
}

std::vector<BootFile> ReadyMedium::files() const {
  std::vector<BootFile> all;
  for (const BootFile& file : {image, kernel, initrd}) {
    if (!file.path.empty()) {
      all.push_back(file);
    }
  }
  return all;
}

BuilderOptions host_builder_options() {
  BuilderOptions options;
  options.date = environment_source_date().value_or(kSourceDate);
  options.has_kvm = [] {
    return choose_accelerator(Accelerator::kAuto, cache_folder()).accelerator == Accelerator::kKvm;
  };
  return options;
}

std::vector<std::string> recipes_of(const std::vector<const Medium*>& media) {
  std::vector<std::string> names;
  for (const Medium* const medium : media) {
    for (const FileSource* const source : sources_of(*medium)) {
      if (const auto* recipe = std::get_if<RecipeName>(&source->source)) {
        names.push_back(recipe->name);
      }
    }
  }
  return names;
}

ReadyMedium prepare_medium(const Medium& medium, const Builder& builder,
                           const DigestMemory& digests) {
  const auto ready_file = [&](const FileSource& source) -> BootFile {
    const fs::path path = find(source, builder);
    return {path, digests.file(path)};
  };
  ReadyMedium ready;
  ready.medium = &medium;
  try {
    if (const auto* image = std::get_if<FileSource>(&medium.source)) {
      ready.image = ready_file(*image);
    } else if (const auto* altered = std::get_if<AlteredMedium>(&medium.source)) {
      const BootFile original = ready_file(altered->source);
      ready.image.path = make_altered_medium(original.path, original.sha256, altered->changes,
                                             cache_folder() / "altered");
      ready.image.sha256 = digests.file(ready.image.path);
    } else {
      const auto& direct = std::get<DirectKernel>(medium.source);
      ready.kernel = ready_file(direct.kernel);
      if (direct.initrd) {
        ready.initrd = ready_file(*direct.initrd);
      }
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kBuild && error.kind() != ErrorKind::kHost) {
      throw;
    }
    ready.problem = error;
    ready.problem->add_context(fmt::format("medium {}", medium.name));
  }
  return ready;
}

std::vector<BootFile> ReadyFirmware::files() const {
  std::vector<BootFile> all;
  for (const BootFile& file : {code, vars}) {
    if (!file.path.empty()) {
      all.push_back(file);
    }
  }
  return all;
}

ReadyFirmware prepare_firmware_build(const FirmwareBuild& build, const Builder& builder,
                                     const DigestMemory& digests) {
  ReadyFirmware ready;
  const auto ready_file = [&](const std::optional<FileSource>& source) -> BootFile {
    if (!source) {
      return {};
    }
    const fs::path path = find(*source, builder);
    return {path, digests.file(path)};
  };
  try {
    ready.code = ready_file(build.code);
    ready.vars = ready_file(build.vars);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kBuild && error.kind() != ErrorKind::kHost) {
      throw;
    }
    ready.problem = error;
    ready.problem->add_context(fmt::format("firmware {}", build.name));
  }
  return ready;
}

std::vector<const Medium*> media_of(const Cell& cell) {
  std::vector<const Medium*> all{cell.medium};
  all.insert(all.end(), cell.disk_media.begin(), cell.disk_media.end());
  all.insert(all.end(), cell.shelf.begin(), cell.shelf.end());
  all.erase(std::remove(all.begin(), all.end(), nullptr), all.end());
  return all;
}

void ReadyFiles::prepare(const Cell& cell, const Builder& builder, const DigestMemory& digests) {
  for (const Medium* medium : media_of(cell)) {
    if (media_.count(medium) == 0) {
      media_.emplace(medium, prepare_medium(*medium, builder, digests));
    }
  }
  if (cell.firmware_build != nullptr && firmware_.count(cell.firmware_build) == 0) {
    firmware_.emplace(cell.firmware_build,
                      prepare_firmware_build(*cell.firmware_build, builder, digests));
  }
}

const ReadyFirmware* ReadyFiles::firmware(const Cell& cell) const {
  return cell.firmware_build == nullptr ? nullptr : &firmware_.at(cell.firmware_build);
}

std::optional<Error> ReadyFiles::problem_of(const Cell& cell) const {
  for (const Medium* medium : media_of(cell)) {
    if (media_.at(medium).problem) {
      return media_.at(medium).problem;
    }
  }
  const ReadyFirmware* build = firmware(cell);
  return build == nullptr ? std::nullopt : build->problem;
}

std::vector<BootFile> ReadyFiles::files_of(const Cell& cell) const {
  std::vector<BootFile> all;
  const auto add = [&all](const std::vector<BootFile>& files) {
    for (const BootFile& file : files) {
      const bool is_known = std::any_of(
          all.begin(), all.end(), [&](const BootFile& other) { return other.path == file.path; });
      if (!is_known) {
        all.push_back(file);
      }
    }
  };
  for (const Medium* medium : media_of(cell)) {
    add(media_.at(medium).files());
  }
  if (const ReadyFirmware* build = firmware(cell)) {
    add(build->files());
  }
  return all;
}

fs::path digest_folder() { return cache_folder() / "digests"; }

std::optional<Error> DigestCheck::problem_with(const BootFile& file) {
  auto known = now_.find(file.path);
  if (known == now_.end()) {
    const Result<std::string> digest = sha256_of_file(file.path);
    if (!digest) {
      return digest.error();
    }
    known = now_.emplace(file.path, *digest).first;
  }
  if (known->second == file.sha256) {
    return std::nullopt;
  }
  return Error(ErrorKind::kHost,
               fmt::format("{} changed while it was being tested: sha256 {} before, {} after",
                           file.path.string(), file.sha256, known->second),
               "let nothing write to the image during a run; results for it mean nothing");
}

RecipeBook load_recipe_book(const ScenarioFile& file) {
  RecipeBook book;
  for (const fs::path& recipes : file.recipes) {
    book.load(recipes);
  }
  return book;
}

ReadyFiles prepare_files(const ScenarioFile& file, const std::vector<Cell>& cells) {
  const RecipeBook book = load_recipe_book(file);
  Builder builder(book, cache_folder(), host_builder_options());
  std::vector<const Medium*> media;
  for (const Cell& cell : cells) {
    if (cell.impossible.empty()) {
      const std::vector<const Medium*> needed = media_of(cell);
      media.insert(media.end(), needed.begin(), needed.end());
    }
  }
  builder.prepare(recipes_of(media));
  const DigestMemory digests(digest_folder());
  ReadyFiles ready;
  for (const Cell& cell : cells) {
    if (cell.impossible.empty()) {
      ready.prepare(cell, builder, digests);
    }
  }
  return ready;
}

void build_supervised(const ScenarioFile& file, const std::vector<Cell>& cells) {
  if (file.recipes.empty()) {
    return;
  }
  do_supervised(
      [&] { static_cast<void>(prepare_files(file, cells)); },
      [](pid_t /*child*/) { BuildCache(fs::absolute(cache_folder())).remove_leftovers(); });
}

}  // namespace bootproof
