#include "inspectors/loaders/grub_core.h"

#include <fmt/format.h>
#include <lzma.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "inspectors/cursor.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint64_t kParagraphBytes = 16;

/// A record of the list at the end of diskboot.img (grub_pc_bios_boot_blocklist in
/// include/grub/i386/pc/boot.h). The first one stands last.
struct BlockRecord {
  Le64 first_sector;
  Le16 sector_count;
  Le16 segment;
};
static_assert(sizeof(BlockRecord) == 12);

/// The begin of the decompressor: GRUB_DECOMPRESSOR_I386_PC_* of include/grub/offsets.h.
struct CoreHeader {
  std::uint8_t far_jump;
  std::array<std::uint8_t, 7> rest_of_jump;
  Le32 compressed_bytes;
  Le32 unpacked_bytes;
  Le32 redundancy_bytes;
  Le16 bytes_without_redundancy;
  Le16 unused;
  std::uint8_t unused_device;
  std::uint8_t bsd_partition;
  std::uint8_t dos_partition;
  std::uint8_t drive;
};
static_assert(sizeof(CoreHeader) == 28);

constexpr std::uint64_t kCompressedField = 8;
/// Where diskboot.img and cdboot.img load it, and where the unpacked kernel has to be by then.
constexpr std::uint32_t kCoreAddress = 0x8200;
constexpr std::uint32_t kLongestDecompressor = 0x9000 - kCoreAddress;
constexpr std::uint64_t kCoreSegment = kCoreAddress / kParagraphBytes;

/// Bytes of the medium that are loaded one after the other from several places.
class LoadedBlocks final : public ImageSource {
 public:
  void add(const ImageView& block) {
    blocks_.push_back({size_, block});
    size_ += block.size();
  }
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] std::uint64_t image_offset(std::uint64_t offset) const override {
    const Block& block = block_of(offset);
    return block.view.image_offset(offset - block.begin);
  }

 private:
  struct Block {
    std::uint64_t begin;
    ImageView view;
  };

  /// The block that holds this byte; for what lies outside the last one.
  [[nodiscard]] const Block& block_of(std::uint64_t offset) const {
    const auto next =
        std::upper_bound(blocks_.begin(), blocks_.end(), offset,
                         [](std::uint64_t at, const Block& block) { return at < block.begin; });
    return *(next - 1);
  }
  bool read_inside(std::uint64_t offset, std::span<std::uint8_t> into) override {
    while (!into.empty()) {
      const Block& block = block_of(offset);
      const std::uint64_t at = offset - block.begin;
      const auto length =
          static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), block.view.size() - at));
      if (!block.view.read_into(at, into.first(length))) {
        return false;
      }
      into = into.subspan(length);
      offset += length;
    }
    return true;
  }

  std::vector<Block> blocks_;
  std::uint64_t size_ = 0;
};

/// Bytes that stand nowhere on the medium: all that is found in them is found where the packed ones
/// begin.
class UnpackedBytes final : public ImageSource {
 public:
  UnpackedBytes(Bytes bytes, std::uint64_t image_offset)
      : bytes_(std::move(bytes)), image_offset_(image_offset) {}

  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
  [[nodiscard]] std::uint64_t image_offset(std::uint64_t /*offset*/) const override {
    return image_offset_;
  }

 private:
  bool read_inside(std::uint64_t offset, std::span<std::uint8_t> into) override {
    const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(offset);
    std::copy(begin, begin + static_cast<std::ptrdiff_t>(into.size()), into.begin());
    return true;
  }

  Bytes bytes_;
  std::uint64_t image_offset_;
};

