#include "inspectors/programs/compression_decoders.h"

#define ZLIB_CONST
#include <archive.h>
#include <archive_entry.h>
#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "inspectors/programs/compression_frames.h"

namespace bootproof::inspectors {
namespace {

/// The input in pieces.
class Input {
 public:
  explicit Input(const ImageView& view) : view_(view), buffer_(kPieceBytes) {}

  /// Bytes that were not used yet; none at the end, and where the medium can't be read.
  ByteSpan peek() {
    if (left_.empty()) {
      const auto length =
          static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, view_.size() - position_));
      const std::span<std::uint8_t> piece = std::span(buffer_).first(length);
      if (length > 0 && view_.read_into(position_, piece)) {
        left_ = piece;
      }
    }
    return left_;
  }
  void use(std::size_t length) {
    left_ = left_.subspan(length);
    position_ += length;
  }
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  static constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;

  ImageView view_;
  Bytes buffer_;
  ByteSpan left_;
  std::uint64_t position_ = 0;
};

/// Decoders whose library takes a piece and says how much of it was used: `decode` gives that, what
/// was written, and whether it was the end.
class PieceDecoder : public Unpacker::Decoder {
 public:
  explicit PieceDecoder(const ImageView& view) : input_(view) {}

  DecoderStep read(std::span<std::uint8_t> into) final {
    DecoderStep step;
    while (step.size < into.size() && !step.end) {
      const ByteSpan piece = input_.peek();
      if (piece.empty()) {
        step.end = UnpackEnd::kTruncated;
        break;
      }
      const Progress progress = decode(piece, into.subspan(step.size));
      input_.use(progress.used);
      step.size += progress.written;
      step.end = progress.end;
      if (!step.end && progress.used == 0 && progress.written == 0) {
        step.end = UnpackEnd::kCorrupt;
      }
    }
    return step;
  }
  [[nodiscard]] std::uint64_t consumed() const final { return input_.position(); }

 protected:
  struct Progress {
    std::size_t used = 0;
    std::size_t written = 0;
    std::optional<UnpackEnd> end;
  };

 private:
  virtual Progress decode(ByteSpan piece, std::span<std::uint8_t> into) = 0;

  Input input_;
};

class GzipDecoder final : public PieceDecoder {
 public:
  explicit GzipDecoder(const ImageView& view) : PieceDecoder(view) {
    constexpr int kGzipWrapper = 16;
    is_ready_ = inflateInit2(&stream_, MAX_WBITS + kGzipWrapper) == Z_OK;
  }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;
  ~GzipDecoder() override { inflateEnd(&stream_); }

 private:
  Progress decode(ByteSpan piece, std::span<std::uint8_t> into) override {
    if (!is_ready_) {
      return {0, 0, UnpackEnd::kUnsupported};
    }
    stream_.next_in = piece.data();
    stream_.avail_in = static_cast<uInt>(piece.size());
    stream_.next_out = into.data();
    stream_.avail_out = static_cast<uInt>(into.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    Progress progress{piece.size() - stream_.avail_in, into.size() - stream_.avail_out, {}};
    if (result == Z_STREAM_END) {
      progress.end = UnpackEnd::kComplete;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      progress.end = UnpackEnd::kCorrupt;
    }
    return progress;
  }

  z_stream stream_{};
  bool is_ready_ = false;
};

/// .xz and .lzma.
class XzDecoder final : public PieceDecoder {
 public:
  XzDecoder(const ImageView& view, Compression compression) : PieceDecoder(view) {
    // A window of 128 MiB and what the decoder needs beside it.
    constexpr std::uint64_t kMostMemory = std::uint64_t{136} << 20U;
    const lzma_ret result = compression == Compression::kXz
                                ? lzma_stream_decoder(&stream_, kMostMemory, 0)
                                : lzma_alone_decoder(&stream_, kMostMemory);
    is_ready_ = result == LZMA_OK;
  }
  XzDecoder(const XzDecoder&) = delete;
  XzDecoder& operator=(const XzDecoder&) = delete;
  ~XzDecoder() override { lzma_end(&stream_); }

 private:
  Progress decode(ByteSpan piece, std::span<std::uint8_t> into) override {
    if (!is_ready_) {
      return {0, 0, UnpackEnd::kUnsupported};
    }
    stream_.next_in = piece.data();
    stream_.avail_in = piece.size();
    stream_.next_out = into.data();
    stream_.avail_out = into.size();
    const lzma_ret result = lzma_code(&stream_, LZMA_RUN);
    Progress progress{piece.size() - stream_.avail_in, into.size() - stream_.avail_out, {}};
    if (result == LZMA_STREAM_END) {
      progress.end = UnpackEnd::kComplete;
    } else if (result == LZMA_MEMLIMIT_ERROR || result == LZMA_OPTIONS_ERROR) {
      progress.end = UnpackEnd::kUnsupported;
    } else if (result != LZMA_OK) {
      progress.end = UnpackEnd::kCorrupt;
    }
    return progress;
  }

  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool is_ready_ = false;
};

class Bzip2Decoder final : public PieceDecoder {
 public:
  explicit Bzip2Decoder(const ImageView& view) : PieceDecoder(view) {
    is_ready_ = BZ2_bzDecompressInit(&stream_, 0, 0) == BZ_OK;
  }
  Bzip2Decoder(const Bzip2Decoder&) = delete;
  Bzip2Decoder& operator=(const Bzip2Decoder&) = delete;
  ~Bzip2Decoder() override { BZ2_bzDecompressEnd(&stream_); }

