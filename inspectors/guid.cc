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
    PartitionType{"6523F8AE-3EB1-4E2A-A05A-18B695AE656F", "Linux root (Alpha)"},
    PartitionType{"D27F46ED-2919-4CB8-BD25-9531F3C16534", "Linux root (ARC)"},
    PartitionType{"69DAD710-2CE4-4E3C-B16C-21A1D49ABED3", "Linux root (ARM)"},
    PartitionType{"B921B045-1DF0-41C3-AF44-4C6F280D3FAE", "Linux root (ARM64)"},
    PartitionType{"993D8D3D-F80E-4225-855A-9DAF8ED7EA97", "Linux root (IA-64)"},
    PartitionType{"77055800-792C-4F94-B39A-98C91B762BB6", "Linux root (LoongArch 64)"},
    PartitionType{"37C58C8A-D913-4156-A25F-48B1B64E07F0", "Linux root (MIPS-32 LE)"},
    PartitionType{"700BDA43-7A34-4507-B179-EEB93D7A7CA3", "Linux root (MIPS-64 LE)"},
    PartitionType{"1DE3F1EF-FA98-47B5-8DCD-4A860A654D78", "Linux root (PPC)"},
    PartitionType{"912ADE1D-A839-4913-8964-A10EEE08FBD2", "Linux root (PPC64)"},
    PartitionType{"C31C45E6-3F39-412E-80FB-4809C4980599", "Linux root (PPC64LE)"},
    PartitionType{"60D5A7FE-8E7D-435C-B714-3DD8162144E1", "Linux root (RISC-V 32)"},
    PartitionType{"72EC70A6-CF74-40E6-BD49-4BDA08E8F224", "Linux root (RISC-V 64)"},
    PartitionType{"08A7ACEA-624C-4A20-91E8-6E0FA67D23F9", "Linux root (S390)"},
    PartitionType{"5EEAD9A9-FE09-4A1E-A1D7-520D00531306", "Linux root (S390X)"},
    PartitionType{"C50CDD70-3862-4CC3-90E1-809A8C93EE2C", "Linux root (TILE-Gx)"},
    PartitionType{"75250D76-8CC6-458E-BD66-BD47CC81A812", "Linux /usr (x86)"},
    PartitionType{"8484680C-9521-48C6-9C11-B0720656F69E", "Linux /usr (x86-64)"},
    PartitionType{"E18CF08C-33EC-4C0D-8246-C6C6FB3DA024", "Linux /usr (Alpha)"},
    PartitionType{"7978A683-6316-4922-BBEE-38BFF5A2FECC", "Linux /usr (ARC)"},
    PartitionType{"7D0359A3-02B3-4F0A-865C-654403E70625", "Linux /usr (ARM)"},
    PartitionType{"B0E01050-EE5F-4390-949A-9101B17104E9", "Linux /usr (ARM64)"},
    PartitionType{"4301D2A6-4E3B-4B2A-BB94-9E0B2C4225EA", "Linux /usr (IA-64)"},
    PartitionType{"E611C702-575C-4CBE-9A46-434FA0BF7E3F", "Linux /usr (LoongArch 64)"},
    PartitionType{"0F4868E9-9952-4706-979F-3ED3A473E947", "Linux /usr (MIPS-32 LE)"},
    PartitionType{"C97C1F32-BA06-40B4-9F22-236061B08AA8", "Linux /usr (MIPS-64 LE)"},
    PartitionType{"7D14FEC5-CC71-415D-9D6C-06BF0B3C3EAF", "Linux /usr (PPC)"},
    PartitionType{"2C9739E2-F068-46B3-9FD0-01C5A9AFBCCA", "Linux /usr (PPC64)"},
    PartitionType{"15BB03AF-77E7-4D4A-B12B-C0D084F7491C", "Linux /usr (PPC64LE)"},
    PartitionType{"B933FB22-5C3F-4F91-AF90-E2BB0FA50702", "Linux /usr (RISC-V 32)"},
    PartitionType{"BEAEC34B-8442-439B-A40B-984381ED097D", "Linux /usr (RISC-V 64)"},
    PartitionType{"CD0F869B-D0FB-4CA0-B141-9EA87CC78D66", "Linux /usr (S390)"},
    PartitionType{"8A4F5770-50AA-4ED3-874A-99B710DB6FEA", "Linux /usr (S390X)"},
    PartitionType{"55497029-C7C1-44CC-AA39-815ED1558630", "Linux /usr (TILE-Gx)"},
    PartitionType{"D13C5D3B-B5D1-422A-B29F-9454FDC89D76", "Linux root verity (x86)"},
    PartitionType{"2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5", "Linux root verity (x86-64)"},
    PartitionType{"7386CDF2-203C-47A9-A498-F2ECCE45A2D6", "Linux root verity (ARM)"},
    PartitionType{"DF3300CE-D69F-4C92-978C-9BFB0F38D820", "Linux root verity (ARM64)"},
    PartitionType{"F3393B22-E9AF-4613-A948-9D3BFBD0C535", "Linux root verity (LoongArch 64)"},
    PartitionType{"AE0253BE-1167-4007-AC68-43926C14C5DE", "Linux root verity (RISC-V 32)"},
    PartitionType{"B6ED5582-440B-4209-B8DA-5FF7C419EA3D", "Linux root verity (RISC-V 64)"},
    PartitionType{"8F461B0D-14EE-4E81-9AA9-049B6FB97ABD", "Linux /usr verity (x86)"},
    PartitionType{"77FF5F63-E7B6-4633-ACF4-1565B864C0E6", "Linux /usr verity (x86-64)"},
    PartitionType{"C215D751-7BCD-4649-BE90-6627490A4C05", "Linux /usr verity (ARM)"},
    PartitionType{"6E11A4E7-FBCA-4DED-B9E9-E1A512BB664E", "Linux /usr verity (ARM64)"},
    PartitionType{"F46B2C26-59AE-48F0-9106-C50ED47F673D", "Linux /usr verity (LoongArch 64)"},
    PartitionType{"CB1EE4E3-8CD0-4136-A0A4-AA61A32E8730", "Linux /usr verity (RISC-V 32)"},
    PartitionType{"8F1056BE-9B05-47C4-81D6-BE53128E5B54", "Linux /usr verity (RISC-V 64)"},
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
