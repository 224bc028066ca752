#include "harness/images/container.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/core/text.h"
#include "inspectors/cursor.h"
#include "inspectors/integers.h"

namespace bootproof {
namespace {

using inspectors::Be32;
using inspectors::BigEndian;
using inspectors::Bytes;
using inspectors::ImageView;
using inspectors::Le32;
using inspectors::Le64;
using inspectors::read_struct;

using Be64 = BigEndian<std::uint64_t>;

/// QEMU's docs/interop/qcow2.txt, "Header"; the last field is there from version 3 on.
struct Qcow2Header {
  Be32 magic;
  Be32 version;
  Be64 backing_file_offset;
  Be32 backing_file_size;
  Be32 cluster_bits;
  Be64 size;
  Be32 crypt_method;
  Be32 l1_size;
  Be64 l1_table_offset;
  Be64 refcount_table_offset;
  Be32 refcount_table_clusters;
  Be32 nb_snapshots;
  Be64 snapshots_offset;
  Be64 incompatible_features;
};
static_assert(sizeof(Qcow2Header) == 80 && alignof(Qcow2Header) == 1);

/// VMware's Virtual Disk Format 5.0, "Hosted Sparse Extent Header", as far as it is looked at.
struct VmdkHeader {
  Le32 magic;
  Le32 version;
  Le32 flags;
  Le64 capacity;  ///< In sectors.
};
static_assert(sizeof(VmdkHeader) == 20 && alignof(VmdkHeader) == 1);

constexpr std::string_view kVmdkDescriptor = "# Disk DescriptorFile";
constexpr std::string_view kVhdCookie = "conectix";

std::string text_at(const ImageView& file, std::uint64_t offset, std::uint64_t length) {
  const Bytes bytes = file.read(offset, length);
  return {bytes.begin(), bytes.end()};
}

bool stands_at(const ImageView& file, std::uint64_t offset, std::string_view magic) {
  return text_at(file, offset, magic.size()) == magic;
}

std::string qcow2_refusal(const ImageView& file) {
  const auto header = read_struct<Qcow2Header>(file, 0);
  if (!header) {
    return "is shorter than its header";
  }
  const std::uint32_t version = header->version.value();
  if (version != 2 && version != 3) {
    return fmt::format("has version {} of the format, expected 2 or 3", version);
  }
  if (const std::uint64_t offset = header->backing_file_offset.value(); offset != 0) {
    constexpr std::uint32_t kLongestName = 1023;
    const std::string name =
        text_at(file, offset, std::min(header->backing_file_size.value(), kLongestName));
    return fmt::format("names a backing file, \"{}\"", escape_for_terminal(name));
  }
  constexpr std::uint64_t kExternalDataFile = 1U << 2U;
  if (version == 3 && (header->incompatible_features.value() & kExternalDataFile) != 0) {
    return "keeps its data in another file";
  }
  if (header->crypt_method.value() != 0) {
    return "is encrypted";
  }
  return {};
}

/// QEMU takes a sparse extent without a capacity for a descriptor, and looks for a parent in the
/// descriptor that stands from the second sector on (`vmdk_open_vmdk4`, `vmdk_parent_open`).
std::string vmdk_refusal(const ImageView& file) {
  constexpr std::uint64_t kDescriptorOffset = 512;
  constexpr std::uint64_t kDescriptorBytes = 20ULL * 512;
  if (stands_at(file, 0, kVmdkDescriptor)) {
    return "is a descriptor that names other files";
  }
  if (stands_at(file, 0, "KDMV")) {
    const auto header = read_struct<VmdkHeader>(file, 0);
    if (!header) {
      return "is shorter than its header";
    }
    if (header->capacity.value() == 0) {
      return "has no capacity of its own: its descriptor names other files";
    }
  }
  const std::string descriptor = text_at(file, kDescriptorOffset, kDescriptorBytes);
  if (descriptor.find("parentFileNameHint") != std::string::npos) {
    return "names a parent, of which it holds the difference";
  }
  return {};
}

/// For formats whose differencing images QEMU refuses itself.
std::string nothing_refused(const ImageView& /*file*/) { return {}; }

constexpr std::array<ContainerFormat, 7> kContainers{{
    {"qcow2", "QFI\xFB", 0, qcow2_refusal},
    {"vmdk", "KDMV", 0, vmdk_refusal},
    {"vmdk", "COWD", 0, vmdk_refusal},
    {"vmdk", kVmdkDescriptor, 0, vmdk_refusal},
    {"vdi", "\x7F\x10\xDA\xBE", 64, nothing_refused},
    {"vhdx", "vhdxfile", 0, nothing_refused},
    {"vpc", kVhdCookie, 0, nothing_refused},
}};

}  // namespace

const ContainerFormat* find_container(std::string_view word) {
  const auto* const row = std::find_if(kContainers.begin(), kContainers.end(),
                                       [&](const auto& format) { return format.word == word; });
  return row == kContainers.end() ? nullptr : row;
}

std::vector<std::string> container_words() {
  std::vector<std::string> words;
  for (const ContainerFormat& format : kContainers) {
    if (words.empty() || words.back() != format.word) {
      words.emplace_back(format.word);
    }
  }
  return words;
}

const ContainerFormat* recognise_container(const ImageView& file) {
  const auto* const row = std::find_if(
      kContainers.begin(), kContainers.end(),
      [&](const auto& format) { return stands_at(file, format.offset, format.magic); });
  return row == kContainers.end() ? nullptr : row;
}

bool is_of_format(const ImageView& file, const ContainerFormat& format) {
  const ContainerFormat* found = recognise_container(file);
  if (found != nullptr) {
    return found->word == format.word;
  }
  constexpr std::uint64_t kFooterBytes = 512;
  return format.magic == kVhdCookie && file.size() > kFooterBytes &&
         stands_at(file, file.size() - kFooterBytes, kVhdCookie);
}

std::string container_refusal(const ImageView& file, const ContainerFormat& format) {
  return format.refusal(file);
}

}  // namespace bootproof
