#include "builders/module_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "builders/kernel_module.h"
#include "fixture.h"
#include "harness/core/program.h"
#include "payload_files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::Key;
using ::testing::StartsWith;

/// A folder of modules like those of a kernel: usb_storage needs scsi_mod and usbcore, which needs
/// usb_common; ext4 wants crc32c, which two modules bear as an alias.
class ModuleSetTest : public FolderTest {
 protected:
  ModuleSetTest() {
    add("drivers/usb/usb-common.ko", {"depends="});
    add("drivers/usb/usbcore.ko", {"depends=usb-common"});
    add("drivers/scsi/scsi_mod.ko", {"license=GPL"});
    add("drivers/usb/usb-storage.ko",
        {"alias=usb:v1d5Cp2002*", "alias=usb-storage-alias", "depends=usbcore,scsi_mod"});
    add("fs/ext4.ko", {"softdep=pre: crc32c", "alias=fs-ext4", "depends=jbd2"});
    add("fs/jbd2.ko", {"depends="});
    add("crypto/crc32c_generic.ko", {"alias=crc32c", "alias=crypto-crc32c", "depends="});
    add("crypto/crc32c-fast.ko", {"alias=crc32c", "depends="});
    write("6.1-test/modules.builtin", "kernel/drivers/tty/serial-8250.ko\n");
  }

  void add(const std::string& name, const std::vector<std::string>& fields,
           std::uint8_t machine = kElfX86_64) const {
    write("6.1-test/kernel/" + name, module_file(machine, fields));
  }

  [[nodiscard]] ModuleSet find(const std::vector<std::string>& names) const {
    ModulesRecipe recipe;
    recipe.folder.mark = {"r.yaml", 0, 0};
    for (const std::string& name : names) {
      recipe.names.push_back({module_name(name), {"r.yaml", 0, 0}});
    }
    const fs::path folder = folder_ / "6.1-test";
    const AliasSearch search = [&](std::string_view alias) {
      return all_with_alias(folder, alias);
    };
    return find_modules(recipe, folder, Architecture::kX86_64, search);
  }

  [[nodiscard]] std::string refusal(const std::vector<std::string>& names) const {
    return error_text([&] { static_cast<void>(find(names)); });
  }
};

TEST_F(ModuleSetTest, TakesAModuleUnderEitherSpellingWithAllThatItNeeds) {
  for (const std::string_view name : {"usb-storage", "usb_storage"}) {
    const ModuleSet set = find({std::string(name)});
    EXPECT_EQ(set.release, "6.1-test");
    EXPECT_THAT(set.files, ElementsAre(Key("kernel/drivers/scsi/scsi_mod.ko"),
                                       Key("kernel/drivers/usb/usb-common.ko"),
                                       Key("kernel/drivers/usb/usb-storage.ko"),
                                       Key("kernel/drivers/usb/usbcore.ko")));
  }
}

TEST_F(ModuleSetTest, ListsWhatIsNeededBehindWhatNeedsIt) {
  EXPECT_EQ(find({"usb_storage"}).lists.at("modules.dep"),
            "kernel/drivers/scsi/scsi_mod.ko:\n"
            "kernel/drivers/usb/usb-common.ko:\n"
            "kernel/drivers/usb/usb-storage.ko: kernel/drivers/scsi/scsi_mod.ko "
            "kernel/drivers/usb/usbcore.ko kernel/drivers/usb/usb-common.ko\n"
            "kernel/drivers/usb/usbcore.ko: kernel/drivers/usb/usb-common.ko\n");
}

TEST_F(ModuleSetTest, ListsAliasesOfWhatIsTaken) {
  EXPECT_EQ(find({"usb_storage"}).lists.at("modules.alias"),
            "alias usb:v1d5Cp2002* usb_storage\nalias usb-storage-alias usb_storage\n");
}

TEST_F(ModuleSetTest, TakesEachBearerOfAnAliasThatIsWantedSoftly) {
  const ModuleSet set = find({"ext4"});
  EXPECT_THAT(set.files, ElementsAre(Key("kernel/crypto/crc32c-fast.ko"),
                                     Key("kernel/crypto/crc32c_generic.ko"),
                                     Key("kernel/fs/ext4.ko"), Key("kernel/fs/jbd2.ko")));
  EXPECT_EQ(set.lists.at("modules.softdep"), "softdep ext4 pre: crc32c\n");
}

