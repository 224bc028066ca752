// One defect each of the media that the shipped recipes make: where the path breaks, link by link,
// and what is found.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "builders/builder.h"
#include "harness/core/error.h"
#include "inspectors/inspect.h"
#include "inspectors/paths/layout.h"
#include "tests/inspectors/sample_images.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::inspectors {
namespace {

namespace fs = std::filesystem;
using bootproof::testing::content_of;
using bootproof::testing::matches_golden;
using bootproof::testing::Patch;

/// A healthy medium of a shipped recipe, and where on it everything stands.
struct HealthyMedium {
  Bytes bytes;
  std::vector<ByteRange> ranges;
  std::string problem;  ///< Why there is none.
};

HealthyMedium made_by(const std::string& recipe) {
  HealthyMedium medium;
  try {
    RecipeBook book;
    book.load(BOOTPROOF_SOURCE_DIR "/scenarios/disk-recipes.yaml");
    const fs::path cache = fs::path(BOOTPROOF_BINARY_DIR) / "test-cache";
    const std::string bytes = content_of(Builder(book, cache).build(recipe).path);
    medium.bytes.assign(bytes.begin(), bytes.end());
  } catch (const Error& error) {
    medium.problem = error.what();
    return medium;
  }
  MemoryImage source{ByteSpan(medium.bytes)};
  const ImageView view(source);
  const Inspection inspection = inspect(view);
  OpenMedium opened(view, inspection);
  medium.ranges = read_layout(opened).ranges();
  return medium;
}

const HealthyMedium& healthy(const std::string& recipe) {
  static std::map<std::string, HealthyMedium> media;
  const auto found = media.find(recipe);
  return found != media.end() ? found->second
                              : media.emplace(recipe, made_by(recipe)).first->second;
}

/// A medium that is being damaged.
class Damage {
 public:
  explicit Damage(const HealthyMedium& medium) : bytes(medium.bytes), medium_(medium) {}

  /// Where something stands; `place` where it stands in more than one.
  [[nodiscard]] std::uint64_t at(std::string_view name, std::string_view place = "") const {
    for (const ByteRange& range : medium_.ranges) {
      if (range.name == name && (place.empty() || range.place == place)) {
        return range.offset;
      }
    }
    ADD_FAILURE() << "nothing is called " << name << " in '" << place << "'";
    return 0;
  }
  [[nodiscard]] std::uint64_t size_of(std::string_view name) const {
    for (const ByteRange& range : medium_.ranges) {
      if (range.name == name) {
        return range.length;
      }
    }
    return 0;
  }
  void fill(std::uint64_t offset, std::uint64_t length, char with) {
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), length,
                static_cast<std::uint8_t>(with));
  }
  /// Replaces each occurrence of `from` in a part of the image by `to`, of the same length.
  void replace(std::uint64_t offset, std::uint64_t length, std::string_view from,
               std::string_view to) {
    std::size_t count = 0;
    const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(offset + length);
    for (auto place = bytes.begin() + static_cast<std::ptrdiff_t>(offset); place != end;) {
      place = std::search(place, end, from.begin(), from.end(), [](std::uint8_t byte, char c) {
        return byte == static_cast<std::uint8_t>(c);
      });
      if (place != end) {
        std::copy(to.begin(), to.end(), place);
        ++count;
      }
    }
    EXPECT_GT(count, 0U) << from;
  }
  [[nodiscard]] Patch patch() { return Patch(bytes); }

  Bytes bytes;

 private:
  const HealthyMedium& medium_;
};

struct MediumDefect {
  std::string name;
  std::function<void(Damage&)> apply;
};

/// A medium and what can be wrong with it.
struct Family {
  std::string recipe;
  std::vector<MediumDefect> defects;
};

