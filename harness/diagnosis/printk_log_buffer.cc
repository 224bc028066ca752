#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "harness/diagnosis/printk_records.h"

namespace bootproof {
namespace {

constexpr std::uint64_t kLargestBuffer = std::uint64_t{1} << 31U;
constexpr std::uint64_t kLargestHeader = 256;
constexpr std::uint64_t kMostTime = ~std::uint64_t{0} >> 1U;

/// The header of a record, as the note describes it: struct printk_log, before 3.11 struct log.
struct Header {
  std::uint64_t size = 0;
  std::uint64_t time = 0;
  std::uint64_t length = 0;
  std::uint64_t text_length = 0;
  std::uint64_t dictionary_length = 0;
};

std::optional<Header> header_of(const VmcoreInfo& note) {
  for (const char* const name : {"printk_log", "log"}) {
    const auto at = [&](const char* field) {
      return note.offset(fmt::format("{}.{}", name, field));
    };
    const auto size = note.size(name);
    const auto time = at("ts_nsec");
    const auto length = at("len");
    const auto text_length = at("text_len");
    const auto dictionary_length = at("dict_len");
    if (!size || !time || !length || !text_length || !dictionary_length) {
      continue;
    }
    // Behind the dictionary's length stand the facility, and the flags with the level.
    const bool fits = *size <= kLargestHeader && *time <= *size - 8 && *length <= *size - 2 &&
                      *text_length <= *size - 2 && *size >= 8 && *dictionary_length <= *size - 4;
    return fits ? std::optional(Header{*size, *time, *length, *text_length, *dictionary_length})
                : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

PrintkRecords read_log_buffer(const VmcoreInfo& note, const KernelAddresses& memory) {
  PrintkRecords out;
  const auto header = header_of(note);
  const auto first_at = note.symbol("log_first_idx");
  const auto next_at = note.symbol("log_next_idx");
  const auto buffer_at = note.symbol("log_buf");
  const auto size_at = note.symbol("log_buf_len");
  if (!header || !first_at || !next_at || !buffer_at || !size_at) {
    out.problems.emplace_back(
        "the kernel's note describes no log that is known here: neither the ring of Linux 5.10 and "
        "later nor the records of 3.5 to 5.9");
    return out;
  }
  const auto buffer = memory.number(*buffer_at, 8);
  const auto size = memory.number(*size_at, 4);
  const auto first = memory.number(*first_at, 4);
  const auto next = memory.number(*next_at, 4);
  if (!buffer || !size || !first || !next) {
    out.problems.emplace_back("the variables of the log are not in the memory");
    return out;
  }
  if (*size > kLargestBuffer || *first >= *size || *next > *size) {
    out.problems.push_back(
        fmt::format("the log's buffer is damaged: {} bytes, the first record at {}, its end at {}",
                    *size, *first, *next));
    return out;
  }
  std::uint64_t at = *first;
  std::uint64_t walked = 0;
  std::size_t text_bytes = 0;
  bool is_first = true;
  // A buffer that is full begins where it ends.
  while ((at != *next || (is_first && *first != 0)) && walked <= *size &&
         out.records.size() < kMostRecords && text_bytes < kMostTextBytes) {
    is_first = false;
    std::vector<std::uint8_t> bytes(header->size);
    if (!memory.read(*buffer + at, bytes)) {
      out.problems.push_back(
          fmt::format("the record at {} of {} is outside of the memory", at, *size));
      break;
    }
    const auto number = [&bytes](std::uint64_t offset, std::size_t count) {
      return little_endian(std::span(bytes).subspan(offset, count));
    };
    const std::uint64_t length = number(header->length, 2);
    if (length == 0) {  // The next record stands at the beginning.
      if (at == 0) {
        break;
      }
      walked += *size - at;
      at = 0;
      continue;
    }
    const std::uint64_t text_length = number(header->text_length, 2);
    if (length < header->size || length > *size - at || text_length > length - header->size) {
      out.problems.push_back(
          fmt::format("the record at {} of {} is damaged: {} bytes, {} of them text", at, *size,
                      length, text_length));
      break;
    }
    KernelLogRecord record;
    record.sequence = out.records.size();
    record.time = std::chrono::nanoseconds(number(header->time, 8) & kMostTime);
    record.facility = bytes[header->dictionary_length + 2];
    record.level = level_of(bytes[header->dictionary_length + 3]);
    std::vector<std::uint8_t> text(text_length);
    if (!memory.read(*buffer + at + header->size, text)) {
      out.problems.push_back(
          fmt::format("the text of the record at {} of {} is outside of the memory", at, *size));
      break;
    }
    record.text.assign(text.begin(), text.end());
    text_bytes += text.size();
    out.records.push_back(std::move(record));
    at += length;
    walked += length;
  }
  if (walked > *size) {
    out.problems.emplace_back("the log's buffer is damaged: its records run in a circle");
  }
  if (out.records.size() >= kMostRecords || text_bytes >= kMostTextBytes) {
    out.problems.push_back(
        fmt::format("the log is longer than the {} records and {} bytes of text "
                    "that are read",
                    kMostRecords, kMostTextBytes));
  }
  return out;
}

}  // namespace bootproof
