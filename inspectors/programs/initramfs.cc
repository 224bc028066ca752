#include "inspectors/programs/initramfs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "inspectors/programs/compression_frames.h"
#include "inspectors/programs/cpio.h"
#include "inspectors/programs/initramfs_checks.h"
#include "inspectors/programs/initramfs_entries.h"
#include "inspectors/programs/initramfs_tree.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// The first byte that is not zero, from `at` on; the view's size where there is none. Gives up
/// behind kMostZeros.
std::uint64_t skip_zeros(const ImageView& view, std::uint64_t at) {
  constexpr std::uint64_t kPieceBytes = 4096;
  const std::uint64_t begin = at;
  while (at < view.size() && at - begin <= kMostZeros) {
    const Bytes piece = view.read(at, kPieceBytes);
    const auto other =
        std::find_if(piece.begin(), piece.end(), [](auto byte) { return byte != 0; });
    at += static_cast<std::uint64_t>(other - piece.begin());
    if (piece.empty() || other != piece.end()) {
      break;
    }
  }
  return at;
}

/// cpio's binary format, in either byte order.
bool is_binary_cpio(ByteSpan bytes) {
  return bytes.size() >= 2 &&
         ((bytes[0] == 0xC7 && bytes[1] == 0x71) || (bytes[0] == 0x71 && bytes[1] == 0xC7));
}

/// Goes through the files as the kernel goes through memory; stops where it would.
class InitramfsReader {
 public:
  InitramfsReader(std::span<const InitramfsFile> files, const InitramfsContext& context,
                  Findings& findings)
      : files_(files),
        context_(context),
        findings_(findings),
        entries_(initramfs_, tree_, findings) {
    for (const InitramfsFile& file : files) {
      initramfs_.size += file.content.size();
    }
    most_bytes_ = most_unpacked(initramfs_.size, context.limits);
  }

  Initramfs read() {
    for (file_ = 0; file_ < files_.size() && !is_stopped_; ++file_) {
      read_file();
    }
    initramfs_.is_complete = !is_stopped_ && !initramfs_.parts.empty();
    if (tree_.is_exhausted() && initramfs_.is_complete) {
      stop(rule("initramfs.limit"), 0, "paths that are too many links and directories to follow",
           "fewer");
      initramfs_.is_complete = false;
    }
    for (const InitramfsPart& part : initramfs_.parts) {
      initramfs_.unpacked_size += part.unpacked_size;
      initramfs_.has_microcode = initramfs_.has_microcode || part.has_microcode;
    }
    if (!initramfs_.parts.empty() && initramfs_.entry_count > 0) {
      initramfs_.init = init_chain(tree_, context_.rdinit);
      initramfs_.modules = modules_of(tree_);
      count_busybox(tree_, initramfs_);
    }
    if (initramfs_.is_complete) {
      judge();
    }
    return std::move(initramfs_);
  }

 private:
  [[nodiscard]] const ImageView& view() const { return files_[file_].content; }

  /// A finding at `at` of the file.
  void add(const Rule& rule, std::uint64_t at, std::string found, std::string expected) {
    const InitramfsFile& file = files_[std::min(file_, files_.size() - 1)];
    findings_.add(rule, file.content.image_offset(at), file.path, std::move(found),
                  std::move(expected));
  }
  /// The same, and nothing behind it is read.
  void stop(const Rule& rule, std::uint64_t at, std::string found, std::string expected) {
    add(rule, at, std::move(found), std::move(expected));
    is_stopped_ = true;
  }

