#include "inspectors/volumes/syslinux.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "inspectors/cursor.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

using namespace std::string_view_literals;

constexpr std::uint32_t kMagic = 0x3EB202FE;
constexpr std::uint64_t kSectorBytes = 512;

/// The end of the boot sector (syslinux 4 to 6, core/diskboot.inc).
struct BootSectorEnd {
  Le32 magic;
  Le16 link;  ///< Bits 0 to 8: where the code loads the pointer to ldlinux.sys.
  std::array<std::uint8_t, 2> signature;
};
static_assert(sizeof(BootSectorEnd) == 8);
constexpr std::uint64_t kBootSectorEnd = 0x1F8;

/// "mov eax, lower half; mov edx, upper half", 32-bit operands in 16-bit code.
struct PointerCode {
  std::array<std::uint8_t, 2> move_to_eax;
  Le32 lower;
  std::array<std::uint8_t, 2> move_to_edx;
  Le32 upper;
};
static_assert(sizeof(PointerCode) == 12);

/// What the installer fills in at the begin of ldlinux.sys (libinstaller/syslxint.h).
struct PatchArea {
  Le32 magic;
  Le32 instance;
  Le16 data_sectors;
  Le16 adv_sectors;
  Le32 dwords;
  Le32 checksum;
  Le16 max_transfer;
  Le16 extended_offset;
};
static_assert(sizeof(PatchArea) == 24);
constexpr std::uint64_t kVersionText = 2;  ///< "SYSLINUX 6.04", behind an end of line.
constexpr std::uint64_t kPatchArea = 0x18;
constexpr std::uint64_t kChecksumField = 16;

/// Where the rest of it stands, in the file.
struct ExtendedPatchArea {
  Le16 adv_pointers;
  Le16 directory;
  Le16 directory_bytes;
  Le16 subvolume;
  Le16 subvolume_bytes;
  Le16 extents;
  Le16 extent_count;
};
static_assert(sizeof(ExtendedPatchArea) == 14);

/// A run of sectors of ldlinux.sys.
struct ExtentRecord {
  Le64 first_sector;
  Le16 sector_count;
};
static_assert(sizeof(ExtentRecord) == 10);

constexpr std::uint64_t kHighestSector = ~std::uint64_t{0} / kSectorBytes;
constexpr std::uint32_t kMostDataSectors = 2048;  ///< 1 MiB; the real one has 120.

/// The words that the boot code compares with the loaded sector's instance:
/// "cmp dword [address], imm32".
std::optional<std::uint32_t> expected_instance(const ImageView& volume) {
  constexpr std::array<std::uint8_t, 5> kCompare{0x66, 0x81, 0x3E, 0x1C, 0x80};
  const Bytes sector = volume.read(0, kBootSectorEnd);
  const auto found = std::search(sector.begin(), sector.end(), kCompare.begin(), kCompare.end());
  const auto at = static_cast<std::uint64_t>(found - sector.begin()) + kCompare.size();
  const auto value = read_struct<Le32>(volume.subview(0, kBootSectorEnd), at);
  return value ? std::optional(value->value()) : std::nullopt;
}

bool adds_up(const ImageView& file, std::uint32_t dwords) {
  const std::uint64_t length = std::uint64_t{dwords} * sizeof(Le32);
  if (length > kMostDataSectors * kSectorBytes || !file.contains(0, length)) {
    return false;
  }
  const Bytes bytes = file.read(0, length);
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at + 3 < bytes.size(); at += 4) {
    sum += bytes[at] | std::uint32_t{bytes[at + 1]} << 8U | std::uint32_t{bytes[at + 2]} << 16U |
           std::uint32_t{bytes[at + 3]} << 24U;
  }
  return bytes.size() == length && sum == kMagic;
}

/// Looks for ldlinux.sys in `folder`, where the installer said, or in the usual ones; `folder`
/// becomes the one that has it.
std::optional<Node> find_ldlinux(Volume& volume, std::string& folder) {
  const std::string hint = folder;
  for (const std::string_view candidate :
       {std::string_view(hint), ""sv, "/syslinux"sv, "/boot/syslinux"sv, "/extlinux"sv,
        "/boot/extlinux"sv, "/boot"sv, "/isolinux"sv}) {
    folder = candidate;
    if (Lookup lookup = find(volume, fmt::format("{}/ldlinux.sys", folder)); lookup.node) {
      return lookup.node;
    }
  }
  return std::nullopt;
}

