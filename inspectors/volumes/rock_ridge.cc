#include "inspectors/volumes/rock_ridge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// What each entry begins with (SUSP 1.12, 4).
struct EntryHead {
  std::array<std::uint8_t, 2> signature;
  std::uint8_t length;
  std::uint8_t version;
};
static_assert(sizeof(EntryHead) == 4);

/// SUSP 1.12, 5.1.
struct ContinuationEntry {
  EntryHead head;
  Both32 block;
  Both32 offset;
  Both32 length;
};
static_assert(sizeof(ContinuationEntry) == 28);

/// SUSP 1.12, 5.3.
struct SharingEntry {
  EntryHead head;
  std::array<std::uint8_t, 2> check;
  std::uint8_t skip;
};
static_assert(sizeof(SharingEntry) == 7);

/// PX up to what is used of it (RRIP 1.12, 4.1.1); CL and PL are of the same form (4.1.5).
struct NumberEntry {
  EntryHead head;
  Both32 number;
};
static_assert(sizeof(NumberEntry) == 12);

/// zisofs (RRIP's ZF, as mkzftree makes files for it).
struct ZisofsEntry {
  EntryHead head;
  std::array<std::uint8_t, 2> algorithm;
  std::uint8_t header_words;
  std::uint8_t block_shift;
  std::array<std::uint8_t, 8> bytes;  ///< Both32; little-endian of 64 bits in version 2.
};
static_assert(sizeof(ZisofsEntry) == 16);

/// Flags of NM, SL and a component of SL (RRIP 1.12, 4.1.4 and 4.1.3).
enum TextFlag : std::uint8_t { kContinues = 0x01, kCurrent = 0x02, kParent = 0x04, kRoot = 0x08 };

/// Nothing that reads a volume takes longer ones; what comes behind is left out.
constexpr std::size_t kLongestName = 1024;
constexpr std::size_t kLongestTarget = 4096;

void append(std::string& text, ByteSpan bytes, std::size_t longest) {
  const std::size_t room = longest - std::min(longest, text.size());
  for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), room))) {
    text.push_back(static_cast<char>(byte));
  }
}

/// Reads the entries of one record.
class Reader {
 public:
  Reader(const ImageView& image, std::uint64_t block_size, ContinuationBudget& budget)
      : image_(image), block_size_(block_size), budget_(budget) {}

  RockRidge read(const ImageView& area) {
    read_area(area);
    for (std::size_t count = 0; continuation_ && result_.defect == RockRidge::Defect::kNone;
         ++count) {
      const ContinuationEntry next = *continuation_;
      continuation_.reset();
      const std::uint64_t length = next.length.value();
      const std::uint64_t position = next.block.value() * block_size_ + next.offset.value();
      const bool fits = next.offset.value() + length <= block_size_;
      if (count == kMostContinuations) {
        fail(RockRidge::Defect::kContinuationLoop, continuation_offset_,
             fmt::format("more than {} continuation areas", kMostContinuations));
      } else if (!fits || next.block.value() == 0 || !image_.contains(position, length)) {
        fail(RockRidge::Defect::kContinuationOutside, continuation_offset_,
             fmt::format("CE for {} bytes at {} of block {}", length, next.offset.value(),
                         next.block.value()));
      } else if (length <= budget_.bytes) {
        budget_.bytes -= length;
        read_area(image_.subview(position, length));
      } else {
        budget_.bytes = 0;
      }
    }
    return std::move(result_);
  }

 private:
  void fail(RockRidge::Defect defect, std::uint64_t offset, std::string text) {
    if (result_.defect == RockRidge::Defect::kNone) {
      result_.defect = defect;
      result_.defect_offset = offset;
      result_.defect_text = std::move(text);
    }
  }

  static std::string signature_of(ByteSpan entry) { return printable_text(entry.first(2)); }

  void fail_length(ByteSpan entry, std::uint64_t offset) {
    fail(RockRidge::Defect::kEntryLength, offset,
         fmt::format("{} of {} bytes", signature_of(entry), entry.size()));
  }

  /// The entries until the area's end, ST, or what is too short for one: padding.
  void read_area(const ImageView& area) {
    const Bytes bytes = area.read(0, area.size());
    ByteSpan left(bytes);
    while (left.size() >= sizeof(EntryHead) && left[0] != 0 &&
           result_.defect == RockRidge::Defect::kNone) {
      const std::size_t length = left[2];
      const std::uint64_t offset = area.image_offset(bytes.size() - left.size());
      if (length < sizeof(EntryHead) || length > left.size()) {
        fail(RockRidge::Defect::kEntryLength, offset,
             fmt::format("{} of {} bytes, {} are left", signature_of(left), length, left.size()));
        return;
      }
      if (left[0] == 'S' && left[1] == 'T') {
        return;
      }
      read_entry(left.first(length), offset);
      left = left.subspan(length);
    }
  }

  /// An entry as its struct; a defect where it is shorter.
  template <typename Entry>
  std::optional<Entry> decoded(ByteSpan entry, std::uint64_t offset) {
    if (entry.size() < sizeof(Entry)) {
      fail_length(entry, offset);
      return std::nullopt;
    }
    Entry result{};
    std::memcpy(&result, entry.data(), sizeof(Entry));
    return result;
  }

