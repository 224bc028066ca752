#include "tests/diagnosis/kernel_sample.h"

#include <fmt/format.h>

#include <algorithm>

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kMemory = 256U << 10U;
constexpr std::uint64_t kIdMask = ~(std::uint64_t{3} << 62U);
constexpr std::uint64_t kFinalized = std::uint64_t{2} << 62U;
constexpr std::uint64_t kReusable = std::uint64_t{3} << 62U;
constexpr std::uint64_t kX86Image = 0xFFFF'FFFF'8000'0000;
constexpr std::uint64_t kX86Direct = 0xFFFF'9A00'0000'0000;
constexpr std::uint64_t kArmImage = 0xFFFF'8000'0800'0000;
/// -(1 << VA_BITS), and what KASLR makes of PHYS_OFFSET.
constexpr std::uint64_t kArmLinear = 0xFFFF'0000'0000'0000;
constexpr std::uint64_t kArmPhysOffset = 0xFFFF'D5C8'C000'0000;
constexpr std::uint64_t kTablesAt = 0x10000;
constexpr std::uint64_t kHeadId = 24;
constexpr std::uint64_t kTailId = 32;

std::string hexadecimal(std::uint64_t value) { return fmt::format("{:x}", value); }

}  // namespace

KernelSample::KernelSample(Style style)
    : style_(style),
      bytes_(kMemory),
      head_id_((0 - (kRecords + 1)) & kIdMask),
      tail_id_(head_id_),
      text_head_(0 - kTextSize) {
  note_ = {{"PAGESIZE", "4096"}};
  if (style == Style::kArm) {
    note_["OSRELEASE"] = "6.1.0-arm64";
    note_["NUMBER(VA_BITS)"] = "48";
    note_["NUMBER(TCR_EL1_T1SZ)"] = "0x10";
    note_["NUMBER(kimage_voffset)"] = fmt::format("{:#x}", kArmImage);
    note_["NUMBER(PHYS_OFFSET)"] = fmt::format("{:#x}", kArmPhysOffset);
  } else {
    note_["OSRELEASE"] = style == Style::kLogBuffer ? "4.19.0-amd64" : "6.1.0-amd64";
    note_["NUMBER(phys_base)"] = "0";
    note_["SYMBOL(init_top_pgt)"] = hexadecimal(image(kTablesAt));
    write_page_tables();
  }
  if (style == Style::kLogBuffer) {
    note_["SYMBOL(log_buf)"] = hexadecimal(image(kLogVariablesAt));
    note_["SYMBOL(log_buf_len)"] = hexadecimal(image(kLogVariablesAt + 8));
    note_["SYMBOL(log_first_idx)"] = hexadecimal(image(kLogVariablesAt + 16));
    note_["SYMBOL(log_next_idx)"] = hexadecimal(image(kLogVariablesAt + 24));
    note_["SIZE(printk_log)"] = std::to_string(kHeaderSize);
    note_["OFFSET(printk_log.ts_nsec)"] = "0";
    note_["OFFSET(printk_log.len)"] = "8";
    note_["OFFSET(printk_log.text_len)"] = "10";
    note_["OFFSET(printk_log.dict_len)"] = "12";
    put(kLogVariablesAt, image(kTextAt));
    put(kLogVariablesAt + 8, kTextSize, 4);
  } else {
    note_["SYMBOL(prb)"] = hexadecimal(image(kRingAt - 0x10));
    const std::map<std::string, std::uint64_t> sizes{
        {"printk_ringbuffer", 88}, {"prb_desc_ring", 48},      {"prb_desc", kDescriptorSize},
        {"prb_data_blk_lpos", 16}, {"printk_info", kInfoSize}, {"prb_data_ring", 32}};
    const std::map<std::string, std::uint64_t> offsets{
        {"printk_ringbuffer.desc_ring", 0}, {"printk_ringbuffer.text_data_ring", 48},
        {"prb_desc_ring.count_bits", 0},    {"prb_desc_ring.descs", 8},
        {"prb_desc_ring.infos", 16},        {"prb_desc_ring.head_id", kHeadId},
        {"prb_desc_ring.tail_id", kTailId}, {"prb_desc.state_var", 0},
        {"prb_desc.text_blk_lpos", 8},      {"prb_data_blk_lpos.begin", 0},
        {"prb_data_blk_lpos.next", 8},      {"printk_info.seq", 0},
        {"printk_info.ts_nsec", 8},         {"printk_info.text_len", 16},
        {"prb_data_ring.size_bits", 0},     {"prb_data_ring.data", 8}};
    for (const auto& [name, size] : sizes) {
      note_[fmt::format("SIZE({})", name)] = std::to_string(size);
    }
    for (const auto& [name, offset] : offsets) {
      note_[fmt::format("OFFSET({})", name)] = std::to_string(offset);
    }
    put(kRingAt - 0x10, image(kRingAt));
    put(kRingAt, 3, 4);
    put(kRingAt + 8, mapped(kDescriptorsAt));
    put(kRingAt + 16, mapped(kInfosAt));
    put(kRingAt + 48, 9, 4);
    put(kRingAt + 56, mapped(kTextAt));
    put(descriptor(), head_id_ | kReusable);
    put(descriptor() + 8, 1);
    put(descriptor() + 16, 1);
    write_ring();
  }
  add_note(kNoteAt, "", "");
}

