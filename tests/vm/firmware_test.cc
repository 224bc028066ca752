#include "harness/vm/firmware.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

/// A host's descriptors in a folder, with flash files that exist.
class FirmwareFolder {
 public:
  FirmwareFolder() {
    code_ = folder_.write("CODE.fd", "c");
    vars_ = folder_.write("VARS.fd", "v");
  }

  void add(const std::string& name, const std::string& architecture, const std::string& machine,
           const std::string& features) {
    add_with_code(name, architecture, machine, features, code_);
  }
  void add_with_code(const std::string& name, const std::string& architecture,
                     const std::string& machine, const std::string& features,
                     const fs::path& code) {
    static_cast<void>(folder_.write(
        name, R"({"description": "d", "interface-types": ["uefi"], "mapping": {"device": "flash",)"
              R"("executable": {"filename": ")" +
                  code.string() + R"(", "format": "raw"}, "nvram-template": {"filename": ")" +
                  vars_.string() + R"(", "format": "raw"}}, "targets": [{"architecture": ")" +
                  architecture + R"(", "machines": [")" + machine + R"("]}], "features": [)" +
                  features + "], \"tags\": []}"));
  }
  void add_text(const std::string& name, const std::string& text) {
    static_cast<void>(folder_.write(name, text));
  }
  [[nodiscard]] std::vector<FirmwareDescriptor> read() const {
    const std::vector<fs::path> folders{folder_.path()};
    return read_firmware_descriptors(folders);
  }
  [[nodiscard]] const fs::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  fs::path code_;
  fs::path vars_;
};

std::string found(const std::vector<FirmwareDescriptor>& descriptors, Firmware firmware,
                  MachineType machine) {
  const Result<FirmwareDescriptor> result = find_firmware(descriptors, firmware, machine);
  return result ? result->file.filename().string() : result.error().what();
}

TEST(FindFirmware, ChoosesByMachineAndSecureBoot) {
  FirmwareFolder folder;
  folder.add("40-secure.json", "x86_64", "pc-q35-*",
             R"("secure-boot", "enrolled-keys", "requires-smm")");
  folder.add("50-empty.json", "x86_64", "pc-q35-*", R"("secure-boot", "requires-smm")");
  folder.add("60-plain.json", "x86_64", R"(pc-i440fx-*", "pc-q35-*)", R"("acpi-s3")");
  folder.add("40-arm.json", "aarch64", "virt-*", R"("secure-boot", "enrolled-keys")");
  folder.add("60-arm.json", "aarch64", "virt-*", "");
  const auto all = folder.read();
  EXPECT_EQ(found(all, Firmware::kOvmf, MachineType::kQ35), "60-plain.json");
  EXPECT_EQ(found(all, Firmware::kOvmf, MachineType::kPc), "60-plain.json");
  EXPECT_EQ(found(all, Firmware::kOvmfSecure, MachineType::kQ35), "40-secure.json");
  EXPECT_EQ(found(all, Firmware::kAavmf, MachineType::kVirt), "60-arm.json");
  EXPECT_EQ(found(all, Firmware::kAavmfSecure, MachineType::kVirt), "40-arm.json");
}

TEST(FindFirmware, TakesAKeyOfOnesOwnFromTheVarstoreBesideTheTemplate) {
  FirmwareFolder folder;
  folder.add("40-secure.json", "x86_64", "pc-q35-*", R"("secure-boot", "enrolled-keys")");
  folder.add("60-plain.json", "x86_64", "pc-q35-*", "");
  EXPECT_EQ(found(folder.read(), Firmware::kOvmfSecureOwn, MachineType::kQ35),
            "no firmware ovmf-secure-own for machine q35: none of the 2 descriptors found matches\n"
            "install the package ovmf (apt-get install ovmf)");
  folder.add_text("VARS.snakeoil.fd", "s");
  const auto all = folder.read();
  const auto own = find_firmware(all, Firmware::kOvmfSecureOwn, MachineType::kQ35);
  ASSERT_TRUE(own) << own.error().what();
  EXPECT_EQ(own->varstore_template, folder.path() / "VARS.snakeoil.fd");
  EXPECT_EQ(own->code, folder.path() / "CODE.fd");
}

TEST(FindFirmware, TakesTheOneBuildForIa32ThatHasSecureBootAndNoKeys) {
  FirmwareFolder folder;
  folder.add("50-ia32.json", "i386", "pc-q35-*", R"("secure-boot", "requires-smm")");
  folder.add("60-plain.json", "x86_64", "pc-q35-*", "");
  const auto all = folder.read();
  EXPECT_EQ(found(all, Firmware::kOvmfIa32, MachineType::kQ35), "50-ia32.json");
  EXPECT_EQ(found(all, Firmware::kOvmf, MachineType::kQ35), "60-plain.json");
  EXPECT_EQ(found({}, Firmware::kOvmfIa32, MachineType::kQ35),
            "no firmware ovmf-ia32 for machine q35: none of the 0 descriptors found matches\n"
            "install the package ovmf-ia32 (apt-get install ovmf-ia32)");
}

TEST(FindFirmware, PassesOverDescriptorsWhoseFilesAreMissing) {
  FirmwareFolder folder;
  folder.add_with_code("10-gone.json", "x86_64", "pc-q35-*", "", "/no/such/CODE.fd");
  folder.add("20-there.json", "x86_64", "pc-q35-*", "");
  EXPECT_EQ(found(folder.read(), Firmware::kOvmf, MachineType::kQ35), "20-there.json");
}

TEST(FindFirmware, NamesThePackageWhereNoneIsThere) {
  EXPECT_EQ(found({}, Firmware::kAavmf, MachineType::kVirt),
            "no firmware aavmf for machine virt: none of the 0 descriptors found matches\n"
            "install the package qemu-efi-aarch64 (apt-get install qemu-efi-aarch64)");
}

TEST(ReadFirmwareDescriptors, LetsAnEarlierFolderMaskALaterOne) {
  FirmwareFolder first;
  FirmwareFolder second;
  second.add("10-a.json", "x86_64", "pc-q35-*", "");
  second.add("20-b.json", "x86_64", "pc-q35-*", "");
  first.add_text("10-a.json", "");  // An empty file masks.
  const std::vector<fs::path> folders{first.path(), second.path()};
  const auto all = read_firmware_descriptors(folders);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].file, second.path() / "20-b.json");
}

TEST(ReadFirmwareDescriptors, LeavesOutWhatIsNoDescriptor) {
  FirmwareFolder folder;
  folder.add_text("10-bad.json", "{ not json");
  folder.add_text("20-list.json", "[]");
  folder.add_text("30-odd.json", R"({"targets": [1, {"machines": "x"}], "mapping": 7})");
  const auto all = folder.read();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].code.empty());
}

TEST(FindFirmware, FindsThatOfThisHost) {
  const auto folders = firmware_descriptor_folders();
  const auto all = read_firmware_descriptors(folders);
  if (all.empty()) {
    GTEST_SKIP() << "this host has no firmware descriptors: apt-get install ovmf";
  }
  EXPECT_TRUE(find_firmware(all, Firmware::kOvmf, MachineType::kQ35));
  EXPECT_TRUE(find_firmware(all, Firmware::kOvmfSecure, MachineType::kQ35));
}

}  // namespace
}  // namespace bootproof
