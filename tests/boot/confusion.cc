// Boots the set of broken media in a folder and writes the confusion table, docs/confusion.md, to a
// file: `confusion FOLDER FILE`.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/files.h"
#include "tests/boot/broken_set.h"

int main(int count, char** words) {
  using namespace bootproof::testing;
  if (count != 3) {
    std::fputs("usage: confusion FOLDER FILE\n", stderr);
    return 2;
  }
  try {
    const std::filesystem::path folder = words[1];
    std::filesystem::remove_all(folder);
    const std::vector<ExpectedLoss> expected = read_expected_losses();
    std::vector<NamedLoss> named;
    for (const std::string_view family : broken_families()) {
      for (NamedLoss& one : run_broken_family(BOOTPROOF_PROGRAM, family, folder / family)) {
        named.push_back(std::move(one));
      }
    }
    bootproof::write_file_atomically(words[2], confusion_page(expected, named));
    return 0;
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    std::fputc('\n', stderr);
    return 1;
  }
}