  void read_file() {
    parts_before_ = initramfs_.parts.size();
    std::uint64_t at = skip_zeros(view(), 0);
    if (at >= view().size()) {
      stop(rule("initramfs.not-cpio"), 0,
           view().size() == 0 ? "an empty file" : "nothing but zeros", "a cpio archive (newc)");
    }
    while (at < view().size() && !is_stopped_) {
      if (initramfs_.parts.size() >= kMostInitramfsParts) {
        stop(rule("initramfs.limit"), at, "more archives one after the other",
             fmt::format("at most {}", kMostInitramfsParts));
        return;
      }
      at = read_archive(at);
      at = is_stopped_ ? at : skip_zeros(view(), at);
      if (view().unreadable()) {
        is_stopped_ = true;  // A finding of the image.
      }
    }
  }

  void stop_at_zeros(std::uint64_t at) {
    stop(rule("initramfs.limit"), at, fmt::format("more than {} MiB of zeros", kMostZeros >> 20U),
         "at most so many");
  }

  /// Reads what begins at `at`, and says where it ends.
  std::uint64_t read_archive(std::uint64_t at) {
    const Bytes first = view().read(at, kCompressionMagicBytes);
    if (first.empty()) {
      is_stopped_ = true;
      return at;
    }
    if (first[0] == 0) {
      stop_at_zeros(at);
      return at;
    }
    if (first[0] == '0') {
      if (at % 4 == 0) {
        return read_plain(at);
      }
      stop(rule("initramfs.misaligned"), at, fmt::format("a cpio archive at offset {}", at),
           "an offset that is a multiple of 4");
      return at;
    }
    const Compression compression = recognise_compression(first);
    if (compression != Compression::kNone) {
      return read_compressed(at, compression);
    }
    if (is_binary_cpio(first)) {
      stop(rule("initramfs.old-cpio"), at, "cpio's binary format", "070701, the newc format");
    } else if (initramfs_.parts.size() == parts_before_) {
      stop(rule("initramfs.not-cpio"), at, hex_bytes(ByteSpan(first).first(first.size() / 2)),
           "a cpio archive (newc), plain or compressed");
    } else {
      // What was unpacked before stays: the rest is judged.
      add(rule("initramfs.trailing-garbage"), at,
          fmt::format("{} bytes that begin with {}", view().size() - at,
                      hex_bytes(ByteSpan(first).first(std::min<std::size_t>(first.size(), 8)))),
          "the end, zeros, or another archive");
      return view().size();
    }
    return at;
  }

  InitramfsPart& begin_part(std::uint64_t at, Compression compression) {
    InitramfsPart part;
    part.file = file_;
    part.offset = at;
    part.compression = compression;
    return initramfs_.parts.emplace_back(part);
  }

  std::uint64_t read_plain(std::uint64_t begin) {
    ViewStream stream(view().subview(begin, view().size() - begin));
    CpioReader reader(stream, begin);
    bool has_part = false;
    std::uint64_t last_end = begin;
    while (const auto entry = reader.next()) {
      const std::uint64_t at = begin + entry->position;
      if (!has_part) {
        begin_part(at, Compression::kNone);
        has_part = true;
      }
      InitramfsPart& part = initramfs_.parts.back();
      take_entry(*entry, reader, at);
      if (!bad_entry_.empty()) {
        judge_bad_entry(at);
      }
      if (is_stopped_) {
        break;
      }
      last_end = begin + reader.position();
      if (entry->is_trailer()) {
        part.size = part.unpacked_size = last_end - part.offset;
        part.is_complete = true;
        has_part = false;
        if (initramfs_.parts.size() >= kMostInitramfsParts) {
          entries_.settle(false);
          return last_end;
        }
      }
    }
    entries_.settle(false);
    if (has_part) {
      InitramfsPart& part = initramfs_.parts.back();
      part.size = part.unpacked_size = begin + reader.position() - part.offset;
      part.is_complete = !is_stopped_ && reader.end() != CpioEnd::kTruncated;
    }
    if (!is_stopped_) {
      judge_plain_end(reader, begin, has_part);
    }
    return begin + reader.position();
  }

