#include "inspectors/guid.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "inspectors/integers.h"

namespace bootproof::inspectors {
namespace {

constexpr std::array kPartitionTypes{
    PartitionType{"024DEE41-33E7-11D3-9D69-0008C781F39F", "MBR partition scheme"},
    PartitionType{"C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "ESP"},
    PartitionType{"21686148-6449-6E6F-744E-656564454649", "BIOS boot"},
    PartitionType{"BC13C2FF-59E6-4262-A352-B275FD6F7172", "XBOOTLDR"},
    PartitionType{"9E1A2D38-C612-4316-AA26-8B49521E5A8B", "PowerPC PReP boot"},
    PartitionType{"0FC63DAF-8483-4772-8E79-3D69D8477DE4", "Linux filesystem"},
    PartitionType{"44479540-F297-41B2-9AF7-D131D5F0458A", "Linux root (x86)"},
    PartitionType{"4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", "Linux root (x86-64)"},
    PartitionType{"69DAD710-2CE4-4E3C-B16C-21A1D49ABED3", "Linux root (ARM)"},
    PartitionType{"B921B045-1DF0-41C3-AF44-4C6F280D3FAE", "Linux root (ARM64)"},
    PartitionType{"60D5A7FE-8E7D-435C-B714-3DD8162144E1", "Linux root (RISC-V 32)"},
    PartitionType{"72EC70A6-CF74-40E6-BD49-4BDA08E8F224", "Linux root (RISC-V 64)"},
    PartitionType{"77055800-792C-4F94-B39A-98C91B762BB6", "Linux root (LoongArch 64)"},
    PartitionType{"2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5", "Linux root verity (x86-64)"},
    PartitionType{"DF3300CE-D69F-4C92-978C-9BFB0F38D820", "Linux root verity (ARM64)"},
    PartitionType{"8484680C-9521-48C6-9C11-B0720656F69E", "Linux /usr (x86-64)"},
    PartitionType{"B0E01050-EE5F-4390-949A-9101B17104E9", "Linux /usr (ARM64)"},
    PartitionType{"933AC7E1-2EB4-4F13-B844-0E14E2AEF915", "Linux /home"},
    PartitionType{"3B8F8425-20E0-4F3B-907F-1A25A76F98E8", "Linux /srv"},
    PartitionType{"4D21B016-B534-45C2-A9FB-5C16E091FD2D", "Linux /var"},
    PartitionType{"7EC6F557-3BC5-4ACA-B293-16EF5DF639D1", "Linux /var/tmp"},
    PartitionType{"0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", "Linux swap"},
    PartitionType{"E6D6D379-F507-44C2-A23C-238F2A3DF928", "Linux LVM"},
    PartitionType{"A19D880F-05FC-4D3B-A006-743F0F84911E", "Linux RAID"},
    PartitionType{"CA7D7CCB-63ED-4C53-861C-1742536059CC", "LUKS"},
    PartitionType{"8DA63339-0007-60C0-C436-083AC8230908", "Linux reserved"},
    PartitionType{"EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "Microsoft basic data"},
    PartitionType{"E3C9E316-0B5C-4DB8-817D-F92DF00215AE", "Microsoft reserved"},
    PartitionType{"DE94BBA4-06D1-4D40-A16A-BFD50179D6AC", "Windows recovery"},
    PartitionType{"48465300-0000-11AA-AA11-00306543ECAC", "Apple HFS+"},
    PartitionType{"7C3457EF-0000-11AA-AA11-00306543ECAC", "Apple APFS"},
    PartitionType{"426F6F74-0000-11AA-AA11-00306543ECAC", "Apple boot"},
    PartitionType{"83BD6B9D-7F41-11DC-BE0B-001560B84F0F", "FreeBSD boot"},
    PartitionType{"516E7CB4-6ECF-11D6-8FF8-00022D09712B", "FreeBSD data"},
    PartitionType{"FE3A2A5D-4F32-41A7-B725-ACCC3285A309", "ChromeOS kernel"},
    PartitionType{"3CB8E202-3B7E-47DD-8A3C-7FF2A13CFCEC", "ChromeOS root"},
};

}  // namespace

std::string text_of(const Guid& guid) {
  const auto& b = guid.bytes;
  const std::span<const std::uint8_t> bytes(b);
  return fmt::format("{:02X}{:02X}{:02X}{:02X}-{:02X}{:02X}-{:02X}{:02X}-{:02X}-{:02X}", b[3], b[2],
                     b[1], b[0], b[5], b[4], b[7], b[6], fmt::join(bytes.subspan(8, 2), ""),
                     fmt::join(bytes.subspan(10, 6), ""));
}

std::string_view partition_type_name(const Guid& type) {
  const std::string text = text_of(type);
  const auto* const row =
      std::find_if(kPartitionTypes.begin(), kPartitionTypes.end(),
                   [&](const PartitionType& candidate) { return candidate.guid == text; });
  return row == kPartitionTypes.end() ? std::string_view{} : row->name;
}

}  // namespace bootproof::inspectors
