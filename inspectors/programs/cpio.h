#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "inspectors/image_view.h"
#include "inspectors/programs/compression.h"

namespace bootproof::inspectors {

/// Bytes in order: an archive as it stands in a file, or as it comes out of a compressed stream.
class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  /// Fills the begin of `into` and says how much of it; 0 at the end.
  virtual std::size_t read(std::span<std::uint8_t> into) = 0;
  /// Passes over so many bytes without giving them; says how many there were.
  virtual std::uint64_t skip(std::uint64_t length) = 0;
};

/// What stands in a view. Bytes that are skipped are not read.
class ViewStream final : public ByteStream {
 public:
  explicit ViewStream(const ImageView& view) : view_(view) {}

  std::size_t read(std::span<std::uint8_t> into) override;
  std::uint64_t skip(std::uint64_t length) override;

 private:
  ImageView view_;
  std::uint64_t position_ = 0;
};

/// What comes out of a compressed stream.
class UnpackedStream final : public ByteStream {
 public:
  /// `unpacker` has to outlive this.
  explicit UnpackedStream(Unpacker& unpacker) : unpacker_(&unpacker) {}

  std::size_t read(std::span<std::uint8_t> into) override { return unpacker_->read(into); }
  std::uint64_t skip(std::uint64_t length) override;

 private:
  Unpacker* unpacker_;
};

/// The header of one entry (Documentation/driver-api/early-userspace/buffer-format.rst).
struct CpioEntry {
  std::uint64_t position = 0;  ///< Of its header, from the begin of the stream.
  std::uint32_t ino = 0;
  std::uint32_t mode = 0;  ///< With the file type, as in `struct stat`.
  std::uint32_t nlink = 0;
  std::uint32_t body_size = 0;
  std::uint32_t major = 0;  ///< Of the device it stood on: with `ino`, what hard links go by.
  std::uint32_t minor = 0;
  std::uint32_t rdev_major = 0;  ///< Of a device node.
  std::uint32_t rdev_minor = 0;
  std::uint32_t name_size = 0;  ///< With its zero byte, as the header says.
  std::string name;             ///< The bytes up to the first zero.
  bool has_terminator = false;  ///< The last byte of the name is zero.
  bool has_bad_digits = false;  ///< A field has other characters than hexadecimal digits.
  /// The kernel passes over it without a word: no name, or one of more than 4096 bytes.
  bool is_ignored = false;

  [[nodiscard]] bool is_trailer() const { return name == "TRAILER!!!"; }
};

/// Types of files, bits of a mode (POSIX, sys/stat.h).
enum FileType : std::uint32_t {
  kTypeMask = 0170000,
  kTypeSymlink = 0120000,
  kTypeRegular = 0100000,
  kTypeBlock = 0060000,
  kTypeDirectory = 0040000,
  kTypeCharacter = 0020000,
};

/// Why a CpioReader gives no more entries.
enum class CpioEnd : std::uint8_t {
  kEnd,         ///< The stream ends behind an entry.
  kTruncated,   ///< The stream ends inside an entry.
  kOtherBytes,  ///< Neither an entry nor padding: perhaps a compressed archive.
  kMisaligned,  ///< An entry at an offset that is no multiple of 4.
  kOldFormat,   ///< 070707: the portable ASCII format (cpio -H odc).
  kBadMagic,    ///< Begins with a 0, but not with 070701 or 070702.
  kManyZeros,   ///< More than kMostZeros of them; nothing behind them was looked at.
};

/// The most zeros one after the other that are read to see what follows them, in bytes.
constexpr std::uint64_t kMostZeros = std::uint64_t{16} << 20U;

/// Reads entries as init/initramfs.c does. Bounded by the stream: each entry takes 110 bytes of it.
class CpioReader {
 public:
  /// The longest name and link target that the kernel takes (PATH_MAX).
  static constexpr std::uint32_t kLongestPath = 4096;

  /// `begin` is the offset in the file of the stream's first byte where the stream stands in a file
  /// as it is: alignment counts from the file's begin. 0 for what comes out of a compressed stream.
  explicit CpioReader(ByteStream& stream, std::uint64_t begin = 0)
      : stream_(&stream), begin_(begin), buffer_(kBufferBytes) {}

  /// The next entry, trailers included. What was not read of the one before is passed over. Nothing
  /// at the end, and end() says of which kind.
  std::optional<CpioEntry> next();

  /// Fills the begin of `into` with the entry's content; 0 at its end.
  std::size_t read_body(std::span<std::uint8_t> into);

  /// Passes over so much of the content; says how much there was.
  std::uint64_t skip_body(std::uint64_t length);

  [[nodiscard]] CpioEnd end() const { return end_; }
  /// Behind what was read so far, from the begin of the stream. At kOtherBytes, kMisaligned,
  /// kOldFormat and kBadMagic: of the first byte that is none of the archive's.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  /// At kOtherBytes: those bytes, as many as are at hand, at least one.
  [[nodiscard]] ByteSpan other_bytes() const { return left_; }

 private:
  static constexpr std::size_t kHeaderBytes = 110;
  static constexpr std::size_t kBufferBytes = std::size_t{16} << 10U;

  /// Bytes that were not taken yet; none at the end.
  ByteSpan peek();
  std::size_t take(std::span<std::uint8_t> into);
  std::uint64_t pass(std::uint64_t length);
  std::nullopt_t stop(CpioEnd why);
  /// Passes over zeros; false where no entry begins behind them.
  bool find_header();
  bool finish_entry();

  ByteStream* stream_;
  std::uint64_t begin_;
  std::uint64_t position_ = 0;
  std::uint64_t body_end_ = 0;
  std::uint64_t entry_end_ = 0;
  Bytes buffer_;
  ByteSpan left_;  ///< Of the buffer.
  CpioEnd end_ = CpioEnd::kEnd;
};

}  // namespace bootproof::inspectors
