#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "builders/image_input.h"
#include "harness/core/file_source.h"

namespace bootproof {

/// The package that brings GRUB's modules for a platform.
PackageFile grub_package(GrubPlatform platform);

/// The folder with GRUB's modules for a platform: /usr/lib/grub/PLATFORM, else in the package
/// cache. Throws Error (kHost) where they are missing.
std::filesystem::path find_grub_folder(GrubPlatform platform, const std::filesystem::path& cache);

/// By what a core image finds the file system that holds its folder.
enum class GrubSearchKey {
  kLoadedFrom,  ///< The file system that the image itself was loaded from.
  kUuid,        ///< As GRUB writes it: for ISO 9660 its modification date.
  kLabel,
  kFile,  ///< A path that only that file system has.
};

/// How a core image finds its folder.
struct GrubSearch {
  GrubSearchKey key = GrubSearchKey::kLoadedFrom;
  std::string value;
};

/// Where an image for BIOS is loaded from; it decides which start code stands before the core. Of
/// no meaning for the UEFI platforms.
enum class GrubStart {
  kElTorito,  ///< By firmware from a CD: cdboot.img (`i386-pc-eltorito`).
  kDisk,      ///< By boot.img from a disk: diskboot.img (`i386-pc`).
};

/// What a core image is made with.
struct GrubOptions {
  GrubSearch search;
  std::string folder = "/boot/grub";  ///< On the file system found; its grub.cfg is run.
  std::vector<std::string> modules;   ///< Besides grub_modules().
  std::string config;                 ///< Commands that are run before grub.cfg.
  GrubStart start = GrubStart::kElTorito;
  std::string sbat;  ///< The section .sbat of a PE program (shim, SBAT.md); empty for none.
};

/// True for a text that stands in a command of an early configuration as one word: 1 to 255 bytes
/// without control characters, quotes and backslashes.
bool is_grub_word(std::string_view text);

/// Makes a GRUB core image with all modules that a boot medium needs in it: for kI386Pc as `start`
/// says, for the others a PE program. The words of `options` must be is_grub_word(). Throws Error
/// (kBuild).
void make_grub_image(const GrubFolder& grub, const GrubOptions& options,
                     const std::filesystem::path& work_folder, const std::filesystem::path& image);

/// The modules of every core image for a platform, sorted.
std::vector<std::string> grub_modules(GrubPlatform platform);

}  // namespace bootproof
