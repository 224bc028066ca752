#include "builders/builder.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

#include "builders/build_key.h"
#include "builders/cut_maker.h"
#include "builders/disk_maker.h"
#include "builders/grub_image.h"
#include "builders/grub_maker.h"
#include "builders/initramfs_maker.h"
#include "builders/input_finder.h"
#include "builders/iso_maker.h"
#include "builders/uki_maker.h"
#include "harness/core/files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

template <typename Input>
BuildKey key_of(const Input& input, std::int64_t date, const DigestMemory& memory) {
  BuildKey key(memory);
  key.add("date", std::to_string(date));
  describe(input, key);
  return key;
}

template <typename RecipeKind>
BuiltFile build_or_find(const RecipeKind& recipe, std::int64_t date, const InputFinder& finder,
                        const BuildCache& cache) {
  const auto input = find_inputs(recipe, finder);
  const BuildKey inputs = key_of(input, date, finder.memory());
  const auto make_checked = [&](const fs::path& work_folder, const fs::path& file) {
    make(input, BuildPlace{work_folder, file, inputs.identity(), date});
    inputs.check_unchanged();
  };
  return find_or_make(cache, inputs.digest(), suffix_of(recipe), make_checked);
}

bool is_made_by_guestfs(const Recipe& recipe) {
  const auto* const disk = std::get_if<DiskRecipe>(&recipe.body);
  return disk != nullptr && uses_guestfs(*disk);
}

}  // namespace

/// What the recipes of one chain ask for.
class Builder::Finder : public InputFinder {
 public:
  Finder(const Builder& builder, const Chain& chain) : builder_(builder), chain_(chain) {}

  [[nodiscard]] InputFile file(const FileSource& source) const override {
    if (const auto* recipe = std::get_if<RecipeName>(&source.source)) {
      BuiltFile built = builder_.build_source(*recipe, source.mark, chain_);
      return {std::move(built.path), std::move(built.sha256), false};
    }
    std::error_code code;
    // Canonical, since xorriso would copy a link.
    const fs::path path = fs::canonical(builder_.find_source(source), code);
    const bool executable =
        !code && (fs::status(path, code).permissions() & fs::perms::owner_exec) != fs::perms::none;
    return {path, builder_.digests_.file(path), executable};
  }

  [[nodiscard]] ImageFiles files(const FileSet& set) const override {
    ImageFiles found;
    for (const PlacedFile& file : set.files) {
      found.files.push_back(image_file(file));
    }
    for (const PlacedTree& tree : set.trees) {
      found.trees.push_back({tree.is_archive,
                             tree.is_archive ? this->file(tree.source) : folder(tree), tree.at,
                             tree.mark});
    }
    return found;
  }

  [[nodiscard]] fs::path folder(const FileSource& source) const override {
    std::optional<fs::path> found;
    if (const auto* package = std::get_if<PackageFile>(&source.source)) {
      found = find_package_subfolder(builder_.folder_, *package);
      if (!found) {
        throw missing_package(*package);
      }
    } else {
      found = std::get<fs::path>(source.source);
    }
    return existing_folder(*found, source.mark);
  }

  [[nodiscard]] const DigestMemory& memory() const override { return builder_.digests_; }

  [[nodiscard]] const BuildParts& parts() const override { return builder_.parts_; }

  [[nodiscard]] std::string guestfs() const override {
    return guestfs_identity(find_guestfs_worker(), builder_.folder_, builder_.digests_);
  }

  [[nodiscard]] GrubFolder grub(GrubPlatform platform) const override {
    fs::path folder = find_grub_folder(platform, builder_.folder_);
    std::string digest = builder_.digests_.folder(folder);
    return {platform, std::move(folder), std::move(digest)};
  }

 private:
  [[nodiscard]] ImageFile image_file(const PlacedFile& file) const {
    constexpr unsigned kPlain = 0644;
    constexpr unsigned kExecutable = 0755;
    ImageFile found{file.path, {}, S_IFREG | kPlain};
    if (const auto* source = std::get_if<FileSource>(&file.content)) {
      InputFile input = this->file(*source);
      found.mode = S_IFREG | (input.executable ? kExecutable : kPlain);
      found.content = std::move(input);
    } else if (const auto* link = std::get_if<SymbolicLink>(&file.content)) {
      found.mode = S_IFLNK | 0777U;
      found.content = link->target;
    } else {
      found.content = std::get<std::string>(file.content);
    }
    if (file.mode) {
      found.mode = S_IFREG | *file.mode;
    }
    return found;
  }

  static fs::path existing_folder(const fs::path& path, const SourceMark& mark) {
    std::error_code code;
    fs::path real = fs::canonical(path, code);
    if (code || !fs::is_directory(real, code)) {
      throw error_at(mark, fmt::format("{}: no such folder", path.string()),
                     "a relative path starts at the folder of the file that names it");
    }
    return real;
  }

  /// A folder of this host with a digest over all that is in it.
  [[nodiscard]] InputFile folder(const PlacedTree& tree) const {
    const fs::path path = existing_folder(std::get<fs::path>(tree.source.source), tree.mark);
    return {path, builder_.digests_.tree(path), false};
  }

  const Builder& builder_;
  const Chain& chain_;
};

Builder::Builder(const RecipeBook& book, const fs::path& cache_folder, BuilderOptions options)
    : book_(book),
      folder_(fs::absolute(cache_folder)),
      digests_(folder_ / "digests"),
      cache_(folder_),
      parts_(cache_, digests_),
      options_(std::move(options)) {}

void Builder::prepare(const std::vector<std::string>& names) {
  std::vector<GuestfsOrder> orders;
  for (const std::string& name : names) {
    const Recipe* const recipe = book_.find(name);
    if (recipe == nullptr || !is_made_by_guestfs(*recipe) || prepared_.contains(name)) {
      continue;
    }
    try {
      orders.push_back(guestfs_order(*recipe, {name}));
    } catch (const Error& error) {
      prepared_.emplace(name, tl::unexpected(error));
    }
  }
  std::vector<Result<BuiltFile>> results = make_orders(orders);
  for (std::size_t i = 0; i < orders.size(); ++i) {
    prepared_.emplace(orders[i].name, std::move(results[i]));
  }
}

std::int64_t Builder::date_of(const Recipe& recipe) const {
  return recipe.date.value_or(options_.date);
}

GuestfsOrder Builder::guestfs_order(const Recipe& recipe, const Chain& chain) const {
  const std::int64_t date = date_of(recipe);
  DiskInput input = find_inputs(std::get<DiskRecipe>(recipe.body), Finder(*this, chain));
  BuildKey key = key_of(input, date, digests_);
  return {recipe.name, std::move(input), std::move(key), date};
}

std::vector<Result<BuiltFile>> Builder::make_orders(const std::vector<GuestfsOrder>& orders) const {
  return build_by_guestfs(orders, cache_, [&] {
    GuestfsHost host;
    host.worker = find_guestfs_worker();
    host.cache = folder_;
    host.uses_kvm = options_.has_kvm && options_.has_kvm();
    return host;
  });
}

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
    if (is_made_by_guestfs(recipe)) {
      const auto found = prepared_.find(recipe.name);
      return value_or_throw(found != prepared_.end()
                                ? found->second
                                : make_orders({guestfs_order(recipe, chain)}).front());
    }
    const Finder finder(*this, chain);
    return std::visit(
        [&](const auto& body) { return build_or_find(body, date_of(recipe), finder, cache_); },
        recipe.body);
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

}  // namespace bootproof