/// Sees to it that a decoder is freed.
class LzmaStream {
 public:
  LzmaStream() = default;
  LzmaStream(const LzmaStream&) = delete;
  LzmaStream& operator=(const LzmaStream&) = delete;
  ~LzmaStream() { lzma_end(&stream_); }
  [[nodiscard]] lzma_stream& operator*() { return stream_; }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

/// Unpacks a raw LZMA stream without an end mark, with the properties that grub-mkimage gives it
/// (util/mkimage.c, compress_kernel_lzma): lc=3, lp=0, pb=2, a dictionary of 64 KiB. Nothing where
/// it does not give `size` bytes and end there.
std::optional<Bytes> unpack_lzma(ByteSpan packed, std::uint32_t size) {
  constexpr std::uint64_t kMostMemory = std::uint64_t{4} << 20U;
  constexpr std::size_t kPiece = std::size_t{256} << 10U;
  // The header of a .lzma file: properties (pb * 5 + lp) * 9 + lc, dictionary, size.
  std::array<std::uint8_t, 13> header{(2 * 5 + 0) * 9 + 3, 0, 0, 1, 0};
  for (std::size_t i = 0; i < 4; ++i) {
    header.at(5 + i) = static_cast<std::uint8_t>(size >> (8 * i));
  }
  LzmaStream decoder;
  if (lzma_alone_decoder(&*decoder, kMostMemory) != LZMA_OK) {
    return std::nullopt;
  }
  Bytes out;
  lzma_stream& stream = *decoder;
  stream.next_in = header.data();
  stream.avail_in = header.size();
  bool has_packed = false;
  while (true) {
    if (stream.avail_in == 0 && !has_packed) {
      has_packed = true;
      stream.next_in = packed.data();
      stream.avail_in = packed.size();
    }
    // Grows with what comes out, not with what the size field says.
    const std::size_t done = out.size();
    out.resize(std::min<std::size_t>(done + kPiece, size));
    stream.next_out = out.data() + done;
    stream.avail_out = out.size() - done;
    const bool is_last = has_packed;
    const lzma_ret result = lzma_code(&stream, is_last ? LZMA_FINISH : LZMA_RUN);
    out.resize(out.size() - stream.avail_out);
    if (result == LZMA_STREAM_END) {
      return out.size() == size ? std::optional<Bytes>(std::move(out)) : std::nullopt;
    }
    if (result != LZMA_OK || (is_last && out.size() == done)) {
      return std::nullopt;
    }
  }
}

/// How long the decompressor is: it says so where it loads the address of what it unpacks
/// ("mov edi, 0x100000; mov esi, decompressor_end"). The same from GRUB 2.00 to 2.12.
std::optional<std::uint32_t> decompressor_bytes(ByteSpan code) {
  constexpr std::array<std::uint8_t, 6> kLoads{0xBF, 0x00, 0x00, 0x10, 0x00, 0xBE};
  const auto found = std::search(code.begin(), code.end(), kLoads.begin(), kLoads.end());
  if (code.end() - found < static_cast<std::ptrdiff_t>(kLoads.size() + 4)) {
    return std::nullopt;
  }
  std::uint32_t address = 0;
  for (std::ptrdiff_t i = 4; i > 0; --i) {
    address = (address << 8U) | *(found + static_cast<std::ptrdiff_t>(kLoads.size()) + i - 1);
  }
  const bool is_possible = address >= kCoreAddress + sizeof(CoreHeader) &&
                           address <= kCoreAddress + kLongestDecompressor;
  return is_possible ? std::optional<std::uint32_t>(address - kCoreAddress) : std::nullopt;
}

/// The module area ends with the unpacked bytes; "mimg" stands in the kernel's code too.
std::optional<GrubImage> image_in(const ImageView& unpacked) {
  constexpr std::array<std::uint8_t, 4> kMagic{'m', 'i', 'm', 'g'};
  constexpr std::uint64_t kSizeField = 8;
  constexpr std::uint64_t kPiece = std::uint64_t{64} << 10U;
  for (std::uint64_t at = 0; at < unpacked.size(); at += kPiece) {
    // Pieces overlap, so that none is cut.
    const Bytes bytes = unpacked.read(at, kPiece + kMagic.size() - 1);
    for (auto found = std::search(bytes.begin(), bytes.end(), kMagic.begin(), kMagic.end());
         found != bytes.end();
         found = std::search(found + 1, bytes.end(), kMagic.begin(), kMagic.end())) {
      const std::uint64_t begin = at + static_cast<std::uint64_t>(found - bytes.begin());
      const auto size = read_struct<Le32>(unpacked, begin + kSizeField);
      if (size && size->value() == unpacked.size() - begin) {
        return read_grub_module_area(unpacked.subview(begin, size->value()), false);
      }
    }
  }
  return std::nullopt;
}

class Reader {
 public:
  explicit Reader(Findings& findings) : findings_(findings) {}

