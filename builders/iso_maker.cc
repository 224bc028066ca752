#include "builders/iso_maker.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "builders/grub_image.h"
#include "builders/tools.h"
#include "harness/core/files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBiosImage = "/boot/grub/i386-pc/eltorito.img";
constexpr std::string_view kBootCatalog = "/boot/grub/boot.cat";

/// One half of a graft point: `=` and `\` have a meaning there.
std::string escape_graft(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c == '=' || c == '\\') {
      out.push_back('\\');
    }
    out.push_back(c);
  }
  return out;
}

/// A GUID (RFC 4122, version 4 form) out of the first 128 bits of a digest.
std::string guid_of(const std::string& identity) {
  std::string digits = identity.substr(0, 32);
  digits[12] = '4';
  digits[16] = '8';
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                     digits.substr(12, 4), digits.substr(16, 4), digits.substr(20, 12));
}

/// The lists of files and of their order that xorriso reads. Without given weights it would order
/// the files' blocks by inode numbers.
class FileLists {
 public:
  void add(std::string_view medium_path, const fs::path& file) {
    if (file.string().find('\n') != std::string::npos) {
      throw Error(ErrorKind::kScenario,
                  fmt::format("{}: a path with a line feed can't be given to xorriso",
                              escape_for_terminal(file.string())),
                  "rename the file or its folder");
    }
    grafts_ += fmt::format("{}={}\n", escape_graft(medium_path), escape_graft(file.string()));
    weights_ += fmt::format("{} {}\n", kMostFiles - count_, medium_path);
    ++count_;
  }
  [[nodiscard]] const std::string& grafts() const { return grafts_; }
  [[nodiscard]] const std::string& weights() const { return weights_; }

 private:
  static constexpr int kMostFiles = 1'000'000;  // More than a recipe file of 4 MiB can name.
  int count_ = 0;
  std::string grafts_;
  std::string weights_;
};

/// The lists for xorriso. Folders and links are made in `work_folder`: xorriso takes them as they
/// are on the host.
FileLists list_files(const IsoInput& input, const fs::path& work_folder) {
  FileLists lists;
  std::size_t count = 0;
  for (const ImageFile& file : all_files(input.files, work_folder)) {
    const fs::path piece = work_folder / fmt::format("piece-{}", count++);
    if (S_ISDIR(file.mode)) {
      fs::create_directory(piece);
    } else if (S_ISLNK(file.mode)) {
      fs::create_symlink(std::get<std::string>(file.content), piece);
      lists.add(file.path, piece);
      continue;
    } else if (!S_ISREG(file.mode)) {
      throw Error(ErrorKind::kScenario,
                  fmt::format("{} is a device node or pipe, which this ISO builder does not write",
                              escape_for_terminal(file.path)),
                  "leave it out; Linux makes its device nodes in devtmpfs");
    } else if (const auto* source = std::get_if<InputFile>(&file.content)) {
      lists.add(file.path, source->path);
      continue;
    } else {
      write_file_atomically(piece, std::get<std::string>(file.content));
    }
    fs::permissions(piece, fs::perms{file.mode & 07777U});
    lists.add(file.path, piece);
  }
  return lists;
}

using PlatformImages = std::vector<std::pair<GrubPlatform, fs::path>>;

PlatformImages make_grub_images(const IsoInput& input, const std::string& filesystem_id,
                                const fs::path& work_folder) {
  PlatformImages images;
  for (const GrubFolder& grub : input.grub) {
    const fs::path image = work_folder / fmt::format("core-{}", name_of(grub.platform));
    make_grub_image(grub, filesystem_id, work_folder, image);
    images.emplace_back(grub.platform, image);
  }
  return images;
}

}  // namespace

VolumeTime volume_time(const std::string& identity) {
  std::uint64_t number = 0;
  constexpr std::size_t kDigits = 15;
  constexpr int kHexadecimal = 16;
  std::from_chars(identity.data(), identity.data() + kDigits, number, kHexadecimal);
  const auto take = [&](std::uint64_t count) {
    const std::uint64_t part = number % count;
    number /= count;
    return part;
  };
  const std::uint64_t hundredths = take(100);
  const std::uint64_t seconds = take(60);
  const std::uint64_t minutes = take(60);
  const std::uint64_t hours = take(24);
  const std::uint64_t day = 1 + take(28);
  const std::uint64_t month = 1 + take(12);
  const auto format = [&](std::string_view pattern) {
    return fmt::format(fmt::runtime(pattern), month, day, hours, minutes, seconds, hundredths);
  };
  return {format("2024{:02}{:02}{:02}{:02}{:02}{:02}"),
          format("2024-{:02}-{:02}-{:02}-{:02}-{:02}-{:02}")};
}

