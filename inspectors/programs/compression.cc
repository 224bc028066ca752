#include "inspectors/programs/compression.h"

#include <algorithm>
#include <array>
#include <bit>

#include "inspectors/programs/compression_decoders.h"

namespace bootproof::inspectors {
namespace {

struct Magic {
  Compression compression;
  std::size_t length;
  std::array<std::uint8_t, 6> bytes;
};

constexpr std::array kMagics{
    Magic{Compression::kGzip, 3, {0x1F, 0x8B, 0x08}},
    Magic{Compression::kXz, 6, {0xFD, '7', 'z', 'X', 'Z', 0x00}},
    Magic{Compression::kZstd, 4, {0x28, 0xB5, 0x2F, 0xFD}},
    Magic{Compression::kLz4Legacy, 4, {0x02, 0x21, 0x4C, 0x18}},
    Magic{Compression::kLz4, 4, {0x04, 0x22, 0x4D, 0x18}},
    Magic{Compression::kBzip2, 3, {'B', 'Z', 'h'}},
    Magic{Compression::kLzo, 6, {0x89, 'L', 'Z', 'O', 0x00, 0x0D}},
};

/// The .lzma format has no magic: the usual properties, a dictionary of 2^n or 2^n + 2^(n-1) bytes,
/// and a size that is unknown or plausible.
bool is_lzma(ByteSpan bytes) {
  constexpr std::size_t kHeaderBytes = 13;
  constexpr std::uint8_t kUsualProperties = 0x5D;
  if (bytes.size() < kHeaderBytes || bytes[0] != kUsualProperties) {
    return false;
  }
  std::uint64_t dictionary = 0;
  std::uint64_t size = 0;
  for (std::size_t i = 4; i > 0; --i) {
    dictionary = dictionary << 8U | bytes[i];
  }
  for (std::size_t i = kHeaderBytes - 1; i > 4; --i) {
    size = size << 8U | bytes[i];
  }
  constexpr std::uint64_t kUnknownSize = ~std::uint64_t{0};
  constexpr std::uint64_t kPlausibleSize = std::uint64_t{1} << 38U;
  constexpr std::uint64_t kSmallestDictionary = 4096;
  const bool is_power = std::has_single_bit(dictionary) ||
                        (dictionary % 3 == 0 && std::has_single_bit(dictionary / 3));
  return is_power && dictionary >= kSmallestDictionary &&
         (size == kUnknownSize || size < kPlausibleSize);
}

}  // namespace

std::string_view name_of(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      break;
    case Compression::kGzip:
      return "gzip";
    case Compression::kXz:
      return "xz";
    case Compression::kZstd:
      return "zstd";
    case Compression::kLz4Legacy:
      return "LZ4 (legacy)";
    case Compression::kLz4:
      return "LZ4 (frame)";
    case Compression::kLzma:
      return "lzma";
    case Compression::kBzip2:
      return "bzip2";
    case Compression::kLzo:
      return "lzo";
  }
  return "none";
}

Compression recognise_compression(ByteSpan first_bytes) {
  for (const Magic& magic : kMagics) {
    const ByteSpan bytes = ByteSpan(magic.bytes).first(magic.length);
    if (first_bytes.size() >= bytes.size() &&
        std::equal(bytes.begin(), bytes.end(), first_bytes.begin())) {
      return magic.compression;
    }
  }
  return is_lzma(first_bytes) ? Compression::kLzma : Compression::kNone;
}

std::uint64_t most_unpacked(std::uint64_t input_bytes, const UnpackLimits& limits) {
  const std::uint64_t by_ratio =
      limits.most_ratio != 0 && input_bytes > limits.most_bytes / limits.most_ratio
          ? limits.most_bytes
          : input_bytes * limits.most_ratio;
  return std::min(std::max(limits.free_bytes, by_ratio), limits.most_bytes);
}

Unpacker::Unpacker(const ImageView& input, Compression compression, std::uint64_t most_bytes)
    : decoder_(make_decoder(input, compression)), most_bytes_(most_bytes) {
  if (!decoder_) {
    end_ = UnpackEnd::kUnsupported;
  }
}

Unpacker::~Unpacker() = default;

std::size_t Unpacker::read(std::span<std::uint8_t> into) {
  if (end_ || into.empty()) {
    return 0;
  }
  // One byte more than allowed shows that there is more.
  const std::uint64_t left = most_bytes_ - produced_;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left + 1));
  const DecoderStep step = decoder_->read(into.first(wanted));
  end_ = step.end;
  if (step.size > left) {
    end_ = UnpackEnd::kTooLarge;
  }
  const auto given = static_cast<std::size_t>(std::min<std::uint64_t>(step.size, left));
  produced_ += given;
  return given;
}

std::uint64_t Unpacker::consumed() const { return decoder_ ? decoder_->consumed() : 0; }

bool Unpacker::is_nested() const { return decoder_ && decoder_->is_nested(); }

}  // namespace bootproof::inspectors
