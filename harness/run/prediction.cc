#include "harness/run/prediction.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "harness/core/text.h"
#include "harness/diagnosis/signature.h"
#include "harness/vm/firmware.h"
#include "harness/vm/presentation.h"
#include "inspectors/file_image.h"
#include "inspectors/paths/boot_path.h"
#include "inspectors/paths/layout.h"
#include "inspectors/programs/varstore.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using inspectors::Attachment;
using inspectors::BootLink;
using inspectors::BootPart;
using inspectors::BootPath;
using inspectors::FirmwareClass;
using inspectors::Forecast;
using inspectors::Inspection;

/// A boot that has come to this stage has passed all links of the part.
Stage stage_behind(BootPart part) {
  switch (part) {
    case BootPart::kEntry:
      return Stage::kLoader;
    case BootPart::kLoader:
    case BootPart::kKernel:
      return Stage::kKernel;
    case BootPart::kInitramfs:
      break;
  }
  return Stage::kUserspace;
}

/// Where a path that does not boot is to end; at its entry where it has not even that.
BootPart weak_part_of(const BootPath& path) {
  const BootLink* weakest = path.weakest();
  return weakest == nullptr ? BootPart::kEntry : weakest->part;
}

bool matches_any(std::span<const std::string> globs, std::string_view cause) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return matches_glob(glob, cause); });
}

/// What can't happen to a medium of which every link holds.
bool contradicts_a_boot(std::string_view cause) {
  constexpr std::array<std::string_view, 5> kAgainst{"firmware.*", "loader.*", "kernel.panic.*",
                                                     "initramfs.*", "machine.reset-loop"};
  const bool is_the_mediums = cause != "loader.no-network";
  return is_the_mediums &&
         std::any_of(kAgainst.begin(), kAgainst.end(),
                     [&](std::string_view glob) { return matches_glob(glob, cause); });
}

bool types_something(const Scenario& scenario) {
  return std::any_of(scenario.steps.begin(), scenario.steps.end(), [](const Step& step) {
    return std::holds_alternative<SendStep>(step.action) ||
           std::holds_alternative<KeyStep>(step.action);
  });
}

Agreement agreement_of(const BootPath& path, const Scenario& scenario, const Verdict& verdict) {
  if (verdict.outcome != Outcome::kPassed && verdict.outcome != Outcome::kFailed) {
    return Agreement::kUnproved;
  }
  if (path.forecast == Forecast::kDoubtful) {
    return Agreement::kDoubtful;
  }
  const bool has_failed = !verdict.cause.empty() && verdict.cause != "case.did-not-fail";
  const Stage stage = stage_named(verdict.stage);
  if (path.forecast == Forecast::kBoots) {
    if (!has_failed) {
      return Agreement::kHeld;
    }
    return stage < Stage::kLoader || contradicts_a_boot(verdict.cause) ? Agreement::kContradicted
                                                                       : Agreement::kUnproved;
  }
  if (has_failed) {
    return matches_any(foretold_causes(path), verdict.cause) ? Agreement::kHeld
                                                             : Agreement::kUnproved;
  }
  const bool is_further = stage >= stage_behind(weak_part_of(path));
  return is_further && !types_something(scenario) ? Agreement::kContradicted : Agreement::kUnproved;
}

/// An image as a machine sees it: some bytes are others, and zeros may follow its end.
class PresentedImage final : public inspectors::ImageSource {
 public:
  PresentedImage(inspectors::ImageSource& image, std::vector<Patch> patches, std::uint64_t size)
      : image_(image), patches_(std::move(patches)), size_(std::max(size, image.size())) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }

 private:
  bool read_inside(std::uint64_t offset, std::span<std::uint8_t> into) override {
    std::fill(into.begin(), into.end(), std::uint8_t{0});
    if (offset < image_.size()) {
      const std::uint64_t there = std::min<std::uint64_t>(into.size(), image_.size() - offset);
      if (!image_.read(offset, into.first(there))) {
        return false;
      }
    }
    for (const Patch& patch : patches_) {
      for (std::size_t i = 0; i < patch.bytes.size(); ++i) {
        const std::uint64_t at = patch.offset + i;
        if (at >= offset && at - offset < into.size()) {
          into[at - offset] = static_cast<std::uint8_t>(patch.bytes[i]);
        }
      }
    }
    return true;
  }

  inspectors::ImageSource& image_;
  std::vector<Patch> patches_;
  std::uint64_t size_;
};

