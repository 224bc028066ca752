#include "harness/vm/presentation.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

using testing::content_of;
using testing::TemporaryFolder;

constexpr std::size_t kSector = 2048;

/// A volume descriptor of this type with a boot system identifier.
std::string descriptor(char type, std::string_view system = {}) {
  std::string sector(kSector, '\0');
  sector[0] = type;
  sector.replace(1, 6, "CD001\x01");
  sector.replace(7, system.size(), system);
  sector.replace(0x47, 4, std::string_view("\x13\x00\x00\x00", 4));
  return sector;
}

std::string disc(const std::vector<std::string>& descriptors) {
  std::string bytes(16 * kSector, '\0');
  for (const std::string& one : descriptors) {
    bytes += one;
  }
  return bytes;
}

TEST(HideElTorito, MakesTheBootRecordOneThatNobodyKnows) {
  const TemporaryFolder folder;
  const auto image =
      folder.write("a.iso", disc({descriptor('\x01'), descriptor('\0', "EL TORITO SPECIFICATION"),
                                  descriptor('\x02'), descriptor('\xff')}));
  const auto patches = hide_el_torito(image);
  ASSERT_TRUE(patches) << patches.error().what();
  const std::vector<Patch> expected{{17 * kSector + 7, std::string(32, ' ')},
                                    {17 * kSector + 0x47, std::string(4, '\0')}};
  EXPECT_EQ(*patches, expected);
}

TEST(HideElTorito, FindsARecordAnywhereBeforeTheTerminatorAndNoneBehindIt) {
  const TemporaryFolder folder;
  const std::string record = descriptor('\0', "EL TORITO SPECIFICATION");
  const auto late =
      folder.write("late.iso", disc({descriptor('\x01'), descriptor('\x02'), record}));
  EXPECT_EQ(hide_el_torito(late).value().at(0).offset, 18 * kSector + 7);
  const auto behind = folder.write("behind.iso", disc({descriptor('\xff'), record}));
  EXPECT_FALSE(hide_el_torito(behind));
}

TEST(HideElTorito, SaysThatThereIsNothingToHide) {
  const TemporaryFolder folder;
  for (const std::string& bytes :
       {std::string(), std::string(40 * kSector, 'x'), disc({descriptor('\x01')}),
        disc({descriptor('\x01'), descriptor('\0', "ANOTHER SYSTEM"), descriptor('\xff')})}) {
    const auto image = folder.write("a.iso", bytes);
    const auto patches = hide_el_torito(image);
    ASSERT_FALSE(patches);
    EXPECT_EQ(std::string(patches.error().what()),
              image.string() +
                  " has no El Torito boot record to hide\n"
                  "remove `hide: el-torito` for this medium: it is seen without one "
                  "anyway");
  }
}

TEST(OverlaySize, IsThatOfTheImageUnlessTheDiskIsLarger) {
  const TemporaryFolder folder;
  MachineSpec spec;
  spec.device = Device::kUsbStorage;
  spec.image = folder.write("a.img", std::string(1536, 'x'));
  EXPECT_EQ(overlay_size(spec), 0U);
  spec.larger_mib = 1;
  EXPECT_EQ(overlay_size(spec), (1U << 20U) + 4096U);  // Whole sectors of any size.
  spec.larger_mib = 0;
  spec.device = Device::kSdCard;
  EXPECT_EQ(overlay_size(spec), 2048U);  // QEMU wants a power of two.
  spec.larger_mib = 1;
  EXPECT_EQ(overlay_size(spec), 2U << 20U);
}

}  // namespace
}  // namespace bootproof
