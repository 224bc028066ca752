#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof::testing {

/// The memory of a kernel, 256 KiB of it, with a note and a log that are built byte by byte as the
/// kernel does it (kernel/printk/printk_ringbuffer.c): 8 records, 512 bytes of text. Tests then
/// damage it.
class KernelSample {
 public:
  enum class Style {
    kX86,           ///< The ring stands in the kernel's image.
    kX86DirectMap,  ///< In the direct map, which only the page tables translate.
    kArm,           ///< In the linear map of Linux 5.4 and later.
    kLogBuffer,     ///< x86_64 with the log of Linux 4.19.
  };
  explicit KernelSample(Style style);

  static constexpr std::uint64_t kRecords = 8;
  static constexpr std::uint64_t kTextSize = 512;
  static constexpr std::uint64_t kNoteAt = 0x1000;
  static constexpr std::uint64_t kRingAt = 0x2010;
  static constexpr std::uint64_t kDescriptorsAt = 0x3000;
  static constexpr std::uint64_t kInfosAt = 0x4000;
  static constexpr std::uint64_t kTextAt = 0x8000;
  static constexpr std::uint64_t kDescriptorSize = 24;
  static constexpr std::uint64_t kInfoSize = 88;
  /// struct printk_log of the kLogBuffer style.
  static constexpr std::uint64_t kHeaderSize = 16;
  static constexpr std::uint64_t kLogVariablesAt = 0x2800;

  /// Adds a record, as printk does; the oldest make room.
  void print(std::string_view text, std::uint64_t time_ns, unsigned level = 6);
  /// Begins a record that is not finished.
  void reserve();
  /// Writes a number, least significant byte first, at a physical address.
  void put(std::uint64_t address, std::uint64_t value, std::size_t size = 8);
  [[nodiscard]] std::uint64_t get(std::uint64_t address, std::size_t size = 8) const;
  /// Replaces a line of the note; an empty value takes it away. Writes the note anew.
  void set_note(const std::string& key, const std::string& value);
  /// Copies the note to another place, with another value in it.
  void add_note(std::uint64_t address, const std::string& key, const std::string& value);

  /// Where the descriptor and the info of the record printed `back` records ago stand (0: last).
  [[nodiscard]] std::uint64_t descriptor(std::uint64_t back = 0) const;
  [[nodiscard]] std::uint64_t info(std::uint64_t back = 0) const;
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  void print_to_buffer(std::string_view text, std::uint64_t time_ns, unsigned level);
  void write_page_tables();
  [[nodiscard]] std::string note() const;
  [[nodiscard]] std::uint64_t image(std::uint64_t physical) const;
  [[nodiscard]] std::uint64_t mapped(std::uint64_t physical) const;
  void allocate();
  void write_ring();

  Style style_;
  std::vector<std::uint8_t> bytes_;
  std::map<std::string, std::string> note_;
  std::uint64_t head_id_;
  std::uint64_t tail_id_;
  std::uint64_t text_head_;
  std::uint64_t sequence_ = 0;
};

/// An ELF core that holds this memory in one segment at a physical address.
std::vector<std::uint8_t> elf_core_of(const std::vector<std::uint8_t>& memory,
                                      std::uint64_t address);

}  // namespace bootproof::testing
