#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/paths/layout.h"
#include "tests/inspectors/sample_images.h"

namespace bootproof::testing {

/// A healthy medium of a shipped recipe, and where on it everything stands.
struct HealthyMedium {
  inspectors::Bytes bytes;
  std::vector<inspectors::ByteRange> ranges;
  std::string problem;  ///< Why there is none.
};

/// The medium of a recipe of scenarios/disk-recipes.yaml, made once.
const HealthyMedium& healthy_medium(const std::string& recipe);

/// A medium that is being damaged.
class BrokenMedium {
 public:
  explicit BrokenMedium(const HealthyMedium& medium) : bytes(medium.bytes), medium_(medium) {}

  /// Where something stands; `place` where it stands in more than one.
  [[nodiscard]] std::uint64_t at(std::string_view name, std::string_view place = "") const;
  [[nodiscard]] std::uint64_t size_of(std::string_view name) const;
  /// Where the headers of an EFI program begin that stands at an offset (its "PE").
  [[nodiscard]] std::uint64_t pe_of(std::uint64_t program) const;
  /// Where a section of an EFI program begins, by the file's name and its own.
  [[nodiscard]] std::uint64_t section_of(std::string_view file, std::string_view section) const;
  void fill(std::uint64_t offset, std::uint64_t length, char with);
  /// Fills a whole file.
  void fill_file(std::string_view name, char with) { fill(at(name), size_of(name), with); }
  /// Replaces each occurrence of `from` in a part of the image by `to`, of the same length.
  void replace(std::uint64_t offset, std::uint64_t length, std::string_view from,
               std::string_view to);
  [[nodiscard]] Patch patch() { return Patch(bytes); }

  inspectors::Bytes bytes;

 private:
  const HealthyMedium& medium_;
};

/// A single defect of a medium.
struct MediumDefect {
  std::string name;
  std::function<void(BrokenMedium&)> apply;
};

/// A medium and what can be wrong with it.
struct MediumFamily {
  std::string recipe;
  bool is_aarch64 = false;
  std::vector<MediumDefect> defects;
};

// Whoever adds one names it in media_defects_test.cc.
const MediumFamily& broken_iso_hybrid();
const MediumFamily& broken_stick_syslinux();
const MediumFamily& broken_stick_superfloppy();
const MediumFamily& broken_disk_gpt_bios_uefi();
const MediumFamily& broken_disk_systemd_boot();
const MediumFamily& broken_disk_uki();
const MediumFamily& broken_disk_aarch64();

}  // namespace bootproof::testing
