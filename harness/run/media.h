#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "builders/builder.h"
#include "harness/core/error.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// A file that cases boot from, with the digest it had when the run began.
struct BootFile {
  std::filesystem::path path;
  std::string sha256;
};

/// A medium whose files are there: found, taken from a package or built.
struct ReadyMedium {
  const Medium* medium = nullptr;
  BootFile image;   ///< Empty path for a direct kernel.
  BootFile kernel;  ///< Direct kernels only.
  BootFile initrd;
  std::optional<Error> problem;  ///< Set where it could not be made: its cases end as Error.

  /// The files it has.
  [[nodiscard]] std::vector<BootFile> files() const;
};

/// A build of firmware whose files are there.
struct ReadyFirmware {
  BootFile code;                 ///< Empty path for the installed one.
  BootFile vars;                 ///< The varstore's template; empty path for the installed one.
  std::optional<Error> problem;  ///< Set where it could not be made: its cells end as Error.

  /// The files it has.
  [[nodiscard]] std::vector<BootFile> files() const;
};

/// What builders take from this host: `$SOURCE_DATE_EPOCH`, and whether KVM works. Throws Error
/// (kUsage) for a SOURCE_DATE_EPOCH that is none.
BuilderOptions host_builder_options();

/// The recipes that media name directly, for Builder::prepare().
std::vector<std::string> recipes_of(const std::vector<const Medium*>& media);

/// Why a path can't be an image under test, with what to do (kUsage): missing, no regular file,
/// unreadable, empty; nothing where it can.
std::optional<Error> image_problem(const std::filesystem::path& file);

/// Finds or builds the files of one medium and takes their digests; those of files that have not
/// changed since an earlier run are remembered. Blocking. Throws Error (kScenario) where a path
/// that the scenario names is missing, no regular file, empty or unreadable: that stops a run
/// before it begins. A build or package that fails is told in `problem`.
ReadyMedium prepare_medium(const Medium& medium, const Builder& builder,
                           const DigestMemory& digests);

/// The same for a build of firmware.
ReadyFirmware prepare_firmware_build(const FirmwareBuild& build, const Builder& builder,
                                     const DigestMemory& digests);

/// The media that a cell needs, its own first, then those of its disks and steps.
std::vector<const Medium*> media_of(const Cell& cell);

/// What the cells of a run boot from, each prepared once.
class ReadyFiles {
 public:
  /// Takes what was prepared otherwise; what is there already stays.
  void add(const Medium& medium, ReadyMedium ready) { media_.emplace(&medium, std::move(ready)); }
  void add(const FirmwareBuild& build, ReadyFirmware ready) {
    firmware_.emplace(&build, std::move(ready));
  }
  /// Prepares all that a cell needs and that is not ready yet: its medium, further disks, media
  /// that steps bring, its firmware. Blocking. Throws Error (kScenario) as prepare_medium does.
  void prepare(const Cell& cell, const Builder& builder, const DigestMemory& digests);

  /// What was prepared.
  [[nodiscard]] const ReadyMedium& medium(const Medium& medium) const { return media_.at(&medium); }
  /// Null for an installed firmware.
  [[nodiscard]] const ReadyFirmware* firmware(const Cell& cell) const;
  /// The first thing of a cell that could not be made.
  [[nodiscard]] std::optional<Error> problem_of(const Cell& cell) const;
  /// All files of a cell, its own medium's first, each once.
  [[nodiscard]] std::vector<BootFile> files_of(const Cell& cell) const;

 private:
  std::map<const Medium*, ReadyMedium> media_;
  std::map<const FirmwareBuild*, ReadyFirmware> firmware_;
};

/// Finds or builds all that the cells which are possible boot from. Blocking; Errors as of
/// prepare_medium.
ReadyFiles prepare_files(const ScenarioFile& file, const std::vector<Cell>& cells);

/// Builds what the cells boot from and the cache lacks, in a process of its own: a signal that ends
/// it leaves nothing behind, and ends this process (do_supervised). What can't be built is told by
/// prepare_files. To be called before threads are started. Throws Error (kHost).
void build_supervised(const ScenarioFile& file, const std::vector<Cell>& cells);

/// The recipe book of a scenario file's `recipes`. Throws Error (kScenario).
RecipeBook load_recipe_book(const ScenarioFile& file);

/// Where digests of media are remembered in the cache folder.
std::filesystem::path digest_folder();

/// Reads files again after a run, each once, and says which are no longer what they were. Blocking.
class DigestCheck {
 public:
  /// What is wrong with the file now: "FILE changed while it was being tested: sha256 A before, B
  /// after"; nothing where it is what it was.
  std::optional<Error> problem_with(const BootFile& file);

 private:
  std::map<std::filesystem::path, std::string> now_;
};

}  // namespace bootproof