void KernelSample::write_page_tables() {
  // The direct map, by four levels of tables with one small page for each page of the sample.
  const auto index = [](unsigned shift) { return (kX86Direct >> shift & 0x1FFU) * 8; };
  put(kTablesAt + index(39), (kTablesAt + 0x1000) | 3U);
  put(kTablesAt + 0x1000 + index(30), (kTablesAt + 0x2000) | 3U);
  put(kTablesAt + 0x2000 + index(21), (kTablesAt + 0x3000) | 3U);
  for (std::uint64_t page = 0; page < kMemory >> 12U; ++page) {
    put(kTablesAt + 0x3000 + page * 8, page << 12U | 3U);
  }
}

std::uint64_t KernelSample::image(std::uint64_t physical) const {
  return physical + (style_ == Style::kArm ? kArmImage : kX86Image);
}

std::uint64_t KernelSample::mapped(std::uint64_t physical) const {
  switch (style_) {
    case Style::kX86DirectMap:
      return physical + kX86Direct;
    case Style::kArm:
      return physical - kArmPhysOffset + kArmLinear;
    case Style::kX86:
    case Style::kLogBuffer:
      break;
  }
  return image(physical);
}

void KernelSample::put(std::uint64_t address, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    bytes_.at(address + i) = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

std::uint64_t KernelSample::get(std::uint64_t address, std::size_t size) const {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) {
    value = value << 8U | bytes_.at(address + i);
  }
  return value;
}

std::uint64_t KernelSample::descriptor(std::uint64_t back) const {
  return kDescriptorsAt + (head_id_ - back) % kRecords * kDescriptorSize;
}

std::uint64_t KernelSample::info(std::uint64_t back) const {
  return kInfosAt + (head_id_ - back) % kRecords * kInfoSize;
}

void KernelSample::write_ring() {
  put(kRingAt + kHeadId, head_id_);
  put(kRingAt + kTailId, tail_id_);
}

void KernelSample::allocate() {
  head_id_ = (head_id_ + 1) & kIdMask;
  if (((head_id_ - tail_id_) & kIdMask) >= kRecords) {
    tail_id_ = (tail_id_ + 1) & kIdMask;
  }
  put(descriptor(), head_id_);
  write_ring();
}

void KernelSample::reserve() { allocate(); }

