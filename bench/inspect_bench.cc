// Times `bootproof inspect` beside programs that each see one layer of the same media, in turn, and
// prints medians: ratios of one run are to be compared, never absolute times.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

#include "harness/core/program.h"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Contender {
  std::string name;
  std::vector<std::string> command;
  std::vector<double> milliseconds;
};

/// What a command takes, process start included; nothing is printed of it.
double time_of(const std::vector<std::string>& command) {
  bootproof::ProgramCall call;
  call.arguments = command;
  const Clock::time_point begin = Clock::now();
  if (!bootproof::run_program(call)) {
    return 0;
  }
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const std::string& medium, std::vector<Contender> contenders, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (Contender& contender : contenders) {
      contender.milliseconds.push_back(time_of(contender.command));
    }
  }
  fmt::print("{}, medians of {} rounds\n", medium, rounds);
  const double own = median(contenders.front().milliseconds);
  for (const Contender& contender : contenders) {
    const double time = median(contender.milliseconds);
    fmt::print("  {:<42} {:7.2f} ms  {:6.2f} times bootproof\n", contender.name, time, time / own);
  }
}

std::string shell_words(const std::string& command) { return command + " >/dev/null 2>&1"; }

/// An image of this size without content but what sfdisk writes; sparse.
fs::path sparse_disk(const fs::path& folder) {
  fs::path image = folder / "disk.img";
  std::ofstream(image).close();
  fs::resize_file(image, std::uint64_t{8} << 30U);
  std::ignore = time_of(
      {"sh", "-c",
       shell_words("printf 'label: gpt\\n2048,1048576,U\\n,,L\\n' | sfdisk " + image.string())});
  return image;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 31;
  const std::string program = BOOTPROOF_PROGRAM;
  const std::string iso = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso";
  compare(iso,
          {{"bootproof inspect", {program, "inspect", iso}, {}},
           {"bootproof inspect --quick", {program, "inspect", "--quick", iso}, {}},
           {"xorriso -report_el_torito plain",
            {"sh", "-c", shell_words("xorriso -indev " + iso + " -report_el_torito plain")},
            {}},
           {"dumpet", {"sh", "-c", shell_words("dumpet -i " + iso)}, {}},
           {"sh alone", {"sh", "-c", ":"}, {}}},
          rounds);
  std::string folder = (fs::temp_directory_path() / "bootproof-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    return 3;
  }
  const std::string disk = sparse_disk(folder).string();
  compare("a sparse GPT disk of 8 GiB",
          {{"bootproof inspect", {program, "inspect", disk}, {}},
           {"bootproof inspect --quick", {program, "inspect", "--quick", disk}, {}},
           {"sfdisk --json and sgdisk -v",
            {"sh", "-c", shell_words("sfdisk --json " + disk + "; sgdisk -v " + disk)},
            {}},
           {"sh alone", {"sh", "-c", ":"}, {}}},
          rounds);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}
