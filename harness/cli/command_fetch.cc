#include <fmt/format.h>

#include <CLI/App.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "builders/packages.h"
#include "harness/cli/command.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

struct FetchFlags {
  std::string package;
  std::string architecture;
};

int fetch(const FetchFlags& flags) {
  fetch_package(cache_folder(), flags.package, flags.architecture);
  const PackageFile file{flags.package, flags.architecture, ""};
  fmt::print("{}\n", package_folder(cache_folder(), file).string());
  return 0;
}

}  // namespace

std::function<int()> set_up_fetch(CLI::App& app) {
  auto flags = std::make_shared<FetchFlags>();
  app.add_option("package", flags->package, "the Debian package")->required()->type_name("PACKAGE");
  app.add_option("architecture", flags->architecture, "Debian's word for it: amd64, arm64")
      ->required()
      ->type_name("ARCHITECTURE");
  return [flags] { return fetch(*flags); };
}

}  // namespace bootproof