/// Whether the runs of a file begin with the sectors that stand in `expected`.
bool begins_with(const std::vector<Extent>& file, const std::vector<Extent>& expected) {
  std::size_t run = 0;
  std::uint64_t done = 0;
  for (const Extent& wanted : expected) {
    for (std::uint64_t at = 0; at < wanted.length; at += kSectorBytes) {
      while (run < file.size() && done >= file[run].length) {
        done = 0;
        ++run;
      }
      if (run == file.size() || file[run].offset + done != wanted.offset + at) {
        return false;
      }
      done += kSectorBytes;
    }
  }
  return true;
}

/// Syslinux 5 and later are in two parts.
bool needs_c32(const std::string& version) {
  return !version.empty() && version[0] >= '5' && version[0] <= '9';
}

class Judge {
 public:
  Judge(Volume& volume, const SyslinuxBootSector& sector, Findings& findings)
      : volume_(volume), view_(volume.view()), sector_(sector), findings_(findings) {}

  void judge() {
    if (!sector_.code_problem.empty()) {
      add(rule("syslinux.boot-code"), 0, "syslinux boot sector", sector_.code_problem,
          "the code that the installer wrote");
      return;
    }
    std::string folder = directory_hint();
    const auto file = find_ldlinux(volume_, folder);
    if (!file) {
      add(rule("syslinux.no-ldlinux-sys"), sector_.pointer_offset, "syslinux boot sector",
          "no such file", "a file ldlinux.sys");
      return;
    }
    const std::string path = printable_text(folder + "/ldlinux.sys");
    const std::vector<Extent> runs = volume_.extents(*file);
    if (runs.empty() || runs[0].offset / kSectorBytes != sector_.first_sector) {
      add(rule("syslinux.ldlinux-moved"), sector_.pointer_offset,
          "syslinux boot sector, pointer to " + path,
          fmt::format("sector {}", sector_.first_sector),
          runs.empty()
              ? std::string("the file's first sector")
              : fmt::format("sector {}, where the file begins", runs[0].offset / kSectorBytes));
      return;
    }
    FileContent content(volume_, *file);
    const ImageView bytes(content);
    const auto ldlinux = read_ldlinux(bytes);
    const auto expected = expected_instance(view_);
    if (!ldlinux || (expected && ldlinux->instance != *expected)) {
      findings_.add(rule("syslinux.ldlinux-version"), bytes.image_offset(kPatchArea + sizeof(Le32)),
                    path,
                    ldlinux ? fmt::format("build 0x{:08X}", ldlinux->instance)
                            : std::string("a file without syslinux's mark"),
                    expected ? fmt::format("build 0x{:08X}, as the boot sector asks for", *expected)
                             : std::string("that of the boot sector"));
      return;
    }
    judge_content(*ldlinux, runs, bytes, path);
    if (needs_c32(ldlinux->version) && !find(volume_, folder + "/ldlinux.c32").node) {
      findings_.add(rule("syslinux.no-ldlinux-c32"), bytes.offset(),
                    printable_text(folder + "/ldlinux.c32"), "no such file",
                    "that of syslinux " + ldlinux->version);
    }
  }

 private:
  /// The folder that the installer wrote into what the boot sector points to, where that can be
  /// read without the file's name.
  [[nodiscard]] std::string directory_hint() const {
    const std::uint64_t begin =
        std::min(sector_.first_sector, view_.size() / kSectorBytes) * kSectorBytes;
    const auto ldlinux =
        read_ldlinux(view_.subview(begin, std::uint64_t{kMostDataSectors} * kSectorBytes));
    return ldlinux ? ldlinux->directory : std::string();
  }

  void judge_content(const Ldlinux& ldlinux, const std::vector<Extent>& runs,
                     const ImageView& bytes, const std::string& path) {
    std::vector<Extent> listed{{sector_.first_sector * kSectorBytes, kSectorBytes}};
    listed.insert(listed.end(), ldlinux.extents.begin(), ldlinux.extents.end());
    if (!ldlinux.has_checksum) {
      findings_.add(rule("syslinux.ldlinux-checksum"),
                    bytes.image_offset(kPatchArea + kChecksumField), path,
                    "words that do not add up", fmt::format("a sum of 0x{:08X}", kMagic));
    } else if (!begins_with(runs, listed)) {
      findings_.add(rule("syslinux.ldlinux-moved"), bytes.offset(), path + ", list of its sectors",
                    "sectors that are not the file's", "the sectors of the file in their order");
    }
  }

  void add(const Rule& rule, std::uint64_t position, std::string path, std::string found,
           std::string expected) {
    findings_.add(rule, view_.image_offset(position), std::move(path), std::move(found),
                  std::move(expected));
  }

