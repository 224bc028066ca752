// A short run of every fuzz target: its corpus, and inputs near it. The long runs are libFuzzer's.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/fuzz_support.h"
#include "tests/fuzz/mutator.h"
#include "tests/support/temporary_folder.h"

// LLVMFuzzerTestOneInput of each target, by the name that CMakeLists.txt gives it here.
extern "C" {
int fuzz_container(const std::uint8_t* data, std::size_t size);
int fuzz_efi_programs(const std::uint8_t* data, std::size_t size);
int fuzz_glyph_screen(const std::uint8_t* data, std::size_t size);
int fuzz_grub_core(const std::uint8_t* data, std::size_t size);
int fuzz_inspect(const std::uint8_t* data, std::size_t size);
int fuzz_iso(const std::uint8_t* data, std::size_t size);
int fuzz_cpu_state(const std::uint8_t* data, std::size_t size);
int fuzz_kernel_log(const std::uint8_t* data, std::size_t size);
int fuzz_kernel_symbols(const std::uint8_t* data, std::size_t size);
int fuzz_loader(const std::uint8_t* data, std::size_t size);
int fuzz_medium_reads(const std::uint8_t* data, std::size_t size);
int fuzz_programs(const std::uint8_t* data, std::size_t size);
int fuzz_run_json(const std::uint8_t* data, std::size_t size);
int fuzz_scenario(const std::uint8_t* data, std::size_t size);
int fuzz_signature(const std::uint8_t* data, std::size_t size);
int fuzz_log_cleaner(const std::uint8_t* data, std::size_t size);
int fuzz_timeline(const std::uint8_t* data, std::size_t size);
int fuzz_transcript(const std::uint8_t* data, std::size_t size);
int fuzz_vga_text(const std::uint8_t* data, std::size_t size);
int fuzz_volumes(const std::uint8_t* data, std::size_t size);
}

namespace bootproof::fuzz {
namespace {

namespace fs = std::filesystem;

using Take = int (*)(const std::uint8_t* data, std::size_t size);

struct Target {
  std::string_view name;  ///< Its program without "fuzz_", and its folder of tests/fuzz/corpus.
  Take take;
};

constexpr std::array kTargets{
    Target{"container", fuzz_container},
    Target{"cpu_state", fuzz_cpu_state},
    Target{"efi_programs", fuzz_efi_programs},
    Target{"glyph_screen", fuzz_glyph_screen},
    Target{"grub_core", fuzz_grub_core},
    Target{"inspect", fuzz_inspect},
    Target{"iso", fuzz_iso},
    Target{"kernel_log", fuzz_kernel_log},
    Target{"kernel_symbols", fuzz_kernel_symbols},
    Target{"loader", fuzz_loader},
    Target{"log_cleaner", fuzz_log_cleaner},
    Target{"medium_reads", fuzz_medium_reads},
    Target{"programs", fuzz_programs},
    Target{"run_json", fuzz_run_json},
    Target{"scenario", fuzz_scenario},
    Target{"signature", fuzz_signature},
    Target{"timeline", fuzz_timeline},
    Target{"transcript", fuzz_transcript},
    Target{"vga_text", fuzz_vga_text},
    Target{"volumes", fuzz_volumes},
};

fs::path corpus_folder() { return fs::path(BOOTPROOF_SOURCE_DIR) / "tests/fuzz/corpus"; }

/// The inputs of a corpus, by their names.
std::vector<Input> corpus_of(std::string_view target) {
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(corpus_folder() / target)) {
    files.insert(entry.path());
  }
  std::vector<Input> corpus;
  for (const fs::path& file : files) {
    const std::string bytes = testing::content_of(file);
    corpus.emplace_back(bytes.begin(), bytes.end());
  }
  return corpus;
}

/// A number that a child process changes for its parent to see.
class SharedNumber {
 public:
  SharedNumber()
      : place_(mmap(nullptr, sizeof(Number), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                    0)) {
    if (place_ == MAP_FAILED) {
      throw std::bad_alloc();
    }
    number_ = new (place_) Number(0);
  }
  SharedNumber(const SharedNumber&) = delete;
  SharedNumber& operator=(const SharedNumber&) = delete;
  ~SharedNumber() { munmap(place_, sizeof(Number)); }

  [[nodiscard]] std::size_t value() const { return *number_; }
  void set(std::size_t value) { *number_ = value; }

