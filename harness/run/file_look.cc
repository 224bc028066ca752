#include "harness/run/file_look.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace bootproof {
namespace {

using namespace std::string_view_literals;
using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kBlock = 4096;
constexpr std::size_t kSample = 4 * kBlock;
constexpr std::uint64_t kMostSamples = 256;
constexpr std::uint64_t kSmallestMemory = 1U << 20U;

/// A kind of file that is known by bytes at a place.
struct Magic {
  std::size_t offset;
  std::string_view bytes;
  std::string_view what;
  std::string_view remedy;
};

constexpr std::string_view kDumpRemedy =
    "`makedumpfile --dump-dmesg VMLINUX FILE serial.log` prints its log; `makedumpfile -E` and "
    "QEMU's dump-guest-memory make ELF cores, which are read here";

/// The formats' own documents: RFC 1952, RFC 8878, the .xz, LZ4 frame and bzip2 formats, PKWARE's
/// APPNOTE 4.3.7, POSIX pax (ustar), makedumpfile's IMPLEMENTATION, Unicode 16.0, 23.8.
constexpr std::array kMagics = {
    Magic{0, "KDUMP   "sv, "a compressed kernel dump (makedumpfile)", kDumpRemedy},
    Magic{0, "DISKDUMP"sv, "a compressed kernel dump (diskdump)", kDumpRemedy},
    Magic{0, "makedumpfile\0\0\0\0"sv, "a flattened kernel dump (makedumpfile -F)",
          "put it together first: `makedumpfile -R vmcore < FILE`"},
    Magic{0, "\x1F\x8B"sv, "gzip data", "unpack it first: `zcat < FILE > serial.log`"},
    Magic{0,
          "\xFD"
          "7zXZ\0"sv,
          "xz data", "unpack it first: `xzcat < FILE > serial.log`"},
    Magic{0, "\x28\xB5\x2F\xFD"sv, "zstd data", "unpack it first: `zstdcat < FILE > serial.log`"},
    Magic{4, "1AY&SY"sv, "bzip2 data", "unpack it first: `bzcat < FILE > serial.log`"},
    Magic{0, "\x04\x22\x4D\x18"sv, "lz4 data", "unpack it first: `lz4cat < FILE > serial.log`"},
    Magic{0, "\x02\x21\x4C\x18"sv, "lz4 data", "unpack it first: `lz4cat < FILE > serial.log`"},
    Magic{0, "PK\x03\x04"sv, "a zip archive",
          "unpack it first: `unzip FILE`, then name what was in it"},
    Magic{257, "ustar"sv, "a tar archive",
          "unpack it first: `tar -xf FILE`, then name what was in it"},
    Magic{0, "QEVM"sv, "the saved state of a QEMU machine",
          "have the memory alone: QEMU's dump-guest-memory or pmemsave, of the running machine"},
    Magic{0, "\xFF\xFE"sv, "text in UTF-16",
          "convert it first: `iconv -f UTF-16 -t UTF-8 < FILE > serial.log`"},
    Magic{0, "\xFE\xFF"sv, "text in UTF-16",
          "convert it first: `iconv -f UTF-16 -t UTF-8 < FILE > serial.log`"},
};

bool has(Bytes bytes, const Magic& magic) {
  return bytes.size() >= magic.offset + magic.bytes.size() &&
         std::equal(magic.bytes.begin(), magic.bytes.end(), bytes.subspan(magic.offset).begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

/// What the bytes of a file's samples are.
struct Tally {
  std::uint64_t zeros = 0;  ///< Of blocks that hold something else too.
  std::uint64_t odd = 0;    ///< Control characters that no console uses, and what is no UTF-8.
  std::uint64_t text = 0;
  std::uint64_t hole = 0;  ///< Zeros of blocks that hold nothing else, and at the log's ends.
  [[nodiscard]] std::uint64_t seen() const { return zeros + odd + text; }
};

bool is_for_a_console(std::uint8_t byte) {
  constexpr std::string_view kUsed = "\a\b\t\n\v\f\r\x0E\x0F\x11\x13\x1B";
  return byte >= 0x20 ? byte != 0x7F : kUsed.find(static_cast<char>(byte)) != kUsed.npos;
}

/// How many bytes the UTF-8 sequence at the beginning has (RFC 3629, section 4); 0 for none.
std::size_t sequence_length(Bytes bytes) {
  const std::uint8_t lead = bytes.front();
  const std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                             : lead >= 0xE0 && lead <= 0xEF ? 3
                             : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                            : 0;
  if (length == 0 || length > bytes.size()) {
    return 0;
  }
  const Bytes rest = bytes.subspan(1, length - 1);
  return std::all_of(rest.begin(), rest.end(), [](std::uint8_t b) { return (b & 0xC0U) == 0x80; })
             ? length
             : 0;
}

void count(Bytes bytes, Tally& tally) {
  while (!bytes.empty()) {
    const std::uint8_t byte = bytes.front();
    std::size_t length = 1;
    if (byte == 0) {
      ++tally.zeros;
    } else if (byte < 0x80) {
      ++(is_for_a_console(byte) ? tally.text : tally.odd);
    } else if (const std::size_t sequence = sequence_length(bytes); sequence != 0) {
      length = sequence;
      tally.text += sequence;
    } else {
      ++tally.odd;
    }
    bytes = bytes.subspan(length);
  }
}

/// Counts samples block by block; zeros before the first other byte and behind the last one are a
/// hole: a log that was cut while its writer went on begins with one.
class Counter {
 public:
  void add(Bytes block) {
    const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
    if (std::all_of(block.begin(), block.end(), is_zero)) {
      tally_.hole += block.size();
      return;
    }
    if (tally_.seen() == 0) {
      const auto first = std::find_if_not(block.begin(), block.end(), is_zero);
      tally_.hole += static_cast<std::uint64_t>(first - block.begin());
      block = Bytes(first, block.end());
    }
    count(block, tally_);
    const auto last = std::find_if_not(block.rbegin(), block.rend(), is_zero);
    trailing_ = static_cast<std::uint64_t>(last - block.rbegin());
  }
  [[nodiscard]] Tally finish() const {
    Tally whole = tally_;
    whole.zeros -= trailing_;
    whole.hole += trailing_;
    return whole;
  }

 private:
  Tally tally_;
  std::uint64_t trailing_ = 0;  ///< Zeros at the end of the last block that holds anything else.
};

[[noreturn]] void fail_to_read(std::uint64_t at) {
  throw Error(ErrorKind::kHost, fmt::format("the file can't be read at byte {}", at),
              "see whether it shrinks, whether it is a device of the kernel's, and whether its "
              "disk is healthy");
}

/// Samples at even distances, the first and the last bytes among them.
Tally sample(const FileBytes& file) {
  const std::uint64_t blocks = (file.size + kSample - 1) / kSample;
  const std::uint64_t samples = std::min(blocks, kMostSamples);
  Counter counter;
  std::vector<std::uint8_t> buffer(kSample);
  for (std::uint64_t i = 0; i < samples; ++i) {
    const std::uint64_t block = samples == blocks ? i : (blocks - 1) / (samples - 1) * i;
    const std::uint64_t at = i + 1 == samples ? (blocks - 1) * kSample : block * kSample;
    const auto part = std::span(buffer).first(std::min<std::uint64_t>(kSample, file.size - at));
    if (!file.read(at, part)) {
      fail_to_read(at);
    }
    for (std::size_t from = 0; from < part.size(); from += kBlock) {
      counter.add(part.subspan(from, std::min(kBlock, part.size() - from)));
    }
  }
  return counter.finish();
}

/// Packed and random bytes are 60 % odd, memory has many zeros in most of its pages. A firmware's
/// code page and the noise of a line stay below.
bool is_log(const Tally& tally, std::uint64_t size) {
  const std::uint64_t seen = tally.seen();
  const bool is_like_memory = size >= kSmallestMemory && tally.zeros > seen / 8;
  return seen != 0 && (tally.zeros + tally.odd) * 10 <= seen * 3 && !is_like_memory;
}

}  // namespace

FileLook look_at(const FileBytes& file) {
  if (file.size == 0) {
    return {FileKind::kEmpty, "empty, so there is nothing to diagnose",
            "see whether what should have kept the console's output was attached to it "
            "(console=ttyS0 on the kernel's command line), and whether the copy was whole"};
  }
  constexpr std::uint64_t kBeginning = 512;
  std::vector<std::uint8_t> first(std::min(file.size, kBeginning));
  if (!file.read(0, first)) {
    fail_to_read(0);
  }
  if (is_elf(first)) {
    return {FileKind::kMemory, {}, {}};
  }
  const auto* const magic = std::find_if(kMagics.begin(), kMagics.end(),
                                         [&](const Magic& row) { return has(first, row); });
  if (magic != kMagics.end()) {
    return {FileKind::kPacked, std::string(magic->what), std::string(magic->remedy)};
  }
  const Tally tally = sample(file);
  if (is_log(tally, file.size)) {
    return {FileKind::kText, {}, {}};
  }
  // No memory is without zeros; what is encrypted or packed has one in 256 bytes.
  const std::uint64_t zeros = tally.zeros + tally.hole;
  if (file.size >= kSmallestMemory && zeros > (tally.seen() + tally.hole) / 64) {
    return {FileKind::kMemory, {}, {}};
  }
  const std::string_view shape = tally.seen() == 0             ? "nothing but zeros"
                                 : file.size < kSmallestMemory ? "less than 1 MiB of binary data"
                                                               : "packed or encrypted data";
  return {FileKind::kOther, fmt::format("neither a log nor a machine's memory: {}", shape),
          "name what a console said, a raw image of memory or an ELF core; `--as text` and "
          "`--as memory` read it all the same"};
}

}  // namespace bootproof
