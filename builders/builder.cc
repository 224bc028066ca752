#include "builders/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "builders/grub_image.h"
#include "builders/initramfs_maker.h"
#include "builders/iso_maker.h"
#include "builders/tools.h"
#include "harness/core/files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// Raised with each change of what the makers write, so that older entries of a cache are not
/// taken.
constexpr int kFormatVersion = 1;

/// A text in which no two different inputs are the same: each field with its length.
class CanonicalText {
 public:
  void add(std::string_view name, std::string_view value) {
    text_ += fmt::format("{}:{}:{}\n", name, value.size(), value);
  }
  void add(const ImageFile& file) {
    add("path", file.path);
    add("mode", fmt::format("{:o}", file.mode));
    if (const auto* source = std::get_if<InputFile>(&file.content)) {
      add("sha256", source->sha256);
    } else {
      add("text", std::get<std::string>(file.content));
    }
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string canonical_text(const IsoInput& input) {
  CanonicalText text;
  text.add("iso", input.recipe.volume_id);
  for (const GrubFolder& grub : input.grub) {
    text.add(name_of(grub.platform), grub.digest);
  }
  for (const ImageFile& file : input.files) {
    text.add(file);
  }
  return text.text();
}

std::string canonical_text(const InitramfsInput& input) {
  CanonicalText text;
  text.add("initramfs", name_of(input.recipe.architecture));
  text.add("compression", std::to_string(static_cast<int>(input.recipe.compression)));
  text.add("busybox", input.busybox.sha256);
  for (const ImageFile& file : input.files) {
    text.add(file);
  }
  return text.text();
}

std::string tools_text(const IsoInput& input, const DigestMemory& memory) {
  std::string text = tool_identity("xorriso", memory) + "\n";
  if (!input.grub.empty()) {
    text += tool_identity("grub-mkimage", memory) + "\n";
  }
  const auto is_efi = [](const GrubFolder& grub) { return grub.platform != GrubPlatform::kI386Pc; };
  if (std::any_of(input.grub.begin(), input.grub.end(), is_efi)) {
    for (const std::string_view tool : {"mkfs.vfat", "mcopy", "mmd"}) {
      text += tool_identity(tool, memory) + "\n";
    }
  }
  return text;
}

std::string tools_text(const InitramfsInput& /*input*/, const DigestMemory& /*memory*/) {
  return initramfs_writer_version();
}

std::string_view suffix_of(const Recipe& recipe) {
  const auto* initramfs = std::get_if<InitramfsRecipe>(&recipe.body);
  if (initramfs == nullptr) {
    return ".iso";
  }
  switch (initramfs->compression) {
    case Compression::kGzip:
      return ".cpio.gz";
    case Compression::kZstd:
      return ".cpio.zst";
    case Compression::kNone:
      break;
  }
  return ".cpio";
}

void make(const IsoInput& input, const fs::path& work_folder, const fs::path& image) {
  make_iso(input, work_folder, image);
}
void make(const InitramfsInput& input, const fs::path& /*work_folder*/, const fs::path& image) {
  make_initramfs(input, image);
}

/// Throws where a source is not what it was when the key was computed.
void check_unchanged(const InputFile& input, const DigestMemory& memory) {
  if (memory.file(input.path) != input.sha256) {
    throw Error(ErrorKind::kBuild,
                fmt::format("{} changed while the medium was being built", input.path.string()),
                "build again when it is complete");
  }
}

void check_unchanged(const std::vector<ImageFile>& files, const DigestMemory& memory) {
  for (const ImageFile& file : files) {
    if (const auto* source = std::get_if<InputFile>(&file.content)) {
      check_unchanged(*source, memory);
    }
  }
}
void check_unchanged(const IsoInput& input, const DigestMemory& memory) {
  check_unchanged(input.files, memory);
}
void check_unchanged(const InitramfsInput& input, const DigestMemory& memory) {
  check_unchanged(input.busybox, memory);
  check_unchanged(input.files, memory);
}

/// Removes the folder of a build when the build ends, however it ends.
class WorkFolder {
 public:
  explicit WorkFolder(fs::path path) : path_(std::move(path)) {}
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    std::error_code code;  // What stays is removed by the next build.
    fs::remove_all(path_, code);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// The tools say in many ways that the disk is full; whoever reads it shall see it at once.
void rethrow_if_full(const fs::path& folder) {
  constexpr std::uintmax_t kFull = 1U << 20U;
  std::error_code code;
  const fs::space_info space = fs::space(folder, code);
  if (!code && space.available < kFull) {
    throw Error(ErrorKind::kHost, fmt::format("no space left in {}", folder.string()),
                "free some space there, or choose another cache: set BOOTPROOF_CACHE");
  }
}

template <typename Input>
BuiltFile build_or_find(const Recipe& recipe, const Input& input, const BuildCache& cache,
                        const DigestMemory& memory) {
  const std::string key = sha256_of(
      fmt::format("{}\n{}{}", kFormatVersion, canonical_text(input), tools_text(input, memory)));
  const std::string_view suffix = suffix_of(recipe);
  const auto found = [](CacheEntry entry) {
    return BuiltFile{std::move(entry.path), std::move(entry.sha256), entry.size, true};
  };
  if (std::optional<CacheEntry> entry = cache.find(key, suffix)) {
    return found(std::move(*entry));
  }
  const FileLock lock = cache.lock(key);
  if (std::optional<CacheEntry> entry = cache.verify(key, suffix)) {
    return found(std::move(*entry));
  }
  const WorkFolder work(cache.work_folder(key));
  try {
    const fs::path image = work.path() / fmt::format("image{}", suffix);
    make(input, work.path(), image);
    check_unchanged(input, memory);
    CacheEntry entry = cache.store(key, suffix, image);
    return {std::move(entry.path), std::move(entry.sha256), entry.size, false};
  } catch (const Error&) {
    rethrow_if_full(work.path());
    throw;
  }
}

}  // namespace

Builder::Builder(const RecipeBook& book, const fs::path& cache_folder)
    : book_(book),
      folder_(fs::absolute(cache_folder)),
      digests_(folder_ / "digests"),
      cache_(folder_) {}

BuiltFile Builder::build(const std::string& name) const { return build_source({name}, {}, {}); }

fs::path Builder::resolve(const FileSource& source) const {
  if (const auto* recipe = std::get_if<RecipeName>(&source.source)) {
    return build_source(*recipe, source.mark, {}).path;
  }
  return find_source(source);
}

BuiltFile Builder::build_source(const RecipeName& wanted, const SourceMark& mark,
                                const Chain& chain) const {
  const auto refuse = [&](std::string_view message, std::string_view hint) {
    return mark.line == 0 ? Error(ErrorKind::kScenario, std::string(message), std::string(hint))
                          : error_at(mark, message, hint);
  };
  const Recipe* const recipe = book_.find(wanted.name);
  if (recipe == nullptr) {
    const std::vector<std::string> names = book_.names();
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string_view nearest = nearest_word(wanted.name, known);
    const std::string list = fmt::format("known recipes: {}", fmt::join(known, ", "));
    throw refuse(fmt::format("no recipe '{}'", escape_for_terminal(wanted.name)),
                 known.empty()     ? "no recipe file is loaded: name one in 'recipes'"
                 : nearest.empty() ? list
                                   : fmt::format("did you mean '{}'? {}", nearest, list));
  }
  Chain deeper = chain;
  deeper.push_back(recipe->name);
  if (std::find(chain.begin(), chain.end(), recipe->name) != chain.end()) {
    throw refuse(fmt::format("recipes need each other: {}", fmt::join(deeper, " -> ")),
                 "take one of these 'build' entries out");
  }
  return build(*recipe, deeper);
}

BuiltFile Builder::build(const Recipe& recipe, const Chain& chain) const {
  try {
    if (const auto* iso = std::get_if<IsoRecipe>(&recipe.body)) {
      return build_or_find(recipe, iso_input(*iso, chain), cache_, digests_);
    }
    return build_or_find(recipe, initramfs_input(std::get<InitramfsRecipe>(recipe.body), chain),
                         cache_, digests_);
  } catch (Error& error) {
    if (error.kind() != ErrorKind::kScenario) {  // Those name file and line.
      error.add_context(fmt::format("while building {}", recipe.name));
    }
    throw;
  }
}

fs::path Builder::find_source(const FileSource& source) const {
  if (const auto* package = std::get_if<PackageFile>(&source.source)) {
    std::optional<fs::path> file = find_package_file(folder_, *package);
    if (!file) {
      throw missing_package(*package);
    }
    return *file;
  }
  const fs::path& path = std::get<fs::path>(source.source);
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (status.type() == fs::file_type::not_found) {
    throw error_at(source.mark, fmt::format("{}: no such file", path.string()),
                   "a relative path starts at the folder of the file that names it");
  }
  if (!fs::is_regular_file(status)) {
    throw error_at(source.mark,
                   fmt::format("{}: {}", path.string(),
                               fs::is_directory(status) ? "is a folder, expected a file"
                                                        : "is not a regular file"));
  }
  return path;
}

InputFile Builder::input_of(const FileSource& source, const Chain& chain) const {
  if (const auto* recipe = std::get_if<RecipeName>(&source.source)) {
    BuiltFile built = build_source(*recipe, source.mark, chain);
    return {std::move(built.path), std::move(built.sha256), false};
  }
  std::error_code code;
  const fs::path path = fs::canonical(find_source(source), code);  // xorriso would copy the link.
  const bool executable =
      !code && (fs::status(path, code).permissions() & fs::perms::owner_exec) != fs::perms::none;
  return {path, digests_.file(path), executable};
}

std::vector<ImageFile> Builder::image_files(const std::vector<PlacedFile>& files,
                                            const Chain& chain) const {
  constexpr unsigned kPlain = 0644;
  constexpr unsigned kExecutable = 0755;
  std::vector<ImageFile> found;
  for (const PlacedFile& file : files) {
    ImageFile& image_file = found.emplace_back(ImageFile{file.path, {}, kPlain});
    if (const auto* source = std::get_if<FileSource>(&file.content)) {
      InputFile input = input_of(*source, chain);
      image_file.mode = input.executable ? kExecutable : kPlain;
      image_file.content = std::move(input);
    } else {
      image_file.content = std::get<std::string>(file.content);
    }
    image_file.mode = file.mode.value_or(image_file.mode);
  }
  return found;
}

IsoInput Builder::iso_input(const IsoRecipe& recipe, const Chain& chain) const {
  IsoInput input{recipe, image_files(recipe.files, chain), {}, {}};
  if (recipe.grub_cfg) {
    input.files.push_back({"/boot/grub/grub.cfg", *recipe.grub_cfg, 0644});
    const auto by_path = [](const ImageFile& a, const ImageFile& b) { return a.path < b.path; };
    std::sort(input.files.begin(), input.files.end(), by_path);
  }
  for (const GrubPlatform platform : recipe.grub) {
    const fs::path folder = find_grub_folder(platform, folder_);
    input.grub.push_back({platform, folder, digests_.folder(folder)});
  }
  input.identity = sha256_of(canonical_text(input));
  return input;
}

InitramfsInput Builder::initramfs_input(const InitramfsRecipe& recipe, const Chain& chain) const {
  InitramfsInput input{recipe, input_of(recipe.busybox, chain), image_files(recipe.files, chain)};
  if (recipe.init) {
    input.files.push_back({"/init", *recipe.init, 0755});
  }
  return input;
}

}  // namespace bootproof