IsoInput find_inputs(const IsoRecipe& recipe, const InputFinder& finder) {
  IsoInput input{recipe, finder.files(recipe.files), {}};
  if (recipe.grub_cfg) {
    input.files.files.push_back({"/boot/grub/grub.cfg", *recipe.grub_cfg});
    const auto by_path = [](const ImageFile& a, const ImageFile& b) { return a.path < b.path; };
    std::sort(input.files.files.begin(), input.files.files.end(), by_path);
  }
  for (const GrubPlatform platform : recipe.grub) {
    input.grub.push_back(finder.grub(platform));
  }
  return input;
}

void describe(const IsoInput& input, BuildKey& key) {
  key.add("iso", input.recipe.volume_id);
  for (const GrubFolder& grub : input.grub) {
    key.add(grub);
  }
  key.add(input.files);
  key.add_tool("xorriso");
  if (!input.grub.empty()) {
    key.add_tool("grub-mkimage");
  }
  const auto is_efi = [](const GrubFolder& grub) { return grub.platform != GrubPlatform::kI386Pc; };
  if (std::any_of(input.grub.begin(), input.grub.end(), is_efi)) {
    for (const std::string_view tool : {"mkfs.vfat", "mcopy", "mmd"}) {
      key.add_tool(tool);
    }
  }
}

std::string_view suffix_of(const IsoRecipe& /*recipe*/) { return ".iso"; }

void make(const IsoInput& input, const BuildPlace& place) {
  const fs::path& work_folder = place.work_folder;
  const VolumeTime time = volume_time(place.identity);
  const PlatformImages cores = make_grub_images(input, time.filesystem_id, work_folder);
  FileLists lists = list_files(input, work_folder);

  // clang-format off
  std::vector<std::string> arguments{
      "xorriso", "-no_rc", "-as", "mkisofs", "-quiet",
      "-o", place.image,
      "-r", "-iso-level", "3",
      "-V", input.recipe.volume_id,
      "-graft-points",
      "--modification-date=" + time.digits,
      "--set_all_file_dates", "2024010100000000",
      "--gpt_disk_guid", guid_of(place.identity),
      "-partition_offset", "16"};
  // clang-format on
  const auto add = [&](std::vector<std::string> more) {
    arguments.insert(arguments.end(), std::make_move_iterator(more.begin()),
                     std::make_move_iterator(more.end()));
  };
  bool has_bios = false;
  bool has_efi = false;
  for (std::size_t i = 0; i < cores.size(); ++i) {
    if (cores[i].first != GrubPlatform::kI386Pc) {
      has_efi = true;
      continue;
    }
    has_bios = true;
    lists.add(kBiosImage, cores[i].second);
    add({"-b", std::string(kBiosImage), "-c", std::string(kBootCatalog), "-no-emul-boot",
         "-boot-load-size", "4", "-boot-info-table", "--grub2-boot-info", "--grub2-mbr",
         input.grub[i].folder / "boot_hybrid.img", "--mbr-force-bootable"});
  }
  if (has_efi) {
    const fs::path partition = work_folder / "efi.img";
    make_efi_partition(cores, place.identity.substr(0, 8), partition);
    add({"-append_partition", "2", "0xef", partition, "-appended_part_as_gpt"});
    add(has_bios ? std::vector<std::string>{"-eltorito-alt-boot"}
                 : std::vector<std::string>{"-c", std::string(kBootCatalog)});
    add({"-e", "--interval:appended_partition_2:all::", "-no-emul-boot"});
  }
  const fs::path grafts = work_folder / "grafts";
  const fs::path weights = work_folder / "weights";
  write_file_atomically(grafts, lists.grafts());
  write_file_atomically(weights, lists.weights());
  add({"--sort-weight-list", weights, "-path-list", grafts});
  run_tool(std::move(arguments));
}

}  // namespace bootproof
