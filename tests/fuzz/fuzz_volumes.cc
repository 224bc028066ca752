// Any volume at all: damage to a healthy sample, or the input itself.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "inspectors/gpt.h"
#include "inspectors/mbr.h"
#include "inspectors/volumes/ext_volume.h"
#include "inspectors/volumes/fat_checks.h"
#include "inspectors/volumes/fat_volume.h"
#include "inspectors/volumes/squashfs.h"
#include "tests/fuzz/fuzz_support.h"
#include "tests/inspectors/volume_samples.h"

namespace {

using bootproof::fuzz::apply_records;
using bootproof::fuzz::is_printable;
using bootproof::fuzz::require;
using bootproof::fuzz::require_printable;
using bootproof::inspectors::Bytes;
using bootproof::inspectors::ByteSpan;
using bootproof::inspectors::FileContent;
using bootproof::inspectors::Findings;
using bootproof::inspectors::ImageView;
using bootproof::inspectors::Node;
using bootproof::inspectors::NodeKind;
using bootproof::inspectors::Volume;

/// Seeds in code, so that no volume has to stand in the corpus.
const Bytes& sample(std::uint8_t choice) {
  static const Bytes kFat = bootproof::testing::fat12_tree();
  static const Bytes kSyslinux = bootproof::testing::syslinux_volume();
  static const Bytes kExt2 = bootproof::testing::ext2_volume();
  static const Bytes kExt4 = bootproof::testing::ext4_volume();
  static const Bytes kSquashfs = bootproof::testing::squashfs_file();
  static const Bytes kGpt = bootproof::testing::gpt_disk(512);
  switch (choice % 6) {
    case 0:
      return kFat;
    case 1:
      return kSyslinux;
    case 2:
      return kExt2;
    case 3:
      return kExt4;
    case 4:
      return kSquashfs;
    default:
      return kGpt;
  }
}

/// What an input stands for. First byte: which sample, or the rest as it is. Second: how much of
/// the end is cut off. Then records of damage with offsets of two bytes.
Bytes image_of(std::span<const std::uint8_t> input) {
  constexpr std::uint8_t kRaw = 6;
  const std::uint8_t choice = input[0] % 7;
  const unsigned cut = input[1];
  input = input.subspan(2);
  if (choice == kRaw) {
    return {input.begin(), input.end()};
  }
  Bytes image = sample(choice);
  apply_records(input, 2, image);
  if (cut > 128) {
    image.resize(image.size() - image.size() * (cut - 128) / 128);
  }
  return image;
}

/// Reads some of what a volume holds.
void walk(Volume& volume) {
  require(is_printable(volume.label()) && is_printable(volume.uuid()));
  std::vector<Node> left{volume.root()};
  int files = 0;
  for (int directories = 0; !left.empty() && directories < 8; ++directories) {
    const Node directory = left.back();
    left.pop_back();
    for (const Node& node : volume.list(directory)) {
      if (node.kind == NodeKind::kDirectory && left.size() < 64) {
        left.push_back(node);
      } else if (node.kind == NodeKind::kFile && ++files < 16) {
        FileContent content(volume, node);
        require(content.size() <= node.size);
        static_cast<void>(ImageView(content).read(content.size() / 2, 4096));
      }
    }
  }
  require(is_printable(find(volume, "/efi/boot/bootx64.efi").missing));
}

void judge(const ImageView& view, Findings& findings) {
  bootproof::inspectors::judge_fat_volume(view, {"partition 1", 2048}, findings);
  bootproof::inspectors::judge_ext_volume(view, findings);
  if (const auto squashfs = bootproof::inspectors::read_squashfs(view)) {
    bootproof::inspectors::judge_squashfs(*squashfs, view, "", findings);
  }
  const auto gpt = bootproof::inspectors::read_gpt(view, {false, true}, findings);
  bootproof::inspectors::MbrSurroundings surroundings;
  surroundings.has_gpt = gpt.has_value();
  surroundings.gpt = gpt ? &*gpt : nullptr;
  bootproof::inspectors::read_mbr(view, surroundings, findings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const Bytes image = image_of({data, size});
  bootproof::inspectors::MemoryImage source{ByteSpan(image)};
  const ImageView view(source);
  Findings findings;
  judge(view, findings);
  require_printable(findings.take());
  if (const auto fat = bootproof::inspectors::open_fat_volume(view)) {
    walk(*fat);
  }
  if (const auto ext = bootproof::inspectors::open_ext_volume(view)) {
    walk(*ext);
  }
  return 0;
}