TEST_F(ModuleSetTest, GoesOnWithoutASoftDependencyThatIsNotThere) {
  add("fs/odd.ko", {"softdep=pre: nowhere", "depends="});
  EXPECT_THAT(find({"odd"}).files, ElementsAre(Key("kernel/fs/odd.ko")));
}

TEST_F(ModuleSetTest, NeedsNoFileForWhatIsBuiltIn) {
  add("fs/serial-user.ko", {"depends=serial-8250"});
  EXPECT_THAT(find({"serial_8250"}).files, ElementsAre());
  EXPECT_THAT(find({"serial-user"}).files, ElementsAre(Key("kernel/fs/serial-user.ko")));
  EXPECT_EQ(find({"serial-8250"}).lists.at("modules.builtin"),
            "kernel/drivers/tty/serial-8250.ko\n");
}

TEST_F(ModuleSetTest, EndsWhereModulesNeedEachOther) {
  add("a.ko", {"depends=b"});
  add("b.ko", {"depends=a"});
  EXPECT_EQ(find({"a"}).lists.at("modules.dep"),
            "kernel/a.ko: kernel/b.ko\nkernel/b.ko: kernel/a.ko\n");
}

TEST_F(ModuleSetTest, RefusesAnUnknownModuleWithTheNearestName) {
  EXPECT_EQ(refusal({"usb_storag"}), "r.yaml: no module 'usb_storag' in " +
                                         (folder_ / "6.1-test").string() +
                                         "\ndid you mean 'usb_storage'?");
}

TEST_F(ModuleSetTest, RefusesAModuleForAnotherArchitecture) {
  add("fs/jbd2.ko", {"depends="}, kElfAarch64);
  EXPECT_EQ(refusal({"ext4"}),
            "r.yaml: the module jbd2 is aarch64, the recipe says x86_64\n"
            "take the modules of a kernel for the architecture of the initramfs");
}

TEST_F(ModuleSetTest, RefusesAModuleThatNeedsWhatIsMissing) {
  add("fs/odd.ko", {"depends=nowhere"});
  EXPECT_EQ(refusal({"odd"}), "r.yaml: the module odd needs nowhere, which is not in " +
                                  (folder_ / "6.1-test").string());
}

TEST_F(ModuleSetTest, RefusesWhatIsNoModule) {
  write("6.1-test/kernel/text.ko", "text");
  write("6.1-test/kernel/program.ko", elf_program(kElfX86_64));
  EXPECT_EQ(refusal({"text"}), "kernel/text.ko is not a 64-bit little-endian ELF file");
  EXPECT_EQ(refusal({"program"}),
            "kernel/program.ko has no section .modinfo: it is no kernel module");
}

TEST(KernelModule, CutAtAnyLengthIsReadOrRefused) {
  const std::string whole = module_file(kElfX86_64, {"depends=a,b", "alias=x"});
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string text = error_text([&] {
      static_cast<void>(read_kernel_module(std::string_view(whole).substr(0, size), "m"));
    });
    refused += text.starts_with("m ") ? 1U : 0U;
  }
  EXPECT_GT(refused, whole.size() / 2);
  EXPECT_THAT(read_kernel_module(whole, "m").depends, ElementsAre("a", "b"));
}

TEST(KernelModule, LeavesOutAFieldOfTwoLines) {
  EXPECT_THAT(
      read_kernel_module(module_file(kElfX86_64, {"alias=a\nalias b c", "alias=d"}), "m").aliases,
      ElementsAre("d"));
}

TEST_F(ModuleSetTest, UnpacksCompressedModules) {
  const fs::path file = write("6.1-test/kernel/packed.ko", module_file(kElfX86_64, {"depends="}));
  const std::string plain = read(file);
  ProgramCall call;
  call.arguments = {"xz", "--check=crc32", file.string()};
  if (!run_program(call)) {
    GTEST_SKIP() << "xz is missing: install xz-utils";
  }
  const ModuleSet set = find({"packed"});
  EXPECT_THAT(set.files, ElementsAre(std::pair<const std::string, fs::path>(
                             "kernel/packed.ko", file.string() + ".xz")));
  EXPECT_EQ(module_bytes(file.string() + ".xz"), plain);
  write("6.1-test/kernel/cut.ko.xz", read(file.string() + ".xz").substr(0, 40));
  EXPECT_THAT(refusal({"cut"}), StartsWith("cannot unpack the module "));
}

}  // namespace
}  // namespace bootproof
