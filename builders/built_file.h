#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace bootproof {

/// A built file in the cache. It must not be changed (it is read-only).
struct BuiltFile {
  std::filesystem::path path;
  std::string sha256;  ///< Of its bytes, 64 hexadecimal digits.
  std::uint64_t size = 0;
  bool from_cache = false;
};

}  // namespace bootproof
