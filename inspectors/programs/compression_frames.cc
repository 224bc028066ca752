#include "inspectors/programs/compression_frames.h"

#include <algorithm>
#include <array>

#include "inspectors/cursor.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint32_t kZstdMagic = 0xFD2FB528;
constexpr std::uint32_t kLz4LegacyMagic = 0x184C2102;

/// The fields in front of the blocks of a zstd frame.
struct ZstdHeader {
  std::uint64_t size = 0;    ///< Of the header, in bytes.
  std::uint64_t window = 0;  ///< In bytes.
  bool has_checksum = false;
};

std::optional<ZstdHeader> read_zstd_header(const ImageView& input) {
  Cursor cursor(input);
  if (cursor.read<Le32>("magic").value() != kZstdMagic) {
    return std::nullopt;
  }
  const unsigned descriptor = cursor.read<std::uint8_t>("frame header descriptor");
  const bool is_single_segment = (descriptor & 0x20U) != 0;
  const unsigned size_flag = descriptor >> 6U;
  ZstdHeader header;
  header.has_checksum = (descriptor & 4U) != 0;
  if (!is_single_segment) {
    const unsigned window = cursor.read<std::uint8_t>("window descriptor");
    const std::uint64_t base = std::uint64_t{1} << (10U + (window >> 3U));
    header.window = base + (base / 8) * (window & 7U);
  }
  constexpr std::array<std::uint64_t, 4> kDictionaryBytes{0, 1, 2, 4};
  const Bytes dictionary = input.read(cursor.position(), kDictionaryBytes.at(descriptor & 3U));
  constexpr std::array<std::uint64_t, 4> kSizeBytes{0, 2, 4, 8};
  const std::uint64_t size_bytes =
      size_flag == 0 && is_single_segment ? 1 : kSizeBytes.at(size_flag);
  const std::uint64_t size_at = cursor.position() + dictionary.size();
  const Bytes content_size = input.read(size_at, size_bytes);
  if (cursor.error() || content_size.size() != size_bytes ||
      dictionary.size() != kDictionaryBytes.at(descriptor & 3U)) {
    return std::nullopt;
  }
  if (is_single_segment) {
    for (std::size_t i = 0; i < content_size.size(); ++i) {
      header.window |= std::uint64_t{content_size[i]} << (8U * i);
    }
    // The value 256 is added where the field has two bytes, so that one byte is not enough.
    header.window += size_bytes == 2 ? 256 : 0;
  }
  header.size = size_at + size_bytes;
  return header;
}

}  // namespace

FrameExtent zstd_extent(const ImageView& input) {
  const auto header = read_zstd_header(input);
  FrameExtent extent;
  if (!header) {
    extent.size = input.size();
    return extent;
  }
  std::uint64_t at = header->size;
  for (;;) {
    const auto bytes = read_struct<std::array<std::uint8_t, 3>>(input, at);
    if (!bytes) {
      extent.size = input.size();
      return extent;
    }
    const std::uint32_t block = std::uint32_t{(*bytes)[0]} | std::uint32_t{(*bytes)[1]} << 8U |
                                std::uint32_t{(*bytes)[2]} << 16U;
    constexpr unsigned kRunLength = 1;
    constexpr unsigned kReserved = 3;
    const unsigned type = (block >> 1U) & 3U;
    extent.is_corrupt = type == kReserved;
    at += 3 + (type == kRunLength ? 1U : block >> 3U);
    if (extent.is_corrupt || !input.contains(at, 0)) {
      extent.size = std::min(at, input.size());
      return extent;
    }
    if ((block & 1U) != 0) {
      break;
    }
  }
  at += header->has_checksum ? 4U : 0U;
  extent.is_complete = input.contains(at, 0);
  extent.size = std::min(at, input.size());
  return extent;
}

std::optional<std::uint64_t> zstd_window(const ImageView& input) {
  const auto header = read_zstd_header(input);
  return header ? std::optional(header->window) : std::nullopt;
}

FrameExtent lz4_legacy_extent(const ImageView& input) {
  constexpr std::uint32_t kBlockBytes = 8U << 20U;
  constexpr std::uint32_t kLongestBlock = kBlockBytes + kBlockBytes / 255 + 16;
  FrameExtent extent;
  std::uint64_t at = 0;
  for (;;) {
    const auto size = read_struct<Le32>(input, at);
    const std::uint32_t value = size ? size->value() : 0;
    if (value == kLz4LegacyMagic) {
      at += 4;
      continue;
    }
    // Padding, another archive, or the end.
    if (value == 0 || value > kLongestBlock) {
      extent.is_complete = at > 4;
      extent.size = at;
      return extent;
    }
    at += 4 + std::uint64_t{value};
    if (!input.contains(at, 0)) {
      extent.size = input.size();
      return extent;
    }
  }
}

}  // namespace bootproof::inspectors