const Family& iso_hybrid() {
  static const Family family{
      "iso-hybrid",
      {
          {"BootRecordOfAnotherSystem",
           [](Damage& d) { d.patch().u8(d.at("boot record") + 7, 'X'); }},
          {"CatalogOutside",
           [](Damage& d) { d.patch().le32(d.at("boot record") + 0x47, 0x00FFFFFF); }},
          {"CatalogElsewhere", [](Damage& d) { d.patch().le32(d.at("boot record") + 0x47, 16); }},
          {"ValidationWithoutItsKey",
           [](Damage& d) { d.patch().le16(d.at("boot catalog") + 0x1E, 0); }},
          {"ValidationWithAWrongChecksum",
           [](Damage& d) { d.patch().u8(d.at("boot catalog") + 0x1C, 0x5A); }},
          {"InitialEntryNotBootable",
           [](Damage& d) { d.patch().u8(d.at("boot catalog") + 0x20, 0); }},
          {"InitialImageOutside",
           [](Damage& d) { d.patch().le32(d.at("boot catalog") + 0x28, 0x00FFFFFF); }},
          {"InitialImageIsAText",
           [](Damage& d) {
             d.patch().le32(d.at("boot catalog") + 0x28, d.at("/boot/grub/grub.cfg") / 2048);
           }},
          {"SectionForABios", [](Damage& d) { d.patch().u8(d.at("boot catalog") + 0x41, 0); }},
          {"SectionWithoutEntries",
           [](Damage& d) { d.patch().le16(d.at("boot catalog") + 0x42, 0); }},
          {"SectionEntryNotBootable",
           [](Damage& d) { d.patch().u8(d.at("boot catalog") + 0x60, 0); }},
          {"SectionImageOutside",
           [](Damage& d) { d.patch().le32(d.at("boot catalog") + 0x68, 0x00FFFFFF); }},
          {"SectionImageIsAKernel",
           [](Damage& d) {
             d.patch().le32(d.at("boot catalog") + 0x68, d.at("/boot/vmlinuz") / 2048);
           }},
          {"EspWithoutItsBootSector",
           [](Damage& d) { d.fill(d.at("El Torito section 1"), 512, 0); }},
          {"EspWithoutTheLoader",
           [](Damage& d) {
             d.replace(d.at("El Torito section 1"), 0x8000, "BOOTX64 EFI", "BOOTX65 EFI");
           }},
          {"LoaderWithoutMz",
           [](Damage& d) {
             d.patch().u8(d.at("/EFI/BOOT/BOOTX64.EFI", "El Torito section 1"), 'X');
           }},
          {"LoaderForIa32",
           [](Damage& d) {
             const std::uint64_t program = d.at("/EFI/BOOT/BOOTX64.EFI", "El Torito section 1");
             d.patch().le16(program + 0x80 + 4, 0x14C);
           }},
          {"GrubConfigIsEmpty",
           [](Damage& d) {
             d.fill(d.at("/boot/grub/grub.cfg"), d.size_of("/boot/grub/grub.cfg"), '\n');
           }},
          {"GrubConfigNamesAnotherKernel",
           [](Damage& d) {
             d.replace(d.at("/boot/grub/grub.cfg"), 2048, "/boot/vmlinuz", "/boot/vmlinux");
           }},
          {"IsolinuxConfigIsEmpty",
           [](Damage& d) { d.fill(d.at("/isolinux/isolinux.cfg"), 100, '\n'); }},
          {"IsolinuxConfigNamesAnotherInitrd",
           [](Damage& d) {
             d.replace(d.at("/isolinux/isolinux.cfg"), 2048, "/boot/initrd", "/boot/initrx");
           }},
          {"BootInfoTableOfAnotherImage",
           [](Damage& d) { d.patch().le32(d.at("/isolinux/isolinux.bin") + 12, 99); }},
          {"BootInfoTableWithAWrongChecksum",
           [](Damage& d) { d.patch().u8(d.at("/isolinux/isolinux.bin") + 20, 0x77); }},
          {"KernelWithoutItsHeader",
           [](Damage& d) {
             d.fill(d.at("/boot/vmlinuz"), 2, 'x');
             d.fill(d.at("/boot/vmlinuz") + 0x1FE, 8, 'x');
           }},
          {"InitramfsIsZero",
           [](Damage& d) { d.fill(d.at("/boot/initrd"), d.size_of("/boot/initrd"), 0); }},
          {"InitramfsIsText", [](Damage& d) { d.fill(d.at("/boot/initrd"), 64, 'x'); }},
          {"InitramfsIsDamaged", [](Damage& d) { d.fill(d.at("/boot/initrd") + 5000, 5000, 'x'); }},
          {"MbrWithoutItsSignature", [](Damage& d) { d.patch().le16(0x1FE, 0); }},
          {"MbrWithoutBootCode", [](Damage& d) { d.fill(0, 440, 0); }},
          {"IsohybridLeadsElsewhere", [](Damage& d) { d.patch().le32(432, 100); }},
          {"GptHeadersWithoutSignature",
           [](Damage& d) {
             d.patch().u8(d.at("GPT header"), 'X');
             d.patch().u8(d.at("GPT backup header"), 'X');
           }},
          {"GptHeaderWithAWrongChecksum",
           [](Damage& d) { d.patch().u8(d.at("GPT header") + 0x10, 0x5A); }},
          {"CutInTheMiddle", [](Damage& d) { d.bytes.resize(d.bytes.size() / 2); }},
      }};
  return family;
}

const Family& stick_syslinux() {
  static const Family family{
      "stick-syslinux",
      {
          {"MbrWithoutBootCode", [](Damage& d) { d.fill(0, 440, 0); }},
          {"MbrWithoutItsSignature", [](Damage& d) { d.patch().le16(0x1FE, 0); }},
          {"NoActivePartition", [](Damage& d) { d.patch().u8(0x1BE, 0); }},
          {"TwoActivePartitions", [](Damage& d) { d.patch().u8(0x1CE, 0x80); }},
          {"PartitionOutside", [](Damage& d) { d.patch().le32(0x1BE + 8, 0x00FFFFFF); }},
          {"BootSectorIsZero", [](Damage& d) { d.fill(std::uint64_t{1} << 20U, 512, 0); }},
          {"LoaderIsText", [](Damage& d) { d.fill(d.at("/syslinux/ldlinux.sys"), 2048, 'x'); }},
          {"ConfigIsEmpty",
           [](Damage& d) {
             d.fill(d.at("/syslinux/syslinux.cfg"), d.size_of("/syslinux/syslinux.cfg"), '\n');
           }},
          {"ConfigNamesAnotherKernel",
           [](Damage& d) { d.replace(d.at("/syslinux/syslinux.cfg"), 512, "vmlinuz", "vmlinux"); }},
          {"KernelIsText", [](Damage& d) { d.fill(d.at("/vmlinuz"), 4096, 'x'); }},
          {"InitramfsIsText", [](Damage& d) { d.fill(d.at("/initrd"), 64, 'x'); }},
      }};
  return family;
}

