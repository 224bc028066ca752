#include "inspectors/programs/initramfs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "inspectors/programs/compression_frames.h"
#include "inspectors/programs/cpio.h"
#include "inspectors/programs/initramfs_checks.h"
#include "inspectors/programs/initramfs_tree.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::size_t kHeadBytes = std::size_t{64} << 10U;

/// The first byte that is not zero, from `at` on; the view's size where there is none.
std::uint64_t skip_zeros(const ImageView& view, std::uint64_t at) {
  constexpr std::uint64_t kPieceBytes = 4096;
  while (at < view.size()) {
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
      : files_(files), context_(context), findings_(findings), buffer_(kHeadBytes) {
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
      at = skip_zeros(view(), read_archive(at));
      if (view().unreadable()) {
        is_stopped_ = true;  // A finding of the image.
      }
    }
  }

  /// Reads what begins at `at`, and says where it ends.
  std::uint64_t read_archive(std::uint64_t at) {
    const Bytes first = view().read(at, kCompressionMagicBytes);
    if (first.empty()) {
      is_stopped_ = true;
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
      take_entry(*entry, reader, part, at);
      if (is_stopped_) {
        break;
      }
      last_end = begin + reader.position();
      if (entry->is_trailer()) {
        part.size = part.unpacked_size = last_end - part.offset;
        part.is_complete = true;
        has_part = false;
        if (initramfs_.parts.size() >= kMostInitramfsParts) {
          return last_end;
        }
      }
    }
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
      take_entry(*entry, reader, initramfs_.parts.back(), begin);
      has_trailer = entry->is_trailer();
      if (is_stopped_) {
        break;
      }
    }
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
             fmt::format("at most {} times its size", context_.limits.most_ratio));
        return;
      case UnpackEnd::kUnsupported:
        stop(rule("initramfs.not-unpacked"), at, stream, "a compression that is unpacked here");
        return;
    }
  }

  /// Why the archive in a stream that is right has no more entries.
  void judge_archive_end(const CpioReader& reader, const InitramfsPart& part) {
    const std::uint64_t at = part.offset;
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

  /// One entry of a part; `at` is where to look for it in the file.
  void take_entry(const CpioEntry& entry, CpioReader& reader, InitramfsPart& part,
                  std::uint64_t at) {
    if (entry.has_bad_digits) {
      stop(rule("initramfs.header-digits"), at,
           fmt::format("entry {} ({})", initramfs_.entry_count + 1, printable_text(entry.name)),
           "fields of eight hexadecimal digits");
      return;
    }
    if (entry.is_trailer()) {
      tree_.end_archive();
      return;
    }
    ++part.entry_count;
    ++initramfs_.entry_count;
    name_bytes_ += entry.name.size();
    if (initramfs_.entry_count > kMostInitramfsEntries || name_bytes_ > kMostInitramfsNameBytes) {
      stop(rule("initramfs.limit"), at,
           fmt::format("more than {} entries with names of {} bytes", initramfs_.entry_count - 1,
                       name_bytes_),
           fmt::format("at most {} entries and {} bytes", kMostInitramfsEntries,
                       kMostInitramfsNameBytes));
      return;
    }
    if (entry.is_ignored) {
      add(rule("initramfs.name-size"), at, fmt::format("a name of {} bytes", entry.name_size),
          "1 to 4096 bytes with its zero byte");
      return;
    }
    if (!entry.has_terminator) {
      add(rule("initramfs.name-unterminated"), at, printable_text(entry.name),
          "a name that ends with a zero byte");
    }
    judge_microcode(entry, part, at);
    unpack(entry, reader, at);
  }

  void judge_microcode(const CpioEntry& entry, InitramfsPart& part, std::uint64_t at) {
    std::string_view name(entry.name);
    name.remove_prefix(name.starts_with("./") ? 2 : 0);
    if (!name.starts_with("kernel/x86/microcode/") || part.has_microcode) {
      return;
    }
    part.has_microcode = true;
    const bool is_early =
        std::all_of(initramfs_.parts.begin(), initramfs_.parts.end(),
                    [](const InitramfsPart& one) { return one.compression == Compression::kNone; });
    if (!is_early) {
      add(rule("initramfs.microcode-late"), at,
          part.compression == Compression::kNone ? "behind a compressed archive"
                                                 : "in a compressed archive",
          "in an archive of its own in front, not compressed");
    }
  }

  void unpack(const CpioEntry& entry, CpioReader& reader, std::uint64_t at) {
    const std::uint32_t type = entry.mode & kTypeMask;
    std::string target;
    if (type == kTypeSymlink) {
      if (entry.body_size > CpioReader::kLongestPath) {
        return;  // As the kernel does.
      }
      target.resize(read_body(reader, entry.body_size));
      std::copy_n(buffer_.begin(), target.size(), target.begin());
      target.resize(std::min(target.find('\0'), target.size()));
      name_bytes_ += target.size();
    } else if (type != kTypeRegular && entry.body_size != 0) {
      return;  // As the kernel does.
    }
    const InitramfsTree::Added added = tree_.add(entry, std::move(target), view().image_offset(at));
    // What the kernel takes from there before it has a file system needs no directories.
    if (added.has_no_directory && !tree_.is_exhausted() && !entry.name.starts_with("kernel/") &&
        !no_directory_) {
      no_directory_ = true;
      add(rule("initramfs.no-directory"), at, printable_text(entry.name),
          "an entry for its directory in front of it");
    }
    if (type == kTypeRegular) {
      initramfs_.file_bytes += entry.body_size;
      if (added.node && entry.body_size > 0) {
        read_head(reader, tree_.node(*added.node));
      }
    }
  }

  /// Into the buffer, at most `length`.
  std::size_t read_body(CpioReader& reader, std::size_t length) {
    return reader.read_body(std::span(buffer_).first(std::min(length, buffer_.size())));
  }

  /// Reads as much of a file as it takes to say how it starts.
  void read_head(CpioReader& reader, InitramfsTree::Node& node) {
    constexpr std::size_t kSmallBytes = 64;
    std::size_t size = read_body(reader, kSmallBytes);
    const bool is_script = size >= 2 && buffer_[0] == '#' && buffer_[1] == '!';
    constexpr std::size_t kElfTypeField = 16;
    const bool is_elf = size == kSmallBytes && buffer_[0] == 0x7F && buffer_[1] == 'E' &&
                        buffer_[kElfTypeField] != kElfRelocatable;
    if (is_script || is_elf) {
      constexpr std::size_t kScriptBytes = 256;
      const std::size_t wanted = is_script ? kScriptBytes : buffer_.size();
      if (size == kSmallBytes) {
        size += reader.read_body(std::span(buffer_).subspan(size, wanted - size));
      }
      node.head = read_program_head(ByteSpan(buffer_).first(size));
      name_bytes_ += node.head ? node.head->interpreter.size() + node.head->line.size() : 0;
    }
  }

  void judge() {
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
  Bytes buffer_;
  std::uint64_t most_bytes_ = 0;  ///< That are unpacked in all.
  std::uint64_t produced_ = 0;
  std::size_t name_bytes_ = 0;
  std::size_t file_ = 0;
  std::size_t parts_before_ = 0;  ///< Of the files before this one.
  bool no_directory_ = false;
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