  Volume& volume_;
  ImageView view_;
  SyslinuxBootSector sector_;
  Findings& findings_;
};

/// A jump over the BPB to code that begins with "cli; cld" (core/diskstart.inc and bootsect.inc of
/// syslinux 3 to 6).
std::string problem_of_code(const Bytes& sector) {
  constexpr std::uint8_t kShortJump = 0xEB;
  constexpr std::uint8_t kNearJump = 0xE9;
  constexpr std::array<std::uint8_t, 2> kBegin{0xFA, 0xFC};
  if (sector.size() < kSectorBytes || (sector[0] != kShortJump && sector[0] != kNearJump)) {
    return "it does not begin with a jump over the BPB";
  }
  const std::size_t target =
      sector[0] == kShortJump ? 2U + sector[1] : 3U + sector[1] + (std::size_t{sector[2]} << 8U);
  if (target + kBegin.size() > kBootSectorEnd ||
      !std::equal(kBegin.begin(), kBegin.end(),
                  sector.begin() + static_cast<std::ptrdiff_t>(target))) {
    return "its jump leads to no code of syslinux's";
  }
  return {};
}

}  // namespace

std::optional<SyslinuxBootSector> recognise_syslinux(const ImageView& volume) {
  const auto end = read_struct<BootSectorEnd>(volume, kBootSectorEnd);
  if (!end || end->magic.value() != kMagic) {
    return std::nullopt;
  }
  constexpr std::uint64_t kOffsetBits = 0x1FF;
  const std::uint64_t at = end->link.value() & kOffsetBits;
  const auto code = read_struct<PointerCode>(volume.subview(0, kSectorBytes), at);
  constexpr std::array<std::uint8_t, 2> kMoveToEax{0x66, 0xB8};
  constexpr std::array<std::uint8_t, 2> kMoveToEdx{0x66, 0xBA};
  SyslinuxBootSector sector;
  if (!code || code->move_to_eax != kMoveToEax || code->move_to_edx != kMoveToEdx) {
    sector.code_problem = "the code that loads ldlinux.sys is overwritten";
    return sector;
  }
  sector.pointer_offset = at + sizeof(kMoveToEax);
  sector.first_sector = std::uint64_t{code->upper.value()} << 32U | code->lower.value();
  sector.code_problem = problem_of_code(volume.read(0, kSectorBytes));
  return sector;
}

std::optional<Ldlinux> read_ldlinux(const ImageView& file) {
  const auto area = read_struct<PatchArea>(file, kPatchArea);
  if (!area || area->magic.value() != kMagic) {
    return std::nullopt;
  }
  Ldlinux ldlinux;
  const std::string banner = printable_text(file.read(kVersionText, kPatchArea - kVersionText));
  if (const std::size_t blank = banner.find(' '); blank != std::string::npos) {
    const std::string rest = banner.substr(blank + 1);
    ldlinux.version = rest.substr(0, rest.find_first_of(" \\"));
  }
  ldlinux.instance = area->instance.value();
  ldlinux.data_sectors = area->data_sectors.value();
  ldlinux.has_checksum = adds_up(file, area->dwords.value());
  const auto extended = read_struct<ExtendedPatchArea>(file, area->extended_offset.value());
  if (!extended) {
    return ldlinux;
  }
  // The first sector is the boot sector's business.
  std::uint64_t left = std::clamp(ldlinux.data_sectors, 1U, kMostDataSectors) - 1;
  for (std::uint32_t i = 0; i < extended->extent_count.value() && left > 0; ++i) {
    const auto record =
        read_struct<ExtentRecord>(file, extended->extents.value() + i * sizeof(ExtentRecord));
    if (!record || record->sector_count.value() == 0 ||
        record->first_sector.value() > kHighestSector) {
      break;
    }
    const std::uint64_t sectors = std::min<std::uint64_t>(left, record->sector_count.value());
    ldlinux.extents.push_back(
        {record->first_sector.value() * kSectorBytes, sectors * kSectorBytes});
    left -= sectors;
  }
  constexpr std::uint64_t kMostDirectoryBytes = 256;
  const Bytes directory =
      file.read(extended->directory.value(),
                std::min<std::uint64_t>(extended->directory_bytes.value(), kMostDirectoryBytes));
  ldlinux.directory.assign(directory.begin(), std::find(directory.begin(), directory.end(), 0));
  return ldlinux;
}

void judge_syslinux(Volume& volume, Findings& findings) {
  if (const auto sector = recognise_syslinux(volume.view())) {
    Judge(volume, *sector, findings).judge();
  }
}

}  // namespace bootproof::inspectors
