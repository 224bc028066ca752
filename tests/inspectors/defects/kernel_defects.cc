#include "inspectors/programs/kernel.h"
#include "inspectors/programs/kernel_payload.h"
#include "tests/inspectors/defects.h"
#include "tests/inspectors/program_samples.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kCode = 1536;  ///< Of x86_kernel().

Bytes damaged_x86(const Damage& damage) { return with_damage(x86_kernel(), damage); }

}  // namespace

std::vector<inspectors::Finding> findings_of_kernel(const Bytes& bytes) {
  inspectors::MemoryImage source{ByteSpan(bytes)};
  inspectors::Findings findings;
  const inspectors::ImageView view(source);
  if (const auto kernel = inspectors::read_kernel(view, "/boot/vmlinuz", findings)) {
    inspectors::read_kernel_payload(view, *kernel, "/boot/vmlinuz", findings);
  }
  return findings.take();
}

std::vector<Defect> kernel_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes bytes, std::string_view rule) {
    defects.push_back({std::move(name), std::move(bytes), rule});
  };
  add("NoBootFlag", damaged_x86([](Patch& p) { p.le16(0x1FE, 0); }), "kernel.boot-flag");
  add("OldProtocol", damaged_x86([](Patch& p) { p.le16(0x206, 0x0202); }), "kernel.old-protocol");
  add("ZImage", damaged_x86([](Patch& p) { p.u8(0x211, 0); }), "kernel.zimage");
  add("ManySetupSectors", damaged_x86([](Patch& p) { p.u8(0x1F1, 65); }), "kernel.setup-sectors");
  add("ShortHeader", damaged_x86([](Patch& p) { p.u8(0x201, 0x62); }), "kernel.header-length");
  add("Cut", first_of(x86_kernel(), 8191 - 16), "kernel.truncated");
  add("CutInHalf", first_of(x86_kernel(), 4096), "kernel.truncated");
  add("CutAfterTheSetupCode", first_of(x86_kernel(), kCode), "kernel.truncated");
  add("SyssizeTooLarge", damaged_x86([](Patch& p) { p.le32(0x1F4, 0xFFFFFFFF); }),
      "kernel.truncated");
  add("PayloadOffsetOutside", damaged_x86([](Patch& p) { p.le32(0x248, 0xFFFFFFFF); }),
      "kernel.payload-outside");
  add("PayloadTooLong", damaged_x86([](Patch& p) { p.le32(0x24C, 0x2000); }),
      "kernel.payload-outside");
  add("PayloadIsZeros", damaged_x86([](Patch& p) { p.fill(kCode + 0x100, 16, 0); }),
      "kernel.payload-unknown");
  add("PayloadIsDamaged", damaged_x86([](Patch& p) { p.u8(kCode + 0x200, 1); }),
      "kernel.payload-corrupt");
  add("PayloadLengthTooSmall", damaged_x86([](Patch& p) { p.le32(0x24C, 2000); }),
      "kernel.payload-corrupt");
  add("ZbootPayloadIsDamaged", with_damage(zboot_kernel(), [](Patch& p) { p.u8(1030, 0x47); }),
      "kernel.payload-corrupt");
  add("VersionOutside", damaged_x86([](Patch& p) { p.le16(0x20E, 0x7000); }),
      "kernel.version-outside");
  add("Alignment", damaged_x86([](Patch& p) { p.le32(0x230, 0x200001); }), "kernel.alignment");
  add("AlignmentZero", damaged_x86([](Patch& p) { p.le32(0x230, 0); }), "kernel.alignment");
  add("InitSizeTooSmall", damaged_x86([](Patch& p) { p.le32(0x260, 4096); }), "kernel.init-size");
  add("NoHandoverEntry", damaged_x86([](Patch& p) { p.le32(0x264, 0); }), "kernel.handover");
  add("HandoverOutside", damaged_x86([](Patch& p) { p.le32(0x264, 0x200000); }), "kernel.handover");
  add("PeHeaderOutside", damaged_x86([](Patch& p) { p.le32(0x3C, 0xFFFFFFFF); }),
      "kernel.pe-header");
  add("PeSignature", damaged_x86([](Patch& p) { p.text(0x40, "NE"); }), "kernel.pe-header");
  add("PeOfAnotherMachine", damaged_x86([](Patch& p) { p.le16(0x44, 0x014C); }),
      "kernel.pe-machine");
  add("KernelOf32BitsWithPeOf64", damaged_x86([](Patch& p) { p.le16(0x236, 0); }),
      "kernel.pe-machine");
  add("Arm64BigEndian", with_damage(arm64_kernel(), [](Patch& p) { p.le64(24, 0x0B); }),
      "kernel.big-endian");
  add("Arm64WithoutSize", with_damage(arm64_kernel(), [](Patch& p) { p.le64(16, 0); }),
      "kernel.image-size");
  add("Arm64WithoutEfiStub", with_damage(arm64_kernel(), [](Patch& p) { p.le16(0, 0); }),
      "kernel.no-efi-stub");
  add("Arm64PeOfAnotherMachine",
      with_damage(arm64_kernel(), [](Patch& p) { p.le16(0x44, 0x8664); }), "kernel.pe-machine");
  add("ZbootPayloadOutside", with_damage(zboot_kernel(), [](Patch& p) { p.le32(12, 0xFFFFFFFF); }),
      "kernel.payload-outside");
  add("ZbootCut", first_of(zboot_kernel(), 1200), "kernel.payload-outside");
  add("ZbootPayloadIsZeros", with_damage(zboot_kernel(), [](Patch& p) { p.le32(1024, 0); }),
      "kernel.payload-unknown");
  add("ZbootPeHeader", with_damage(zboot_kernel(), [](Patch& p) { p.text(0x40, "XX"); }),
      "kernel.pe-header");
  return defects;
}

}  // namespace bootproof::testing