 private:
  using Number = std::atomic<std::size_t>;
  void* place_;
  Number* number_ = nullptr;
};

/// Ends the process. An exception ends it too, instead of going on with the tests in the child.
[[noreturn]] void take_all(Take take, const std::vector<Input>& inputs, SharedNumber& at) noexcept {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    at.set(i);
    require(take(inputs[i].data(), inputs[i].size()) == 0);
  }
  at.set(inputs.size());
  std::exit(0);
}

/// Gives a target the inputs in a child process, since one that finds a defect ends its own. The
/// index of the input of which it died, or how many there are where it failed behind the last;
/// nothing where it took all.
std::optional<std::size_t> first_deadly(Take take, const std::vector<Input>& inputs) {
  SharedNumber at;
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    take_all(take, inputs, at);
  }
  int status = -1;
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const bool took_all = status == 0 && at.value() == inputs.size();
  return took_all ? std::nullopt : std::optional(at.value());
}

class FuzzTargetTest : public ::testing::TestWithParam<Target> {
 protected:
  /// Keeps the input of which the target dies in the build folder.
  static void try_all(const std::vector<Input>& inputs) {
    const auto deadly = first_deadly(GetParam().take, inputs);
    if (!deadly) {
      return;
    }
    ASSERT_LT(*deadly, inputs.size()) << "all inputs were taken, then the process failed";
    const fs::path file = fs::path(BOOTPROOF_BINARY_DIR) / "tests/fuzz" /
                          fmt::format("deadly-{}-{}", GetParam().name, *deadly);
    const Input& input = inputs[*deadly];
    std::ofstream(file, std::ios::binary) << std::string(input.begin(), input.end());
    FAIL() << "the target dies of " << file;
  }
};

TEST_P(FuzzTargetTest, TakesItsCorpus) {
  const std::vector<Input> corpus = corpus_of(GetParam().name);
  ASSERT_FALSE(corpus.empty());
  try_all(corpus);
}

TEST_P(FuzzTargetTest, TakesInputsNearItsCorpus) {
  constexpr std::uint32_t kSeed = 1;
  constexpr std::size_t kInputs = 2000;
  Mutator mutator(corpus_of(GetParam().name), kSeed);
  std::vector<Input> inputs(kInputs);
  std::generate(inputs.begin(), inputs.end(), [&] { return mutator.next(); });
  try_all(inputs);
}

INSTANTIATE_TEST_SUITE_P(All, FuzzTargetTest, ::testing::ValuesIn(kTargets),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(FuzzTargets, ThatDieAreToldWithTheInput) {
  const Take dies_of_three_or_four = [](const std::uint8_t*, std::size_t size) {
    require(size != 3);
    if (size == 4) {
      throw std::bad_alloc();
    }
    return 0;
  };
  EXPECT_EQ(first_deadly(dies_of_three_or_four, {{}, {1}, {1, 2, 3}, {1, 2}, {4, 5, 6}}), 2U);
  EXPECT_EQ(first_deadly(dies_of_three_or_four, {{1}, {1, 2, 3, 4}}), 1U);
  EXPECT_EQ(first_deadly(dies_of_three_or_four, {{}, {1}, {1, 2}}), std::nullopt);
}

TEST(FuzzTargets, AreThoseThatHaveACorpus) {
  std::set<std::string> names;
  for (const Target& target : kTargets) {
    names.emplace(target.name);
  }
  std::set<std::string> folders;
  for (const auto& entry : fs::directory_iterator(corpus_folder())) {
    folders.insert(entry.path().filename().string());
  }
  EXPECT_EQ(names, folders);
}

TEST(Mutator, GivesTheSameInputsForTheSameSeed) {
  const std::vector<Input> corpus{{1, 2, 3, 4, 5, 6, 7, 8}, {}, Input(100, 0x55)};
  Mutator one(corpus, 7);
  Mutator other(corpus, 7);
  Mutator third(corpus, 8);
  int differences = 0;
  for (int i = 0; i < 100; ++i) {
    const Input input = one.next();
    EXPECT_EQ(input, other.next());
    differences += static_cast<int>(input != third.next());
  }
  EXPECT_GT(differences, 80);
}

TEST(Mutator, KeepsInputsInBounds) {
  Mutator mutator({Input(Mutator::kMostBytes - 1, 1), Input(Mutator::kMostBytes + 5, 2)}, 1);
  std::size_t longest = 0;
  for (int i = 0; i < 500; ++i) {
    longest = std::max(longest, mutator.next().size());
  }
  EXPECT_EQ(longest, Mutator::kMostBytes + 5);
}

}  // namespace
}  // namespace bootproof::fuzz
