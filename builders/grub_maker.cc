#include "builders/grub_maker.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace bootproof {

namespace fs = std::filesystem;

GrubInput find_inputs(const GrubRecipe& recipe, const InputFinder& finder) {
  GrubInput input{recipe, finder.grub(recipe.platform)};
  for (const std::string& module : recipe.options.modules) {
    std::error_code code;
    if (!fs::is_regular_file(input.folder.folder / (module + ".mod"), code)) {
      throw error_at(
          recipe.modules_mark,
          fmt::format("GRUB has no module '{}' for {}", module, name_of(recipe.platform)),
          fmt::format("the modules are in {}", input.folder.folder.string()));
    }
  }
  return input;
}

void describe(const GrubOptions& options, BuildKey& key) {
  key.add("search", std::to_string(static_cast<int>(options.search.key)));
  key.add("value", options.search.value);
  key.add("folder", options.folder);
  for (const std::string& module : options.modules) {
    key.add("module", module);
  }
  key.add("config", options.config);
  key.add("start", std::to_string(static_cast<int>(options.start)));
  if (!options.sbat.empty()) {
    key.add("sbat", options.sbat);
  }
}

void describe(const GrubInput& input, BuildKey& key) {
  key.add("grub", name_of(input.recipe.platform));
  describe(input.recipe.options, key);
  key.add(input.folder);
  key.add_tool("grub-mkimage");
}

std::string_view suffix_of(const GrubRecipe& /*recipe*/) { return ".efi"; }

void make(const GrubInput& input, const BuildPlace& place) {
  make_grub_image(input.folder, input.recipe.options, place.work_folder, place.image);
}

}  // namespace bootproof
