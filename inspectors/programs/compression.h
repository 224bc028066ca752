#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// A way in which kernels, initramfs and firmware files are compressed.
enum class Compression : std::uint8_t {
  kNone,
  kGzip,       ///< RFC 1952.
  kXz,         ///< The .xz file format 1.0.4.
  kZstd,       ///< RFC 8878.
  kLz4Legacy,  ///< LZ4's first frame format, the only one that Linux unpacks (`lz4 -l`).
  kLz4,        ///< LZ4's frame format 1.5.1.
  kLzma,       ///< The .lzma format: no magic, but properties that all writers share.
  kBzip2,
  kLzo,  ///< lzop. Recognised, not unpacked.
};

/// "none", "gzip", "xz", "zstd", "LZ4 (legacy)", "LZ4 (frame)", "lzma", "bzip2", "lzo".
std::string_view name_of(Compression compression);

/// Bytes that recognise_compression() wants to see.
constexpr std::size_t kCompressionMagicBytes = 16;

/// By the first bytes; kNone for anything else.
Compression recognise_compression(ByteSpan first_bytes);

/// How much is unpacked at most of so much input.
struct UnpackLimits {
  /// So much whatever the input.
  std::uint64_t free_bytes = std::uint64_t{64} << 20U;
  /// Beyond it, no more than so many bytes for one of input: an initramfs of programs and modules
  /// has 2 to 6, a bomb of zeros 1000 and more.
  std::uint64_t most_ratio = 40;
  /// And never more than this.
  std::uint64_t most_bytes = std::uint64_t{4} << 30U;
};

/// The most bytes that may come out of `input_bytes`.
std::uint64_t most_unpacked(std::uint64_t input_bytes, const UnpackLimits& limits);

/// Why a compressed stream gives no more.
enum class UnpackEnd : std::uint8_t {
  kComplete,     ///< Its end, all checksums right.
  kTruncated,    ///< The input ends inside it.
  kCorrupt,      ///< A checksum or a structure is wrong.
  kTooLarge,     ///< A limit was reached.
  kUnsupported,  ///< Not unpacked here: lzo, LZ4 frames, a window of more than 128 MiB.
};

/// Unpacks one compressed stream (one gzip member, one .xz stream, one zstd frame) piece by piece,
/// as the kernel's decompressors do; memory is bounded by the format's window, at most 128 MiB.
/// Nothing throws but for lack of memory.
class Unpacker {
 public:
  /// `input` begins with the stream and may go on behind it. Gives at most `most_bytes`.
  Unpacker(const ImageView& input, Compression compression, std::uint64_t most_bytes);
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  ~Unpacker();

  /// Fills the begin of `into` and says how much of it; 0 at the end, and end() says of which kind.
  std::size_t read(std::span<std::uint8_t> into);

  /// Set with the last bytes, or after them.
  [[nodiscard]] std::optional<UnpackEnd> end() const { return end_; }
  /// Bytes of input that belong to the stream, as far as it was read. Exact at kComplete.
  [[nodiscard]] std::uint64_t consumed() const;
  /// Whether the stream holds a stream of the same format, and what is given is what that holds.
  [[nodiscard]] bool is_nested() const;
  /// Bytes given so far.
  [[nodiscard]] std::uint64_t produced() const { return produced_; }

  /// One format's decoder (compression_decoders.h).
  class Decoder;

 private:
  std::unique_ptr<Decoder> decoder_;
  std::uint64_t most_bytes_;
  std::uint64_t produced_ = 0;
  std::optional<UnpackEnd> end_;
};

}  // namespace bootproof::inspectors
