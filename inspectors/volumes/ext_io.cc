#include "inspectors/volumes/ext_io.h"

#include <algorithm>
#include <limits>

namespace bootproof::inspectors {
namespace {

/// libext2fs takes names that it may change, but it changes none.
std::array<char, 10> channel_name{"inspected"};

}  // namespace

thread_local ExtIo* ExtIo::opening = nullptr;

ExtIo::ExtIo(const ImageView& view) : view_(view) {
  manager_.magic = EXT2_ET_MAGIC_IO_MANAGER;
  manager_.name = channel_name.data();
  manager_.open = open_channel;
  manager_.close = close_channel;
  manager_.set_blksize = set_block_size;
  manager_.read_blk = read_blocks;
  manager_.write_blk = refuse_write;
  manager_.flush = flush;
  manager_.read_blk64 = read_blocks64;
}

ext2_filsys ExtIo::open() {
  constexpr int kFlags = EXT2_FLAG_64BITS | EXT2_FLAG_SOFTSUPP_FEATURES | EXT2_FLAG_SKIP_MMP |
                         EXT2_FLAG_IGNORE_CSUM_ERRORS;
  begin_answer();
  opening = this;
  ext2_filsys opened = nullptr;
  const errcode_t error =
      ext2fs_open2(channel_name.data(), nullptr, kFlags, 0, 0, &manager_, &opened);
  opening = nullptr;
  return error == 0 ? opened : nullptr;
}

void ExtIo::begin_answer() {
  bytes_left_ = kMostBytes;
  reads_left_ = kMostReads;
}

errcode_t ExtIo::open_channel(const char* /*name*/, int flags, io_channel* channel) {
  if (opening == nullptr || (flags & IO_FLAG_RW) != 0) {
    return EXT2_ET_BAD_DEVICE_NAME;
  }
  struct_io_channel& own = opening->channel_;
  own = struct_io_channel{};
  own.magic = EXT2_ET_MAGIC_IO_CHANNEL;
  own.manager = &opening->manager_;
  own.name = channel_name.data();
  own.block_size = 1024;
  own.refcount = 1;
  own.private_data = opening;
  *channel = &own;
  return 0;
}

errcode_t ExtIo::close_channel(io_channel /*channel*/) { return 0; }

errcode_t ExtIo::set_block_size(io_channel channel, int bytes) {
  if (bytes <= 0) {
    return EXT2_ET_INVALID_ARGUMENT;
  }
  channel->block_size = bytes;
  return 0;
}

errcode_t ExtIo::read_blocks(io_channel channel, unsigned long block, int count, void* data) {
  return read_blocks64(channel, block, count, data);
}

errcode_t ExtIo::read_blocks64(io_channel channel, unsigned long long block, int count,
                               void* data) {
  const auto block_bytes = static_cast<std::uint64_t>(channel->block_size);
  // A negative count is one of bytes.
  const std::uint64_t length = count < 0 ? static_cast<std::uint64_t>(-std::int64_t{count})
                                         : static_cast<std::uint64_t>(count) * block_bytes;
  if (block > std::numeric_limits<std::uint64_t>::max() / block_bytes) {
    return EXT2_ET_SHORT_READ;
  }
  auto* const io = static_cast<ExtIo*>(channel->private_data);
  const std::span<std::uint8_t> into(static_cast<std::uint8_t*>(data),
                                     static_cast<std::size_t>(length));
  return io->read(block * block_bytes, into) ? 0 : EXT2_ET_SHORT_READ;
}

errcode_t ExtIo::refuse_write(io_channel /*channel*/, unsigned long /*block*/, int /*count*/,
                              const void* /*data*/) {
  return EXT2_ET_RO_FILSYS;
}

errcode_t ExtIo::flush(io_channel /*channel*/) { return 0; }

bool ExtIo::read(std::uint64_t offset, std::span<std::uint8_t> into) {
  if (reads_left_ == 0) {
    return false;
  }
  --reads_left_;
  // Inodes are read one by one, each with its whole block.
  const auto block_bytes = static_cast<std::uint64_t>(channel_.block_size);
  Kept& kept = kept_.at((offset / block_bytes) % kKept);
  if (kept.offset == offset && kept.bytes.size() == into.size()) {
    std::copy(kept.bytes.begin(), kept.bytes.end(), into.begin());
    return true;
  }
  if (into.size() > bytes_left_ || !view_.read_into(offset, into)) {
    return false;
  }
  bytes_left_ -= into.size();
  if (into.size() == block_bytes) {
    kept.offset = offset;
    kept.bytes.assign(into.begin(), into.end());
  }
  return true;
}

}  // namespace bootproof::inspectors
