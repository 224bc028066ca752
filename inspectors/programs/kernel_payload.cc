#include "inspectors/programs/kernel_payload.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "inspectors/programs/cpio.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 20U;

/// Looks for "Linux version " and a digit in all that a stream gives.
std::string find_version(ByteStream& stream, std::uint64_t& total) {
  constexpr std::string_view kBegin = "Linux version ";
  constexpr std::size_t kLongest = 256;
  constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;
  std::string version;
  // The end of the piece before stands in front, so that nothing is cut in two.
  Bytes buffer(kLongest + kPieceBytes);
  std::size_t kept = 0;
  for (;;) {
    const std::size_t got = stream.read(std::span(buffer).subspan(kept, kPieceBytes));
    total += got;
    const auto end = buffer.begin() + static_cast<std::ptrdiff_t>(kept + got);
    auto from = buffer.begin();
    while (version.empty()) {
      const auto at = std::search(from, end, kBegin.begin(), kBegin.end());
      const auto text = at == end ? end : at + static_cast<std::ptrdiff_t>(kBegin.size());
      // What is near the end of a piece is looked at again with what follows.
      const bool is_whole = got == 0 || end - at >= static_cast<std::ptrdiff_t>(kLongest);
      if (text == end || !is_whole) {
        break;
      }
      if (*text >= '0' && *text <= '9') {
        const auto line = std::find(text, std::min(end, at + static_cast<std::ptrdiff_t>(kLongest)),
                                    std::uint8_t{'\n'});
        version = printable_text(Bytes(text, line));
      }
      from = text;
    }
    if (got == 0 || total >= kMostBytes) {
      return version;
    }
    const auto keep = std::min<std::ptrdiff_t>(end - buffer.begin(), kLongest);
    std::copy(end - keep, end, buffer.begin());
    kept = static_cast<std::size_t>(keep);
  }
}

/// The view that is unpacked, and how.
struct Packed {
  ImageView view;
  Compression compression = Compression::kNone;
  std::uint64_t offset = 0;
};

Packed packed_part(const ImageView& file, const Kernel& kernel) {
  if (kernel.file_compression != Compression::kNone) {
    return {file, kernel.file_compression, 0};
  }
  if (kernel.payload_bytes == 0) {
    return {file, Compression::kNone, 0};
  }
  // In a bzImage the unpacked size follows the stream, unless that ends with it (arch/x86/boot/
  // compressed/Makefile, size_append).
  constexpr std::uint64_t kSizeBytes = 4;
  const bool has_size =
      kernel.kind == KernelKind::kLinuxX86 && kernel.payload_compression != Compression::kGzip &&
      kernel.payload_compression != Compression::kNone && kernel.payload_bytes > kSizeBytes;
  return {file.subview(kernel.payload_offset, kernel.payload_bytes - (has_size ? kSizeBytes : 0)),
          kernel.payload_compression, kernel.payload_offset};
}

}  // namespace

KernelPayload read_kernel_payload(const ImageView& file, const Kernel& kernel,
                                  const std::string& path, Findings& findings) {
  KernelPayload payload;
  const Packed packed = packed_part(file, kernel);
  if (kernel.payload_bytes != 0 && !file.contains(kernel.payload_offset, kernel.payload_bytes)) {
    return payload;
  }
  if (packed.compression == Compression::kNone) {
    ViewStream stream(packed.view);
    payload.version_text = find_version(stream, payload.unpacked_bytes);
  } else {
    Unpacker unpacker(packed.view, packed.compression, kMostBytes);
    UnpackedStream stream(unpacker);
    payload.version_text = find_version(stream, payload.unpacked_bytes);
    payload.end = unpacker.end();
    if (payload.end == UnpackEnd::kCorrupt || payload.end == UnpackEnd::kTruncated) {
      findings.add(
          rule("kernel.payload-corrupt"), file.image_offset(packed.offset), path,
          fmt::format("a {} stream that {} after {} unpacked bytes", name_of(packed.compression),
                      payload.end == UnpackEnd::kCorrupt ? "is wrong" : "ends",
                      payload.unpacked_bytes),
          "a whole stream whose checksums are right");
    }
  }
  payload.release = payload.version_text.substr(0, payload.version_text.find(' '));
  return payload;
}

}  // namespace bootproof::inspectors
