#pragma once

#include <filesystem>
#include <vector>

#include "builders/image_input.h"

namespace bootproof {

/// Writes files to a tar (pax, POSIX.1-2001) in their order: owners, modes, links and device nodes
/// as they are, every time kSourceDate. The same files give the same bytes. Throws Error (kHost)
/// for what can't be read or written.
void write_tar(const std::vector<ImageFile>& files, const std::filesystem::path& tar);

}  // namespace bootproof
