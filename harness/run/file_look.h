#pragma once

#include <string>

#include "harness/run/memory_file.h"

namespace bootproof {

/// What a file that somebody wants diagnosed can be.
enum class FileKind {
  kText,    ///< What a console said.
  kMemory,  ///< An ELF core, or a raw image of memory.
  kEmpty,   ///< No byte at all.
  kPacked,  ///< Something that has to be unpacked or converted first.
  kOther,   ///< Bytes that are neither a log nor memory.
};

/// What a file is by its bytes.
struct FileLook {
  FileKind kind = FileKind::kText;
  std::string what;    ///< Of kEmpty, kPacked and kOther, for people: "gzip data".
  std::string remedy;  ///< What to do about it, FILE standing for its name.
};

/// Looks at the beginning of a file and at samples all over it, at most 4 MiB. A log may hold
/// escapes, a firmware's code page, some noise, and holes of zeros where it was cut while it was
/// written; memory and packed data are no log however many strings they hold. Throws Error (kHost)
/// where the file can't be read.
FileLook look_at(const FileBytes& file);

}  // namespace bootproof