const Family& disk_gpt_bios_uefi() {
  static const Family family{
      "disk-gpt-bios-uefi",
      {
          {"MbrWithoutBootCode", [](Damage& d) { d.fill(0, 440, 0); }},
          {"GrubLeadsElsewhere", [](Damage& d) { d.patch().le32(0x5C, 5); }},
          {"GrubLeadsOutside", [](Damage& d) { d.patch().le32(0x5C, 0x00FFFFFF); }},
          {"CoreImageWithoutItsBlocks",
           [](Damage& d) { d.fill((std::uint64_t{1} << 20U) + 500, 12, 0); }},
          {"CoreImageIsDamaged",
           [](Damage& d) { d.fill((std::uint64_t{1} << 20U) + 4096, 4096, 'x'); }},
          {"GptHeadersWithoutSignature",
           [](Damage& d) {
             d.patch().u8(d.at("GPT header"), 'X');
             d.patch().u8(d.at("GPT backup header"), 'X');
           }},
          {"GptEntriesAreDamaged",
           [](Damage& d) {
             d.fill(d.at("GPT entries"), 256, 'x');
             d.fill(d.at("GPT backup entries"), 256, 'x');
           }},
          {"EspWithoutItsBootSector", [](Damage& d) { d.fill(std::uint64_t{2} << 20U, 512, 0); }},
          {"EspWithoutTheLoader",
           [](Damage& d) {
             d.replace(std::uint64_t{2} << 20U, std::uint64_t{1} << 20U, "BOOTX64 EFI",
                       "BOOTX65 EFI");
           }},
          {"ConfigIsEmpty",
           [](Damage& d) {
             d.fill(d.at("/boot/grub/grub.cfg"), d.size_of("/boot/grub/grub.cfg"), '\n');
           }},
          {"KernelIsText", [](Damage& d) { d.fill(d.at("/vmlinuz"), 4096, 'x'); }},
          {"InitramfsIsText", [](Damage& d) { d.fill(d.at("/initrd"), 64, 'x'); }},
      }};
  return family;
}

/// How each path of a medium goes on, and the rules of all that is no note.
std::string answer_of(const Bytes& bytes) {
  MemoryImage source{ByteSpan(bytes)};
  const Inspection inspection = inspect(ImageView(source));
  std::string text;
  for (const BootPath& path : inspection.paths) {
    const bool is_asked =
        !path.is_secure && path.attachment != Attachment::kDisk4096 &&
        (path.firmware == FirmwareClass::kBios || path.firmware == FirmwareClass::kUefiX64);
    if (is_asked) {
      text +=
          fmt::format("  {}: {}: {}\n", title_of(path), name_of(path.forecast), chain_text(path));
    }
  }
  std::set<std::string> rules;
  for (const Finding& finding : inspection.findings) {
    if (finding.severity != Severity::kNote) {
      rules.insert(fmt::format("{} {}", name_of(finding.severity), finding.rule));
    }
  }
  for (const std::string& rule : rules) {
    text += fmt::format("  {}\n", rule);
  }
  // Sectors and offsets change with the versions of the packages that a recipe takes files from.
  return std::regex_replace(text, std::regex("\\b[0-9]{3,}\\b"), "N");
}

class MediaDefects : public ::testing::TestWithParam<const Family*> {
 protected:
  void SetUp() override {
    if (!healthy(GetParam()->recipe).problem.empty()) {
      GTEST_SKIP() << healthy(GetParam()->recipe).problem;
    }
  }
};

TEST_P(MediaDefects, BreakPathsAtTheLinksOfTheGoldenFile) {
  const HealthyMedium& medium = healthy(GetParam()->recipe);
  const std::string whole = answer_of(medium.bytes);
  std::string text = fmt::format("healthy\n{}", whole);
  for (const MediumDefect& defect : GetParam()->defects) {
    Damage damage(medium);
    defect.apply(damage);
    const std::string answer = answer_of(damage.bytes);
    EXPECT_NE(answer, whole) << defect.name << " changes nothing";
    text += fmt::format("{}\n{}", defect.name, answer);
  }
  EXPECT_TRUE(matches_golden(text, fmt::format("inspectors/media/{}.txt", GetParam()->recipe)));
}

INSTANTIATE_TEST_SUITE_P(Each, MediaDefects,
                         ::testing::Values(&iso_hybrid(), &stick_syslinux(), &disk_gpt_bios_uefi()),
                         [](const auto& test) {
                           std::string name = test.param->recipe;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace bootproof::inspectors
