#include "harness/run/medium_symbols.h"

#include <algorithm>
#include <array>
#include <set>
#include <system_error>

#include "harness/core/files.h"
#include "harness/diagnosis/symbols_elf.h"
#include "harness/run/memory_file.h"
#include "harness/vm/gdb_script.h"
#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "inspectors/paths/open_medium.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestMap = 32U << 20U;
constexpr std::string_view kName = "System.map";

/// Whether a file of this name may be the map of the kernel.
bool is_map(std::string_view name, std::string_view release) {
  if (!name.starts_with(kName)) {
    return false;
  }
  name.remove_prefix(kName.size());
  return name.empty() || (name.front() == '-' && (release.empty() || name.substr(1) == release));
}

std::string text_of(inspectors::Volume& volume, const inspectors::Node& file) {
  inspectors::FileContent content(volume, file);
  const inspectors::ImageView view(content);
  std::string text;
  while (text.size() < view.size()) {
    const inspectors::Bytes bytes = view.read(text.size(), inspectors::ImageView::kLongestRead);
    if (bytes.empty()) {
      break;
    }
    text.append(bytes.begin(), bytes.end());
  }
  return text;
}

/// The release of the Linux that a console names first; empty where it names none.
std::string release_in(const fs::path& log) {
  constexpr std::uint64_t kMost = 4U << 20U;
  constexpr std::string_view kSaid = "Linux version ";
  const Result<FileBytes> file = open_bytes(log);
  if (!file) {
    return {};
  }
  std::vector<std::uint8_t> bytes(std::min(file->size, kMost));
  if (!file->read(0, bytes)) {
    return {};
  }
  const auto at = std::search(bytes.begin(), bytes.end(), kSaid.begin(), kSaid.end());
  std::string release;
  constexpr std::size_t kLongest = 64;  // __NEW_UTS_LEN
  for (auto byte = at == bytes.end() ? at : at + static_cast<std::ptrdiff_t>(kSaid.size());
       byte != bytes.end() && *byte > ' ' && *byte < 0x7F && release.size() < kLongest; ++byte) {
    release += static_cast<char>(*byte);
  }
  return release;
}

/// The map beside a kernel that is started without a medium.
std::string map_beside(const fs::path& kernel, std::string_view release) {
  std::error_code code;
  std::set<std::string> found;
  for (fs::directory_iterator entry(kernel.parent_path(), code), end; !code && entry != end;
       entry.increment(code)) {
    std::error_code ignored;
    const std::string name = entry->path().filename().string();
    if (is_map(name, release) && entry->is_regular_file(ignored)) {
      found.insert(name);
    }
  }
  if (found.size() != 1) {
    return {};
  }
  return read_file(kernel.parent_path() / *found.begin(), kLargestMap).value_or(std::string());
}

std::string map_for(const MachineSpec& spec, const std::string& release) {
  if (!spec.kernel.empty()) {
    return map_beside(spec.kernel, release);
  }
  if (spec.image.empty()) {
    return {};
  }
  const auto image = inspectors::FileImage::open(spec.image);
  return image ? find_system_map(inspectors::ImageView(**image), release) : std::string();
}

}  // namespace

std::string find_system_map(const inspectors::ImageView& medium, std::string_view release) {
  const inspectors::Inspection inspection = inspectors::inspect_tables(medium);
  inspectors::OpenMedium open(medium, inspection);
  std::set<std::string> found;  // One file may stand in two volumes of an ISO.
  for (inspectors::Place& place : open.places()) {
    for (const std::string_view folder : {"/boot", "/"}) {
      const std::optional<inspectors::Node> node =
          place.volume ? inspectors::find(*place.volume, folder).node : std::nullopt;
      if (!node) {
        continue;
      }
      for (const inspectors::Node& file : place.volume->list(*node)) {
        if (file.kind == inspectors::NodeKind::kFile && file.size <= kLargestMap &&
            is_map(file.name, release) && found.size() < 2) {
          found.insert(text_of(*place.volume, file));
        }
      }
    }
  }
  return found.size() == 1 ? *found.begin() : std::string();
}

void keep_medium_symbols(const MachineSpec& spec, const fs::path& folder) {
  std::error_code code;
  if (fs::exists(folder / kKernelSymbolsFile, code)) {
    return;
  }
  const std::string map = map_for(spec, release_in(folder / "serial.log"));
  const std::string elf = symbols_elf(architecture_of(spec.machine), read_system_map(map));
  if (!elf.empty()) {
    replace_file(folder / kKernelSymbolsFile, elf);
  }
}

}  // namespace bootproof
