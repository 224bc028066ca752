#include "builders/uki_recipe.h"

#include <array>
#include <string_view>

namespace bootproof {

UkiRecipe read_uki_recipe(const YamlNode& node) {
  constexpr std::array<std::string_view, 7> kKeys{"stub",       "kernel", "initrd", "command_line",
                                                  "os_release", "uname",  "sign"};
  constexpr std::array<std::string_view, 3> kSignKeys{"key", "certificate", "passphrase"};
  node.check_keys(kKeys, "a uki recipe");
  UkiRecipe uki;
  uki.stub = read_file_source(node.require("stub"));
  uki.kernel = read_file_source(node.require("kernel"));
  if (const YamlNode initrd = node.find("initrd"); !initrd.is_absent()) {
    for (const YamlNode& one : initrd.list_or_single()) {
      uki.initrds.push_back(read_file_source(one));
    }
  }
  const auto text = [&](std::string_view key) -> std::optional<std::string> {
    const YamlNode value = node.find(key);
    return value.is_absent() ? std::nullopt : std::optional(value.text());
  };
  uki.command_line = text("command_line");
  if (uki.command_line && uki.command_line->find('\n') != std::string::npos) {
    throw node.find("command_line").error("a command line is one line");
  }
  uki.os_release = text("os_release");
  uki.uname = text("uname");
  if (const YamlNode sign = node.find("sign"); !sign.is_absent()) {
    sign.check_keys(kSignKeys, "a signature");
    uki.sign = read_sign_recipe(sign);
  }
  return uki;
}

SignedRecipe read_signed_recipe(const YamlNode& node) {
  constexpr std::array<std::string_view, 4> kKeys{"program", "key", "certificate", "passphrase"};
  node.check_keys(kKeys, "a signed recipe");
  return {read_file_source(node.require("program")), read_sign_recipe(node)};
}

}  // namespace bootproof
