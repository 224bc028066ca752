#include "harness/run/media.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// Refuses what a scenario names but what can't be an image.
void check_file(const fs::path& file, const SourceMark& mark) {
  std::error_code code;
  const fs::file_status status = fs::status(file, code);
  if (!fs::exists(status)) {
    throw error_at(mark, fmt::format("{} does not exist", file.string()),
                   "build the image first, or correct the path (relative paths are relative to the "
                   "scenario file)");
  }
  if (fs::is_directory(status)) {
    throw error_at(mark, fmt::format("{} is a folder, an image file is expected", file.string()),
                   "name the image file inside it");
  }
  if (!fs::is_regular_file(status)) {
    throw error_at(mark, fmt::format("{} is no regular file", file.string()),
                   "copy the device's content into an image file first");
  }
  if (::access(file.c_str(), R_OK) != 0) {
    throw error_at(
        mark,
        fmt::format("{} can't be read: {}", file.string(), std::generic_category().message(errno)),
        "give this user read permission");
  }
  if (fs::file_size(file, code) == 0) {
    throw error_at(mark, fmt::format("{} is empty (0 bytes)", file.string()),
                   "the build or download that makes it has failed: look there");
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

ReadyMedium prepare_medium(const Medium& medium, const Builder& builder) {
  ReadyMedium ready;
  ready.medium = &medium;
  try {
    if (const auto* image = std::get_if<FileSource>(&medium.source)) {
      ready.image = find(*image, builder);
    } else {
      const auto& direct = std::get<DirectKernel>(medium.source);
      ready.kernel = find(direct.kernel, builder);
      if (direct.initrd) {
        ready.initrd = find(*direct.initrd, builder);
      }
    }
    ready.digest = value_or_throw(digest_of(ready));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kBuild && error.kind() != ErrorKind::kHost) {
      throw;
    }
    ready.problem = error;
    ready.problem->add_context(fmt::format("medium {}", medium.name));
  }
  return ready;
}

Result<std::string> digest_of(const ReadyMedium& medium) {
  if (!medium.image.empty()) {
    return sha256_of_file(medium.image);
  }
  Result<std::string> digest = sha256_of_file(medium.kernel);
  if (digest && !medium.initrd.empty()) {
    const Result<std::string> initrd = sha256_of_file(medium.initrd);
    if (!initrd) {
      return initrd;
    }
    *digest += "+" + *initrd;
  }
  return digest;
}

}  // namespace bootproof
