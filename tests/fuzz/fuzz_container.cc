// The header of an image that is not raw, read as each format.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "harness/images/container.h"
#include "inspectors/image_view.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using bootproof::inspectors::ByteSpan;
  bootproof::inspectors::MemoryImage image{ByteSpan(data, size)};
  const bootproof::inspectors::ImageView view(image);
  for (const std::string& word : bootproof::container_words()) {
    const bootproof::ContainerFormat& format = *bootproof::find_container(word);
    const std::string refusal = bootproof::container_refusal(view, format);
    const bool has_control = std::any_of(refusal.begin(), refusal.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20U && c != '\t';
    });
    // A name has up to 1023 bytes, each shown as up to four.
    const bool is_passed = word == "qcow2" && refusal.empty();
    const bool names_backing =
        size >= 16 && std::any_of(data + 8, data + 16, [](std::uint8_t byte) { return byte != 0; });
    if (has_control || refusal.size() > 4200 || (is_passed && names_backing)) {
      std::abort();
    }
    static_cast<void>(bootproof::is_of_format(view, format));
  }
  return 0;
}
