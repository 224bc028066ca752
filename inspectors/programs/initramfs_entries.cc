#include "inspectors/programs/initramfs_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// Enough for any ELF program's headers and the name of its dynamic linker.
constexpr std::size_t kHeadBytes = std::size_t{64} << 10U;

}  // namespace

InitramfsEntries::InitramfsEntries(Initramfs& initramfs, InitramfsTree& tree, Findings& findings)
    : initramfs_(initramfs), tree_(tree), findings_(findings), buffer_(kHeadBytes) {}

void InitramfsEntries::add(const Rule& rule, const InitramfsFile& file, std::uint64_t at,
                           std::string found, std::string_view expected) {
  if (pending_.size() <= Findings::kMostOfOneRule) {
    pending_.push_back(
        {&rule, file.content.image_offset(at), file.path, std::move(found), expected});
  }
}

void InitramfsEntries::settle(bool is_damaged) {
  for (Pending& one : pending_) {
    if (!is_damaged) {
      findings_.add(*one.rule, one.offset, std::move(one.path), std::move(one.found),
                    std::string(one.expected));
    }
  }
  pending_.clear();
}

InitramfsEntries::Taken InitramfsEntries::take(const CpioEntry& entry, CpioReader& reader,
                                               const InitramfsFile& file, InitramfsPart& part,
                                               std::uint64_t at) {
  if (entry.has_bad_digits) {
    return Taken::kBadDigits;
  }
  if (entry.is_trailer()) {
    tree_.end_archive();
    return Taken::kYes;
  }
  ++part.entry_count;
  ++initramfs_.entry_count;
  name_bytes_ += entry.name.size();
  if (initramfs_.entry_count > kMostInitramfsEntries || name_bytes_ > kMostInitramfsNameBytes) {
    return Taken::kTooMany;
  }
  if (entry.is_ignored) {
    add(rule("initramfs.name-size"), file, at, fmt::format("a name of {} bytes", entry.name_size),
        "1 to 4096 bytes with its zero byte");
    return Taken::kYes;
  }
  if (!entry.has_terminator) {
    add(rule("initramfs.name-unterminated"), file, at, printable_text(entry.name),
        "a name that ends with a zero byte");
  }
  judge_microcode(entry, file, part, at);
  unpack(entry, reader, file, at);
  return Taken::kYes;
}

void InitramfsEntries::judge_microcode(const CpioEntry& entry, const InitramfsFile& file,
                                       InitramfsPart& part, std::uint64_t at) {
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
    add(rule("initramfs.microcode-late"), file, at,
        part.compression == Compression::kNone ? "behind a compressed archive"
                                               : "in a compressed archive",
        "in an archive of its own in front, not compressed");
  }
}

void InitramfsEntries::unpack(const CpioEntry& entry, CpioReader& reader, const InitramfsFile& file,
                              std::uint64_t at) {
  const std::uint32_t type = entry.mode & kTypeMask;
  std::string target;
  if (type == kTypeSymlink) {
    if (entry.body_size > CpioReader::kLongestPath) {
      return;  // As the kernel does.
    }
    target.resize(reader.read_body(std::span(buffer_).first(entry.body_size)));
    std::copy_n(buffer_.begin(), target.size(), target.begin());
    target.resize(std::min(target.find('\0'), target.size()));
    name_bytes_ += target.size();
  } else if (type != kTypeRegular && entry.body_size != 0) {
    return;  // As the kernel does.
  }
  const InitramfsTree::Added added =
      tree_.add(entry, std::move(target), file.content.image_offset(at));
  // What the kernel takes from kernel/ before it has a file system needs no directories.
  if (added.has_no_directory && !tree_.is_exhausted() && !entry.name.starts_with("kernel/") &&
      !no_directory_) {
    no_directory_ = true;
    add(rule("initramfs.no-directory"), file, at, printable_text(entry.name),
        "an entry for its directory in front of it");
  }
  if (type == kTypeRegular) {
    initramfs_.file_bytes += entry.body_size;
    if (added.node && entry.body_size > 0) {
      read_head(reader, tree_.node(*added.node));
    }
  }
}

void InitramfsEntries::read_head(CpioReader& reader, InitramfsTree::Node& node) {
  constexpr std::size_t kFirstBytes = 64;
  constexpr std::size_t kScriptBytes = 256;
  constexpr std::size_t kElfTypeField = 16;
  std::size_t size = reader.read_body(std::span(buffer_).first(kFirstBytes));
  const bool is_script = size >= 2 && buffer_[0] == '#' && buffer_[1] == '!';
  // Of kernel modules there are many, and nothing starts them.
  const bool is_elf = size == kFirstBytes && buffer_[0] == 0x7F && buffer_[1] == 'E' &&
                      buffer_[kElfTypeField] != kElfRelocatable;
  if (!is_script && !is_elf) {
    return;
  }
  if (size == kFirstBytes) {
    const std::size_t wanted = is_script ? kScriptBytes : buffer_.size();
    size += reader.read_body(std::span(buffer_).subspan(size, wanted - size));
  }
  node.head = read_program_head(ByteSpan(buffer_).first(size));
  if (node.head && node.head->kind == ProgramKind::kDynamicElf) {
    node.head->libraries = read_libraries(reader, ByteSpan(buffer_).first(size));
    for (const std::string& library : node.head->libraries) {
      name_bytes_ += library.size();
    }
  }
  name_bytes_ += node.head ? node.head->interpreter.size() + node.head->line.size() : 0;
}

std::vector<std::string> InitramfsEntries::read_libraries(CpioReader& reader, ByteSpan first) {
  constexpr std::uint64_t kMostDynamic = 16384;
  MemoryImage source(first);
  const auto elf = read_elf(ImageView(source));
  if (!elf || elf->dynamic_size == 0 || elf->dynamic_size > kMostDynamic) {
    return {};
  }
  Bytes dynamic;
  if (elf->dynamic_offset < first.size()) {
    dynamic = ImageView(source).read(elf->dynamic_offset, elf->dynamic_size);
  } else if (reader.skip_body(elf->dynamic_offset - first.size()) ==
             elf->dynamic_offset - first.size()) {
    dynamic.resize(static_cast<std::size_t>(elf->dynamic_size));
    dynamic.resize(reader.read_body(dynamic));
  }
  return needed_libraries(*elf, dynamic, first);
}

}  // namespace bootproof::inspectors
