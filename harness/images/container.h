#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/image_view.h"

namespace bootproof {

/// A form in which a file holds the bytes of a disk in another order, and which qemu-nbd reads.
struct ContainerFormat {
  std::string_view word;   ///< What it is called, here and by QEMU: "qcow2".
  std::string_view magic;  ///< The bytes by which a file says that it is one.
  std::uint64_t offset;    ///< Where they stand in the file.
  /// What forbids to open a file of this form, as the end of a sentence: "names a backing file,
  /// /a/b". Empty where nothing does.
  std::string (*refusal)(const inspectors::ImageView& file);
};

/// The format of this name; null where there is none.
const ContainerFormat* find_container(std::string_view word);

/// All names, each once: "qcow2", "vmdk", ...
std::vector<std::string> container_words();

/// The format whose magic bytes stand where they belong; null for a raw image. The last sector of
/// a fixed VHD, of which all others are raw, is not looked at.
const ContainerFormat* recognise_container(const inspectors::ImageView& file);

/// Whether the file says that it is of this format; for `vpc` also by its last sector.
bool is_of_format(const inspectors::ImageView& file, const ContainerFormat& format);

/// Why a file of this format is not opened, though it is one, for its header asks for what it must
/// not have: bytes of other files of this host, which whoever made the image could choose at will
/// (backing files, external data files, extents), or a key. Empty where nothing is wrong.
std::string container_refusal(const inspectors::ImageView& file, const ContainerFormat& format);

}  // namespace bootproof