  void judge_plain_end(const CpioReader& reader, std::uint64_t begin, bool has_part) {
    const std::uint64_t at = begin + reader.position();
    switch (reader.end()) {
      case CpioEnd::kEnd:
      case CpioEnd::kOtherBytes:
        if (has_part) {
          judge_missing_trailer(at);
        }
        return;
      case CpioEnd::kTruncated:
        stop(rule("initramfs.truncated"), at, fmt::format("the file ends at {}, in an entry", at),
             "the rest of the cpio archive");
        return;
      case CpioEnd::kMisaligned:
        stop(rule("initramfs.misaligned"), at, fmt::format("a cpio archive at offset {}", at),
             "an offset that is a multiple of 4");
        return;
      case CpioEnd::kOldFormat:
        stop(rule("initramfs.old-cpio"), at, "070707, the odc format", "070701, the newc format");
        return;
      case CpioEnd::kManyZeros:
        stop_at_zeros(at);
        return;
      case CpioEnd::kBadMagic:
        break;
    }
    const std::string found = hex_bytes(view().read(at, 6));
    if (initramfs_.parts.size() == parts_before_) {
      stop(rule("initramfs.not-cpio"), at, found, "a cpio archive (newc), plain or compressed");
    } else {
      stop(rule("initramfs.junk-inside"), at, found, "30 37 30 37 30 31, the magic of an entry");
    }
  }

  void judge_missing_trailer(std::uint64_t at) {
    add(rule("initramfs.no-trailer"), at, "the end of the archive", "an entry TRAILER!!!");
  }

  /// What the kernel's decompressors refuse before they begin. True where it goes on.
  bool judge_compression(std::uint64_t at, Compression compression) {
    const ImageView stream = view().subview(at, view().size());
    const auto& known = context_.compressions;
    if (known && std::find(known->begin(), known->end(), compression) == known->end()) {
      stop(rule("initramfs.compression-unsupported"), at, std::string(name_of(compression)),
           "a compression that the kernel was built with");
    } else if (compression == Compression::kLz4) {
      stop(rule("initramfs.lz4-frame"), at, "04 22 4d 18, the frame format",
           "02 21 4c 18, the legacy format");
    } else if (compression == Compression::kXz) {
      constexpr std::uint64_t kFlagsField = 7;
      constexpr unsigned kCrc32 = 1;
      const Bytes flags = stream.read(kFlagsField, 1);
      const unsigned check = flags.empty() ? 0 : flags[0] & 0x0FU;
      if (check > kCrc32) {
        constexpr unsigned kCrc64 = 4;
        constexpr unsigned kSha256 = 10;
        stop(rule("initramfs.xz-check"), at + kFlagsField,
             check == kCrc64    ? "CRC64"
             : check == kSha256 ? "SHA-256"
                                : fmt::format("check {}", check),
             "CRC32 or none");
      }
    } else if (compression == Compression::kZstd) {
      constexpr std::uint64_t kLargestWindow = std::uint64_t{128} << 20U;
      const std::uint64_t window = zstd_window(stream).value_or(0);
      if (window > kLargestWindow) {
        stop(rule("initramfs.zstd-window"), at, fmt::format("a window of {} MiB", window >> 20U),
             "at most 128 MiB");
      }
    }
    return !is_stopped_;
  }

