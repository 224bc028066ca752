#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "inspectors/loaders/grub_evaluator.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {

std::span<const GrubArgument> grub_operands(std::span<const GrubArgument> arguments) {
  arguments = arguments.subspan(std::min<std::size_t>(1, arguments.size()));
  while (!arguments.empty() && arguments.front().text.starts_with("-")) {
    arguments = arguments.subspan(1);
  }
  return arguments;
}

std::string grub_joined(std::span<const GrubArgument> arguments) {
  std::string line;
  for (const GrubArgument& argument : arguments) {
    const bool has_blank = argument.text.find(' ') != std::string::npos;
    line += fmt::format("{}{}{}{}", line.empty() ? "" : " ", has_blank ? "\"" : "", argument.text,
                        has_blank ? "\"" : "");
  }
  return printable_text(line);
}

Truth GrubEvaluator::command_linux(Arguments arguments) {
  const bool takes_options = !arguments.front().text.starts_with("linux");
  const Arguments rest = takes_options ? grub_operands(arguments) : arguments.subspan(1);
  const LoaderFile file = file_of(rest.empty() ? GrubArgument{} : rest.front());
  entry_->kernel = file;
  entry_->initrds.clear();
  entry_->modules.clear();
  entry_->chain_target.reset();
  entry_->arguments = rest.empty() ? std::string() : grub_joined(rest.subspan(1));
  return file.is_missing ? Truth::kNo : file.node ? Truth::kYes : Truth::kUnknown;
}

Truth GrubEvaluator::command_initrd(Arguments arguments) {
  if (!entry_->kernel && entry_->problems.empty()) {
    judge_entry(rule("grub.initrd-before-linux"), "no kernel yet", "a line with linux before it");
  }
  std::vector<LoaderFile> initrds;
  for (const GrubArgument& argument : grub_operands(arguments)) {
    GrubArgument name = argument;
    if (name.text.starts_with("newc:")) {
      name.text = name.text.substr(std::min(name.text.find(':', 5), name.text.size() - 1) + 1);
    }
    initrds.push_back(file_of(name));
  }
  if (initrds.empty()) {
    file_of({});
  }
  entry_->initrds = std::move(initrds);
  return Truth::kUnknown;
}

Truth GrubEvaluator::command_module(Arguments arguments) {
  constexpr std::size_t kMostModules = 256;
  const Arguments rest = grub_operands(arguments);
  if (entry_->modules.size() < kMostModules) {
    entry_->modules.push_back(file_of(rest.empty() ? GrubArgument{} : rest.front()));
  }
  return Truth::kUnknown;
}

Truth GrubEvaluator::command_chainloader(Arguments arguments) {
  const Arguments rest = grub_operands(arguments);
  const LoaderFile file = file_of(rest.empty() ? GrubArgument{} : rest.front());
  entry_->chain_target = file;
  entry_->kernel.reset();
  entry_->initrds.clear();
  entry_->arguments = rest.empty() ? std::string() : grub_joined(rest.subspan(1));
  return file.is_missing ? Truth::kNo : Truth::kUnknown;
}

Truth GrubEvaluator::command_loopback(Arguments arguments) {
  const Arguments rest = grub_operands(arguments);
  if (rest.size() < 2) {
    return Truth::kUnknown;
  }
  LoaderFile file = file_of(rest[1]);
  not_followed(fmt::format("in the loopback ({}) of {}", printable_text(rest[0].text), file.name));
  const bool is_missing = file.is_missing;
  entry_->modules.push_back(std::move(file));
  return is_missing ? Truth::kNo : Truth::kUnknown;
}

}  // namespace bootproof::inspectors
