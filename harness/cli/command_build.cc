#include <fmt/format.h>
#include <sys/types.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "builders/build_cache.h"
#include "builders/builder.h"
#include "harness/cli/command.h"
#include "harness/core/files.h"
#include "harness/core/supervised.h"
#include "harness/run/media.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

struct BuildFlags {
  std::string file;
  std::vector<std::string> names;
  std::string out = ".";
};

/// An initramfs has no ending by which programs would know it; the others keep the cache's.
std::string ending_of(const Recipe& recipe, const BuiltFile& built) {
  return std::holds_alternative<InitramfsRecipe>(recipe.body) ? ".img"
                                                              : built.path.extension().string();
}

/// The ending of the files that a process is about to put into the output folder.
std::string part_ending(pid_t process) { return fmt::format(".{}.part", process); }

/// Removes what a process that was killed left in the output folder and in the cache.
void remove_parts(const fs::path& out, pid_t process) {
  std::error_code code;
  std::vector<fs::path> parts;
  for (auto entry = fs::directory_iterator(out, code); !code && entry != fs::directory_iterator();
       entry.increment(code)) {
    if (entry->path().filename().string().ends_with(part_ending(process))) {
      parts.push_back(entry->path());
    }
  }
  for (const fs::path& part : parts) {
    fs::remove(part, code);
  }
  BuildCache(fs::absolute(cache_folder())).remove_leftovers();
}

/// Copies a built file to its place, where a whole file appears or none.
void put(const BuiltFile& built, const fs::path& target) {
  const fs::path part = target.string() + part_ending(::getpid());
  try {
    copy_keeping_holes(built.path, part);
    fs::rename(part, target);
  } catch (...) {
    std::error_code code;
    fs::remove(part, code);
    throw;
  }
}

int build(const BuildFlags& flags) {
  RecipeBook book;
  book.load(flags.file);
  Builder builder(book, cache_folder(), host_builder_options());
  create_folders(flags.out);
  continue_supervised([&](pid_t child) { remove_parts(flags.out, child); });
  const std::vector<std::string> names = flags.names.empty() ? book.names() : flags.names;
  builder.prepare(names);
  for (const std::string& name : names) {
    const BuiltFile built = builder.build(name);
    const fs::path target = fs::path(flags.out) / (name + ending_of(*book.find(name), built));
    put(built, target);
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
