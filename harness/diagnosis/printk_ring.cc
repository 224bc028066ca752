#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/core/text.h"
#include "harness/diagnosis/printk_records.h"

namespace bootproof {
namespace {

/// A structure is no larger than this, whatever a note says.
constexpr std::uint64_t kLargestStruct = 4096;
/// The ring's sizes are powers of two up to these: log_buf_len ends at 2 GiB.
constexpr std::uint64_t kMostCountBits = 31;
constexpr std::uint64_t kMostSizeBits = 31;
constexpr std::uint64_t kLongSize = 8;  ///< Of an unsigned long, which is a descriptor's id.

/// The top two bits of a descriptor's state variable (printk_ringbuffer.h, enum desc_state).
enum class DescriptorState : std::uint8_t { kReserved, kCommitted, kFinalized, kReusable };
constexpr unsigned kStateShift = 62;
constexpr std::uint64_t kIdMask = ~(std::uint64_t{3} << kStateShift);

/// A record without text has odd positions: one that lost it, or an empty line.
constexpr std::uint64_t kLostText = 1;

/// What a note says about the ring's structures; a number that it lacks is told once.
class Layout {
 public:
  explicit Layout(const VmcoreInfo& note) : note_(note) {}

  std::uint64_t size(std::string_view name) {
    const auto value = note_.size(name);
    if (!value || *value == 0 || *value > kLargestStruct) {
      lack("SIZE", name);
      return kLargestStruct;
    }
    return *value;
  }
  std::uint64_t offset(std::string_view name) {
    const auto value = note_.offset(name);
    if (!value || *value >= kLargestStruct) {
      lack("OFFSET", name);
      return 0;
    }
    return *value;
  }
  [[nodiscard]] const std::string& lacks() const { return lacks_; }

 private:
  void lack(std::string_view kind, std::string_view name) {
    if (lacks_.empty()) {
      lacks_ = fmt::format("{}({})", kind, name);
    }
  }
  const VmcoreInfo& note_;
  std::string lacks_;
};

/// The ring's places and sizes, read from the guest.
struct Ring {
  std::uint64_t descriptors = 0;
  std::uint64_t infos = 0;
  std::uint64_t count = 0;  ///< Of descriptors, a power of two.
  std::uint64_t head_id = 0;
  std::uint64_t tail_id = 0;
  std::uint64_t text = 0;
  std::uint64_t text_size = 0;  ///< A power of two.
};

/// How many records were like that.
struct Damage {
  std::size_t being_written = 0;
  std::size_t unreadable = 0;
  std::size_t foreign = 0;
  std::size_t lost_text = 0;
  std::size_t overwritten = 0;
  std::size_t cut = 0;
};

class RingReader {
 public:
  RingReader(const VmcoreInfo& note, const KernelAddresses& memory)
      : memory_(memory),
        layout_(note),
        descriptor_size_(layout_.size("prb_desc")),
        state_(layout_.offset("prb_desc.state_var")),
        position_(layout_.offset("prb_desc.text_blk_lpos")),
        begin_(layout_.offset("prb_data_blk_lpos.begin")),
        next_(layout_.offset("prb_data_blk_lpos.next")),
        info_size_(layout_.size("printk_info")),
        sequence_(layout_.offset("printk_info.seq")),
        time_(layout_.offset("printk_info.ts_nsec")),
        text_length_(layout_.offset("printk_info.text_len")) {}

  PrintkRecords read(std::uint64_t pointer);

 private:
  bool read_ring(std::uint64_t pointer);
  void read_record(std::uint64_t id);
  [[nodiscard]] bool read_text(std::uint64_t id, std::uint64_t begin, std::uint64_t next,
                               std::uint64_t length, std::string& text);
  void tell_damage();