 private:
  Progress decode(ByteSpan piece, std::span<std::uint8_t> into) override {
    if (!is_ready_) {
      return {0, 0, UnpackEnd::kUnsupported};
    }
    // The library wants characters that it could write to; it only reads them.
    std::array<char, 4096> in{};
    std::array<char, 16384> out{};
    const std::size_t in_size = std::min(in.size(), piece.size());
    const std::size_t out_size = std::min(out.size(), into.size());
    std::memcpy(in.data(), piece.data(), in_size);
    stream_.next_in = in.data();
    stream_.avail_in = static_cast<unsigned>(in_size);
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<unsigned>(out_size);
    const int result = BZ2_bzDecompress(&stream_);
    Progress progress{in_size - stream_.avail_in, out_size - stream_.avail_out, {}};
    std::memcpy(into.data(), out.data(), progress.written);
    if (result == BZ_STREAM_END) {
      progress.end = UnpackEnd::kComplete;
    } else if (result != BZ_OK) {
      progress.end = UnpackEnd::kCorrupt;
    }
    return progress;
  }

  bz_stream stream_{};
  bool is_ready_ = false;
};

/// zstd and LZ4 frames by libarchive. It gets the frame alone: it reads all frames to the end of
/// its input, and fails where something else follows.
class ArchiveDecoder final : public Unpacker::Decoder {
 public:
  ArchiveDecoder(const ImageView& view, Compression compression)
      : extent_(compression == Compression::kZstd ? zstd_extent(view) : lz4_legacy_extent(view)),
        input_(view.subview(0, extent_.size)),
        archive_(archive_read_new()) {
    if (archive_ == nullptr) {
      return;
    }
    archive_read_support_format_raw(archive_);
    archive_read_support_format_empty(archive_);
    if (compression == Compression::kZstd) {
      archive_read_support_filter_zstd(archive_);
    } else {
      archive_read_support_filter_lz4(archive_);
    }
    archive_entry* entry = nullptr;
    is_ready_ = archive_read_open(archive_, this, nullptr, &next_piece, nullptr) == ARCHIVE_OK;
    if (is_ready_) {
      const int result = archive_read_next_header(archive_, &entry);
      is_empty_ = result == ARCHIVE_EOF;
      is_ready_ = is_empty_ || result == ARCHIVE_OK;
    }
  }
  ArchiveDecoder(const ArchiveDecoder&) = delete;
  ArchiveDecoder& operator=(const ArchiveDecoder&) = delete;
  ~ArchiveDecoder() override { archive_read_free(archive_); }

  DecoderStep read(std::span<std::uint8_t> into) override {
    if (!is_ready_) {
      return {0, failure()};
    }
    const la_ssize_t got = is_empty_ ? 0 : archive_read_data(archive_, into.data(), into.size());
    if (got > 0) {
      return {static_cast<std::size_t>(got), {}};
    }
    return {0, got < 0 || !extent_.is_complete ? failure() : UnpackEnd::kComplete};
  }
  [[nodiscard]] std::uint64_t consumed() const override { return extent_.size; }
  [[nodiscard]] bool is_nested() const override {
    // The format and the source.
    return is_ready_ && archive_filter_count(archive_) > 2;
  }

 private:
  static la_ssize_t next_piece(archive* /*archive*/, void* self, const void** piece) {
    auto* const decoder = static_cast<ArchiveDecoder*>(self);
    decoder->input_.use(decoder->given_);
    const ByteSpan bytes = decoder->input_.peek();
    decoder->given_ = bytes.size();
    *piece = bytes.data();
    return static_cast<la_ssize_t>(bytes.size());
  }
  [[nodiscard]] UnpackEnd failure() const {
    return extent_.is_complete || extent_.is_corrupt ? UnpackEnd::kCorrupt : UnpackEnd::kTruncated;
  }

  FrameExtent extent_;
  Input input_;
  std::size_t given_ = 0;  ///< Of the piece that the library reads.
  archive* archive_;
  bool is_ready_ = false;
  bool is_empty_ = false;
};

}  // namespace

std::unique_ptr<Unpacker::Decoder> make_decoder(const ImageView& input, Compression compression) {
  constexpr std::uint64_t kLargestWindow = std::uint64_t{128} << 20U;
  switch (compression) {
    case Compression::kGzip:
      return std::make_unique<GzipDecoder>(input);
    case Compression::kXz:
    case Compression::kLzma:
      return std::make_unique<XzDecoder>(input, compression);
    case Compression::kBzip2:
      return std::make_unique<Bzip2Decoder>(input);
    case Compression::kZstd:
      return zstd_window(input).value_or(0) > kLargestWindow
                 ? nullptr
                 : std::make_unique<ArchiveDecoder>(input, compression);
    case Compression::kLz4Legacy:
      return std::make_unique<ArchiveDecoder>(input, compression);
    case Compression::kLz4:
    case Compression::kLzo:
    case Compression::kNone:
      break;
  }
  return nullptr;
}

}  // namespace bootproof::inspectors