  std::uint64_t read_compressed(std::uint64_t begin, Compression compression) {
    begin_part(begin, compression);
    const ImageView input = view().subview(begin, view().size());
    if (!judge_compression(begin, compression)) {
      return begin;
    }
    if (!context_.is_unpacked) {
      is_stopped_ = true;
      return begin;
    }
    Unpacker unpacker(input, compression, most_bytes_ - std::min(most_bytes_, produced_));
    if (unpacker.is_nested()) {
      stop(rule("initramfs.compressed-twice"), begin,
           fmt::format("{} inside {}", name_of(compression), name_of(compression)),
           "a cpio archive inside");
      return begin;
    }
    UnpackedStream stream(unpacker);
    CpioReader reader(stream);
    bool has_trailer = false;
    while (const auto entry = reader.next()) {
      take_entry(*entry, reader, begin);
      has_trailer = entry->is_trailer();
      if (is_stopped_ || !bad_entry_.empty()) {
        break;
      }
    }
    if (!is_stopped_) {
      stream.skip(most_bytes_);  // Damage may show at the end only.
    }
    entries_.settle(unpacker.end() == UnpackEnd::kCorrupt);
    InitramfsPart& part = initramfs_.parts.back();
    part.size = unpacker.consumed();
    part.unpacked_size = unpacker.produced();
    produced_ += unpacker.produced();
    if (!is_stopped_) {
      judge_compressed_end(unpacker, reader, part);
    }
    part.is_complete = !is_stopped_;
    if (part.is_complete && !has_trailer) {
      judge_missing_trailer(begin);
    }
    return begin + part.size;
  }

  void judge_compressed_end(const Unpacker& unpacker, const CpioReader& reader,
                            const InitramfsPart& part) {
    const std::string stream(name_of(part.compression));
    const std::uint64_t at = part.offset;
    switch (unpacker.end().value_or(UnpackEnd::kComplete)) {
      case UnpackEnd::kComplete:
        judge_archive_end(reader, part);
        return;
      case UnpackEnd::kTruncated:
        stop(rule("initramfs.truncated"), at,
             fmt::format("the file ends inside the {} stream, after {} bytes of it", stream,
                         part.size),
             "the rest of the stream");
        return;
      case UnpackEnd::kCorrupt:
        stop(rule("initramfs.corrupt"), at,
             fmt::format("a {} stream that is wrong after {} unpacked bytes", stream,
                         part.unpacked_size),
             "a stream whose checksums are right");
        return;
      case UnpackEnd::kTooLarge:
        stop(rule("initramfs.unpacked-too-large"), at,
             fmt::format("more than {} bytes out of {}", most_bytes_, initramfs_.size),
             fmt::format("at most {} MiB, or {} times its size", context_.limits.free_bytes >> 20U,
                         context_.limits.most_ratio));
        return;
      case UnpackEnd::kUnsupported:
        stop(rule("initramfs.not-unpacked"), at, stream, "a compression that is unpacked here");
        return;
    }
  }

  /// Why the archive in a stream that is right has no more entries.
  void judge_archive_end(const CpioReader& reader, const InitramfsPart& part) {
    const std::uint64_t at = part.offset;
    if (!bad_entry_.empty()) {
      judge_bad_entry(at);
      return;
    }
    const std::string stream(name_of(part.compression));
    const std::string place = fmt::format("at {} of what is unpacked", reader.position());
    switch (reader.end()) {
      case CpioEnd::kEnd:
        if (part.entry_count == 0 && part.unpacked_size == 0) {
          stop(rule("initramfs.not-cpio"), at, fmt::format("nothing, compressed by {}", stream),
               "a cpio archive (newc)");
        }
        return;
      case CpioEnd::kTruncated: {
        const Bytes next = view().read(at + part.size, kCompressionMagicBytes);
        const bool goes_on = recognise_compression(next) == part.compression;
        stop(rule("initramfs.stream-ends-early"), at,
             goes_on
                 ? fmt::format("an entry that is cut {}; another {} stream follows", place, stream)
                 : fmt::format("an entry that is cut {}", place),
             "whole entries in each stream");
        return;
      }
      case CpioEnd::kOldFormat:
        stop(rule("initramfs.old-cpio"), at, "070707, the odc format", "070701, the newc format");
        return;
      case CpioEnd::kOtherBytes:
        if (part.entry_count == 0) {
          judge_other_content(reader.other_bytes(), part);
          return;
        }
        break;
      case CpioEnd::kManyZeros:
        stop_at_zeros(at);
        return;
      case CpioEnd::kMisaligned:
      case CpioEnd::kBadMagic:
        break;
    }
    stop(rule("initramfs.junk-inside"), at, fmt::format("neither an entry nor zeros {}", place),
         "070701, the magic of an entry");
  }

