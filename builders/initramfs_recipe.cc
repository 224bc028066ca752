#include "builders/initramfs_recipe.h"

#include <array>
#include <string_view>

namespace bootproof {
namespace {

constexpr std::array<std::string_view, 4> kCompressions{"none", "gzip", "xz", "zstd"};
constexpr std::array<std::string_view, 2> kArchitectures{"x86_64", "aarch64"};

}  // namespace

InitramfsRecipe read_initramfs_recipe(const YamlNode& node) {
  constexpr std::array<std::string_view, 9> kKeys{"busybox",      "architecture", "init",
                                                  "compression",  "modules",      "keymap",
                                                  "device_nodes", "files",        "trees"};
  node.check_keys(kKeys, "an initramfs recipe");
  InitramfsRecipe initramfs;
  initramfs.busybox = read_file_source(node.require("busybox"));
  initramfs.architecture = Architecture{
      static_cast<int>(node.require("architecture").one_of(kArchitectures, "architecture"))};
  if (const YamlNode compression = node.find("compression"); !compression.is_absent()) {
    initramfs.compression =
        Compression{static_cast<int>(compression.one_of(kCompressions, "compression"))};
  }
  if (const YamlNode modules = node.find("modules"); !modules.is_absent()) {
    initramfs.modules = read_modules_recipe(modules);
  }
  if (const YamlNode device_nodes = node.find("device_nodes"); !device_nodes.is_absent()) {
    initramfs.with_device_nodes = device_nodes.boolean();
  }
  std::vector<ReservedPath> reserved{
      {"/bin/busybox", "stands in 'busybox' already"},
      {"/dev/console", "is a device node that the builder makes"},
      {"/dev/null", "is a device node that the builder makes"},
  };
  if (const YamlNode init = node.find("init"); !init.is_absent()) {
    initramfs.init = init.text();
    reserved.push_back({"/init", "stands in 'init' already"});
  }
  if (const YamlNode keymap = node.find("keymap"); !keymap.is_absent()) {
    initramfs.keymap = read_file_source(keymap);
    reserved.push_back({kInitramfsKeymap, "stands in 'keymap' already"});
  }
  initramfs.files = read_file_set(node, reserved);
  return initramfs;
}

}  // namespace bootproof
