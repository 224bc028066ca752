#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof {

/// A read of the medium as the guest asked for it, in bytes.
struct MediumRead {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  bool operator==(const MediumRead&) const = default;
};

/// Finds the reads of one medium in QEMU's trace (events `bdrv_open_common`, `runstate_set` and
/// `blk_co_preadv` of QEMU 7.2's block/trace-events and softmmu/trace-events, written by its trace
/// backend "log").
///
/// A node of the block layer is known by its address, which `bdrv_open_common` ties to a file.
/// What counts is read at the top of the medium's chain, so that offsets are the guest's with an
/// overlay too; QEMU's own reads before the guest runs do not count. Pure: the same however the
/// bytes are cut; memory is one line of at most 16 KiB.
class ReadTrace {
 public:
  /// `file` and `format`: of the medium's top node, as QEMU's command line names them: the image
  /// and "raw", or its overlay and "qcow2".
  ReadTrace(std::string file, std::string format);

  /// Takes bytes of the trace and gives the reads whose lines are whole now, in their order.
  std::vector<MediumRead> feed(std::string_view bytes);

  /// True once the trace has told which node is the medium's. A QEMU without this trace backend
  /// never does.
  [[nodiscard]] bool knows_medium() const { return was_opened_; }

 private:
  void take_line(std::string_view line, std::vector<MediumRead>& reads);
  void take_open(std::string_view rest);
  void take_read(std::string_view rest, std::vector<MediumRead>& reads) const;

  std::string file_;
  std::string format_;
  std::string line_;
  bool is_too_long_ = false;  ///< The open line is passed over.
  std::string node_;          ///< The address of the medium's top node; empty while it is not open.
  bool was_opened_ = false;
  bool is_running_ = false;
};

}  // namespace bootproof