/// What the machine sees instead of the image's bytes.
std::vector<Patch> patches_of(const MachineSpec& spec) {
  std::vector<Patch> patches;
  if (spec.hide == Hide::kElTorito) {
    if (Result<std::vector<Patch>> hidden = hide_el_torito(spec.image)) {
      patches = std::move(*hidden);
    }
  }
  return patches;
}

std::unique_ptr<Inspection> inspect_file(const MachineSpec& spec, const fs::path& keys_file,
                                         std::uint64_t size) {
  const auto opened = inspectors::FileImage::open(spec.image.string());
  if (!opened) {
    return nullptr;
  }
  PresentedImage presented(**opened, patches_of(spec), size);
  std::optional<inspectors::Varstore> keys;
  if (!keys_file.empty()) {
    if (const auto file = inspectors::FileImage::open(keys_file.string())) {
      inspectors::Findings ignored;
      keys = inspectors::read_varstore(inspectors::ImageView(**file), ignored);
    }
  }
  inspectors::InspectOptions options;
  if (keys) {
    options.keys = [&keys] { return &*keys; };
  }
  return std::make_unique<Inspection>(inspect(inspectors::ImageView(presented), options));
}

/// The names of the parts of an image as a machine sees it; null where it can't be read.
std::shared_ptr<const MediumMap> map_of(const MachineSpec& spec, std::uint64_t size,
                                        const Inspection& inspection) {
  const auto opened = inspectors::FileImage::open(spec.image.string());
  if (!opened) {
    return nullptr;
  }
  PresentedImage presented(**opened, patches_of(spec), size);
  inspectors::OpenMedium medium(inspectors::ImageView(presented), inspection);
  const inspectors::Layout layout = inspectors::read_layout(medium);
  std::vector<NamedRange> ranges;
  ranges.reserve(layout.ranges().size());
  for (const inspectors::ByteRange& range : layout.ranges()) {
    ranges.push_back({range.offset, range.length, range.name, range.place});
  }
  return std::make_shared<const MediumMap>(ranges);
}

}  // namespace

std::optional<FirmwareClass> firmware_class_of(Firmware firmware) {
  if (firmware == Firmware::kSeabios) {
    return FirmwareClass::kBios;
  }
  const std::optional<Architecture> architecture = architecture_of(firmware);
  if (!architecture) {
    return std::nullopt;
  }
  if (firmware == Firmware::kOvmfIa32) {
    return FirmwareClass::kUefiIa32;
  }
  return *architecture == Architecture::kAarch64 ? FirmwareClass::kUefiAarch64
                                                 : FirmwareClass::kUefiX64;
}

Attachment attachment_of(Device device, std::uint32_t sector_size) {
  constexpr std::uint32_t kLargeSectors = 4096;
  if (is_optical(device)) {
    return Attachment::kOptical;
  }
  return sector_size == kLargeSectors ? Attachment::kDisk4096 : Attachment::kDisk;
}

Goal goal_of(const BootPath& path) {
  const bool has_initramfs =
      std::any_of(path.links.begin(), path.links.end(),
                  [](const BootLink& link) { return link.part == BootPart::kInitramfs; });
  return has_initramfs ? Goal::kPrompt : Goal::kLoader;
}

