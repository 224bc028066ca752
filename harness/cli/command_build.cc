#include <fmt/format.h>

#include <CLI/App.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "builders/builder.h"
#include "harness/cli/command.h"
#include "harness/core/files.h"
#include "harness/vm/machine_files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

struct BuildFlags {
  std::string file;
  std::vector<std::string> names;
  std::string out = ".";
};

std::string ending_of(const Recipe& recipe) {
  const auto* disk = std::get_if<DiskRecipe>(&recipe.body);
  if (disk != nullptr && disk->format == DiskFormat::kQcow2) {
    return ".qcow2";
  }
  return std::holds_alternative<IsoRecipe>(recipe.body) ? ".iso" : ".img";
}

int build(const BuildFlags& flags) {
  RecipeBook book;
  book.load(flags.file);
  const Builder builder(book, cache_folder());
  create_folders(flags.out);
  for (const std::string& name : flags.names.empty() ? book.names() : flags.names) {
    const BuiltFile built = builder.build(name);
    const fs::path target = fs::path(flags.out) / (name + ending_of(*book.find(name)));
    const fs::path temporary = target.string() + ".part";
    copy_sparsely(built.path, temporary);
    fs::rename(temporary, target);
    fmt::print("{}  {}  {} bytes{}\n", built.sha256, target.string(), built.size,
               built.from_cache ? "  (from the cache)" : "");
  }
  return 0;
}

}  // namespace

std::function<int()> set_up_build(CLI::App& app) {
  auto flags = std::make_shared<BuildFlags>();
  app.add_option("recipe", flags->file, "the recipe file (YAML)")->required()->type_name("FILE");
  app.add_option("names", flags->names, "recipes to build (default: all)")->type_name("NAME");
  app.add_option("-o,--out", flags->out, "the folder for the images")->type_name("DIR");
  return [flags] { return build(*flags); };
}

}  // namespace bootproof
