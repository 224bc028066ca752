#include <algorithm>
#include <utility>

#include "tests/inspectors/defects.h"
#include "tests/inspectors/sample_programs.h"
#include "tests/inspectors/sample_signatures.h"

namespace bootproof::testing {
namespace {

Bytes with_section(std::string_view name, Bytes content) {
  std::vector<SampleSection> sections = uki_sections();
  std::find_if(sections.begin(), sections.end(), [&](const auto& s) {
    return s.name == name;
  })->content = std::move(content);
  return program_of(sections);
}

Bytes without_section(std::string_view name) {
  std::vector<SampleSection> sections = uki_sections();
  std::erase_if(sections, [&](const auto& s) { return s.name == name; });
  return program_of(sections);
}

Bytes with_second_cmdline() {
  std::vector<SampleSection> sections = uki_sections();
  sections.push_back({".cmdline", bytes_of("quiet\n")});
  return program_of(sections);
}

/// What objcopy makes of --add-section without --change-section-vma.
Bytes with_initrd_at_address_zero() {
  Bytes program = uki_program();
  Patch(program).le32(ProgramPlaces::row(9) + 12, 0);
  return program;
}

/// What objcopy makes of --change-section-vma where the kernel is larger than was thought.
Bytes with_initrd_over_kernel() {
  constexpr std::uint64_t kInitrdRow = ProgramPlaces::row(9);
  constexpr std::uint64_t kInsideKernel = 0x9800;
  Bytes program = uki_program();
  Patch(program).le32(kInitrdRow + 12, kInsideKernel);
  return program;
}

}  // namespace

std::vector<Defect> uki_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes program, std::string_view rule) {
    defects.push_back({std::move(name), std::move(program), rule});
  };
  add("NoKernel", without_section(".linux"), "uki.no-kernel");
  add("EmptyKernel", with_section(".linux", {}), "pe.empty-section");
  add("CompressedKernel", with_section(".linux", {0x1F, 0x8B, 0x08, 0x00}), "uki.kernel-not-efi");
  add("KernelOfAnotherMachine", with_section(".linux", program_of(efi_sections(), kArm64)),
      "uki.kernel-machine");
  add("CmdlineInUtf16", with_section(".cmdline", {'q', 0, 'u', 0, 'i', 0, 'e', 0, 't', 0}),
      "uki.cmdline-text");
  add("CmdlineWithControls", with_section(".cmdline", bytes_of("quiet\x1b[2J")),
      "uki.cmdline-text");
  add("Devicetree", with_section(".dtb", bytes_of("/dts-v1/;")), "uki.devicetree");
  add("Splash", with_section(".splash", bytes_of("\x89PNG\r\n")), "uki.splash");
  add("SecondCmdline", with_second_cmdline(), "uki.duplicate-section");
  add("NoOsRelease", without_section(".osrel"), "uki.no-os-release");
  add("InitrdAtAddressZero", with_initrd_at_address_zero(), "pe.section-in-headers");
  add("InitrdOverKernel", with_initrd_over_kernel(), "pe.sections-overlap");
  return defects;
}

std::vector<Defect> secure_boot_defects() {
  constexpr std::uint64_t kVendorTable = 0xC00;
  Bytes outside = program_of(shim_sections(ca_certificate()));
  Patch(outside).le32(kVendorTable + 8, 0x100000);
  return {{"VendorTableOutside", std::move(outside), "secure-boot.vendor-table"},
          {"VendorCertificate", program_of(shim_sections(bytes_of("0 no certificate"))),
           "secure-boot.vendor-certificate"}};
}

}  // namespace bootproof::testing
