#include "tests/inspectors/defects.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kPrimary = IsoPlaces::kPrimary * 2048;
constexpr std::uint64_t kJoliet = IsoPlaces::kJoliet * 2048;

Bytes damaged(const Damage& damage) { return with_damage(iso_image(), damage); }

Bytes cut(std::uint64_t size) {
  Bytes iso = iso_image();
  // Joliet describes the same volume: without its descriptor one cut is one finding.
  Patch(iso).u8(kJoliet, 3);
  iso.resize(size);
  return iso;
}

}  // namespace

std::vector<Defect> iso9660_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  add("Truncated", cut(80 * 1024), "iso9660.truncated");
  add("VolumeSizesDisagree", damaged([](Patch& p) { p.be32(kPrimary + 84, 33); }),
      "iso9660.both-endian");
  add("SetSizesDisagree", damaged([](Patch& p) { p.u8(kPrimary + 123, 2); }),
      "iso9660.both-endian");
  add("SequenceNumbersDisagree", damaged([](Patch& p) { p.u8(kPrimary + 127, 2); }),
      "iso9660.both-endian");
  add("BlockSizesDisagree", damaged([](Patch& p) { p.u8(kPrimary + 131, 1); }),
      "iso9660.both-endian");
  add("PathTableSizesDisagree", damaged([](Patch& p) { p.be32(kPrimary + 136, 12); }),
      "iso9660.both-endian");
  add("RootExtentsDisagree", damaged([](Patch& p) { p.be32(kPrimary + 162, 23); }),
      "iso9660.both-endian");
  add("RootLengthsDisagree", damaged([](Patch& p) { p.be32(kPrimary + 170, 4096); }),
      "iso9660.both-endian");
  add("RootSequenceNumbersDisagree", damaged([](Patch& p) { p.u8(kPrimary + 187, 2); }),
      "iso9660.both-endian");
  add("JolietVolumeSizesDisagree", damaged([](Patch& p) { p.be32(kJoliet + 84, 33); }),
      "iso9660.both-endian");
  add("BlocksOf1024", damaged([](Patch& p) {
        p.both16(kPrimary + 128, 1024).both32(kPrimary + 158, IsoPlaces::kRoot * 2);
      }),
      "iso9660.block-size");
  add("PrimaryIdentifier", damaged([](Patch& p) { p.text(kPrimary + 1, "CD002"); }),
      "iso9660.descriptor-identifier");
  add("PrimaryVersion", damaged([](Patch& p) { p.u8(kPrimary + 6, 2); }),
      "iso9660.descriptor-version");
  add("JolietVersion", damaged([](Patch& p) { p.u8(kJoliet + 6, 0); }),
      "iso9660.descriptor-version");
  add("BootRecordVersion", damaged([](Patch& p) { p.u8(IsoPlaces::kBootRecord * 2048 + 6, 0); }),
      "iso9660.descriptor-version");
  add("TerminatorVersion", damaged([](Patch& p) { p.u8(IsoPlaces::kTerminator * 2048 + 6, 7); }),
      "iso9660.descriptor-version");
  add("NoPrimary", damaged([](Patch& p) { p.u8(kPrimary, 3); }), "iso9660.no-primary");
  add("NoTerminator", damaged([](Patch& p) { p.fill(IsoPlaces::kTerminator * 2048, 2048, 0); }),
      "iso9660.no-terminator");
  add("PathTableLOutside", damaged([](Patch& p) { p.le32(kPrimary + 140, IsoPlaces::kSectors); }),
      "iso9660.path-table");
  add("PathTableMZero", damaged([](Patch& p) { p.be32(kPrimary + 148, 0); }), "iso9660.path-table");
  add("RootOutside", damaged([](Patch& p) { p.both32(kPrimary + 158, 0xFFFFFFFF); }),
      "iso9660.root-directory");
  add("RootTooLong", damaged([](Patch& p) { p.both32(kPrimary + 166, 27 * 2048); }),
      "iso9660.root-directory");
  add("JolietRootOutside", damaged([](Patch& p) { p.both32(kJoliet + 158, IsoPlaces::kSectors); }),
      "iso9660.root-directory");
  add("RootIsAFile", damaged([](Patch& p) { p.u8(kPrimary + 181, 0); }),
      "iso9660.root-not-directory");
  add("RootRecordLength", damaged([](Patch& p) { p.u8(kPrimary + 156, 0); }),
      "iso9660.root-not-directory");
  return defects;
}

}  // namespace bootproof::testing
