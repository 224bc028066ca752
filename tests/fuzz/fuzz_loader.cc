// Any loader configuration at all: a sample with damage, or one that the input makes up.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "inspectors/loaders/com32_module.h"
#include "inspectors/loaders/grub_image.h"
#include "inspectors/rules.h"
#include "tests/fuzz/fuzz_support.h"
#include "tests/inspectors/loader_sample.h"

namespace {

using bootproof::fuzz::is_printable;
using bootproof::fuzz::require;
using bootproof::fuzz::require_printable;
using bootproof::inspectors::Bytes;
using bootproof::inspectors::ByteSpan;
using bootproof::inspectors::Findings;
using bootproof::inspectors::LoaderConfig;
using bootproof::inspectors::LoaderEntry;

constexpr std::array kLoaders{"%loader grub\n",         "%loader isolinux\n%isolinux.bin 6.04\n",
                              "%loader syslinux /\n",   "%loader syslinux-efi /EFI/BOOT\n",
                              "%loader systemd-boot\n", "%loader startup-nsh\n"};

constexpr std::array kFiles{"/boot/grub/grub.cfg",    "/isolinux/isolinux.cfg", "/syslinux.cfg",
                            "/EFI/BOOT/syslinux.cfg", "/loader/entries/a.conf", "/startup.nsh"};

}  // namespace

/// First byte: below 6 the rest is the text of that loader's configuration; 6 the rest is a program
/// or a module; otherwise it is a whole sample (tests/inspectors/loader_sample.h).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::size_t choice = data[0] % 8;
  const Bytes rest(data + 1, data + size);
  std::string text(rest.begin(), rest.end());
  if (choice == kLoaders.size()) {
    bootproof::inspectors::MemoryImage image{ByteSpan(rest)};
    (void)bootproof::inspectors::read_com32_module(bootproof::inspectors::ImageView(image));
    (void)bootproof::inspectors::read_grub_image(bootproof::inspectors::ImageView(image));
    return 0;
  }
  if (choice < kLoaders.size()) {
    // Lines that begin with "%" may add further files.
    text = std::string(kLoaders.at(choice)) +
           "%volume cd0 iso LIVE 2024-01-31-12-00-00-00\n%own\n%file /a\n%file /live/initrd.img\n"
           "%file " +
           kFiles.at(choice) + "\n" + text;
  }
  const bootproof::testing::LoaderSample sample(text);
  Findings findings;
  const LoaderConfig config = sample.read(findings);
  for (const LoaderEntry& entry : config.entries) {
    require(is_printable(entry.title) && is_printable(entry.id) && is_printable(entry.arguments) &&
            is_printable(entry.file) && is_printable(entry.action));
    require(std::all_of(entry.problems.begin(), entry.problems.end(), is_printable));
    require(!entry.kernel || is_printable(entry.kernel->name));
  }
  require(std::count_if(config.entries.begin(), config.entries.end(),
                        [](const LoaderEntry& entry) { return entry.is_default; }) <= 1);
  require(std::all_of(config.not_followed.begin(), config.not_followed.end(), is_printable));
  require_printable(findings.take(), is_printable);
  return 0;
}