  void read_entry(ByteSpan entry, std::uint64_t offset) {
    const auto is = [&](std::string_view signature) {
      return entry[0] == static_cast<std::uint8_t>(signature[0]) &&
             entry[1] == static_cast<std::uint8_t>(signature[1]);
    };
    if (is("CE")) {
      continuation_ = decoded<ContinuationEntry>(entry, offset);
      continuation_offset_ = offset;
    } else if (is("SP")) {
      const auto sharing = decoded<SharingEntry>(entry, offset);
      if (sharing && sharing->check == std::array<std::uint8_t, 2>{0xBE, 0xEF}) {
        result_.skip = sharing->skip;
      }
    } else if (is("NM")) {
      read_name(entry, offset);
    } else if (is("SL")) {
      read_link(entry, offset);
    } else if (is("PX")) {
      read_number(entry, offset, [&](std::uint32_t mode) { result_.mode = mode; });
    } else if (is("CL")) {
      read_number(entry, offset, [&](std::uint32_t block) { result_.child_block = block; });
    } else if (is("PL")) {
      read_number(entry, offset, [&](std::uint32_t block) { result_.parent_block = block; });
    } else if (is("RE")) {
      result_.is_relocated = true;
      result_.has_entries = true;
    } else if (is("RR") || is("TF")) {
      result_.has_entries = true;
    } else if (is("ZF")) {
      read_zisofs(entry, offset);
    }
  }

  template <typename Take>
  void read_number(ByteSpan entry, std::uint64_t offset, Take take) {
    if (const auto number = decoded<NumberEntry>(entry, offset)) {
      take(number->number.value());
      result_.has_entries = true;
    }
  }

  void read_zisofs(ByteSpan entry, std::uint64_t offset) {
    if (const auto zisofs = decoded<ZisofsEntry>(entry, offset)) {
      std::uint64_t bytes = 0;
      for (std::size_t i = zisofs->head.version == 2 ? 8 : 4; i > 0; --i) {
        bytes = bytes << 8U | zisofs->bytes.at(i - 1);
      }
      result_.zisofs_bytes = bytes;
    }
  }

  void read_name(ByteSpan entry, std::uint64_t offset) {
    constexpr std::size_t kText = 5;
    if (entry.size() < kText) {
      fail_length(entry, offset);
      return;
    }
    result_.has_entries = true;
    const std::uint8_t flags = entry[4];
    if (!result_.name) {
      result_.name.emplace();
    }
    if ((flags & (kCurrent | kParent)) != 0) {
      append(*result_.name, ByteSpan(kDots).first((flags & kParent) != 0 ? 2 : 1), kLongestName);
      return;
    }
    const ByteSpan text = entry.subspan(kText);
    append(*result_.name, text, kLongestName);
    const bool is_bad = std::any_of(text.begin(), text.end(),
                                    [](std::uint8_t byte) { return byte == 0 || byte == '/'; });
    if (is_bad || (result_.name->empty() && (flags & kContinues) == 0)) {
      fail(RockRidge::Defect::kName, offset, "NM with " + hex_bytes(text));
      result_.name.reset();
    }
  }

  void read_link(ByteSpan entry, std::uint64_t offset) {
    constexpr std::size_t kComponents = 5;
    if (entry.size() < kComponents) {
      fail_length(entry, offset);
      return;
    }
    result_.has_entries = true;
    if (!result_.target) {
      result_.target.emplace();
    }
    ByteSpan left = entry.subspan(kComponents);
    while (!left.empty()) {
      if (left.size() < 2 || left[1] > left.size() - 2) {
        fail(RockRidge::Defect::kSymbolicLink, offset,
             fmt::format("SL with a component of {} bytes, {} are left",
                         left.size() < 2 ? 0 : left[1], left.size() < 2 ? 0 : left.size() - 2));
        result_.target.reset();
        return;
      }
      add_component(left[0], left.subspan(2, left[1]));
      left = left.subspan(2U + left[1]);
    }
  }

  void add_component(std::uint8_t flags, ByteSpan text) {
    std::string& target = *result_.target;
    const bool is_first = target.empty() && !component_goes_on_;
    if (!is_first && !component_goes_on_ && !target.ends_with('/')) {
      target.push_back('/');
    }
    component_goes_on_ = (flags & kContinues) != 0;
    if ((flags & kRoot) != 0) {
      target = "/";
    } else if ((flags & (kCurrent | kParent)) != 0) {
      append(target, ByteSpan(kDots).first((flags & kParent) != 0 ? 2 : 1), kLongestTarget);
    } else {
      append(target, text, kLongestTarget);
    }
  }

  static constexpr std::array<std::uint8_t, 2> kDots{'.', '.'};

  ImageView image_;
  std::uint64_t block_size_;
  ContinuationBudget& budget_;
  RockRidge result_;
  std::optional<ContinuationEntry> continuation_;  ///< The last CE seen, to be followed.
  std::uint64_t continuation_offset_ = 0;
  bool component_goes_on_ = false;
};

}  // namespace

RockRidge read_rock_ridge(const ImageView& image, const ImageView& area, std::uint64_t block_size,
                          ContinuationBudget& budget) {
  return Reader(image, block_size, budget).read(area);
}

}  // namespace bootproof::inspectors