  GrubCore from_disk(const ImageView& medium, std::uint64_t sector) {
    // The messages of diskboot.img, which no distribution leaves out.
    constexpr std::string_view kMessages("Geom\0Read\0 Error\0", 17);
    constexpr std::size_t kShortestCode = 0x100;
    if (sector >= medium.size() / kSectorBytes) {
      return unusable("it lies outside the medium");
    }
    const ImageView first = medium.subview(sector * kSectorBytes, kSectorBytes);
    const Bytes bytes = first.read(0, kSectorBytes);
    const auto messages =
        std::search(bytes.begin(), bytes.end(), kMessages.begin(), kMessages.end());
    if (messages == bytes.end()) {
      findings_.add(rule("grub.core-unrecognised"), first.offset(), kPath,
                    hex_bytes(ByteSpan(bytes).first(std::min<std::size_t>(bytes.size(), 8))),
                    "diskboot.img, which begins every core image on a disk");
      return unusable("what stands there is no core image");
    }
    const std::uint64_t code_end = std::max(
        kShortestCode, static_cast<std::size_t>(messages - bytes.begin()) + kMessages.size());
    LoadedBlocks blocks;
    if (!collect(medium, first, code_end, blocks)) {
      return unusable("the list of its blocks is wrong");
    }
    return read(ImageView(blocks));
  }

  GrubCore read(const ImageView& content) {
    GrubCore core;
    core.offset = content.offset();
    constexpr std::uint8_t kFarJump = 0xEA;
    const auto header = read_struct<CoreHeader>(content, 0);
    if (!header || header->far_jump != kFarJump) {
      findings_.add(rule("grub.core-unrecognised"), content.offset(), kPath,
                    header ? hex_bytes(content.read(0, 8)) : "nothing",
                    "GRUB's decompressor, which begins with a far jump");
      return unusable("it does not begin as one");
    }
    core.compressed_bytes = header->compressed_bytes.value();
    core.unpacked_bytes = header->unpacked_bytes.value();
    core.redundancy_bytes = header->redundancy_bytes.value();
    constexpr std::uint8_t kNone = 0xFF;
    if (header->dos_partition != kNone) {
      core.dos_partition = header->dos_partition;
    }
    const auto code = decompressor_bytes(content.read(0, kLongestDecompressor));
    if (!code) {
      core.problem = "its decompressor is not known";
      return core;
    }
    // Beyond what is unpacked here, and beyond what fits below 640 KiB.
    constexpr std::uint64_t kMostCompressed = (std::uint64_t{640} << 10U) - kCoreAddress;
    if (core.compressed_bytes == 0 || core.compressed_bytes > kMostCompressed ||
        core.unpacked_bytes > kMostUnpackedCore) {
      findings_.add(
          rule("grub.core-corrupt"), content.image_offset(kCompressedField), kPath,
          fmt::format("{} bytes that unpack to {}", core.compressed_bytes, core.unpacked_bytes),
          "sizes of a core image that fits into memory");
      return unusable("its sizes are wrong");
    }
    if (!content.contains(*code, core.compressed_bytes)) {
      findings_.add(rule("grub.core-truncated"), content.image_offset(kCompressedField), kPath,
                    fmt::format("{} bytes are loaded", content.size()),
                    fmt::format("{}, as it says", *code + core.compressed_bytes));
      return unusable("only a part of it is loaded");
    }
    Bytes packed;
    packed.resize(core.compressed_bytes);
    if (!content.read_into(*code, packed)) {
      core.problem = "it can't be read";
      return core;
    }
    unpack(core, packed, content.image_offset(*code));
    return core;
  }

