#include "builders/uki_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "builders/efi_program.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

constexpr std::uint64_t kLargestFile = 1ULL << 30U;

std::string bytes_of(const InputFile& file) {
  return value_or_throw(read_file(file.path, kLargestFile));
}

std::string machine_name(std::uint16_t machine) {
  // Microsoft PE and COFF Specification, "Machine Types".
  constexpr std::uint16_t kX86_64 = 0x8664;
  constexpr std::uint16_t kAarch64 = 0xAA64;
  return machine == kX86_64    ? "x86_64"
         : machine == kAarch64 ? "aarch64"
                               : fmt::format("machine {:#06x}", machine);
}

EfiProgram read_program(const InputFile& file, const SourceMark& mark) {
  try {
    return {bytes_of(file), file.path.string()};
  } catch (const Error& error) {
    throw error_at(mark, error.message(), error.hint());
  }
}

}  // namespace

UkiInput find_inputs(const UkiRecipe& recipe, const InputFinder& finder) {
  UkiInput input{recipe, finder.file(recipe.stub), finder.file(recipe.kernel), {}, {}};
  for (const FileSource& initrd : recipe.initrds) {
    input.initrds.push_back(finder.file(initrd));
  }
  if (recipe.sign) {
    input.sign = find_inputs(*recipe.sign, finder);
  }
  return input;
}

void describe(const UkiInput& input, BuildKey& key) {
  key.add("uki", "1");
  key.add("stub", input.stub);
  key.add("kernel", input.kernel);
  for (const InputFile& initrd : input.initrds) {
    key.add("initrd", initrd);
  }
  const auto add = [&](std::string_view name, const std::optional<std::string>& text) {
    if (text) {
      key.add(name, *text);
    }
  };
  add("command_line", input.recipe.command_line);
  add("os_release", input.recipe.os_release);
  add("uname", input.recipe.uname);
  if (input.sign) {
    describe(*input.sign, key);
  }
}

std::string_view suffix_of(const UkiRecipe& /*recipe*/) { return ".efi"; }

void make(const UkiInput& input, const BuildPlace& place) {
  const UkiRecipe& recipe = input.recipe;
  EfiProgram uki = read_program(input.stub, recipe.stub.mark);
  const EfiProgram kernel = read_program(input.kernel, recipe.kernel.mark);
  if (kernel.machine() != uki.machine()) {
    throw error_at(recipe.kernel.mark,
                   fmt::format("the kernel is {}, the stub {}", machine_name(kernel.machine()),
                               machine_name(uki.machine())),
                   "take a kernel and a stub for one architecture");
  }
  std::vector<EfiSection> sections;
  const auto add = [&](std::string_view name, const std::optional<std::string>& text) {
    if (text) {
      sections.push_back({std::string(name), *text});
    }
  };
  add(".osrel", recipe.os_release);
  add(".cmdline", recipe.command_line);
  add(".uname", recipe.uname);
  if (!input.initrds.empty()) {
    std::string initrd;
    for (const InputFile& file : input.initrds) {
      constexpr std::size_t kUnit = 4;  // Where the kernel looks for the next archive.
      initrd.resize((initrd.size() + kUnit - 1) / kUnit * kUnit);
      initrd += bytes_of(file);
    }
    sections.push_back({".initrd", std::move(initrd)});
  }
  sections.push_back({".linux", bytes_of(input.kernel)});
  const std::vector<std::string> present = uki.section_names();
  for (const EfiSection& section : sections) {
    if (std::find(present.begin(), present.end(), section.name) != present.end()) {
      throw error_at(
          recipe.stub.mark,
          fmt::format("{} has a section {} already", input.stub.path.string(), section.name),
          "take a bare stub, such as linuxx64.efi.stub of systemd-boot-efi");
    }
  }
  try {
    uki.add_sections(sections);
  } catch (const Error& error) {
    throw error_at(recipe.stub.mark, error.message(), error.hint());
  }
  if (input.sign) {
    sign(uki, *input.sign, place.date);
  }
  write_file_atomically(place.image, uki.finish());
}

SignedInput find_inputs(const SignedRecipe& recipe, const InputFinder& finder) {
  return {recipe, finder.file(recipe.program), find_inputs(recipe.sign, finder)};
}

void describe(const SignedInput& input, BuildKey& key) {
  key.add("signed", "1");
  key.add("program", input.program);
  describe(input.sign, key);
}

std::string_view suffix_of(const SignedRecipe& /*recipe*/) { return ".efi"; }

void make(const SignedInput& input, const BuildPlace& place) {
  EfiProgram program = read_program(input.program, input.recipe.program.mark);
  sign(program, input.sign, place.date);
  write_file_atomically(place.image, program.finish());
}

}  // namespace bootproof
