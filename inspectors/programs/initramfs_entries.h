#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/integers.h"
#include "inspectors/programs/cpio.h"
#include "inspectors/programs/initramfs.h"
#include "inspectors/programs/initramfs_tree.h"

namespace bootproof::inspectors {

/// Takes the entries of archives into the tree: what is counted, what is kept of a file's content,
/// and what the kernel leaves out.
class InitramfsEntries {
 public:
  InitramfsEntries(Initramfs& initramfs, InitramfsTree& tree, Findings& findings);

  /// What became of an entry.
  enum class Taken : std::uint8_t {
    kYes,
    kBadDigits,  ///< Its header has other characters than digits: nothing behind it can be trusted.
    kTooMany,    ///< A limit was reached.
  };
  /// The entry that `reader` gave last. `at` is where to look for it in `file`: its own offset, or
  /// that of the compressed part.
  Taken take(const CpioEntry& entry, CpioReader& reader, const InitramfsFile& file,
             InitramfsPart& part, std::uint64_t at);

  /// Gives the findings of the entries since the last call; drops them where what they stood in
  /// turned out to be damaged.
  void settle(bool is_damaged);

  /// Of names, link targets and heads that are kept.
  [[nodiscard]] std::size_t name_bytes() const { return name_bytes_; }

 private:
  /// A finding that waits for the end of its archive.
  struct Pending {
    const Rule* rule;
    std::uint64_t offset;
    std::string path;
    std::string found;
    std::string_view expected;
  };

  void judge_microcode(const CpioEntry& entry, const InitramfsFile& file, InitramfsPart& part,
                       std::uint64_t at);
  void unpack(const CpioEntry& entry, CpioReader& reader, const InitramfsFile& file,
              std::uint64_t at);
  void read_head(CpioReader& reader, InitramfsTree::Node& node);
  /// What a dynamic program asks for, `first` being the begin of it that was read.
  static std::vector<std::string> read_libraries(CpioReader& reader, ByteSpan first);
  void add(const Rule& rule, const InitramfsFile& file, std::uint64_t at, std::string found,
           std::string_view expected);

  Initramfs& initramfs_;
  InitramfsTree& tree_;
  Findings& findings_;
  Bytes buffer_;
  std::vector<Pending> pending_;
  std::size_t name_bytes_ = 0;
  bool no_directory_ = false;  ///< Was said.
};

}  // namespace bootproof::inspectors