  const KernelAddresses& memory_;
  Layout layout_;
  std::uint64_t descriptor_size_;
  std::uint64_t state_;
  std::uint64_t position_;
  std::uint64_t begin_;
  std::uint64_t next_;
  std::uint64_t info_size_;
  std::uint64_t sequence_;
  std::uint64_t time_;
  std::uint64_t text_length_;
  Ring ring_;
  Damage damage_;
  std::size_t text_bytes_ = 0;
  PrintkRecords out_;
};

bool RingReader::read_ring(std::uint64_t pointer) {
  const std::uint64_t descriptors = layout_.offset("printk_ringbuffer.desc_ring");
  const std::uint64_t texts = layout_.offset("printk_ringbuffer.text_data_ring");
  const std::uint64_t count_bits_at = layout_.offset("prb_desc_ring.count_bits");
  const std::uint64_t descs_at = layout_.offset("prb_desc_ring.descs");
  const std::uint64_t infos_at = layout_.offset("prb_desc_ring.infos");
  const std::uint64_t head_at = layout_.offset("prb_desc_ring.head_id");
  const std::uint64_t tail_at = layout_.offset("prb_desc_ring.tail_id");
  const std::uint64_t size_bits_at = layout_.offset("prb_data_ring.size_bits");
  const std::uint64_t data_at = layout_.offset("prb_data_ring.data");
  if (!layout_.lacks().empty()) {
    out_.problems.push_back(
        fmt::format("the kernel's note has no usable {}: its log can't be read", layout_.lacks()));
    return false;
  }
  const auto ring = memory_.number(pointer, kLongSize);
  if (!ring) {
    out_.problems.push_back(
        fmt::format("the pointer to the log at {:#x} is not in the memory", pointer));
    return false;
  }
  const auto number = [&](std::uint64_t at, std::size_t size) {
    return memory_.number(*ring + at, size);
  };
  const auto count_bits = number(descriptors + count_bits_at, 4);
  const auto descs = number(descriptors + descs_at, kLongSize);
  const auto infos = number(descriptors + infos_at, kLongSize);
  const auto head = number(descriptors + head_at, kLongSize);
  const auto tail = number(descriptors + tail_at, kLongSize);
  const auto size_bits = number(texts + size_bits_at, 4);
  const auto data = number(texts + data_at, kLongSize);
  if (!count_bits || !descs || !infos || !head || !tail || !size_bits || !data) {
    out_.problems.push_back(fmt::format("the log's ring at {:#x} is not in the memory", *ring));
    return false;
  }
  if (*count_bits > kMostCountBits || *size_bits > kMostSizeBits) {
    out_.problems.push_back(
        fmt::format("the log's ring at {:#x} is damaged: 2^{} records and 2^{} bytes of text, "
                    "expected 2^{} at most",
                    *ring, *count_bits, *size_bits, kMostCountBits));
    return false;
  }
  ring_ = {*descs,          *infos, std::uint64_t{1} << *count_bits, *head & kIdMask,
           *tail & kIdMask, *data,  std::uint64_t{1} << *size_bits};
  return true;
}

PrintkRecords RingReader::read(std::uint64_t pointer) {
  if (!read_ring(pointer)) {
    return std::move(out_);
  }
  std::uint64_t count = ((ring_.head_id - ring_.tail_id) & kIdMask) + 1;
  if (count > ring_.count) {
    out_.problems.push_back(
        fmt::format("descriptors out of range: the log's ring says that it holds {} records, and "
                    "has room for {}",
                    count, ring_.count));
    count = ring_.count;
  }
  if (count > kMostRecords) {
    out_.problems.push_back(
        fmt::format("the log has {} records; the last {} were read", count, kMostRecords));
    count = kMostRecords;
  }
  for (std::uint64_t i = count; i-- > 0 && text_bytes_ < kMostTextBytes;) {
    read_record((ring_.head_id - i) & kIdMask);
  }
  if (text_bytes_ >= kMostTextBytes) {
    out_.problems.push_back(
        fmt::format("the log has more than {} bytes of text; the rest was not "
                    "read",
                    kMostTextBytes));
  }
  tell_damage();
  return std::move(out_);
}

void RingReader::read_record(std::uint64_t id) {
  const std::uint64_t index = id % ring_.count;
  const std::uint64_t descriptor = ring_.descriptors + index * descriptor_size_;
  const std::uint64_t info = ring_.infos + index * info_size_;
  const auto state = memory_.number(descriptor + state_, kLongSize);
  const auto begin = memory_.number(descriptor + position_ + begin_, kLongSize);
  const auto next = memory_.number(descriptor + position_ + next_, kLongSize);
  if (!state || !begin || !next) {
    ++damage_.unreadable;
    return;
  }
  switch (static_cast<DescriptorState>(*state >> kStateShift)) {
    case DescriptorState::kReserved:
      ++((*state & kIdMask) == id ? damage_.being_written : damage_.foreign);
      return;
    case DescriptorState::kReusable:
      return;  // The oldest of a ring that was never full, or one that makes room.
    case DescriptorState::kCommitted:
    case DescriptorState::kFinalized:
      break;
  }
  if ((*state & kIdMask) != id) {
    ++damage_.foreign;
    return;
  }
  // struct printk_info: u64 seq, u64 ts_nsec, u16 text_len, u8 facility, u8 flags:5 level:3.
  std::array<std::uint8_t, 4> lengths{};
  const auto sequence = memory_.number(info + sequence_, kLongSize);
  const auto time = memory_.number(info + time_, kLongSize);
  if (!sequence || !time || !memory_.read(info + text_length_, lengths)) {
    ++damage_.unreadable;
    return;
  }
  KernelLogRecord record;
  record.sequence = *sequence;
  record.time = std::chrono::nanoseconds(*time & kIdMask);
  record.facility = lengths[2];
  record.level = level_of(lengths[3]);
  const std::uint64_t length = little_endian(std::span(lengths).first(2));
  if ((*begin & 1U) != 0 && (*next & 1U) != 0) {
    if (*begin == kLostText && length != 0) {
      ++damage_.lost_text;
    }
  } else if (!read_text(id, *begin, *next, length, record.text)) {
    ++damage_.overwritten;
    return;
  }
  out_.records.push_back(std::move(record));
}

/// A block of text is its descriptor's id and the text; one that does not fit before the end of the
/// ring stands at its beginning, and then the id at its old place is left over.
bool RingReader::read_text(std::uint64_t id, std::uint64_t begin, std::uint64_t next,
                           std::uint64_t length, std::string& text) {
  std::uint64_t start = begin % ring_.text_size;
  std::uint64_t end = next % ring_.text_size;
  if (end == 0) {
    end = ring_.text_size;
  }
  if (start >= end) {
    start = 0;
  }
  if (end - start < kLongSize) {
    return false;
  }
  const auto owner = memory_.number(ring_.text + start, kLongSize);
  if (!owner || *owner != id) {
    return false;
  }
  const std::uint64_t room = end - start - kLongSize;
  damage_.cut += length > room ? 1U : 0U;
  std::vector<std::uint8_t> bytes(std::min(length, room));
  if (!memory_.read(ring_.text + start + kLongSize, bytes)) {
    return false;
  }
  text_bytes_ += bytes.size();
  text.assign(bytes.begin(), bytes.end());
  return true;
}

void RingReader::tell_damage() {
  const auto tell = [this](std::size_t count, std::string_view what) {
    if (count != 0) {
      out_.problems.push_back(fmt::format("{}: {}", counted(count, "record"), what));
    }
  };
  tell(damage_.being_written, "being written when the memory was read");
  tell(damage_.unreadable, "outside of the memory");
  tell(damage_.foreign, "the descriptor is another record's, or damaged");
  tell(damage_.lost_text, "the kernel had no room for the text");
  tell(damage_.overwritten, "the text is overwritten, damaged or outside of the memory");
  tell(damage_.cut, "the text is shorter than its length says");
}

}  // namespace

unsigned level_of(std::uint8_t flags_and_level) {
  constexpr unsigned kFlagBits = 5;
  return static_cast<unsigned>(flags_and_level) >> kFlagBits;
}

PrintkRecords read_printk_ring(const VmcoreInfo& note, const KernelAddresses& memory) {
  return RingReader(note, memory).read(note.symbol("prb").value_or(0));
}

}  // namespace bootproof
