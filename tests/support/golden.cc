#include "tests/support/golden.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.h"

namespace bootproof::testing {

bool updates_golden() {
  const char* const value = std::getenv("UPDATE_GOLDEN");  // NOLINT(concurrency-mt-unsafe)
  return value != nullptr && std::string_view(value) == "1";
}

::testing::AssertionResult matches_golden(std::string_view actual, const std::string& name) {
  const std::filesystem::path file =
      std::filesystem::path(BOOTPROOF_SOURCE_DIR) / "tests/golden" / name;
  if (updates_golden()) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    out << actual;
    out.close();
    return out ? ::testing::AssertionSuccess()
               : ::testing::AssertionFailure() << "cannot write " << file;
  }
  if (!std::filesystem::exists(file)) {
    return ::testing::AssertionFailure() << "no " << file << "; UPDATE_GOLDEN=1 writes it";
  }
  const std::string expected = content_of(file);
  if (actual == expected) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure()
         << "differs from " << file << " (UPDATE_GOLDEN=1 rewrites it)\n"
         << "expected:\n"
         << expected << "\nactual:\n"
         << actual;
}

}  // namespace bootproof::testing