void KernelSample::print(std::string_view text, std::uint64_t time_ns, unsigned level) {
  if (style_ == Style::kLogBuffer) {
    print_to_buffer(text, time_ns, level);
    return;
  }
  allocate();
  constexpr std::uint64_t kEmptyLine = 3;
  std::uint64_t begin = kEmptyLine;
  std::uint64_t next = kEmptyLine;
  if (!text.empty()) {
    const std::uint64_t size = (8 + text.size() + 7) / 8 * 8;
    begin = text_head_;
    next = begin + size;
    std::uint64_t at = begin % kTextSize;
    if (begin / kTextSize != next / kTextSize) {  // It does not fit before the ring's end.
      next = next / kTextSize * kTextSize + size;
      at = 0;
    }
    text_head_ = next;
    put(kTextAt + at, head_id_);
    std::copy(text.begin(), text.end(),
              bytes_.begin() + static_cast<std::ptrdiff_t>(kTextAt + at + 8));
  }
  put(descriptor() + 8, begin);
  put(descriptor() + 16, next);
  put(info(), sequence_++);
  put(info() + 8, time_ns);
  put(info() + 16, text.size(), 2);
  put(info() + 18, 0, 1);
  put(info() + 19, level << 5U, 1);
  put(descriptor(), head_id_ | kFinalized);
}

void KernelSample::print_to_buffer(std::string_view text, std::uint64_t time_ns, unsigned level) {
  std::uint64_t next = get(kLogVariablesAt + 24, 4);
  const std::uint64_t size = (kHeaderSize + text.size() + 3) / 4 * 4;
  if (next + size + kHeaderSize > kTextSize) {
    put(kTextAt + next + 8, 0, 2);  // The next one stands at the beginning.
    next = 0;
  }
  put(kTextAt + next, time_ns);
  put(kTextAt + next + 8, size, 2);
  put(kTextAt + next + 10, text.size(), 2);
  put(kTextAt + next + 12, 0, 3);
  put(kTextAt + next + 15, level << 5U, 1);
  std::copy(text.begin(), text.end(),
            bytes_.begin() + static_cast<std::ptrdiff_t>(kTextAt + next + kHeaderSize));
  put(kLogVariablesAt + 24, next + size, 4);
}

std::string KernelSample::note() const {
  std::string text = fmt::format("OSRELEASE={}\n", note_.at("OSRELEASE"));
  for (const auto& [key, value] : note_) {
    if (key != "OSRELEASE" && !value.empty()) {
      text += fmt::format("{}={}\n", key, value);
    }
  }
  return text;
}

void KernelSample::set_note(const std::string& key, const std::string& value) {
  note_[key] = value;
  std::fill_n(bytes_.begin() + kNoteAt, 0x1000, std::uint8_t{0});
  add_note(kNoteAt, "", "");
}

void KernelSample::add_note(std::uint64_t address, const std::string& key,
                            const std::string& value) {
  const std::map<std::string, std::string> kept = note_;
  if (!key.empty()) {
    note_[key] = value;
  }
  const std::string text = note();
  note_ = kept;
  std::copy(text.begin(), text.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(address));
}

std::vector<std::uint8_t> elf_core_of(const std::vector<std::uint8_t>& memory,
                                      std::uint64_t address) {
  std::vector<std::uint8_t> core(0x1000);
  const auto put = [&core](std::size_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      core.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
    }
  };
  put(0, 0x464C'457F, 4);  // e_ident: magic, 64 bits, least significant first, version
  put(4, 0x01'01'02, 3);
  put(16, 4, 2);   // e_type: ET_CORE
  put(18, 62, 2);  // e_machine: EM_X86_64
  put(32, 64, 8);  // e_phoff
  put(54, 56, 2);  // e_phentsize
  put(56, 1, 2);   // e_phnum
  put(64, 1, 4);   // p_type: PT_LOAD
  put(72, core.size(), 8);
  put(88, address, 8);
  put(96, memory.size(), 8);
  put(104, memory.size(), 8);
  core.insert(core.end(), memory.begin(), memory.end());
  return core;
}

}  // namespace bootproof::testing