std::vector<std::string> foretold_causes(const BootPath& path) {
  if (path.forecast == Forecast::kBoots) {
    return {};
  }
  switch (weak_part_of(path)) {
    case BootPart::kEntry:
      if (path.firmware != FirmwareClass::kBios) {
        return {"firmware.*", "loader.*"};
      }
      [[fallthrough]];  // A BIOS starts whatever bears the signature 55 aa: that may do anything.
    case BootPart::kLoader:
      return {"firmware.*", "loader.*", "machine.*"};
    case BootPart::kKernel:
      return {"firmware.*", "loader.*", "kernel.*"};
    case BootPart::kInitramfs:
      break;
  }
  return {"loader.*", "kernel.*", "initramfs.*"};
}

std::string cut_of(const Inspection& inspection) {
  for (const inspectors::Finding& finding : inspection.findings) {
    if (finding.rule == "iso9660.truncated" || finding.rule == "gpt.partition-outside") {
      return fmt::format("found {}; expected {}", finding.found, finding.expected);
    }
  }
  return {};
}

Foretold foretold_by(const BootPath& path, const Scenario& scenario, const Verdict& verdict) {
  Foretold foretold;
  foretold.forecast = name_of(path.forecast);
  foretold.path = title_of(path);
  if (const BootLink* weakest = path.weakest()) {
    foretold.reason = weakest->text + ": " + weakest->problem;
  }
  for (const BootLink& link : path.links) {
    foretold.links.push_back({std::string(name_of(link.part)), link.text,
                              std::string(name_of(link.state)), link.problem, link.offset});
  }
  foretold.agreement = agreement_of(path, scenario, verdict);
  return foretold;
}

fs::path Predictions::keys_for(const MachineSpec& spec) {
  if (!is_secure(spec.firmware) || !spec.varstore_template.empty()) {
    return is_secure(spec.firmware) ? spec.varstore_template : fs::path();
  }
  std::call_once(installed_read_,
                 [this] { installed_ = read_firmware_descriptors(firmware_descriptor_folders()); });
  const auto found = find_firmware(installed_, spec.firmware, spec.machine);
  return found ? found->varstore_template : fs::path();
}

Predictions::Key Predictions::key_of(const MachineSpec& spec) {
  return {spec.image, keys_for(spec), spec.hide, overlay_size(spec)};
}

const Inspection* Predictions::inspection(const MachineSpec& spec) {
  const Key key = key_of(spec);
  const std::lock_guard lock(mutex_);
  auto known = inspections_.find(key);
  if (known == inspections_.end()) {
    known = inspections_.emplace(key, inspect_file(spec, std::get<1>(key), std::get<3>(key))).first;
  }
  return known->second.get();
}

const BootPath* find_path(const Inspection& inspection, Firmware firmware, Attachment attachment) {
  const std::optional<FirmwareClass> wanted = firmware_class_of(firmware);
  const auto found =
      std::find_if(inspection.paths.begin(), inspection.paths.end(), [&](const BootPath& one) {
        return wanted && one.firmware == *wanted && one.attachment == attachment &&
               one.is_secure == is_secure(firmware);
      });
  return found == inspection.paths.end() ? nullptr : &*found;
}

namespace {

/// The path that a machine's firmware takes to its device.
const BootPath* path_in(const Inspection& inspection, const MachineSpec& spec) {
  return find_path(inspection, spec.firmware, attachment_of(spec.device, spec.sector_size));
}

}  // namespace

MediumFacts Predictions::facts_of(const MachineSpec& spec) {
  MediumFacts facts;
  facts.inspection = spec.image.empty() ? nullptr : inspection(spec);
  if (facts.inspection == nullptr) {
    return facts;
  }
  facts.path = path_in(*facts.inspection, spec);
  const Key key = key_of(spec);
  const std::lock_guard lock(maps_mutex_);
  auto known = maps_.find(key);
  if (known == maps_.end()) {
    known = maps_.emplace(key, map_of(spec, std::get<3>(key), *facts.inspection)).first;
  }
  facts.map = known->second;
  return facts;
}

const BootPath* Predictions::path_of(const MachineSpec& spec) {
  const Inspection* read = spec.image.empty() ? nullptr : inspection(spec);
  return read == nullptr ? nullptr : path_in(*read, spec);
}

}  // namespace bootproof
