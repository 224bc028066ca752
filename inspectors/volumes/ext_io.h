#pragma once

#include <ext2fs/ext2fs.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// What libext2fs reads a volume through: a view, read-only, with a budget. Has to outlive the file
/// system that was opened on it.
class ExtIo {
 public:
  explicit ExtIo(const ImageView& view);
  ExtIo(const ExtIo&) = delete;
  ExtIo& operator=(const ExtIo&) = delete;

  /// Opens the file system; null where libext2fs refuses it. The caller closes it.
  [[nodiscard]] ext2_filsys open();

  /// Gives the next answer its budget. Beyond it reads fail, which ends every loop of libext2fs.
  void begin_answer();

 private:
  static constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20U;
  static constexpr std::uint64_t kMostReads = std::uint64_t{1} << 17U;
  static constexpr std::size_t kKept = 8;

  /// A block that was read.
  struct Kept {
    std::uint64_t offset = ~std::uint64_t{0};
    Bytes bytes;
  };

  static errcode_t open_channel(const char* name, int flags, io_channel* channel);
  static errcode_t close_channel(io_channel channel);
  static errcode_t set_block_size(io_channel channel, int bytes);
  static errcode_t read_blocks(io_channel channel, unsigned long block, int count, void* data);
  static errcode_t read_blocks64(io_channel channel, unsigned long long block, int count,
                                 void* data);
  static errcode_t refuse_write(io_channel channel, unsigned long block, int count,
                                const void* data);
  static errcode_t flush(io_channel channel);

  /// Fills `into`; false where it lies outside, can't be read, or the budget is used up.
  [[nodiscard]] bool read(std::uint64_t offset, std::span<std::uint8_t> into);

  /// The one that is being opened: libext2fs hands a name to the manager and nothing else.
  static thread_local ExtIo* opening;

  ImageView view_;
  struct_io_manager manager_{};
  struct_io_channel channel_{};
  std::uint64_t bytes_left_ = kMostBytes;
  std::uint64_t reads_left_ = kMostReads;
  std::array<Kept, kKept> kept_;
};

}  // namespace bootproof::inspectors
