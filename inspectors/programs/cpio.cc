#include "inspectors/programs/cpio.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace bootproof::inspectors {
namespace {

/// The header as it stands: all fields but the magic are eight hexadecimal digits.
struct HeaderRecord {
  using Digits = std::array<std::uint8_t, 8>;

  std::array<std::uint8_t, 6> magic;
  Digits ino;
  Digits mode;
  Digits uid;
  Digits gid;
  Digits nlink;
  Digits mtime;
  Digits body_size;
  Digits major;
  Digits minor;
  Digits rdev_major;
  Digits rdev_minor;
  Digits name_size;
  Digits checksum;
};
static_assert(sizeof(HeaderRecord) == 110);

/// As the kernel reads it: up to the first other character.
std::uint32_t number(const HeaderRecord::Digits& digits, bool& has_bad_digits) {
  std::uint32_t value = 0;
  for (const std::uint8_t c : digits) {
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - unsigned{'0'};
    } else if (c >= 'a' && c <= 'f') {
      digit = c - unsigned{'a'} + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - unsigned{'A'} + 10;
    } else {
      has_bad_digits = true;
      return value;
    }
    value = value << 4U | digit;
  }
  return value;
}

constexpr std::uint64_t aligned(std::uint64_t value) { return (value + 3) & ~std::uint64_t{3}; }

}  // namespace

std::size_t ViewStream::read(std::span<std::uint8_t> into) {
  const auto length =
      static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), view_.size() - position_));
  if (length == 0 || !view_.read_into(position_, into.first(length))) {
    return 0;
  }
  position_ += length;
  return length;
}

std::uint64_t ViewStream::skip(std::uint64_t length) {
  const std::uint64_t skipped = std::min(length, view_.size() - position_);
  position_ += skipped;
  return skipped;
}

std::uint64_t UnpackedStream::skip(std::uint64_t length) {
  std::array<std::uint8_t, 32768> buffer;
  std::uint64_t skipped = 0;
  while (skipped < length) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), length - skipped));
    const std::size_t got = unpacker_->read(std::span(buffer).first(wanted));
    if (got == 0) {
      break;
    }
    skipped += got;
  }
  return skipped;
}

ByteSpan CpioReader::peek() {
  if (left_.empty()) {
    left_ = ByteSpan(buffer_).first(stream_->read(buffer_));
  }
  return left_;
}

std::size_t CpioReader::take(std::span<std::uint8_t> into) {
  std::size_t taken = 0;
  while (taken < into.size() && !peek().empty()) {
    const std::size_t length = std::min(into.size() - taken, left_.size());
    std::copy_n(left_.begin(), length, into.begin() + static_cast<std::ptrdiff_t>(taken));
    left_ = left_.subspan(length);
    taken += length;
  }
  position_ += taken;
  return taken;
}

std::uint64_t CpioReader::pass(std::uint64_t length) {
  const auto at_hand = static_cast<std::size_t>(std::min<std::uint64_t>(length, left_.size()));
  left_ = left_.subspan(at_hand);
  const std::uint64_t passed = at_hand + stream_->skip(length - at_hand);
  position_ += passed;
  return passed;
}

std::nullopt_t CpioReader::stop(CpioEnd why) {
  end_ = why;
  return std::nullopt;
}

bool CpioReader::find_header() {
  const std::uint64_t begin = position_;
  while (!peek().empty()) {
    if (position_ - begin > kMostZeros) {
      end_ = CpioEnd::kManyZeros;
      return false;
    }
    const auto other =
        std::find_if(left_.begin(), left_.end(), [](auto byte) { return byte != 0; });
    pass(static_cast<std::uint64_t>(other - left_.begin()));
    if (!left_.empty()) {
      const bool is_aligned = (begin_ + position_) % 4 == 0;
      end_ = is_aligned ? CpioEnd::kEnd : CpioEnd::kMisaligned;
      end_ = left_.front() == '0' ? end_ : CpioEnd::kOtherBytes;
      return left_.front() == '0' && is_aligned;
    }
  }
  end_ = CpioEnd::kEnd;
  return false;
}

bool CpioReader::finish_entry() {
  const std::uint64_t left = entry_end_ - position_;
  if (pass(left) == left) {
    return true;
  }
  // Padding behind the last entry may be left out.
  end_ = position_ >= body_end_ ? CpioEnd::kEnd : CpioEnd::kTruncated;
  return false;
}

std::optional<CpioEntry> CpioReader::next() {
  if (!finish_entry() || !find_header()) {
    return std::nullopt;
  }
  const std::uint64_t position = position_;
  std::array<std::uint8_t, kHeaderBytes> bytes{};
  const std::size_t got = take(bytes);
  HeaderRecord record{};
  std::memcpy(&record, bytes.data(), bytes.size());
  const std::string magic(record.magic.begin(), record.magic.end());
  if (got >= magic.size() && magic != "070701" && magic != "070702") {
    position_ = position;
    return stop(magic == "070707" ? CpioEnd::kOldFormat : CpioEnd::kBadMagic);
  }
  if (got < bytes.size()) {
    return stop(CpioEnd::kTruncated);
  }
  CpioEntry entry;
  entry.position = position;
  const auto field = [&](const HeaderRecord::Digits& digits) {
    return number(digits, entry.has_bad_digits);
  };
  entry.ino = field(record.ino);
  entry.mode = field(record.mode);
  entry.nlink = field(record.nlink);
  entry.body_size = field(record.body_size);
  entry.major = field(record.major);
  entry.minor = field(record.minor);
  entry.rdev_major = field(record.rdev_major);
  entry.rdev_minor = field(record.rdev_minor);
  entry.name_size = field(record.name_size);
  // Positions of the kernel's count from a multiple of 4, so that alignment may count from here.
  const std::uint64_t name_end = position + aligned(kHeaderBytes + std::uint64_t{entry.name_size});
  body_end_ = name_end + entry.body_size;
  entry_end_ = position + aligned(body_end_ - position);
  entry.is_ignored = entry.name_size == 0 || entry.name_size > kLongestPath;
  if (!entry.is_ignored) {
    Bytes name(static_cast<std::size_t>(name_end - position_));
    if (take(name) < entry.name_size) {
      return stop(CpioEnd::kTruncated);
    }
    name.resize(entry.name_size);
    entry.has_terminator = name.back() == 0;
    entry.name.assign(name.begin(), std::find(name.begin(), name.end(), 0));
  }
  return entry;
}

std::size_t CpioReader::read_body(std::span<std::uint8_t> into) {
  const std::uint64_t left = body_end_ > position_ ? body_end_ - position_ : 0;
  return take(into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left))));
}

std::uint64_t CpioReader::skip_body(std::uint64_t length) {
  return pass(std::min(length, body_end_ > position_ ? body_end_ - position_ : 0));
}

}  // namespace bootproof::inspectors
