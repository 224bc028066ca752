#include "tests/cli/program.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <tuple>
#include <utility>

namespace bootproof::testing {
namespace {

constexpr const char* kCacheFolder = BOOTPROOF_BINARY_DIR "/test-cache";

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

std::string text_of(const ProgramResult& result) {
  return fmt::format("exit code {}\n{}", result.exit_code, result.error_output);
}

BootproofProgram::BootproofProgram() : environment_{{"BOOTPROOF_CACHE", kCacheFolder}} {
  write("boot.yaml", kScenarioFile);
}

void BootproofProgram::write(std::string_view name, std::string_view bytes) const {
  std::ignore = folder_.write(name, bytes);
}

void BootproofProgram::set(const std::string& variable, const std::string& value) {
  environment_[variable] = value;
}

ProgramResult BootproofProgram::run(std::vector<std::string> arguments) const {
  ProgramCall call;
  call.arguments = std::move(arguments);
  call.arguments.insert(call.arguments.begin(), BOOTPROOF_PROGRAM);
  call.folder = folder_.path();
  call.environment = environment_;
  Result<ProgramResult> result = run_program(call);
  if (!result) {
    ADD_FAILURE() << result.error().message();
    return {};
  }
  return std::move(*result);
}

std::string BootproofProgram::error(std::vector<std::string> arguments) const {
  std::string text = text_of(run(std::move(arguments)));
  replace_all(text, folder_.path().string(), "FOLDER");
  return text;
}

ProgramResult BootproofProgram::shell(std::string command) const {
  replace_all(command, "BOOTPROOF", BOOTPROOF_PROGRAM);
  ProgramCall call;
  call.arguments = {"sh", "-c", std::move(command)};
  call.folder = folder_.path();
  call.environment = environment_;
  Result<ProgramResult> result = run_program(call);
  if (!result) {
    ADD_FAILURE() << result.error().message();
    return {};
  }
  return std::move(*result);
}

}  // namespace bootproof::testing
