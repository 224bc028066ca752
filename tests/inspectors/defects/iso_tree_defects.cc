#include <algorithm>
#include <string>
#include <string_view>

#include "tests/inspectors/defects.h"
#include "tests/inspectors/iso_sample.h"

namespace bootproof::testing {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kSector = 2048;

/// What a damage may need to know: where things stand.
struct Target {
  Bytes& iso;
  Patch patch;

  [[nodiscard]] std::uint64_t in_root(std::string_view identifier) const {
    return record_at(iso, HybridPlaces::kRoot, identifier);
  }
  [[nodiscard]] std::uint64_t in_boot(std::string_view identifier) const {
    return record_at(iso, HybridPlaces::kBoot, identifier);
  }
  [[nodiscard]] std::uint64_t entry(std::uint64_t record, std::string_view signature) const {
    return entry_at(iso, record, signature);
  }
};

template <typename Change>
Bytes damaged(Change damage) {
  Bytes iso = hybrid_iso();
  Target target{iso, Patch(iso)};
  damage(target);
  return iso;
}

/// The continuation area that the root's "." names holds a CE for itself.
Bytes with_a_loop() {
  return damaged([](Target& t) {
    const std::uint64_t from = t.entry(t.in_root("\0"sv), "CE");
    const Bytes ce(t.iso.begin() + static_cast<std::ptrdiff_t>(from),
                   t.iso.begin() + static_cast<std::ptrdiff_t>(from) + 28);
    const std::uint64_t at = HybridPlaces::kContinuation * kSector;
    std::copy(ce.begin(), ce.end(), t.iso.begin() + static_cast<std::ptrdiff_t>(at));
    t.patch.both32(at + 20, 28).both32(from + 20, 28);
  });
}

void add_records(std::vector<Defect>& defects) {
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  add("ExtentsDisagree",
      damaged([](Target& t) { t.patch.be32(t.in_root("README.TXT;1") + 6, 28); }),
      "iso9660.both-endian");
  add("LengthsDisagree", damaged([](Target& t) { t.patch.be32(t.in_boot("GRUB") + 14, 4096); }),
      "iso9660.both-endian");
  add("SelfElsewhere",
      damaged([](Target& t) { t.patch.both32(t.in_boot("\0"sv) + 2, HybridPlaces::kGrub); }),
      "iso9660.directory-dot");
  add("SelfLonger", damaged([](Target& t) { t.patch.both32(t.in_boot("\0"sv) + 10, 4096); }),
      "iso9660.directory-dot");
  add("ParentElsewhere",
      damaged([](Target& t) { t.patch.both32(t.in_boot("\1") + 2, HybridPlaces::kGrub); }),
      "iso9660.directory-dot");
  add("DirectoryBlank",
      damaged([](Target& t) { t.patch.fill(HybridPlaces::kGrub * kSector, kSector, 0); }),
      "iso9660.directory-dot");
  add("DirectoryOverwritten", damaged([](Target& t) {
        t.patch.text(HybridPlaces::kGrub * kSector, "#!/bin/sh\nexec something\n");
      }),
      "iso9660.directory-record");
  add("DirectoryOutside",
      damaged([](Target& t) { t.patch.both32(t.in_boot("GRUB") + 2, 0xFFFFFFFF); }),
      "iso9660.directory-extent");
  add("DirectoryTooLong",
      damaged([](Target& t) { t.patch.both32(t.in_boot("GRUB") + 10, 0x80000000); }),
      "iso9660.directory-extent");
  add("DirectoryInSystemArea", damaged([](Target& t) { t.patch.both32(t.in_boot("GRUB") + 2, 0); }),
      "iso9660.directory-extent");
  add("DirectoryInItself",
      damaged([](Target& t) { t.patch.both32(t.in_boot("GRUB") + 2, HybridPlaces::kBoot); }),
      "iso9660.directory-loop");
  add("RecordTooShort", damaged([](Target& t) { t.patch.u8(t.in_boot("GRUB"), 20); }),
      "iso9660.directory-record");
  add("NameTooLong", damaged([](Target& t) { t.patch.u8(t.in_root("README.TXT;1") + 32, 250); }),
      "iso9660.directory-record");
  add("NameTwice",
      damaged([](Target& t) { t.patch.text(t.entry(t.in_root("BOOT"), "NM") + 5, "link"); }),
      "iso9660.duplicate-name");
  add("FileOutside", damaged([](Target& t) {
        t.patch.both32(t.in_root("README.TXT;1") + 2, HybridPlaces::kSectors);
      }),
      "iso9660.file-extent");
  add("FileTooLong",
      damaged([](Target& t) { t.patch.both32(t.in_root("README.TXT;1") + 10, 0x10000000); }),
      "iso9660.file-extent");
  add("FileAtZero", damaged([](Target& t) { t.patch.both32(t.in_root("README.TXT;1") + 2, 0); }),
      "iso9660.file-extent");
  add("Interleaved", damaged([](Target& t) {
        t.patch.u8(t.in_root("README.TXT;1") + 26, 1).u8(t.in_root("README.TXT;1") + 27, 1);
      }),
      "iso9660.interleaved");
  add("LastExtentMissing", damaged([](Target& t) {
        const std::uint64_t first = t.in_root("BIG.;1");
        const std::uint64_t second = first + t.iso[first];
        t.patch.u8(second + 25, 0x80).both32(second + 10, kSector);
      }),
      "iso9660.multi-extent");
  add("ExtentWithAGap", damaged([](Target& t) { t.patch.both32(t.in_root("BIG.;1") + 10, 2000); }),
      "iso9660.multi-extent");
}

void add_path_tables(std::vector<Defect>& defects) {
  constexpr std::uint64_t kL = HybridPlaces::kPathTableL * kSector;
  constexpr std::uint64_t kM = HybridPlaces::kPathTableM * kSector;
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  add("PathTableBlockOfBoth",
      damaged([](Target& t) { t.patch.le32(kL + 12, 25).be32(kM + 12, 25); }),
      "iso9660.path-table-directories");
  add("PathTableWithoutDirectory",
      damaged([](Target& t) { t.patch.both32(HybridPlaces::kPrimary * kSector + 132, 34); }),
      "iso9660.path-table-directories");
  add("PathTableRoot", damaged([](Target& t) { t.patch.le32(kL + 2, 23); }),
      "iso9660.path-table-entry");
  add("PathTableParent", damaged([](Target& t) { t.patch.le16(kL + 16, 9); }),
      "iso9660.path-table-entry");
  add("PathTableBlank", damaged([](Target& t) { t.patch.fill(kL, 46, 0); }),
      "iso9660.path-table-entry");
  add("PathTableMName", damaged([](Target& t) { t.patch.text(kM + 18, "LOOT"); }),
      "iso9660.path-tables-differ");
  add("PathTableMShort", damaged([](Target& t) { t.patch.u8(kM + 34, 0); }),
      "iso9660.path-tables-differ");
}

void add_rock_ridge(std::vector<Defect>& defects) {
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  add("ContinuationLoop", with_a_loop(), "rock-ridge.continuation-loop");
  add("ContinuationOutside",
      damaged([](Target& t) { t.patch.both32(t.entry(t.in_root("\0"sv), "CE") + 4, 0x00FFFFFF); }),
      "rock-ridge.continuation-outside");
  add("ContinuationOverTheBlock",
      damaged([](Target& t) { t.patch.both32(t.entry(t.in_root("\0"sv), "CE") + 12, 2040); }),
      "rock-ridge.continuation-outside");
  add("EntryTooLong",
      damaged([](Target& t) { t.patch.u8(t.entry(t.in_root("BOOT"), "PX") + 2, 200); }),
      "rock-ridge.entry-length");
  add("EntryTooShort",
      damaged([](Target& t) { t.patch.u8(t.entry(t.in_boot("GRUB"), "NM") + 2, 3); }),
      "rock-ridge.entry-length");
  add("NameWithASlash",
      damaged([](Target& t) { t.patch.text(t.entry(t.in_boot("GRUB"), "NM") + 5, "g/ub"); }),
      "rock-ridge.name");
  add("NotAnnounced",
      damaged([](Target& t) { t.patch.text(t.entry(t.in_root("\0"sv), "SP"), "XX"); }),
      "rock-ridge.no-sp");
  add("RelocatedNowhere", damaged([](Target& t) {
        t.patch.both32(t.entry(t.in_boot("DEEP"), "CL") + 4, HybridPlaces::kReadme);
      }),
      "rock-ridge.relocation");
  add("LinkTooLong",
      damaged([](Target& t) { t.patch.u8(t.entry(t.in_root("LINK.;1"), "SL") + 6, 99); }),
      "rock-ridge.symbolic-link");
  add("Compressed", damaged([](Target& t) {
        t.patch.text(t.entry(t.in_root("ISOLINUX.BIN;1"), "PX"),
                     std::string_view("ZF\x10\1pz\4\x0F\0\0\1\0\0\1\0\0TF\x1C\1", 20));
      }),
      "rock-ridge.zisofs");
}

}  // namespace

std::vector<Defect> iso_tree_defects() {
  std::vector<Defect> defects;
  add_records(defects);
  add_path_tables(defects);
  add_rock_ridge(defects);
  return defects;
}

}  // namespace bootproof::testing
