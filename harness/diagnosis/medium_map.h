#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof {

/// A part of a medium that has a name, as an inspection gives it. Of a file in pieces each has one.
struct NamedRange {
  std::uint64_t offset = 0;  ///< In the image, in bytes.
  std::uint64_t length = 0;
  std::string name;   ///< "boot catalog", "/boot/vmlinuz": a file begins with a slash.
  std::string place;  ///< What it stands in: "ISO 9660"; empty for the medium itself.
};

/// Where the named parts of a medium stand: each byte belongs to the smallest of them that holds
/// it. Made once for a medium and shared; never changes.
class MediumMap {
 public:
  /// What has a name.
  struct Item {
    std::string name;
    std::string place;
    std::uint64_t offset = 0;  ///< Of its first range.
    /// The bytes that belong to it, without what stands within it; none where another part stands
    /// for the same bytes.
    std::uint64_t size = 0;
    bool is_file = false;
    bool is_ambiguous = false;  ///< Something in another place has the same name.
  };
  /// A run of bytes that belong to one item.
  struct Segment {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::size_t item = 0;
  };

  /// Of ranges that are the same the first one counts.
  explicit MediumMap(const std::vector<NamedRange>& ranges);

  [[nodiscard]] const std::vector<Item>& items() const { return items_; }
  /// All segments in their order; they do not overlap.
  [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }
  /// The segments that have bytes in [begin, end).
  [[nodiscard]] std::span<const Segment> within(std::uint64_t begin, std::uint64_t end) const;
  /// The item of a byte.
  [[nodiscard]] std::optional<std::size_t> item_at(std::uint64_t offset) const;
  /// The file with this path in any place, or the part that its bytes belong to where another one
  /// has the same; upper and lower case are the same where no other fits.
  [[nodiscard]] std::optional<std::size_t> find_file(std::string_view path) const;
  /// The item's name for people, with its place where the name alone is ambiguous.
  [[nodiscard]] std::string label(std::size_t item) const;

 private:
  void add_items(const std::vector<NamedRange>& ranges, std::vector<std::size_t>& item_of);
  void mark_ambiguous();
  [[nodiscard]] std::size_t owner_of(std::size_t item) const;

  std::vector<Item> items_;
  std::vector<Segment> segments_;
};

}  // namespace bootproof