  void judge_other_content(ByteSpan bytes, const InitramfsPart& part) {
    const std::string stream(name_of(part.compression));
    const Compression inner = recognise_compression(bytes);
    const ByteSpan shown = bytes.first(std::min<std::size_t>(bytes.size(), 8));
    if (inner != Compression::kNone) {
      stop(rule("initramfs.compressed-twice"), part.offset,
           fmt::format("{} inside {}", name_of(inner), stream), "a cpio archive inside");
    } else if (is_binary_cpio(bytes)) {
      stop(rule("initramfs.old-cpio"), part.offset, "cpio's binary format",
           "070701, the newc format");
    } else {
      stop(rule("initramfs.not-cpio"), part.offset,
           fmt::format("{} inside {}", hex_bytes(shown), stream), "a cpio archive (newc)");
    }
  }

  /// Takes one entry of the part that was begun last; `at` is where to look for it in the file.
  /// What ends the reading waits in `bad_entry_`.
  void take_entry(const CpioEntry& entry, CpioReader& reader, std::uint64_t at) {
    const auto taken = entries_.take(entry, reader, files_[file_], initramfs_.parts.back(), at);
    if (taken == InitramfsEntries::Taken::kBadDigits) {
      bad_entry_ =
          fmt::format("entry {} ({})", initramfs_.entry_count + 1, printable_text(entry.name));
    } else if (taken == InitramfsEntries::Taken::kTooMany) {
      stop(rule("initramfs.limit"), at,
           fmt::format("more than {} entries with names of {} bytes", initramfs_.entry_count - 1,
                       entries_.name_bytes()),
           fmt::format("at most {} entries and {} bytes", kMostInitramfsEntries,
                       kMostInitramfsNameBytes));
    }
  }

  void judge_bad_entry(std::uint64_t at) {
    stop(rule("initramfs.header-digits"), at, bad_entry_, "fields of eight hexadecimal digits");
  }

  void judge() {
    // Microcode alone, for a kernel that mounts its root by itself, has no init on purpose.
    const bool is_microcode =
        std::all_of(initramfs_.parts.begin(), initramfs_.parts.end(),
                    [](const InitramfsPart& part) { return part.has_microcode; });
    if (is_microcode && context_.has_root != false) {
      return;
    }
    std::string paths;
    for (const InitramfsFile& file : files_) {
      paths += paths.empty() ? "" : " + ";
      paths += file.path;
    }
    judge_initramfs(tree_, initramfs_, context_, paths, files_.front().content.offset(), findings_);
  }

  std::span<const InitramfsFile> files_;
  const InitramfsContext& context_;
  Findings& findings_;
  Initramfs initramfs_;
  InitramfsTree tree_;
  InitramfsEntries entries_;
  std::string bad_entry_;
  std::uint64_t most_bytes_ = 0;  ///< That are unpacked in all.
  std::uint64_t produced_ = 0;
  std::size_t file_ = 0;
  std::size_t parts_before_ = 0;  ///< Of the files before this one.
  bool is_stopped_ = false;
};

}  // namespace

std::string_view name_of(ProgramKind kind) {
  switch (kind) {
    case ProgramKind::kMissing:
      return "missing";
    case ProgramKind::kNotAFile:
      return "not a file";
    case ProgramKind::kScript:
      return "script";
    case ProgramKind::kStaticElf:
      return "static ELF program";
    case ProgramKind::kDynamicElf:
      return "dynamic ELF program";
    case ProgramKind::kUnknown:
      break;
  }
  return "of no known kind";
}

Initramfs read_initramfs(std::span<const InitramfsFile> files, const InitramfsContext& context,
                         Findings& findings) {
  return files.empty() ? Initramfs{} : InitramfsReader(files, context, findings).read();
}

}  // namespace bootproof::inspectors