 private:
  static constexpr const char* kPath = "GRUB's core image";

  static GrubCore unusable(std::string problem) {
    GrubCore core;
    core.state = GrubCoreState::kUnusable;
    core.problem = std::move(problem);
    return core;
  }

  /// Follows the list of blocks as diskboot.img does: from the end of its sector towards its code,
  /// until a count of 0.
  bool collect(const ImageView& medium, const ImageView& first, std::uint64_t code_end,
               LoadedBlocks& blocks) {
    std::uint64_t segment = kCoreSegment;
    for (std::uint64_t at = kSectorBytes - sizeof(BlockRecord); at >= code_end;
         at -= sizeof(BlockRecord)) {
      const auto record = read_struct<BlockRecord>(first, at);
      if (!record || record->sector_count.value() == 0) {
        break;
      }
      const std::uint64_t begin = record->first_sector.value();
      const std::uint64_t count = record->sector_count.value();
      const std::uint64_t all = medium.size() / kSectorBytes;
      if (begin >= all || count > all - begin) {
        findings_.add(rule("grub.core-outside"), first.image_offset(at), kPath,
                      fmt::format("{} sectors from {}", count, begin),
                      fmt::format("inside the medium of {} sectors", all));
        return false;
      }
      if (record->segment.value() != segment) {
        findings_.add(rule("grub.core-blocks"), first.image_offset(at), kPath,
                      fmt::format("segment 0x{:04X}", record->segment.value()),
                      fmt::format("segment 0x{:04X}, where the block before ends", segment));
        return false;
      }
      segment += count * (kSectorBytes / kParagraphBytes);
      blocks.add(medium.subview(begin * kSectorBytes, count * kSectorBytes));
    }
    if (blocks.size() == 0) {
      findings_.add(rule("grub.core-blocks"),
                    first.image_offset(kSectorBytes - sizeof(BlockRecord)), kPath, "no block",
                    "where the rest of the core image stands");
      return false;
    }
    return true;
  }

  void unpack(GrubCore& core, const Bytes& packed, std::uint64_t offset) {
    std::optional<Bytes> unpacked = unpack_lzma(packed, core.unpacked_bytes);
    if (unpacked) {
      core.unpacked = std::make_unique<UnpackedBytes>(std::move(*unpacked), offset);
      core.image = image_in(ImageView(*core.unpacked));
    }
    if (core.image) {
      core.state = GrubCoreState::kRead;
      return;
    }
    const std::string found =
        core.unpacked ? "no module area at its end" : "an LZMA stream that does not unpack";
    if (core.redundancy_bytes != 0) {
      core.state = GrubCoreState::kDamaged;
      core.problem = "it is damaged, and its Reed-Solomon codes may mend it";
      findings_.add(rule("grub.core-damaged"), offset, kPath, found,
                    fmt::format("{} bytes of kernel and modules", core.unpacked_bytes));
      return;
    }
    core.state = GrubCoreState::kUnusable;
    core.problem = "it does not unpack";
    findings_.add(rule("grub.core-corrupt"), offset, kPath, found,
                  fmt::format("{} bytes of kernel and modules", core.unpacked_bytes));
  }

  Findings& findings_;
};

}  // namespace

GrubCore read_grub_core(const ImageView& medium, std::uint64_t sector, Findings& findings) {
  return Reader(findings).from_disk(medium, sector);
}

GrubCore read_loaded_grub_core(const ImageView& content, Findings& findings) {
  return Reader(findings).read(content);
}

}  // namespace bootproof::inspectors
