#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/loaders/grub_module.h"
#include "inspectors/loaders/grub_test.h"
#include "inspectors/loaders/loader_files.h"

namespace bootproof::inspectors {

/// Where GRUB looks for modules: the folder i386-pc (or the like) of its prefix.
struct GrubModuleFolder {
  std::size_t volume = 0;  ///< Index in LoaderWorld::volumes.
  std::string path;        ///< On the volume: "/boot/grub".
};

/// The modules that a GRUB has and those that it loads, as grub_dl_load() does (GRUB 2.06,
/// grub-core/kern/dl.c). Holds references to the world's files.
class GrubModules {
 public:
  /// `built_in`: names, raw.
  GrubModules(LoaderFiles& files, const std::vector<std::string>& built_in)
      : files_(files), loaded_(built_in.begin(), built_in.end()) {}

  [[nodiscard]] bool has(std::string_view name) const {
    return loaded_.find(name) != loaded_.end();
  }

  /// Loads a module and all that it needs. kNo where one of them is not in the folder, and
  /// missing() then says which; kUnknown where a file can't be looked at.
  Truth load(std::string_view name, const GrubModuleFolder& folder);
  /// What went wrong last, printable: "(hd0)/boot/grub/i386-pc/normal.mod is not there".
  [[nodiscard]] const std::string& missing() const { return missing_; }

  /// Whether a volume of the world can be read with what is loaded: the disk, its partition table,
  /// the file system. Where it can't, missing_for() says why.
  [[nodiscard]] Truth reads(std::size_t volume) const;
  /// What the volume lacks: "the module part_gpt", or a text that ends a sentence likewise.
  [[nodiscard]] std::string missing_for(std::size_t volume) const;
  /// The module of the volume's file system, empty where that is not known.
  [[nodiscard]] std::string_view file_system_of(std::size_t volume) const;

 private:
  Truth read_and_load(std::string_view name, const std::string& path,
                      const GrubModuleFolder& folder);
  std::optional<GrubModule> read(const ImageView& file);

  LoaderFiles& files_;
  std::set<std::string, std::less<>> loaded_;
  std::map<std::string, Truth, std::less<>> failed_;  ///< By name of file.
  std::string missing_;
  std::uint64_t unpacked_left_ = std::uint64_t{64} << 20U;
  std::size_t depth_ = 0;
};

/// The module that brings a command on which it depends whether a kernel is found and started;
/// empty for all others. `loads_kernel` is set where it loads something to start.
std::string_view grub_module_of(std::string_view command, bool& loads_kernel);

}  // namespace bootproof::inspectors
